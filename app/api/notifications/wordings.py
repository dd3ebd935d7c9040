"""What people are told, kind by kind: staff read it, a sysadmin publishes other words and rolls them back."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from app.api.deps import Now, ReadDep, SessionDep, Sysadmin, allow
from app.api.errors import problems
from app.api.notifications.schemas import SaidOut
from app.api.schemas import In, Out, Text
from app.core.actor import Role
from app.core.errors import EditConflict, InvalidInput, NotFound
from app.models import Language
from app.services import notifications
from app.services.notifications import Template, Wording, WordingInvalid, Words

_staff = Depends(allow(Role.COMMUNITY_STAFF, Role.DISTRICT_OFFICER))
router = APIRouter(prefix="/notifications/templates", tags=["notifications"], dependencies=[_staff])

Kind = Annotated[Text, Path(max_length=60)]
Number = Annotated[int, Field(ge=1, le=32_000)]
_Seen = Annotated[Number, Field(strict=True)]
Title = Annotated[Text, Field(min_length=1, max_length=100, pattern=r"\S")]
Body = Annotated[Text, Field(min_length=1, max_length=1000, pattern=r"\S")]
Push = Annotated[Text, Field(max_length=60)]
Reason = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"\S")]
Sample = Annotated[Text, Field(max_length=200)]


class WordingIn(In):
    """One language: ``{name}`` stands for what the kind names; a locked screen's sentence names nothing."""

    title: Title
    body: Body
    push: Push | None


class WordsIn(In):
    """Both languages."""

    zh: WordingIn
    en: WordingIn

    def words(self) -> Words:
        """Return them as the service takes them."""
        given = ((Language.ZH, self.zh), (Language.EN, self.en))
        return {language: Wording(each.title, each.body, each.push) for language, each in given}


class PublishIn(WordsIn):
    """New words, the version in use that was seen, and why."""

    seen: _Seen
    reason: Reason


class ChooseIn(In):
    """Which version is used from now on, the one in use that was seen, and why."""

    version: _Seen
    seen: _Seen
    reason: Reason


class SampleIn(In):
    """Words to look at (those in use when null) with sample values; what is not given has the examples."""

    words: WordsIn | None = None
    params: dict[Annotated[Text, Field(max_length=40)], Sample] = Field(default={}, max_length=20)


class WordingOut(SaidOut):
    """One language with sample values, and the neutral sentence of a locked screen."""

    push: str | None


class TemplateOut(Out):
    """One kind of notification as people see it."""

    kind: str
    topic: str
    version: int
    params: list[str]
    zh: WordingOut
    en: WordingOut

    @classmethod
    def of(cls, template: Template, version: int, words: Words, params: dict[str, str]) -> Self:
        """Show words of a kind with sample values."""
        said = notifications.sample(template, words, params)
        zh, en = (
            WordingOut(title=said[each].title, body=said[each].body, push=words[each].push)
            for each in (Language.ZH, Language.EN)
        )
        names = list(template.params)
        return cls(kind=template.kind, topic=template.topic, version=version, params=names, zh=zh, en=en)


class TemplatesOut(Out):
    """Every kind, in the versions in use."""

    templates: list[TemplateOut]


class VersionOut(Out):
    """One version as it is written; of a release's nobody here published it."""

    version: int
    is_in_use: bool
    zh: WordingOut
    en: WordingOut
    entered_at: datetime | None
    entered_by: str | None

    @classmethod
    def of(cls, version: notifications.Version) -> Self:
        """Show a version's words as they are."""
        zh, en = (
            WordingOut(title=each.title, body=each.body, push=each.push)
            for each in (version.words[Language.ZH], version.words[Language.EN])
        )
        return cls(
            version=version.number,
            is_in_use=version.is_in_use,
            zh=zh,
            en=en,
            entered_at=version.entered_at,
            entered_by=version.entered_by,
        )


class VersionsOut(Out):
    """Every version of a kind, the release's first."""

    versions: list[VersionOut]


@router.get("")
async def list_wordings(session: ReadDep) -> TemplatesOut:
    """Show every kind of notification with example values, and what a locked screen shows of it."""
    used, kinds = await notifications.in_use(session), notifications.catalogue().kinds
    shown = [TemplateOut.of(kinds[kind], each.number, each.words, {}) for kind, each in used.items()]
    return TemplatesOut(templates=shown)


@router.get("/{kind}", responses=problems(NotFound))
async def preview_wording(
    kind: Kind,
    session: ReadDep,
    version: Annotated[Number | None, Query()] = None,
) -> TemplateOut:
    """Show one kind, in another version if asked: an inbox row keeps the one it was told in."""
    template = notifications.find(kind)
    for each in await notifications.versions_of(session, kind):
        if each.number == version or (version is None and each.is_in_use):
            return TemplateOut.of(template, each.number, each.words, {})
    raise NotFound


@router.post("/{kind}/preview", responses=problems(NotFound, InvalidInput, WordingInvalid))
async def preview_sample(
    kind: Kind,
    given: SampleIn,
    session: ReadDep,
) -> TemplateOut:
    """Show what words would say with sample values, before they are published."""
    template, used = notifications.find(kind), (await notifications.in_use(session))[kind]
    words = used.words if given.words is None else given.words.words()
    notifications.check(template, words)
    return TemplateOut.of(template, used.number, words, given.params)


@router.get("/{kind}/versions", responses=problems(NotFound))
async def list_wording_versions(
    kind: Kind,
    session: ReadDep,
) -> VersionsOut:
    """List every version of a kind's words: the release's, and those published here, by whom."""
    found = await notifications.versions_of(session, kind)
    return VersionsOut(versions=[VersionOut.of(each) for each in found])


@router.post("/{kind}/versions", status_code=201, responses=problems(NotFound, WordingInvalid, EditConflict))
async def publish_wording(
    kind: Kind, given: PublishIn, by: Sysadmin, session: SessionDep, now: Now
) -> VersionOut:
    """Publish other words and use them from now on; what was told stays as it was told."""
    published = await notifications.publish(
        session, kind, given.words(), seen=given.seen, reason=given.reason, by=by, now=now
    )
    return VersionOut.of(published)


@router.put("/{kind}/in-use", responses=problems(NotFound, EditConflict))
async def choose_wording(
    kind: Kind, given: ChooseIn, by: Sysadmin, session: SessionDep, now: Now
) -> VersionsOut:
    """Use an earlier version again, or the release's: a rollback."""
    await notifications.choose(
        session, kind, given.version, seen=given.seen, reason=given.reason, by=by, now=now
    )
    found = await notifications.versions_of(session, kind)
    return VersionsOut(versions=[VersionOut.of(each) for each in found])
