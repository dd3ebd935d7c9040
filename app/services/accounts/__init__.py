"""Accounts: sign-in by phone, sessions, profiles, grants, and the rights over personal data."""

from app.services.accounts.absorbing import (
    BothNumbers,
    absorb,
    prove_both,
    recent_mergers,
    take_over,
)
from app.services.accounts.banned_numbers import forget as forget_banned_numbers
from app.services.accounts.bans import Banned, ban, lift, lift_over, list_bans
from app.services.accounts.codes import LIVES as CODE_LIVES
from app.services.accounts.codes import RESEND_AFTER, Asker, send_code
from app.services.accounts.consents import Guardian, agree, declare_child, list_own, withdraw
from app.services.accounts.duplicates import Alike, Pair, list_duplicates
from app.services.accounts.errors import (
    AccountBanned,
    AccountIdle,
    AlreadyBanned,
    AlreadyGranted,
    CodeSpent,
    CodeWrong,
    GuardianNeeded,
    LastSysadmin,
    NothingToMerge,
    NotToBan,
    PersonNotFound,
    PhoneTaken,
    PolicyChanged,
    RoleOutOfReach,
    RoleToOneself,
    SessionEnded,
    SmsUnavailable,
)
from app.services.accounts.grants import NewGrant, follow_heir, give_role, list_grants, take_role
from app.services.accounts.housekeeping import forget_codes, forget_sessions, rotate_phones
from app.services.accounts.personal import ERASED_NAME, PersonalData, erase, export
from app.services.accounts.phones import parse_phone
from app.services.accounts.policy import Policy
from app.services.accounts.policy import get as get_policy
from app.services.accounts.profile import edit
from app.services.accounts.queries import actor_of, get_own, station_id_of
from app.services.accounts.readlog import forget_reads, list_reads, log_read
from app.services.accounts.rebind import Rebinding, change_number, rebind
from app.services.accounts.sessions import renew, sign_out
from app.services.accounts.sign_in import SignedIn, SignIn, sign_in

__all__ = [
    "CODE_LIVES",
    "ERASED_NAME",
    "RESEND_AFTER",
    "AccountBanned",
    "AccountIdle",
    "Alike",
    "AlreadyBanned",
    "AlreadyGranted",
    "Asker",
    "Banned",
    "BothNumbers",
    "CodeSpent",
    "CodeWrong",
    "Guardian",
    "GuardianNeeded",
    "LastSysadmin",
    "NewGrant",
    "NotToBan",
    "NothingToMerge",
    "Pair",
    "PersonNotFound",
    "PersonalData",
    "PhoneTaken",
    "Policy",
    "PolicyChanged",
    "Rebinding",
    "RoleOutOfReach",
    "RoleToOneself",
    "SessionEnded",
    "SignIn",
    "SignedIn",
    "SmsUnavailable",
    "absorb",
    "actor_of",
    "agree",
    "ban",
    "change_number",
    "declare_child",
    "edit",
    "erase",
    "export",
    "follow_heir",
    "forget_banned_numbers",
    "forget_codes",
    "forget_reads",
    "forget_sessions",
    "get_own",
    "get_policy",
    "give_role",
    "lift",
    "lift_over",
    "list_bans",
    "list_duplicates",
    "list_grants",
    "list_own",
    "list_reads",
    "log_read",
    "parse_phone",
    "prove_both",
    "rebind",
    "recent_mergers",
    "renew",
    "rotate_phones",
    "send_code",
    "sign_in",
    "sign_out",
    "station_id_of",
    "take_over",
    "take_role",
    "withdraw",
]
