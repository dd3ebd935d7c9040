"""Volunteering in the demonstration: 130 teams and a year of what they did, all invented and saying so.

As many teams and activities as the press says of one prefecture (130余支, 610余次); who came is dealt out by
lot among the district's invented riders.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import bulk
from app.core.actor import Role
from app.core.clock import SHANGHAI, local_day
from app.core.geo import CoordType
from app.models import (
    Account,
    ActivityKind,
    ActivityState,
    AppointmentKind,
    MemberState,
    OrganisationKind,
    PlaceKind,
    SignUpMode,
    SignUpState,
    TeamKind,
)
from app.services.activities import rules
from app.services.demo.places import DISTRICTS, GRIDDED, District, somewhere_in
from app.services.demo.stations import Community

TEAMS, PAST, COMING, UNITS, APPOINTED = 130, 610, 60, 28, 49
_PREFECTURES = {"6203": "金昌市", "6205": "天水市", "6208": "平凉市", "6209": "酒泉市"}
_TURNS = 24  # of one activity that begins anew every two hours, so that there is always one to come
_NAMES = {
    TeamKind.PIONEER_RIDERS: "先锋骑手队",
    TeamKind.RED_STEWARDS: "红色管家队",
    TeamKind.PARTY_MEMBERS: "党员志愿服务队",
    TeamKind.COMMUNITY: "邻里互助队",
}
_DONE = (
    (ActivityKind.COMMUNITY_SERVICE, "清扫楼道", "清理楼道杂物,张贴消防提示"),
    (ActivityKind.CARE, "陪伴独居老人", "上门探望,代买生活用品"),
    (ActivityKind.CIVILITY, "文明骑行宣传", "在路口发放骑行安全手册"),
    (ActivityKind.PEACE_BUILDING, "平安巡防(白天)", "沿街查看安全隐患,随手拍上报"),
    (ActivityKind.ENVIRONMENT, "清理小广告", "清理墙面和灯杆上的小广告"),
    (ActivityKind.TRAINING, "急救培训", "学习心肺复苏和包扎"),
)
_HOURS, _MINUTES = (9, 15, 19), (90, 120, 180)
_ABSENT_SHARE, _ANSWER_SHARE = 0.025, 0.35
_TABLES: Mapping[str, tuple[str, ...]] = {
    "volunteer_organisations": (
        "id", "name", "kind", "area_code", "parent_id", "responsible", "phone", "version", "changed_at",
    ),
    "dual_reportings": ("id", "organisation_id", "community_code", "reported_at"),
    "volunteer_teams": (
        "id", "organisation_id", "name", "kind", "area_code", "about", "takes_requests", "founded_on",
        "version", "changed_at",
    ),
    "team_members": (
        "id", "team_id", "account_id", "state", "is_coordinator", "shares_phone", "asked_at", "joined_at",
        "reason",
    ),
    "volunteer_activities": (
        "id", "team_id", "area_code", "kind", "title", "content", "service_objects", "risks", "place_kind",
        "place_text", "lat", "lon", "given_lat", "given_lon", "given_coord_type", "mode", "is_dangerous",
        "is_on_the_way", "task_minutes", "withdraw_minutes", "least_presence_percent", "state", "reason",
        "version", "made_at", "changed_at", "published_at",
    ),
    "activity_shifts": ("id", "activity_id", "starts_at", "ends_at", "break_minutes", "cancel_reason"),
    "shift_roles": (
        "id", "shift_id", "name", "places", "taken", "next_in_line", "adults_only", "needs_insurance",
    ),
    "sign_ups": (
        "id", "activity_id", "shift_id", "role_id", "account_id", "state", "line_no", "signed_up_at",
        "changed_at", "reason",
    ),
    "no_shows": ("sign_up_id", "account_id", "marked_at", "marked_by", "note", "answer"),
    "activity_feedback": ("sign_up_id", "activity_id", "account_id", "score", "given_at"),
    "role_grants": (
        "id", "account_id", "role", "area_code", "valid_from", "valid_to", "granted_at",
    ),
    "appointments": (
        "id", "kind", "account_id", "issuing_body", "area_code", "valid_from", "valid_to", "grant_id",
        "appointed_at", "revoked_reason",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Team:
    """A team with where it is at home, who belongs to it, and who coordinates it."""

    id: UUID
    district: District
    community: Community
    members: Sequence[UUID]


@dataclass(slots=True)
class _Book:
    """The rows of every table, in the order in which they are invented."""

    dice: random.Random
    now: datetime
    rows: dict[str, list[tuple[object, ...]]] = field(
        default_factory=lambda: {table: [] for table in _TABLES}
    )

    def new_id(self) -> UUID:
        """Draw an id."""
        return UUID(bytes=self.dice.randbytes(16), version=4)

    def add(self, table: str, values: tuple[object, ...]) -> None:
        """Add a row."""
        self.rows[table].append(values)


async def add(
    session: AsyncSession,
    communities: Mapping[str, Sequence[Community]],
    *,
    dice: random.Random,
    now: datetime,
) -> int:
    """Invent organisations, teams, appointments and a year of activities; return how many teams."""
    query = select(Account.id, Account.area_code).where(
        Account.worker_kind.is_not(None), Account.phone_hash.is_(None)
    )
    riders: dict[str, list[UUID]] = {district.code: [] for district in DISTRICTS}
    for account_id, area_code in await session.execute(query.order_by(Account.id)):
        riders.setdefault(area_code or "", []).append(account_id)
    book = _Book(dice, now)
    above = {code: _federation(book, code, name) for code, name in _PREFECTURES.items()}
    bodies = {district.code: _body(book, district, above[district.code[:4]]) for district in DISTRICTS}
    _units(book, communities[GRIDDED.code])
    teams = [_team(book, number, bodies, communities, riders) for number in range(TEAMS)]
    for number in range(PAST + COMING):
        _activity(book, teams[number % TEAMS], is_past=number < PAST)
    _turns(book, next(team for team in teams if team.district is GRIDDED))
    for team in teams[: len(DISTRICTS)]:
        _task(book, team)
    everybody = [rider for crowd in riders.values() for rider in crowd]
    _appoint(book, communities[GRIDDED.code], everybody)
    for table, columns in _TABLES.items():
        await bulk.copy_rows(session, table, columns, book.rows[table])
    return len(teams)


def _federation(book: _Book, code: str, name: str) -> UUID:
    """Invent what stands above a prefecture's societies, and decides on what exceeds eight hours a day."""
    federation, phone = book.new_id(), "010-0000000"
    said = (
        f"{name}志愿服务联合会(示例)",
        OrganisationKind.SOCIETY,
        code,
        None,
        "示例负责人",
        phone,
        1,
        book.now,
    )
    book.add("volunteer_organisations", (federation, *said))
    return federation


def _body(book: _Book, district: District, above: UUID) -> UUID:
    body = book.new_id()
    book.add(
        "volunteer_organisations",
        (
            body,
            f"{district.name}志愿服务协会(示例)",
            OrganisationKind.SOCIETY,
            district.code,
            above,
            "示例负责人",
            f"{district.landline}-0000000",
            1,
            book.now,
        ),
    )
    return body


def _units(book: _Book, there: Sequence[Community]) -> None:
    """Invent units that report to communities (双报到)."""
    for number in range(UNITS):
        unit, since = book.new_id(), book.now - timedelta(days=300)
        book.add(
            "volunteer_organisations",
            (
                unit,
                f"示例单位{number + 1:02}(虚构)",
                OrganisationKind.UNIT,
                GRIDDED.code,
                None,
                "示例联络员",
                f"{GRIDDED.landline}-0000000",
                1,
                book.now,
            ),
        )
        book.add("dual_reportings", (book.new_id(), unit, there[number % len(there)].code, since))


def _team(
    book: _Book,
    number: int,
    bodies: Mapping[str, UUID],
    communities: Mapping[str, Sequence[Community]],
    riders: Mapping[str, Sequence[UUID]],
) -> Team:
    district = DISTRICTS[number % len(DISTRICTS)]
    there, crowd = communities[district.code], riders[district.code]
    community, kind = there[number // len(DISTRICTS) % len(there)], list(_NAMES)[number % len(_NAMES)]
    founded = book.now - timedelta(days=400 + book.dice.randrange(600))
    members = book.dice.sample(crowd, min(len(crowd), book.dice.randint(12, 24)))
    team = Team(book.new_id(), district, community, members)
    book.add(
        "volunteer_teams",
        (
            team.id,
            bodies[district.code],
            f"{community.full_name}{_NAMES[kind]}(示例{number + 1:03})",
            kind,
            community.code,
            "本队为演示数据,纯属虚构",
            True,
            local_day(founded),
            1,
            book.now,
        ),
    )
    for place, member in enumerate(members):
        book.add(
            "team_members",
            (book.new_id(), team.id, member, MemberState.ACTIVE, place == 0, False, founded, founded, ""),
        )
    return team


def _activity(book: _Book, team: Team, *, is_past: bool) -> None:
    """Invent an activity with one shift, and who came or will."""
    day = -book.dice.randint(1, 365) if is_past else book.dice.randint(1, 14)
    morning = datetime.combine(local_day(book.now) + timedelta(days=day), datetime.min.time(), SHANGHAI)
    starts_at = morning + timedelta(hours=book.dice.choice(_HOURS))
    ends_at = starts_at + timedelta(minutes=book.dice.choice(_MINUTES))
    kind, title, content = book.dice.choice(_DONE)
    activity = _enter(book, team, kind, title, content, at=starts_at - timedelta(days=10))
    _shift(book, team, activity, (starts_at, ends_at), fill=0.8 if is_past else 0.4)


def _turns(book: _Book, team: Team) -> None:
    """Invent an activity that begins anew every two hours."""
    activity = _enter(
        book, team, ActivityKind.COMMUNITY_SERVICE, "驿站便民值守", "为路过的骑手添热水、指路", at=book.now
    )
    for turn in range(_TURNS):
        starts_at = book.now + timedelta(minutes=10, hours=2 * turn)
        _shift(book, team, activity, (starts_at, starts_at + timedelta(hours=2)), fill=0.1)


def _task(book: _Book, team: Team) -> None:
    """Invent a short task near the middle of a town, open for some hours."""
    until = rules.past_peak(book.now + timedelta(hours=6))
    position = somewhere_in(team.district, book.dice)
    where = (position.lat, position.lon)
    activity = _enter(
        book, team, ActivityKind.CARE, "给独居老人捎药", "从药店取药,送到社区门卫", at=book.now, where=where
    )
    _shift(book, team, activity, (book.now, until), fill=0.0, places=2)


def _enter(
    book: _Book,
    team: Team,
    kind: ActivityKind,
    title: str,
    content: str,
    *,
    at: datetime,
    where: tuple[float, float] | None = None,
) -> UUID:
    activity, lat_lon = book.new_id(), where or (None, None)
    book.add(
        "volunteer_activities",
        (
            activity,
            team.id,
            team.community.code,
            kind,
            f"{title}(示例)",
            content,
            "居民",
            "",
            PlaceKind.AREA if where is None else PlaceKind.POINT,
            f"{team.community.full_name}(虚构地点)",
            *lat_lon,
            *lat_lon,
            None if where is None else CoordType.WGS84,
            SignUpMode.FIRST_COME,
            False,
            where is not None,
            None if where is None else 10,
            180 if where is None else 0,
            60,
            ActivityState.PUBLISHED,
            "",
            1,
            at,
            at,
            at,
        ),
    )
    return activity


def _shift(
    book: _Book,
    team: Team,
    activity: UUID,
    span: tuple[datetime, datetime],
    *,
    fill: float,
    places: int | None = None,
) -> None:
    shift, role = book.new_id(), book.new_id()
    places = places or book.dice.randint(10, 20)
    come = book.dice.sample(team.members, min(len(team.members), int(places * fill)))
    book.add("activity_shifts", (shift, activity, *span, 0, ""))
    book.add("shift_roles", (role, shift, "志愿者", places, len(come), len(come) + 1, False, False))
    for line_no, person in enumerate(come, 1):
        asked = span[0] - timedelta(hours=book.dice.randint(3, 200))
        is_absent = span[1] < book.now and book.dice.random() < _ABSENT_SHARE and person != team.members[0]
        sign_up, state = book.new_id(), SignUpState.NO_SHOW if is_absent else SignUpState.BOOKED
        book.add(
            "sign_ups",
            (
                sign_up,
                activity,
                shift,
                role,
                person,
                state,
                line_no,
                min(asked, book.now),
                min(asked, book.now),
                "",
            ),
        )
        if is_absent:
            book.add("no_shows", (sign_up, person, span[1], team.members[0], "点名未到", ""))
        elif span[1] < book.now and book.dice.random() < _ANSWER_SHARE:
            said_at = min(span[1] + timedelta(hours=5), book.now)
            score = book.dice.choice((3, 4, 4, 5, 5, 5))
            book.add("activity_feedback", (sign_up, activity, person, score, said_at))


def _appoint(book: _Book, there: Sequence[Community], riders: Sequence[UUID]) -> None:
    """Appoint couriers as part-time grid members of a district, and some riders to the other posts."""
    since, until = local_day(book.now) - timedelta(days=90), local_day(book.now) + timedelta(days=275)
    others: list[AppointmentKind] = [
        kind for kind in AppointmentKind if kind is not AppointmentKind.PART_TIME_GRID_MEMBER
    ]
    kinds: Iterator[AppointmentKind] = iter([AppointmentKind.PART_TIME_GRID_MEMBER] * APPOINTED + others * 4)
    people = book.dice.sample(riders, min(len(riders), APPOINTED + len(others) * 4))
    for number, (person, kind) in enumerate(zip(people, kinds, strict=False)):
        grant, at = book.new_id(), book.now - timedelta(days=90)
        code = there[number % len(there)].code
        book.add("role_grants", (grant, person, Role(kind.value), code, since, until, at))
        book.add(
            "appointments",
            (book.new_id(), kind, person, f"{GRIDDED.name}(示例)", code, since, until, grant, at, ""),
        )
