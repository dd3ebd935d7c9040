"""One OpenTelemetry span a request, when spans are switched on.

FastAPI's own spans carry the query, which holds people's positions; these carry the route's template.
"""

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.middleware.observe import route_of

_SERVER_ERROR = 500


class Trace:
    """Opens a span around a request, under the caller's when the caller sent one."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app
        self._tracer = trace.get_tracer("nuanfeng.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        came_with = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracer.start_as_current_span(
            method, context=extract(came_with), kind=SpanKind.SERVER, record_exception=False
        ) as span:

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _SERVER_ERROR:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, answer)
            finally:
                span.update_name(f"{method} {route_of(scope)}")
                span.set_attributes({"http.request.method": method, "http.route": route_of(scope)})
