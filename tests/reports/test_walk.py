"""Random moves by random people: no illegal state, one step for each change, nothing lost, nobody named."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import utc_now
from app.main import create_app
from app.models import Photo, PhotoPurpose, Report, ReportState, ReportStep, Urgency
from app.services.reports.lifecycle import RULES
from tests.clients import ClientFor
from tests.factories.reports import make_report, make_unit
from tests.factories.stations import SUZHOU
from tests.reports import crew, crew_photos

V1 = "/v1/reports"
HERE = {"lat": SUZHOU.lat, "lon": SUZHOU.lon, "coord_type": "wgs84"}
MARKER = "13912345678"
REPAIR, CHECK = PhotoPurpose.RESOLUTION, PhotoPurpose.VERIFICATION
# What anybody might try: the path, what they say, and the kind of photo that proves it.
TRIES = (
    ("cases/{id}/accept", {}, None),
    ("cases/{id}/reject", {"reason": "不在辖区"}, None),
    ("cases/{id}/dispatch", {"unit_id": "{unit}"}, None),
    ("cases/{id}/dispatch", {"unit_id": "{unit}"}, None),
    ("cases/{id}/mark-duplicate", {"parent_id": "{parent}", "reason": "同一处"}, None),
    ("cases/{id}/revive", {"reason": "不是同一处"}, None),
    ("cases/{id}/close", {"outcome": "fixed", "reason": "好了"}, None),
    ("cases/{id}/close", {"outcome": "explained", "reason": "已说明"}, None),
    ("cases/{id}/reopen", {"reason": "复发"}, None),
    ("cases/{id}/tasks", {"unit_id": "{unit}", "instruction": "看看"}, None),
    ("handling/{id}/take-on", {}, None),
    ("handling/{id}/take-on", {}, None),
    ("handling/{id}/return", {"text": "不归我们"}, None),
    ("handling/{id}/make-safe", {}, None),
    ("handling/{id}/resolve", {"text": "好了"}, REPAIR),
    ("handling/{id}/resolve", {"text": "好了"}, REPAIR),
    ("checking/{id}/confirm", {"position": HERE}, CHECK),
    ("checking/{id}/fail", {"text": "没好", "position": HERE}, CHECK),
    ("mine/{id}/still-there", {"id": "{new}", "text": f"还在 {MARKER}", "captured_at": "{now}"}, None),
    ("mine/{id}/updates", {"id": "{new}", "text": f"更大了 {MARKER}", "captured_at": "{now}"}, None),
    ("mine/{id}/satisfaction", {"is_satisfied": True}, None),
)


class Walk:
    """A case and its parent-to-be, and everybody who might touch them."""

    def __init__(self, session, client_for, seed: int) -> None:
        self.session, self.client_for, self.lot = session, client_for, random.Random(seed)

    async def begin(self) -> None:
        session = self.session
        unit = await make_unit(session)
        rider = await crew.rider(session)
        self.case = await make_report(
            session,
            reporter_id=rider.account_id,
            description=f"井盖没了 {MARKER}",
            urgency=self.lot.choice(list(Urgency)),
        )
        parent = await make_report(session)
        self.values = {"id": self.case.id, "unit": unit.id, "parent": parent.id}
        self.rider = rider
        self.inside = [
            rider,
            await crew.staff(session),
            await crew.officer(session),
            await crew.unit_user(session, unit.id),
            await crew.grid_member(session),
        ]
        self.outside = [
            await crew.rider(session),
            await crew.staff(session, "620902006002"),
            await crew.officer(session, "620921"),
            await crew.unit_user(session, (await make_unit(session)).id),
            await crew.grid_member(session, "620902006002"),
        ]
        await session.commit()
        self.clients = {actor.account_id: self.client_for(actor) for actor in self.inside + self.outside}

    async def step(self) -> None:
        by = self.lot.choice(self.inside * 5 + self.outside)
        path, body, proof = self.lot.choice(TRIES)
        before, steps = await self.look()
        response = await self.clients[by.account_id].post(
            f"{V1}/{path.format_map(self.values)}", json=await self.filled(path, body, proof, by)
        )
        after, steps_after = await self.look()
        what = f"{path} by {by.grants}: {before} -> {response.status_code} {response.text[:200]}"
        assert response.status_code < 500, what
        assert steps_after[: len(steps)] == steps, what
        if response.status_code in {403, 409, 422} and by in self.inside and not path.startswith("mine/"):
            refusal = response.json()
            assert refusal["code"] == "role_missing" or isinstance(refusal.get("possible"), list), what
        if response.status_code >= 400 or by in self.outside:
            assert (response.status_code >= 400, after, steps_after) == (True, before, steps), what
            return
        self.check_change(before, after, steps_after[len(steps) :], what)
        if by.unit_ids:
            assert MARKER not in response.text, what
            assert str(self.rider.account_id) not in response.text, what

    def check_change(self, before, after, new, what) -> None:
        (state, version), (state_after, version_after) = before, after
        assert version_after - version == len(new), what
        assert len(new) <= 1, what
        if not new:
            assert state_after == state, what
            return
        _, move, came_from, went_to = new[0]
        rule = RULES[(state, move)]
        assert came_from is state, what
        assert went_to is state_after, what
        assert went_to in {rule.to, rule.or_to}, what

    async def look(self):
        row = (await self.session.execute(
            select(Report.state, Report.version).where(Report.id == self.case.id)
        )).one()  # fmt: skip
        columns = (ReportStep.id, ReportStep.move, ReportStep.from_state, ReportStep.to_state)
        query = select(*columns).where(ReportStep.report_id == self.case.id).order_by(ReportStep.id)
        steps = [tuple(each) for each in await self.session.execute(query)]
        await self.session.commit()
        return tuple(row), steps

    async def filled(self, path, body, proof, by: Actor):
        values = {**self.values, "new": uuid4(), "now": utc_now().isoformat()}
        said = {}
        if path.startswith("cases/") and not path.endswith("/tasks"):
            # Now and then what they decide on is what the case was.
            said["version"] = max(1, (await self.look())[0][1] - (self.lot.random() < 0.1))
        said |= {
            key: value.format_map(values) if isinstance(value, str) else value for key, value in body.items()
        }
        if proof is not None:
            photo = await crew_photos.ready(self.session, by.account_id, proof)
            await self.session.commit()
            said["photo_ids"] = [str(photo.id)]
        return said


@pytest.mark.parametrize("seed", range(3))
async def test_no_walk_reaches_what_the_table_forbids(session, client_for, seed):
    walk = Walk(session, client_for, seed)
    await walk.begin()

    for _ in range(70):
        await walk.step()

    states = await session.scalars(
        select(ReportStep.to_state).where(ReportStep.report_id == walk.case.id).distinct()
    )
    assert len(set(states)) > 1  # it went somewhere


async def test_of_50_at_once_one_wins_each_move(own_runtime):
    async with own_runtime.db.writing() as session:
        unit = await make_unit(session)
        case = await make_report(session, proposed_unit_id=unit.id)
        clerks = [await crew.staff(session) for _ in range(50)]
        workers = [await crew.unit_user(session, unit.id) for _ in range(50)]
        repairs = [await crew_photos.ready(session, each.account_id) for each in workers]
        checks = [await crew_photos.ready(session, each.account_id, CHECK) for each in clerks]
    clients = ClientFor(create_app(own_runtime), utc_now)

    async def all_try(actors: list[Actor], path: str, said: list[dict]) -> None:
        tries = zip(map(clients, actors), said, strict=True)
        path = f"{V1}/{path.format(id=case.id)}"
        codes = [
            each.status_code
            for each in await asyncio.gather(*(client.post(path, json=body) for client, body in tries))
        ]
        assert codes.count(200) == 1
        assert set(codes) <= {200, 409, 503}

    await all_try(clerks, "cases/{id}/accept", [{"version": 1}] * 50)
    await all_try(clerks, "cases/{id}/dispatch", [{"version": 2}] * 50)
    await all_try(workers, "handling/{id}/take-on", [{}] * 50)
    await all_try(workers, "handling/{id}/resolve", _proved(repairs))
    await all_try(clerks, "checking/{id}/confirm", _proved(checks))
    await all_try(clerks, "cases/{id}/close", [{"version": 6, "outcome": "fixed", "reason": "修好了"}] * 50)

    await clients.close()
    async with own_runtime.db.reading() as session:
        report = await session.get_one(Report, UUID(str(case.id)))
        moves = await session.scalars(select(ReportStep.move).where(ReportStep.report_id == case.id))
        assert (report.state, report.version) == (ReportState.CLOSED, 7)
        assert len(list(moves)) == 7


def _proved(photos: list[Photo]) -> list[dict]:
    return [{"text": "好了", "photo_ids": [str(photo.id)]} for photo in photos]
