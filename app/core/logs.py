"""JSON logs, one line an event, without personal data."""

import logging
import sys
from contextvars import ContextVar
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer

# Names the request whose work is being done; every line written meanwhile carries it.
REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)

_describe_frames = ExceptionDictTransformer(show_locals=False, max_frames=30)


def configure_logs(level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Send every log line, the libraries' too, to standard error as one JSON object."""
    shared: list[structlog.typing.Processor] = [
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_without_values),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in ("uvicorn.access", "httpx2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _add_request_id(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if request_id := REQUEST_ID.get():
        event["request_id"] = request_id
    return event


def _without_values(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """Describe an exception by its types and places alone.

    Its message may repeat what somebody typed: a driver quotes the value that it refused, a unique
    violation the key, a validator the input. Local variables hold the same.
    """
    stacks = _describe_frames(exc_info)
    for stack in stacks:
        stack.update(exc_value="", exc_notes=[], syntax_error=None)
    return stacks
