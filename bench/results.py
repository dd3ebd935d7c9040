"""Where the benches write what they measured: one section each of ``bench/RESULTS.md``."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"


def write_section(name: str, title: str, command: str, text: str) -> None:
    """Put a section in its place, or at the end when it is new."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    kept = RESULTS.read_text() if RESULTS.exists() else "# Measured\n"
    day, machine = datetime.now(UTC).date(), f"{os.cpu_count()} cores, Python {platform.python_version()}"
    section = f"{begin}\n## {title}\n\n`{command}` on {day}, {machine}.\n\n{text}\n{end}\n"
    if begin in kept:
        before, rest = kept.split(begin, 1)
        kept = before + section + rest.split(end + "\n", 1)[1]
    else:
        kept = kept.rstrip("\n") + "\n\n" + section
    RESULTS.write_text(kept)
