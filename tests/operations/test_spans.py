"""Spans appear when they are switched on, hold no parameters, and are not made otherwise."""

import pytest
from httpx2 import ASGITransport, AsyncClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from app.core import spans
from app.main import create_app
from app.runtime import Runtime


@pytest.fixture
def exported(monkeypatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("opentelemetry.trace.get_tracer_provider", lambda: provider)
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    return exporter


async def test_a_request_and_its_statements_are_spans(exported, own_runtime: Runtime):
    spans.watch(own_runtime.db.engine)
    own_runtime.settings = own_runtime.settings.model_copy(update={"trace": True})
    app = create_app(own_runtime)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        await client.get("/readyz?phone=13912345678")

    found = exported.get_finished_spans()
    names = [span.name for span in found]
    assert any("/readyz" in name for name in names)
    assert "SELECT" in names
    assert "13912345678" not in str([dict(span.attributes) for span in found])


async def test_parameters_stay_out_and_errors_show(exported, own_runtime: Runtime):
    spans.watch(own_runtime.db.engine)
    with pytest.raises(Exception, match="phone"):
        async with own_runtime.db.writing() as session:
            await session.execute(text("SELECT CAST(:phone AS integer) AS phone, phone"), {"phone": 1})

    (span,) = [span for span in exported.get_finished_spans() if not span.status.is_ok]
    assert "phone" in span.attributes["db.query.text"]


async def test_nothing_is_made_when_it_is_off(exported, own_runtime: Runtime):
    async with AsyncClient(
        transport=ASGITransport(create_app(own_runtime)), base_url="http://test"
    ) as client:
        await client.get("/readyz")

    assert exported.get_finished_spans() == ()
