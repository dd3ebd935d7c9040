"""Every edge case that the documentation promises names a test that exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_edge_case_names_a_test_that_exists():
    promised = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/edge-cases.md").read_text()))
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))

    missing = {name for name in promised if f"def {name}(" not in tests}

    assert len(promised) > 24
    assert not missing
