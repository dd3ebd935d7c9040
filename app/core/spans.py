"""OpenTelemetry spans, of SQL statements too; off unless the setting ``trace`` is on.

Statements go out as they are written, with placeholders; parameters, which are people's data, never do.
"""

from importlib import import_module
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

_SPAN = "nuanfeng_span"


def start_exporting() -> None:
    """Send spans to the collector that the standard ``OTEL_*`` variables name (OTLP over HTTP).

    Raises:
        ModuleNotFoundError: the optional packages are absent: install the ``otel`` extra.
    """
    # Optional packages, so they are looked for only when they are needed.
    exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter()
    provider = import_module("opentelemetry.sdk.trace").TracerProvider()
    batches = import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor(exporter)
    provider.add_span_processor(batches)
    trace.set_tracer_provider(provider)


def watch(engine: AsyncEngine) -> None:
    """Have every statement of an engine make a span under the request or job that sent it."""
    tracer = trace.get_tracer("nuanfeng.sql")

    def before(_c: Any, _cursor: Any, statement: str, _p: Any, context: Any, _many: bool) -> None:  # noqa: FBT001 - SQLAlchemy's signature
        verb = statement.split(None, 1)[0].upper()
        span = tracer.start_span(
            verb,
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": "postgresql", "db.query.text": statement},
        )
        setattr(context, _SPAN, span)

    def after(_c: Any, _cursor: Any, _s: str, _p: Any, context: Any, _many: bool) -> None:  # noqa: FBT001 - SQLAlchemy's signature
        _end(context)

    def failed(trouble: ExceptionContext) -> None:
        error = type(trouble.original_exception).__name__
        _end(trouble.execution_context, Status(StatusCode.ERROR, error))

    event.listen(engine.sync_engine, "before_cursor_execute", before)
    event.listen(engine.sync_engine, "after_cursor_execute", after)
    event.listen(engine.sync_engine, "handle_error", failed)


def _end(context: Any, status: Status | None = None) -> None:
    span: Span | None = getattr(context, _SPAN, None)
    if span is not None:
        if status is not None:
            span.set_status(status)
        span.end()
        setattr(context, _SPAN, None)
