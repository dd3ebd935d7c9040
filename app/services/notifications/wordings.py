"""An installation's own words: published as a version of their own, chosen, and rolled back; none is edited.

Their numbers begin above those of any release, so a release that brings new words takes no number away. A row
keeps the number it was told in; which one that is, the statement that writes it looks up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import InvalidInput, NotFound
from app.models import Account, Language, Notification, NotificationChoice, NotificationWording
from app.services.accounts import editors
from app.services.notifications import templates
from app.services.notifications.errors import WordingInvalid
from app.services.notifications.templates import Said, Template, Wording

FIRST_OWN = 1001
Words = Mapping[Language, Wording]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a kind's words; of a release's nobody here published it."""

    number: int
    words: Words
    is_in_use: bool
    entered_at: datetime | None = None
    entered_by: str | None = None


class Book:
    """The words of some rows, whether they came with a release or are this installation's own."""

    def __init__(self, own: Mapping[tuple[str, int], Words]) -> None:
        """Take the installation's own words that the rows were told in."""
        self._own = own

    def words(self, kind: str, version: int, language: Language) -> tuple[Template, Wording]:
        """Return the template and words that a row was told in, or what stands for what is not known here."""
        own, template = self._own.get((kind, version)), templates.catalogue().kinds.get(kind)
        if own is not None and template is not None:
            return template, own[language]
        template, version = templates.told(kind, version)
        return template, template.wording(language, version)


async def book_for(session: AsyncSession, rows: Iterable[Notification]) -> Book:
    """Return the words that rows were told in; a release's are known without asking."""
    asked = {(row.kind, row.template_version) for row in rows if row.template_version >= FIRST_OWN}
    if not asked:
        return Book({})
    named = tuple_(NotificationWording.kind, NotificationWording.version).in_(asked)
    found = await session.scalars(select(NotificationWording).where(named))
    return Book({(row.kind, row.version): _words(row) for row in found})


def _words(row: NotificationWording) -> Words:
    return {
        Language.ZH: Wording(row.title_zh, row.body_zh, row.push_zh),
        Language.EN: Wording(row.title_en, row.body_en, row.push_en),
    }


async def in_use(session: AsyncSession) -> Mapping[str, Version]:
    """Return the version of every kind that people are told in."""
    newest = select(func.max(NotificationChoice.id)).group_by(NotificationChoice.kind)
    choices = await session.scalars(select(NotificationChoice).where(NotificationChoice.id.in_(newest)))
    chosen = {row.kind: row.version for row in choices if row.version is not None}
    named = tuple_(NotificationWording.kind, NotificationWording.version).in_(chosen.items())
    own = await session.scalars(select(NotificationWording).where(named)) if chosen else ()
    words = {row.kind: _words(row) for row in own}
    return {
        kind: Version(
            number, words.get(kind) or template.versions[min(number, template.version) - 1], is_in_use=True
        )
        for kind, template in templates.catalogue().kinds.items()
        for number in [chosen.get(kind, template.version)]
    }


async def versions_of(session: AsyncSession, kind: str) -> Sequence[Version]:
    """Return every version of a kind's words, the release's first.

    Raises:
        NotFound: there is no such kind.
    """
    template, used = templates.find(kind), (await in_use(session))[kind].number
    query = (
        select(NotificationWording, Account.display_name)
        .outerjoin(Account, Account.id == NotificationWording.entered_by)
        .where(NotificationWording.kind == kind)
        .order_by(NotificationWording.version)
    )
    shipped = [
        Version(number, words, is_in_use=number == used)
        for number, words in enumerate(template.versions, start=1)
    ]
    own = [
        Version(row.version, _words(row), row.version == used, row.entered_at, name)
        for row, name in await session.execute(query)
    ]
    return [*shipped, *own]


async def publish(
    session: AsyncSession, kind: str, words: Words, *, seen: int, reason: str, by: Actor, now: datetime
) -> Version:
    """Publish words as a new version of a kind and use them from now on.

    Args:
        session: the transaction that holds it.
        kind: whose words they are.
        words: both languages.
        seen: the version in use that the caller saw.
        reason: why; it is kept.
        by: who publishes.
        now: the present instant.

    Raises:
        NotFound: there is no such kind.
        WordingInvalid: see :func:`check`.
        EditConflict: another version was chosen meanwhile.
    """
    template = templates.find(kind)
    check(template, words)
    await _check_seen(session, kind, seen)
    newest = select(func.max(NotificationWording.version)).where(NotificationWording.kind == kind)
    number = max(await session.scalar(newest) or 0, FIRST_OWN - 1) + 1
    zh, en = words[Language.ZH], words[Language.EN]
    session.add(
        NotificationWording(
            kind=kind,
            version=number,
            title_zh=zh.title,
            body_zh=zh.body,
            push_zh=zh.push,
            title_en=en.title,
            body_en=en.body,
            push_en=en.push,
            entered_at=now,
            entered_by=by.account_id,
        )
    )
    await _note(session, kind, number, reason=reason, by=by, now=now)
    return Version(number, words, is_in_use=True, entered_at=now)


async def choose(
    session: AsyncSession, kind: str, number: int, *, seen: int, reason: str, by: Actor, now: datetime
) -> Version:
    """Use another version of a kind's words from now on: an earlier one again, or the release's.

    What was told stays as it was told. The release's newest is followed when the next one brings a newer.

    Raises:
        NotFound: there is no such kind or version.
        EditConflict: another version was chosen meanwhile.
    """
    template = templates.find(kind)
    await _check_seen(session, kind, seen)
    found = next((each for each in await versions_of(session, kind) if each.number == number), None)
    if found is None:
        raise NotFound
    chosen = None if number == template.version else number
    await _note(session, kind, chosen, reason=reason, by=by, now=now)
    return found


async def _check_seen(session: AsyncSession, kind: str, seen: int) -> None:
    """See that the version in use is the one that the caller saw; others who choose wait for this one."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"wording:{kind}", 0))))
    if (await in_use(session))[kind].number == seen:
        return
    chosen_by = select(NotificationChoice.entered_by).where(NotificationChoice.kind == kind)
    last = await session.scalar(chosen_by.order_by(NotificationChoice.id.desc()).limit(1))
    raise await editors.conflict(session, last)


async def _note(
    session: AsyncSession, kind: str, version: int | None, *, reason: str, by: Actor, now: datetime
) -> None:
    choice = NotificationChoice(
        kind=kind, version=version, reason=reason, entered_at=now, entered_by=by.account_id
    )
    session.add(choice)
    await session.flush()


def check(template: Template, words: Words) -> None:
    """See that words may stand in the place of the release's.

    Raises:
        WordingInvalid: they name other things, or a locked screen's sentence names any.
    """
    for language, wording in words.items():
        shipped = template.wording(language, template.version)
        names, wanted = (_names(each.title + each.body, language) for each in (wording, shipped))
        if names != wanted:
            listed = " ".join(f"{{{name}}}" for name in sorted(wanted))
            raise WordingInvalid(what=f"{language.value}: {listed or '{}'}")
        has_push = bool(wording.push and wording.push.strip())
        if has_push != (shipped.push is not None) or "{" in (wording.push or ""):
            raise WordingInvalid(what=f"{language.value}: push")


def _names(text: str, language: Language) -> set[str]:
    """Return what a text names; nothing but plain names may stand in braces."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise WordingInvalid(what=f"{language.value}: {{}}") from error
    names = set()
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise WordingInvalid(what=f"{language.value}: {{{name}}}")
        names.add(name)
    return names


def sample(template: Template, words: Words, params: Mapping[str, str]) -> Mapping[Language, Said]:
    """Return what words say with sample values, and the catalogue's examples for those not given.

    Raises:
        InvalidInput: a value is for nothing that the kind names, or is none of its words.
    """
    if unknown := params.keys() - template.params.keys():
        raise InvalidInput(hint=f"params.{min(unknown)}")
    values: dict[str, Any] = {name: param.example for name, param in template.params.items()}
    try:
        filled = templates.fill(template, values | dict(params))
        return {
            language: templates.say(template, words[language], filled, language=language)
            for language in Language
        }
    except ValueError as error:
        raise InvalidInput(hint="params") from error
