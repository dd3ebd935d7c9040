"""What a clerk asks of the desk and what it shows."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.reports.schemas import CaseRow, Version
from app.api.schemas import AreaCodeText, In, Instant, LongText, Out, PageOut, ShortText, Text
from app.models import BatchItemState, Move, ReportBatchItem, ReportState, Urgency
from app.services import reports
from app.services.reports.masking import masked

_CategoryIds = Annotated[list[Annotated[Text, Field(max_length=60)]], Field(max_length=50)]
Name = Annotated[ShortText, Field(min_length=1)]
Sentence = Annotated[LongText, Field(min_length=1)]


class FilterIn(In):
    """Which cases of one's desk; left out means any, and without states: whatever is open."""

    area_code: AreaCodeText | None = None
    states: list[ReportState] = Field(default_factory=list, max_length=11)
    urgencies: list[Urgency] = Field(default_factory=list, max_length=3)
    category_ids: _CategoryIds = Field(default_factory=list)
    unit_id: UUID | None = None
    is_overdue: bool | None = None
    is_mine: bool = Field(default=False, description="only those assigned to the caller")
    is_pin_missing: bool = Field(default=False, description="only those whose pin nobody has set yet")
    text: ShortText = Field(default="", description="a number (NF100001), or part of description or address")

    def read(self) -> reports.CaseFilter:
        """Return the filter."""
        return reports.CaseFilter(
            area_code=self.area_code,
            states=tuple(self.states),
            urgencies=tuple(self.urgencies),
            category_ids=tuple(self.category_ids),
            unit_id=self.unit_id,
            is_overdue=self.is_overdue,
            is_mine=self.is_mine,
            is_pin_missing=self.is_pin_missing,
            text=self.text,
        )


class CasesQuery(FilterIn):
    """A filter, an order, and a page."""

    order: reports.CaseOrder = Field(
        default=reports.CaseOrder.URGENT,
        description="what burns first, of open cases; with an ended state among `states` the newest first",
    )
    ids: Annotated[list[UUID], Field(max_length=reports.MOST_TOGETHER)] = Field(
        default_factory=list,
        description="only these of them, as `together` names those of a group; all on one page",
    )
    cursor: Annotated[Text | None, Field(max_length=500)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class CasePage(PageOut):
    """One page of cases."""

    items: list[CaseRow]


class TogetherQuery(FilterIn):
    """A filter, and how many groups at most."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20


class TogetherOut(Out):
    """Open cases of one category within some 25 m, up to fifty of them by id."""

    category_id: str
    count: int
    urgency: Urgency
    next_due_at: datetime | None
    report_ids: list[UUID]

    @classmethod
    def of(cls, group: reports.Together) -> "TogetherOut":
        """Return a group."""
        return cls(
            category_id=group.category_id,
            count=group.count,
            urgency=list(Urgency)[group.urgency_rank],
            next_due_at=group.next_due_at,
            report_ids=group.report_ids,
        )


class GroupsOut(Out):
    """Cases that lie together, the most urgent groups first."""

    groups: list[TogetherOut]


class CountsOut(Out):
    """How many cases are in each state, by urgency; states without any are left out.

    `is_trusted` tells whether the caller is named for confidential cases, of which there may be none yet;
    `is_neighbour`, whether open cases of others lie on a boundary street of their areas.
    """

    states: dict[ReportState, dict[Urgency, int]]
    is_trusted: bool
    is_neighbour: bool


class TakeIn(In):
    """Which version of the case the caller saw."""

    version: Version


class StoredFilterIn(In):
    """A filter to keep, under a name."""

    name: Name
    filter: FilterIn


class StoredFilterOut(Out):
    """A stored filter and how many cases it finds; ``count`` ends at 1000.

    One that this server cannot read counts nothing and is not to be used: a newer release kept it.
    """

    id: UUID
    name: str
    filter: dict[str, Any]
    count: int
    is_readable: bool

    @classmethod
    def of(cls, counted: reports.Counted) -> "StoredFilterOut":
        """Return it."""
        stored = counted.stored
        return cls(
            id=stored.id,
            name=stored.name,
            filter=stored.content,
            count=counted.count or 0,
            is_readable=counted.count is not None,
        )


class StoredFiltersOut(Out):
    """The caller's filters, in their order."""

    filters: list[StoredFilterOut]


class NoteIn(In):
    """A private note; ``id`` is made by the client, once."""

    id: UUID
    text: Sentence


class NoteOut(Out):
    """A note among colleagues."""

    id: UUID
    author_name: str
    text: str
    made_at: datetime


class NotesOut(Out):
    """A case's notes, oldest first."""

    notes: list[NoteOut]


class QuestionIn(In):
    """A question to the reporter and until when an answer is waited for, thirty days at most."""

    id: UUID
    text: Sentence
    due_at: Instant


class QuestionOut(Out):
    """A question to the reporter, and the answer once there is one."""

    id: UUID
    text: str
    asked_at: datetime
    due_at: datetime
    answer: str | None
    answered_at: datetime | None

    def covered(self) -> "QuestionOut":
        """Return it with the numbers of people in the answer covered."""
        return self if self.answer is None else self.model_copy(update={"answer": masked(self.answer)})


class QuestionsOut(Out):
    """The questions about a report, oldest first."""

    questions: list[QuestionOut]


class AnswerIn(In):
    """A reporter's answer."""

    text: Sentence


class TemplateIn(In):
    """A sentence to keep for an area's desk, and where to offer it; left out: everywhere."""

    area_code: AreaCodeText
    title: Name
    text: Sentence
    move: Move | None = None
    category_id: Annotated[Text, Field(max_length=60)] | None = None

    def read(self) -> reports.TemplateDraft:
        """Return its content."""
        return reports.TemplateDraft(
            area_code=self.area_code,
            title=self.title,
            text=self.text,
            move=self.move,
            category_id=self.category_id,
        )


class TemplateEditIn(TemplateIn):
    """What a template is to say, and the version that was before the editor's eyes."""

    version: Version


class TemplateOut(Out):
    """A template."""

    id: UUID
    area_code: str
    title: str
    text: str
    move: Move | None
    category_id: str | None
    version: int


class TemplatesOut(Out):
    """Templates, those that fit best first."""

    templates: list[TemplateOut]


class SeenIn(In):
    """A case of a batch, and the version of it that was before the clerk's eyes."""

    report_id: UUID
    version: Version


class BatchIn(In):
    """One decision on many cases, worked off in the background; ``id`` is made by the client, once.

    A case that somebody has changed since is refused by itself, with their name; the others go on.
    """

    id: UUID
    move: Move = Field(description="accept, reject or dispatch")
    cases: Annotated[list[SeenIn], Field(min_length=1, max_length=reports.MOST_BATCHED)]
    reason: LongText = ""
    unit_id: UUID | None = Field(
        default=None, description="to whom a dispatch goes; left out: each to the unit proposed for it"
    )


class BatchItemOut(Out):
    """What became of one case; ``code`` says why it was refused, and ``possible`` what can be done instead.

    After an ``edit_conflict`` ``editor`` says who changed it meanwhile.
    """

    report_id: UUID
    state: BatchItemState
    code: str | None
    editor: str | None
    possible: list[str] | None


class BatchOut(Out):
    """A batch, how far it is, and what became of each case."""

    id: UUID
    move: Move
    reason: str
    made_at: datetime
    done_at: datetime | None
    undone_at: datetime | None
    counts: dict[BatchItemState, int]
    items: list[BatchItemOut]

    @classmethod
    def of(cls, progress: reports.Progress) -> "BatchOut":
        """Return it."""
        batch = progress.batch
        return cls(
            id=batch.id,
            move=batch.move,
            reason=batch.reason,
            made_at=batch.made_at,
            done_at=batch.done_at,
            undone_at=batch.undone_at,
            counts=dict(progress.counts),
            items=[_item(each, progress.faster.get(each.report_id)) for each in progress.items],
        )


def _item(item: ReportBatchItem, editor: str | None) -> BatchItemOut:
    return BatchItemOut(
        report_id=item.report_id,
        state=item.state,
        code=item.code,
        editor=editor,
        possible=item.possible,
    )
