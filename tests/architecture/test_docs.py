"""The papers tell the truth about today's code."""

import re

from app.core.migrate import ROOT
from app.core.settings import Settings
from app.models import Base

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def test_every_setting_is_explained_and_no_other():
    aliased = {"database_url": "DATABASE_URL"}
    settings = {aliased.get(name, f"NUANFENG_{name.upper()}") for name in Settings.model_fields}
    explained = set(re.findall(r"^\| `([A-Z0-9_]+)`", OPERATIONS, re.MULTILINE))

    assert explained - {"FORWARDED_ALLOW_IPS"} == settings


def test_every_table_has_its_place_when_there_are_many_servers():
    growing = OPERATIONS.split("Citus, distributed by county", 1)[1]

    assert [name for name in Base.metadata.tables if f"`{name}`" not in growing] == []


def test_links_lead_somewhere():
    papers = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (paper, link)
        for paper in papers
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8"))
    ]

    assert links
    assert [(paper.name, link) for paper, link in links if not (paper.parent / link).exists()] == []
