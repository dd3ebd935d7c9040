"""What is said of training, commendation and evaluation, and of a volunteer's whole record."""

from datetime import date, datetime
from uuid import UUID

from app.api.ledger.schemas import EntryOut, TotalsOut, VolunteerOut, Words
from app.api.schemas import Day, In, Out
from app.models import RemarkKind
from app.services.ledger.remarks import NewRemark, Record
from app.services.reports.masking import masked


class RemarkIn(In):
    """A training, a commendation or an evaluation of a volunteer; ``id`` is made by the client."""

    id: UUID
    volunteer_id: UUID
    kind: RemarkKind
    text: Words
    given_on: Day

    def read(self) -> NewRemark:
        """Return it with people's numbers covered."""
        return NewRemark(self.volunteer_id, self.kind, masked(self.text), self.given_on)


class RemarkOut(Out):
    """What an organisation recorded, and whether it took it back."""

    id: UUID
    book_id: UUID
    kind: RemarkKind
    text: str
    given_on: date
    entered_at: datetime
    withdrawn_at: datetime | None


class OwnRemarkOut(RemarkOut):
    """What was recorded about oneself, and by whom."""

    book_name: str


class BasicsOut(VolunteerOut):
    """Who one is to the ledger, and one's teams."""

    teams: list[str]


class ServiceOut(Out):
    """One's hours: what they add up to, and each entry."""

    totals: TotalsOut
    entries: list[EntryOut]


class RecordOut(Out):
    """The five blocks that are recorded of a volunteer (志愿服务条例 art. 19), for themselves alone."""

    basics: BasicsOut
    service: ServiceOut
    training: list[OwnRemarkOut]
    commendation: list[OwnRemarkOut]
    evaluation: list[OwnRemarkOut]

    @classmethod
    def of(cls, record: Record) -> "RecordOut":
        """Return it."""
        blocks: dict[RemarkKind, list[OwnRemarkOut]] = {kind: [] for kind in RemarkKind}
        for remark, book_name in record.remarks:
            told = RemarkOut.model_validate(remark).model_dump()
            blocks[remark.kind].append(OwnRemarkOut(**told, book_name=book_name))
        basics = VolunteerOut.of(record.subject).model_dump()
        return cls(
            basics=BasicsOut(**basics, teams=list(record.teams)),
            service=ServiceOut(
                totals=TotalsOut.model_validate(record.totals),
                entries=[EntryOut.of(each) for each in record.service],
            ),
            training=blocks[RemarkKind.TRAINING],
            commendation=blocks[RemarkKind.COMMENDATION],
            evaluation=blocks[RemarkKind.EVALUATION],
        )
