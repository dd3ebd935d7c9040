"""What phones and staff send and get around accounts."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StrictBool, model_validator

from app.api.people import DisplayName, Phone, Version
from app.api.schemas import AreaCodeText, Day, In, Out, PageOut, ShortText
from app.core.actor import Role
from app.models import AccountStatus, AgeBand, Purpose, WorkerKind
from app.services import accounts

Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class CodeIn(In):
    """A request for a sign-in code."""

    phone: Phone
    device_id: UUID


class CodeOut(Out):
    """The same answer for every number."""

    expires_in_s: int
    resend_after_s: int


class GuardianIn(In):
    """A guardian's number and the code that was sent to it."""

    phone: Phone
    code: Code


class SignInIn(In):
    """A number and the code that was sent to it.

    ``start_fresh`` leaves an account behind that slept over 90 days; without it such an account opens
    only on a device it was used on. A new account of a child under 14 needs a guardian's number and code.
    """

    phone: Phone
    code: Code
    device_id: UUID
    display_name: DisplayName | None = None
    start_fresh: StrictBool = False
    age_band: AgeBand | None = None
    guardian: GuardianIn | None = None


class RefreshIn(In):
    """A refresh token, good for one use on the device that it was given to."""

    refresh_token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    device_id: UUID


class SignOutIn(In):
    """Here, or on every device."""

    everywhere: StrictBool = False


class TokensOut(Out):
    """An access token for requests and the refresh token for the next pair."""

    access_token: str
    token_type: str
    expires_in_s: int
    refresh_token: str
    refresh_expires_at: datetime


class AccountOut(Out):
    """A person's own account."""

    id: UUID
    display_name: str
    worker_kind: WorkerKind | None
    area_code: str | None
    age_band: AgeBand | None
    status: AccountStatus
    created_at: datetime
    version: int


class SignInOut(TokensOut):
    """Tokens, and whose account they open."""

    is_new: bool
    account: AccountOut


class ProfilePatch(In):
    """Changes to one's profile; members left out stay, ``null`` empties."""

    version: Version
    display_name: DisplayName | None = None
    worker_kind: WorkerKind | None = None
    area_code: AreaCodeText | None = None
    age_band: AgeBand | None = None

    @model_validator(mode="after")
    def _keeps_a_name(self) -> Self:
        if "display_name" in self.model_fields_set and self.display_name is None:
            raise ValueError("display_name cannot be emptied")
        return self


class NumberIn(In):
    """A new number for one's account, with a code sent to each of the two."""

    old_code: Code
    new_phone: Phone
    new_code: Code


class MergerIn(In):
    """One's other number, with a code sent to each of the two."""

    own_code: Code
    other_phone: Phone
    other_code: Code


class MergerOut(Out):
    """A merger: the account that is gone, and the ids of what came from it, by table."""

    id: UUID
    absorbed_id: UUID
    survivor_id: UUID
    merged_at: datetime
    records: dict[str, list[str]]


class RebindingIn(In):
    """An officer binds a person's account to another number; the same number twice reopens it."""

    phone: Phone
    new_phone: Phone
    code: Code
    reason: Annotated[ShortText, Field(min_length=4)]


class ExportOut(Out):
    """Everything held about the caller, by table."""

    phone: str | None
    records: dict[str, list[dict[str, Any]]]


class GrantIn(In):
    """A role for the owner of a number, both days included; without an account one is made."""

    phone: Phone
    role: Role
    area_code: AreaCodeText | None = None
    station_id: UUID | None = None
    unit_id: UUID | None = None
    valid_from: Day | None = Field(default=None, description="today when left out")
    valid_to: Day | None = None
    display_name: DisplayName | None = None


class GrantOut(Out):
    """A grant; of the person only the name they show."""

    id: UUID
    account_id: UUID
    display_name: str
    role: Role
    area_code: str | None
    station_id: UUID | None
    unit_id: UUID | None
    valid_from: date
    valid_to: date | None
    granted_at: datetime


class PurposeOut(Out):
    """One purpose that needs consent, in words for its own page; kept so many days or with the account."""

    purpose: Purpose
    zh: str
    en: str
    kept_days: int | None


class PolicyOut(Out):
    """One version of what people are told about their data."""

    version: str
    effective_on: date
    zh: str
    en: str
    purposes: list[PurposeOut]


class ConsentIn(In):
    """The version of the text that was read."""

    text_version: Annotated[str, Field(pattern=r"^[0-9-]{4,20}$")]


class ConsentOut(Out):
    """A consent, or its refusal when it was never given."""

    id: UUID
    purpose: Purpose
    text_version: str
    given_at: datetime | None
    withdrawn_at: datetime | None


class ConsentsOut(Out):
    """All that the caller ever agreed to or refused, oldest first."""

    consents: list[ConsentOut]


class BanIn(In):
    """Why an account may not act, and its last day if it is to end by itself."""

    reason: Annotated[ShortText, Field(min_length=4)]
    ends_on: Day | None = None


class LiftIn(In):
    """Why an account may act again."""

    reason: Annotated[ShortText, Field(min_length=4)]


class BanOut(Out):
    """A ban; of the person the id alone. Without a reason: of an account of the same number, now gone."""

    id: UUID
    account_id: UUID
    area_code: str | None
    reason: str | None
    banned_at: datetime
    banned_by: UUID
    ends_on: date | None


class DuplicatePersonOut(Out):
    """One of two accounts that may be one person's; never the number."""

    account_id: UUID
    display_name: str


class DuplicateOut(Out):
    """Two accounts that may be one person's, the older one first, what they share, and since when."""

    people: list[DuplicatePersonOut]
    alike: list[accounts.Alike]
    since: datetime


class DuplicatePage(PageOut):
    """A page of pairs."""

    items: list[DuplicateOut]


class EmptyRoleOut(Out):
    """A role that nobody fills while its holder is banned."""

    grant_id: UUID
    role: Role
    area_code: str | None
    station_id: UUID | None


class BannedOut(BanOut):
    """A new ban, and the roles that stand empty by it."""

    roles: list[EmptyRoleOut]


class BanPage(PageOut):
    """One page of bans in force."""

    items: list[BanOut]


class ReadOut(Out):
    """An entry of the read log: who read whose data, what and why; never what stood there."""

    id: UUID
    reader_id: UUID
    subject_id: UUID
    area_code: str | None
    what: str
    reason: str
    read_at: datetime


class ReadPage(PageOut):
    """One page of the read log."""

    items: list[ReadOut]


class OwnGrantOut(Out):
    """A role of the caller in force today: over one station or unit, over areas, or (none) over everything.

    ``area_codes`` holds the granted code and, after a change of divisions, its successors.
    """

    role: Role
    area_codes: list[str]
    station_id: UUID | None
    unit_id: UUID | None


class OwnGrantsOut(Out):
    """The caller's roles in force today."""

    grants: list[OwnGrantOut]


class GrantPage(PageOut):
    """One page of grants."""

    items: list[GrantOut]
