"""Accounts: sign-in by phone, sessions, profiles, grants, and the rights over personal data."""

from app.services.accounts.errors import AccountBanned

__all__ = ["AccountBanned"]
