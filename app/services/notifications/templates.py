"""What each kind of notification says, as data: versions that are never edited, in two languages.

A new wording is a new entry at the end of a kind's ``versions``; an inbox row keeps the number of the one
it was told in. What goes to a locked screen is the kind's own neutral sentence, into which nothing is put.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.core.actor import Role
from app.core.clock import SHANGHAI
from app.core.errors import NotFound
from app.models import Language

SHIPPED = Path(__file__).parents[2] / "data/notifications/templates.json"
_TEXT, _INSTANT, _TALLY = "text", "instant", "tally"
_UNKNOWN = "message"


@dataclass(frozen=True, slots=True)
class Said:
    """A title and a text, with everything put in."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Wording:
    """One language of one version; ``push`` is null where no copy ever leaves the inbox."""

    title: str
    body: str
    push: str | None


@dataclass(frozen=True, slots=True)
class Param:
    """Something a text names: ``text``, an ``instant``, a ``tally``, or a word of a list; with an example."""

    type: str
    example: str


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of notification: its topic, what its texts name, and every version of them.

    ``rings`` says that it goes on by text message and call until somebody answers; ``span`` names the two
    parameters between which the appointment lies that mail carries, or that it takes back (``is_off``).
    """

    kind: str
    topic: str
    params: Mapping[str, Param]
    versions: tuple[Mapping[Language, Wording], ...]
    rings: bool = False
    span: tuple[str, str] | None = None
    is_off: bool = False

    @property
    def version(self) -> int:
        """The version in use, counted from 1."""
        return len(self.versions)

    @property
    def is_pushed(self) -> bool:
        """Tell whether copies go to phones."""
        return self.versions[-1][Language.ZH].push is not None

    def wording(self, language: Language, version: int) -> Wording:
        """Return a version's words.

        Raises:
            NotFound: there was never such a version.
        """
        if not 1 <= version <= len(self.versions):
            raise NotFound
        return self.versions[version - 1][language]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every template, the topics that people choose by, and the words that parameters stand for."""

    kinds: Mapping[str, Template]
    topics: Mapping[str, Mapping[Language, str]]
    concerns: Mapping[str, frozenset[Role]]  # topic to whom it is for; none: for everybody
    words: Mapping[str, Mapping[str, Mapping[Language, str]]]
    gathered: Mapping[Language, str]
    app: Mapping[Language, str]


@cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue, read once."""
    return read(json.loads(SHIPPED.read_text(encoding="utf-8")))


def read(raw: Mapping[str, Any]) -> Catalogue:
    """Make a catalogue of a file's content.

    Raises:
        ValueError: a text names what is not declared, or a push text names anything at all.
    """
    kinds = {
        kind: Template(
            kind,
            each["topic"],
            {name: Param(**param) for name, param in each["params"].items()},
            tuple(
                {language: Wording(**version[language.value]) for language in Language}
                for version in each["versions"]
            ),
            each.get("rings", False),
            _span(each),
            each.get("is_off", False),
        )
        for kind, each in raw["kinds"].items()
    }
    words = {
        name: {code: _by_language(said) for code, said in codes.items()}
        for name, codes in raw["words"].items()
    }
    topics = {topic: _by_language(said) for topic, said in raw["topics"].items()}
    concerns = {topic: frozenset(map(Role, said.get("for", ()))) for topic, said in raw["topics"].items()}
    found = Catalogue(kinds, topics, concerns, words, _by_language(raw["gathered"]), _by_language(raw["app"]))
    for template in kinds.values():
        _check(template, found)
    return found


def _span(raw: Mapping[str, Any]) -> tuple[str, str] | None:
    if "span" not in raw:
        return None
    starts, ends = raw["span"]
    if any(raw["params"][name]["type"] != _INSTANT for name in (starts, ends)):
        raise ValueError("an appointment lies between two instants")
    return starts, ends


def _by_language(raw: Mapping[str, str]) -> dict[Language, str]:
    return {language: raw[language.value] for language in Language}


def _check(template: Template, within: Catalogue) -> None:
    if template.topic not in within.topics:
        raise ValueError(f"{template.kind}: no topic {template.topic}")
    example = {name: param.example for name, param in template.params.items()}
    for version in template.versions:
        for language, wording in version.items():
            say(template, wording, example, language=language, within=within)
            if wording.push is not None and ("{" in wording.push or not wording.push):
                raise ValueError(f"{template.kind}: a push text is neutral")


def find(kind: str) -> Template:
    """Return the template of a kind.

    Raises:
        NotFound: there is none.
    """
    template = catalogue().kinds.get(kind)
    if template is None:
        raise NotFound
    return template


def told(kind: str, version: int) -> tuple[Template, int]:
    """Return the template and version that a row was told in, or what stands for one that is not known here.

    While a release is rolled out or back, rows of a kind that only the newer one knows are read by the older.
    """
    template = catalogue().kinds.get(kind)
    if template is None or version > template.version:
        return catalogue().kinds[_UNKNOWN], 1
    return template, version


def fill(template: Template, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in the form in which they are kept.

    Raises:
        ValueError: they are not those that the template declares, or one is none of its words.
    """
    if params.keys() != template.params.keys():
        raise ValueError(f"{template.kind} is told with {sorted(template.params)}")
    kept = {}
    for name, value in params.items():
        kept[name] = value.isoformat() if isinstance(value, datetime) else str(value)
        _shown(kept[name], template.params[name].type, Language.ZH, catalogue())
    return kept


def say(
    template: Template,
    wording: Wording,
    params: Mapping[str, Any],
    *,
    language: Language,
    within: Catalogue | None = None,
) -> Said:
    """Return what an inbox row says in a language, in the words that it was told in."""
    known = within or catalogue()
    shown = {
        name: _shown(params[name], param.type, language, known) for name, param in template.params.items()
    }
    return Said(wording.title.format_map(shown), wording.body.format_map(shown))


def tally(counts: Mapping[str, int]) -> str:
    """Return how many of each topic as a parameter of the type ``tally``, in the catalogue's order."""
    return ",".join(f"{topic}:{counts[topic]}" for topic in catalogue().topics if counts.get(topic))


def _shown_tally(value: str, language: Language, within: Catalogue) -> str:
    pairs = [part.split(":") for part in value.split(",")]
    zh = "、".join(f"{within.topics[topic][language]} {count} 条" for topic, count in pairs)
    en = ", ".join(f"{within.topics[topic][language]}: {count}" for topic, count in pairs)
    return zh if language is Language.ZH else en


def _shown(value: str, kind: str, language: Language, within: Catalogue) -> str:
    if kind == _TEXT:
        return value
    if kind == _TALLY:
        return _shown_tally(value, language, within)
    if kind == _INSTANT:
        at = datetime.fromisoformat(value).astimezone(SHANGHAI)
        if language is Language.ZH:
            return f"{at.month}月{at.day}日{at:%H:%M}"
        return f"{at:%H:%M on} {at.day} {at:%b}"
    try:
        return within.words[kind][value][language]
    except KeyError as error:
        raise ValueError(f"{value} is no word of {kind}") from error


def pushed(wording: Wording, *, language: Language, covers: int) -> Said:
    """Return what a locked screen may show: the app's name, and a sentence that tells nothing."""
    words = catalogue()
    if covers > 1:
        return Said(words.app[language], words.gathered[language].format(count=covers))
    return Said(words.app[language], wording.push or "")


def topic_of(kind: str) -> str:
    """Return the topic that people choose by, in whatever version something is told."""
    kinds = catalogue().kinds
    return kinds.get(kind, kinds[_UNKNOWN]).topic
