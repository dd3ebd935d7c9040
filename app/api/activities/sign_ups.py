"""Signing up, and all that follows: line, offers, withdrawal, cover, absence, what people thought."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.api.activities.schemas import SignUpOut
from app.api.activities.sign_up_schemas import (
    AnswerIn,
    DecideSignUpIn,
    FeedbackIn,
    NoShowIn,
    NoShowOut,
    ObjectionIn,
    OwnNoShowOut,
    OwnSignUpOut,
    OwnSignUpPage,
    ParticipantList,
    ParticipantOut,
    SignUpIn,
    TakeOverIn,
)
from app.api.deps import AreaStaff, Now, OnceDep, ReadDep, RuntimeDep, SessionDep, Worker
from app.api.errors import problems
from app.api.schemas import Cursor, Limit
from app.core.errors import BadCursor, KeyReused, NotFound
from app.core.pages import id_cursor, read_id_cursor
from app.services import activities
from app.services.activities import afterwards, concerns, queries

router = APIRouter(prefix="/activities", tags=["activities"])

_TAKEN = (
    activities.ActivityClosed,
    activities.AlreadySignedUp,
    activities.Overlapping,
    activities.TooManyInWeek,
    activities.Unfit,
)
_ONE = "/sign-ups/{sign_up_id:uuid}"


@router.post(
    "/sign-ups", status_code=201, response_model=SignUpOut, responses=problems(NotFound, KeyReused, *_TAKEN)
)
async def sign_up(
    given: SignUpIn, *, by: Worker, session: SessionDep, runtime: RuntimeDep, now: Now, once: OnceDep
) -> Response:
    """Take a place, or the last one in line when there is none; by approval: ask for one."""

    async def work() -> SignUpOut:
        return SignUpOut.of(await activities.sign_up(session, given.id, given.role_id, by=by, now=now))

    # A rush for the last places queues here, and leaves the others their connections.
    async with runtime.turns.of(given.role_id):
        return await once(work, status=201)


@router.get("/sign-ups/mine", responses=problems(BadCursor))
async def list_own_sign_ups(
    by: Worker, session: ReadDep, *, cursor: Cursor = None, limit: Limit = 50
) -> OwnSignUpPage:
    """List one's own sign-ups, the latest made first."""
    rows, has_more = await queries.own_sign_ups(session, by=by, after=read_id_cursor(cursor), limit=limit)
    return OwnSignUpPage(
        items=[OwnSignUpOut.at(*row) for row in rows],
        next_cursor=id_cursor(rows[-1][0].id) if has_more else None,
    )


@router.post(
    f"{_ONE}/confirm", responses=problems(NotFound, activities.IllegalMove, activities.OfferOver, *_TAKEN)
)
async def confirm_offer(sign_up_id: UUID, by: Worker, session: SessionDep, now: Now) -> SignUpOut:
    """Take a place that was offered, before the offer ends."""
    return SignUpOut.of(await activities.confirm(session, sign_up_id, by=by, now=now))


@router.post(
    f"{_ONE}/withdraw", responses=problems(NotFound, activities.IllegalMove, activities.WithdrawTooLate)
)
async def withdraw_sign_up(sign_up_id: UUID, by: Worker, session: SessionDep, now: Now) -> SignUpOut:
    """Give a place back, or stop waiting; the next in line is offered it."""
    return SignUpOut.of(await activities.withdraw(session, sign_up_id, by=by, now=now))


@router.post(
    f"{_ONE}/ask-cover", responses=problems(NotFound, activities.IllegalMove, activities.ActivityClosed)
)
async def ask_cover(sign_up_id: UUID, by: Worker, session: SessionDep, now: Now) -> SignUpOut:
    """Ask the team's others to take one's place; it stays one's own until somebody does."""
    return SignUpOut.of(await activities.ask_cover(session, sign_up_id, by=by, now=now))


@router.post(
    f"{_ONE}/cover",
    status_code=201,
    response_model=SignUpOut,
    responses=problems(NotFound, KeyReused, activities.NoCoverAsked, *_TAKEN),
)
async def cover(
    sign_up_id: UUID, given: TakeOverIn, *, by: Worker, session: SessionDep, now: Now, once: OnceDep
) -> Response:
    """Take over the place of somebody who asked for cover; the first has it."""

    async def work() -> SignUpOut:
        return SignUpOut.of(await activities.cover(session, sign_up_id, given.id, by=by, now=now))

    return await once(work, status=201)


@router.get("/shifts/{shift_id:uuid}/sign-ups", responses=problems(NotFound))
async def list_participants(shift_id: UUID, by: Worker, session: ReadDep, now: Now) -> ParticipantList:
    """List who signed up for a shift that one runs, by name, in the order of coming."""
    shift = await queries.run_shift(session, shift_id, by=by, now=now)
    unsuited = await concerns.at(session, shift)
    rows = await queries.of_shift(session, shift_id, by=by)
    return ParticipantList(
        items=[ParticipantOut.of(row, name, unsuited.get(row.id), absence) for row, name, absence in rows]
    )


@router.post(f"{_ONE}/decide", responses=problems(NotFound, activities.IllegalMove, *_TAKEN))
async def decide_sign_up(
    sign_up_id: UUID, given: DecideSignUpIn, *, by: Worker, session: SessionDep, now: Now
) -> SignUpOut:
    """Give somebody a place who asked for it, or refuse them; also whom a changed shift does not suit."""
    return SignUpOut.of(
        await activities.decide(
            session, sign_up_id, accepts=given.accepts, reason=given.reason, by=by, now=now
        )
    )


@router.post(
    f"{_ONE}/no-show",
    responses=problems(NotFound, activities.IllegalMove, activities.NotOver, activities.AnotherPerson),
)
async def mark_absent(
    sign_up_id: UUID, given: NoShowIn, *, by: Worker, session: SessionDep, now: Now
) -> NoShowOut:
    """Say that somebody with a place did not come; they are told, and may object."""
    return NoShowOut.of(await activities.mark_absent(session, sign_up_id, note=given.note, by=by, now=now))


@router.get(f"{_ONE}/no-show", responses=problems(NotFound))
async def see_own_absence(sign_up_id: UUID, by: Worker, session: ReadDep) -> OwnNoShowOut:
    """See who marked one absent, and what was said to it."""
    absence, marked_by = await afterwards.own_absence(session, sign_up_id, by=by)
    return OwnNoShowOut(**NoShowOut.of(absence).model_dump(), marked_by=marked_by)


@router.post(f"{_ONE}/objection", responses=problems(NotFound, activities.ObjectionTooLate))
async def object_to_absence(
    sign_up_id: UUID, given: ObjectionIn, *, by: Worker, session: SessionDep, now: Now
) -> NoShowOut:
    """Object to having been marked absent, once, within fourteen days."""
    return NoShowOut.of(
        await activities.object_to_absence(session, sign_up_id, text=given.text, by=by, now=now)
    )


@router.post(f"{_ONE}/answer", responses=problems(NotFound, activities.IllegalMove, activities.AnotherPerson))
async def answer_objection(
    sign_up_id: UUID, given: AnswerIn, *, by: AreaStaff, session: SessionDep, now: Now
) -> NoShowOut:
    """Strike a mark of absence, or let it stand; somebody else than who marked decides."""
    return NoShowOut.of(
        await activities.answer_objection(
            session, sign_up_id, strikes=given.strikes, text=given.text, by=by, now=now
        )
    )


@router.post(
    f"{_ONE}/feedback",
    status_code=204,
    responses=problems(NotFound, activities.IllegalMove, activities.NotOver),
)
async def give_feedback(
    sign_up_id: UUID, given: FeedbackIn, *, by: Worker, session: SessionDep, now: Now
) -> None:
    """Say what one thought of a shift, once, within fourteen days of its end."""
    await activities.give_feedback(session, sign_up_id, score=given.score, text=given.text, by=by, now=now)
