"""What a database's error means to whoever asked."""

from enum import Enum, auto

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class Trouble(Enum):
    """The five kinds of database errors."""

    AWAY = auto()  # gone or overloaded: nothing else can be done either
    GAVE_UP = auto()  # it ended this transaction: a deadlock, a lock or a statement that took too long
    BAD_VALUE = auto()  # a value that no column can hold slipped through the input checks
    CONFLICT = auto()  # somebody else made the same thing at the same time
    FAULT = auto()  # ours

    @property
    def may_pass(self) -> bool:
        """Tell whether the same request may succeed soon."""
        return self in {Trouble.AWAY, Trouble.GAVE_UP}


# SQLSTATE classes and codes, PostgreSQL manual, appendix A.
_GAVE_UP = (
    "40",  # serialization failure, deadlock
    "55P03",  # a lock was not to be had in time
    "57014",  # cancelled by timeout or operator
)
_AWAY = (
    "08",  # connection exceptions
    "53",  # out of connections, memory, disk
    "57",  # shutting down, starting up
    "25006",  # read-only: a primary that was just demoted
)
_BAD_VALUE = ("22",)
_CONFLICT = ("23505", "23P01")  # unique, exclusion


def trouble_of(error: BaseException) -> Trouble:
    """Return what an error from below the session means.

    Takes SQLAlchemy's errors, the driver's own (which connecting raises unwrapped), and the operating
    system's.
    """
    state = _sqlstate(error)
    if state is None:
        return Trouble.AWAY if _is_about_the_connection(error) else Trouble.FAULT
    for prefixes, trouble in (
        (_GAVE_UP, Trouble.GAVE_UP),
        (_AWAY, Trouble.AWAY),
        (_BAD_VALUE, Trouble.BAD_VALUE),
        (_CONFLICT, Trouble.CONFLICT),
    ):
        if state.startswith(prefixes):
            return trouble
    return Trouble.FAULT


def _sqlstate(error: BaseException) -> str | None:
    source = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(source, "sqlstate", None)
    return state if isinstance(state, str) else None


def _is_about_the_connection(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    # A missing Unix socket is a FileNotFoundError; the driver's own InterfaceError has no state.
    return isinstance(error, PoolTimeoutError | OSError | TimeoutError) or type(error).__module__.startswith(
        "asyncpg"
    )
