"""Refusals around accounts."""

from app.core.errors import AppError


class AccountBanned(AppError):
    """The account may not act; its owner can still read, export and delete what is held about them."""

    code = "accounts.banned"
    status = 403
    zh = "此账号已被停用,如有疑问请联系所在社区"
    en = "This account is suspended: ask your community about it"
