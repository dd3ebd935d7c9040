"""Accounts: sign-in by phone, sessions, profiles, grants, and the rights over personal data."""

from app.services.accounts.codes import LIVES as CODE_LIVES
from app.services.accounts.codes import RESEND_AFTER, Asker, send_code
from app.services.accounts.errors import (
    AccountBanned,
    AccountIdle,
    CodeSpent,
    CodeWrong,
    PhoneTaken,
    SessionEnded,
    SmsUnavailable,
)
from app.services.accounts.phones import parse_phone
from app.services.accounts.queries import get_own
from app.services.accounts.sessions import end, end_all, renew
from app.services.accounts.sign_in import SignedIn, SignIn, sign_in

__all__ = [
    "CODE_LIVES",
    "RESEND_AFTER",
    "AccountBanned",
    "AccountIdle",
    "Asker",
    "CodeSpent",
    "CodeWrong",
    "PhoneTaken",
    "SessionEnded",
    "SignIn",
    "SignedIn",
    "SmsUnavailable",
    "end",
    "end_all",
    "get_own",
    "parse_phone",
    "renew",
    "send_code",
    "sign_in",
]
