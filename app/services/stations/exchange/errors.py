"""Refusals of a whole file."""

from app.core.errors import AppError


class FileUnreadable(AppError):
    """The file cannot be read as a list of stations; ``hint`` says what to do."""

    code = "station_import.unreadable"
    status = 422
    zh = "{hint}"
    en = "The file cannot be imported: {hint}"
