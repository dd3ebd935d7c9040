"""Accounts of the demonstration: one a role and scope that may sign in, and riders who only visit.

The numbers begin with 154, a range that no operator uses; a demo prints its codes and sends none anyway.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from app.core.actor import Role
from app.core.clock import local_day
from app.models import Account, AccountStatus, RoleGrant, WorkerKind
from app.services.accounts.vault import Vault

_KINDS = (
    (WorkerKind.FOOD_RIDER, 0.5),
    (WorkerKind.COURIER, 0.3),
    (WorkerKind.RIDE_HAIL_DRIVER, 0.12),
    (WorkerKind.TRUCK_DRIVER, 0.06),
    (WorkerKind.OTHER, 0.02),
)
RIDER_COLUMNS = (
    "id", "display_name", "worker_kind", "area_code", "status", "created_at", "last_seen_on", "version",
)  # fmt: skip
RiderRow = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody who may sign in: by number, and by the code that the console prints.

    At most one of ``area_code``, ``stations_in`` (the first station of a district), ``unit_in`` (the first
    handling unit of a district) and ``gridded`` (the first community of the grid plan) is given.
    """

    phone: str
    name: str
    role: Role
    scope: str  # in words
    area_code: str | None = None
    stations_in: str | None = None
    unit_in: str | None = None
    gridded: bool = False
    worker_kind: WorkerKind | None = None


def _phone(number: int) -> str:
    return f"+86154{number:08}"


LIAISON, UPPER_LIAISON = "示例志愿联络员", "示例上级联络员"
SIGN_INS = (
    SignIn(_phone(1), "示例系统管理员", Role.SYSADMIN, "全部"),
    SignIn(_phone(2), "示例平凉市负责人", Role.DISTRICT_OFFICER, "平凉市 6208", "6208"),
    SignIn(_phone(3), "示例崆峒区负责人", Role.DISTRICT_OFFICER, "崆峒区 620802", "620802"),
    SignIn(_phone(4), "示例麦积区负责人", Role.DISTRICT_OFFICER, "麦积区 620503", "620503"),
    SignIn(_phone(5), "示例金川区负责人", Role.DISTRICT_OFFICER, "金川区 620302", "620302"),
    SignIn(_phone(6), "示例肃州区负责人", Role.DISTRICT_OFFICER, "肃州区 620902", "620902"),
    SignIn(_phone(7), "示例社区工作者", Role.COMMUNITY_STAFF, "麦积区第一个社区", gridded=True),
    SignIn(_phone(8), "示例肃州站长", Role.STATION_MANAGER, "肃州区 001 号站", stations_in="620902"),
    SignIn(_phone(9), "示例崆峒站长", Role.STATION_MANAGER, "崆峒区 001 号站", stations_in="620802"),
    SignIn(_phone(10), "示例兼职网格员", Role.PART_TIME_GRID_MEMBER, "麦积区第一个社区", gridded=True),
    SignIn(_phone(15), "示例承办人员", Role.HANDLING_UNIT, "麦积区市政养护所", unit_in="620503"),
    SignIn(_phone(16), "示例隐私官", Role.PRIVACY_OFFICER, "甘肃省 62", "62"),
    SignIn(_phone(17), "示例天水市负责人", Role.DISTRICT_OFFICER, "天水市 6205", "6205"),
    SignIn(_phone(11), "示例骑手", Role.WORKER, "本人", worker_kind=WorkerKind.FOOD_RIDER),
    SignIn(_phone(12), "示例快递员", Role.WORKER, "本人", worker_kind=WorkerKind.COURIER),
    SignIn(_phone(13), "示例货车司机", Role.WORKER, "本人", worker_kind=WorkerKind.TRUCK_DRIVER),
    SignIn(_phone(14), "示例网约车司机", Role.WORKER, "本人", worker_kind=WorkerKind.RIDE_HAIL_DRIVER),
    SignIn(_phone(18), LIAISON, Role.WORKER, "麦积区志愿服务协会"),
    SignIn(_phone(19), UPPER_LIAISON, Role.WORKER, "天水市志愿服务联合会"),
)


def accounts_of(dice: random.Random, vault: Vault, now: datetime) -> list[Account]:
    """Return an account for everybody in :data:`SIGN_INS`, in their order."""
    return [
        Account(
            id=UUID(bytes=dice.randbytes(16), version=4),
            phone_hash=vault.phone_hash(each.phone),
            phone_encrypted=vault.encrypt_phone(each.phone),
            display_name=each.name,
            worker_kind=each.worker_kind,
            area_code="620802" if each.role is Role.WORKER else None,
            created_at=now - timedelta(days=60),
            last_seen_on=local_day(now),
        )
        for each in SIGN_INS
    ]


def grants_of(
    accounts: Sequence[Account],
    first_stations: dict[str, UUID],
    first_units: dict[str, UUID],
    community: str,
    now: datetime,
) -> Iterator[RoleGrant]:
    """Give everybody in :data:`SIGN_INS` their role; the sysadmin gave them all, and to himself."""
    for each, account in zip(SIGN_INS, accounts, strict=True):
        if each.role is not Role.WORKER:
            yield RoleGrant(
                account_id=account.id,
                role=each.role,
                area_code=community if each.gridded else each.area_code,
                station_id=first_stations[each.stations_in] if each.stations_in else None,
                unit_id=first_units[each.unit_in] if each.unit_in else None,
                valid_from=local_day(now) - timedelta(days=60),
                granted_by=accounts[0].id,
                granted_at=now - timedelta(days=60),
            )


def riders(
    dice: np.random.Generator, area_code: str, ids: Sequence[UUID], now: datetime
) -> Iterator[RiderRow]:
    """Return rows of riders without a number: they visit, and nobody can sign in as them."""
    shares = [share for _, share in _KINDS]
    kinds = [_KINDS[index][0] for index in dice.choice(len(_KINDS), len(ids), p=shares).tolist()]
    for number, (rider, kind) in enumerate(zip(ids, kinds, strict=True), 1):
        yield (
            rider, f"示例骑手{area_code}-{number:04}", kind, area_code, AccountStatus.ACTIVE,
            now - timedelta(days=60), local_day(now), 1,
        )  # fmt: skip
