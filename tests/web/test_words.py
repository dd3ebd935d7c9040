"""The dictionary: every text in both languages, none missing, none left over, all words of the API known."""

import re

import pytest

from app.api import web_pages
from app.api.web import FOLDER
from app.core.urgency import PushChannel
from app.models import (
    ActivityKind,
    ActivityState,
    Amenity,
    AmenityState,
    AppointmentKind,
    ApprovalLevel,
    AudienceKind,
    BroadcastMove,
    BroadcastState,
    EntryRequirement,
    FlagKind,
    OrganisationKind,
    Outcome,
    Provenance,
    ReportState,
    Rung,
    SignUpMode,
    SignUpState,
    StationKind,
    TeamKind,
    Urgency,
    WorkerKind,
)
from app.models.points import HoldState, OfferKind, PointsSource, TransferKind
from app.services import categories
from app.services.activities.concerns import Concern
from app.services.attendance.anomalies import AnomalyKind
from app.services.certificates import Status
from app.services.notifications import Mode, catalogue
from app.services.stations.occupancy_level import Level

PAIR = re.compile(r'^  (\w+): \[\s*"((?:[^"\\]|\\.)+)",\s*"((?:[^"\\]|\\.)+)",?\s*\],$', re.MULTILINE)
KEY = re.compile(r"^  (\w+): \[", re.MULTILINE)
SCRIPTS = {path.name: path.read_text() for path in FOLDER.glob("*.js")}
PAGES = {name: web_pages.written(name, (FOLDER / f"{name}.html").read_text()) for name in web_pages.PAGES}
FILES = (
    "words.js",
    "manage-words.js",
    "inside-words.js",
    "report-words.js",
    "desk-words.js",
    "handling-words.js",
    "case-words.js",
    "photo-words.js",
    "map-words.js",
    "elsewhere-words.js",
    "figures-words.js",
    "broadcast-words.js",
    "sign-in-words.js",
    "shift-words.js",
    "volunteer-words.js",
    "organise-words.js",
    "points-words.js",
    "inbox-words.js",
    "worker-words.js",
    "area-words.js",
    "list-words.js",
    "roster-words.js",
    "not-counted.js",
)
WORDS = {key: (zh, en) for name in FILES for key, zh, en in PAIR.findall(SCRIPTS[name])}


@pytest.mark.parametrize("name", FILES)
def test_every_text_has_both_languages(name):
    keys = KEY.findall(SCRIPTS[name])

    assert keys
    assert sorted(keys) == sorted(set(keys))
    assert set(keys) <= WORDS.keys()


def test_translations_fill_the_same_blanks():
    blanks = {key: [set(re.findall(r"\{\w+\}", text)) for text in pair] for key, pair in WORDS.items()}

    assert {key: pair for key, pair in blanks.items() if pair[0] != pair[1]} == {}


def test_chinese_is_chinese_and_english_is_not():
    han = re.compile(r"[\u4e00-\u9fff]")
    own_name = "other_language"  # each language names the other in the other's script

    assert [key for key, (_, en) in WORDS.items() if han.search(en) and key != own_name] == []


def test_no_text_is_missing_and_none_is_left_over():
    code = "".join(PAIR.sub("", text) for text in SCRIPTS.values())
    asked = set(re.findall(r'\bt\("(\w+)"', code))
    asked |= {key for text in PAGES.values() for key in re.findall(r'data-t(?:-label)?="(\w+)"', text)}
    assert asked <= WORDS.keys()

    families = tuple(re.findall(r"\bt\(`(\w+_)\$\{", code))
    members = {"next_to_open", "nearest_24h"}  # of the answer to "nearby", shown as titles
    chosen = set(re.findall(r'"(\w+)"', code))
    left = WORDS.keys() - asked - chosen - members
    assert {key for key in left if not key.startswith(families)} == set()


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("amenity", Amenity),
        ("state", AmenityState),
        ("kind", StationKind),
        ("entry", EntryRequirement),
        ("flag", FlagKind),
        ("level", Level),
        ("rank", Rung),
        ("report", ReportState),
        ("urgency", Urgency),
        ("inbox", set(Urgency) - {Urgency.NORMAL}),  # what is as usual is not marked
        ("when", Mode),
        ("outcome", Outcome),
        ("channel", PushChannel),
        ("broadcast", BroadcastState),
        ("audience", AudienceKind),
        ("move", BroadcastMove),
        ("worker", WorkerKind),
        ("activity", ActivityKind),
        ("sign_up", SignUpState),
        ("provenance", Provenance),
        ("team_kind", TeamKind),
        ("body_kind", OrganisationKind),
        ("paper", Status),
        ("stage", ActivityState),
        ("mode", SignUpMode),
        ("person", SignUpState),
        ("appointed", AppointmentKind),
        ("odd", AnomalyKind),
        ("needs_level", ApprovalLevel),
        ("concern", Concern),
        ("source", PointsSource),
        ("offer", OfferKind),
        ("hold", HoldState),
        ("moved", set(TransferKind) - {TransferKind.MERGE}),  # between two wallets of one person: not told
    ],
)
def test_every_word_of_the_api_has_a_text(family, members):
    assert [member for member in members if f"{family}_{member}" not in WORDS] == []


def test_every_picture_is_drawn():
    sheets = "".join((FOLDER / name).read_text() for name in ("icons.svg", "report-icons.svg"))
    drawn = set(re.findall(r'<symbol id="(\w+)"', sheets))
    named = {name for text in SCRIPTS.values() for name in re.findall(r'(?:icon\(|picture: )"(\w+)"', text)}

    assert named
    assert set(Amenity) | named <= drawn


def test_every_picture_of_the_catalogue_is_drawn():
    drawn = set(re.findall(r'<symbol id="(\w+)"', (FOLDER / "report-icons.svg").read_text()))

    rows = categories.read_file(categories.SHIPPED)
    assert {row["icon"] for row in rows} <= drawn
    # A name is read at a glance, also by who reads little Chinese.
    assert max(len(row["name_zh"]) for row in rows) <= 10
    assert max(len(row["hint_zh"]) for row in rows) <= 20


def test_every_message_leads_somewhere_or_says_all():
    """A kind of notification has a page that opens it, and each of these pages is served."""
    text = SCRIPTS["inbox-places.js"]
    rows = re.findall(r"^  \[/(.+?)/, \(\w*\) => [`\"](.+?)[`\"]\],$", text, re.MULTILINE)
    patterns = [re.compile(pattern.replace("\\/", "/")) for pattern, _ in rows]
    kinds = catalogue().kinds

    assert len(rows) == len(re.findall(r"^  \[/", text, re.MULTILINE)) > 0
    nowhere = {kind for kind in kinds if not any(each.search(kind) for each in patterns)}
    assert nowhere == {"message", "digest", "broadcast", "webhook.disabled"}
    assert [each.pattern for each in patterns if not any(each.search(kind) for kind in kinds)] == []
    served = {path for page in web_pages.PAGES.values() for path in page.paths}
    assert {address.split("#")[0] for _, address in rows} <= served
