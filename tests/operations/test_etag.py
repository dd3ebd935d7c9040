"""A client that has the answer gets 304 and no body."""

import pytest
from starlette.requests import Request

from app.api.etag import tagged, weak_tag
from app.api.health import Health


def ask(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


ANSWER = Health(status="ok", version="1")


def test_the_same_answer_has_the_same_tag():
    assert tagged(ask(), ANSWER).headers["etag"] == tagged(ask(), ANSWER).headers["etag"]
    assert weak_tag("a", "b") != weak_tag("ab", "")


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', "*", "{strong}"])
def test_a_client_that_has_it_gets_no_body(form: str):
    tag = tagged(ask(), ANSWER).headers["etag"]

    response = tagged(ask(if_none_match=form.format(tag=tag, strong=tag.removeprefix("W/"))), ANSWER)

    assert (response.status_code, response.body) == (304, b"")
    assert response.headers["etag"] == tag


def test_another_answer_comes_whole():
    response = tagged(ask(if_none_match='W/"old"'), ANSWER)

    assert (response.status_code, response.body) == (200, b'{"status":"ok","version":"1"}')
