"""Alive is not ready: ready means that the database has this code's schema."""

from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def test_alive_and_ready(client: AsyncClient):
    assert (await client.get("/healthz")).json()["status"] == "ok"
    assert (await client.get("/readyz")).status_code == 200


async def test_a_database_of_another_version_is_not_ready(client: AsyncClient, session: AsyncSession):
    await session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    await session.commit()

    response = await client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert (await client.get("/healthz")).status_code == 200
