"""Every refusal is a problem document with a stable code."""

from httpx2 import AsyncClient


async def test_an_unknown_path_is_a_coded_problem(client: AsyncClient):
    response = await client.get("/v1/nowhere")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
