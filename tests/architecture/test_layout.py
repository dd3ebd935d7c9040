"""The house keeps its shape: a feature's word in every tree, small files, one migration head."""

import ast
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app.api import ROUTERS
from app.core.migrate import ROOT

LONGEST_FILE = 400
LONGEST_TEST = 500
LARGEST_FILE = 3_000_000  # bytes; the contract is the largest of the first folder
FEATURES = {
    "accounts",
    "activities",
    "areas",
    "attendance",
    "broadcasts",
    "categories",
    "certificates",
    "checkins",
    "duty",
    "ledger",
    "notifications",
    "open311",
    "photos",
    "points",
    "reports",
    "robots",
    "stations",
    "statistics",
    "teams",
    "units",
    "weather",
    "webhooks",
}


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows, and new ones that it would; all of them where there is no git."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        return sorted(chain.from_iterable(ROOT.rglob(pattern) for pattern in patterns))
    return sorted(path for line in listed.stdout.splitlines() if (path := ROOT / line).exists())


# Tables of one law, read together: their files lie in one room of models.
ROOMS = {"activities": "volunteering", "teams": "volunteering"}


@pytest.mark.parametrize("feature", sorted(FEATURES))
@pytest.mark.parametrize("tree", ["app/api", "app/services", "app/models", "tests"])
def test_a_feature_has_the_same_word_in_every_tree(feature: str, tree: str):
    within = ROOT / tree / (ROOMS.get(feature, "") if tree == "app/models" else "")
    assert (within / feature).is_dir() or (within / f"{feature}.py").is_file()


def test_no_feature_lives_in_one_tree_alone():
    helpers = {"authority", "couriers", "demo", "idempotency", "mergers", "offline", "outbox", "telling"}
    rooms = {path.stem for path in (ROOT / "app/services").iterdir() if path.stem[0] not in "_."}

    assert rooms - helpers == FEATURES


def test_what_a_tool_left_behind_is_not_kept():
    """A packed program of 17 MB once came along with a day's work: every clone carries it."""
    beside_the_readme = [path for path in tracked("*") if path.parent == ROOT]

    assert [path.name for path in beside_the_readme if path.stat().st_size > LARGEST_FILE] == []


def test_no_file_grew_too_long():
    written_by_hand = [path for path in tracked("*.py") if "migrations/versions" not in str(path)]
    names = {str(path.relative_to(ROOT)): _lines(path) for path in written_by_hand}
    long = {
        name: lines
        for name, lines in names.items()
        if lines > (LONGEST_TEST if name.startswith("tests/") else LONGEST_FILE)
    }

    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("app/*.py", "tests/*.py", "bench/*.py")
        if (tree := ast.parse(path.read_text(encoding="utf-8"))).body and not ast.get_docstring(tree)
    ]

    assert silent == []


def test_there_is_one_migration_head():
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_every_router_has_a_tag():
    assert all(route.tags for router in ROUTERS for route in router.routes)


def test_the_three_lists_of_locked_packages_agree():
    everything = _pins("dev")
    for name in ("runtime", "run"):
        assert _pins(name).items() <= everything.items()


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pins = [line.split(" ", 1)[0].split("==") for line in lines if line[:1].isalnum()]
    return dict(pins)
