"""Other cities' answers are read with patience for dialects, and none for tricks."""

import pytest

from app.models import Open311Format
from app.ports import WebAnswer
from app.services.open311 import answers
from app.services.open311.answers import GarbageError, Kind, Outcome
from app.services.open311.following import Meaning, meaning_of

XML, JSON = Open311Format.XML, Open311Format.JSON
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><service_requests>&b;</service_requests>'
PLAIN = (
    b"<?xml version='1.0' encoding='utf-8'?>"
    b"<service_requests><request><service_request_id>5</service_request_id></request></service_requests>"
)
NAMED = b"<a:list xmlns:a='u'><a:request><a:token>t</a:token></a:request></a:list>"


@pytest.mark.parametrize(
    ("fmt", "status", "body", "kind", "said"),
    [
        (JSON, 200, b'[{"service_request_id":"638344","service_notice":null}]', "delivered", "638344"),
        (JSON, 201, b'[{"service_request_id":638344}]', "delivered", "638344"),
        (JSON, 200, b'{"service_requests":[{"service_request_id":"a"}]}', "delivered", "a"),
        (JSON, 200, b'{"service_requests":{"request":[{"token":"t1"}]}}', "token", "t1"),
        (JSON, 200, b'{"service_request_id":" 7 "}', "delivered", "7"),
        (JSON, 200, b'\xef\xbb\xbf[{"token":"t1","service_request_id":""}]', "token", "t1"),
        (JSON, 200, b"[]", "unclear", "HTTP 200: unreadable"),
        (JSON, 200, b"<html>", "unclear", "HTTP 200: unreadable"),
        (JSON, 200, b"", "unclear", "HTTP 200: unreadable"),
        (JSON, 200, b"[" * 100_000, "unclear", "HTTP 200: unreadable"),
        (JSON, 200, b'[{"service_request_id":"%s"}]' % (b"9" * 300), "unclear", "HTTP 200: unreadable"),
        (JSON, 400, b'[{"code":400,"description":"no lat"}]', "refused", "HTTP 400: no lat"),
        (JSON, 403, b'{"errors":[{"code":403,"description":"key"}]}', "refused", "HTTP 403: key"),
        (JSON, 302, b"", "refused", "HTTP 302"),
        (JSON, 429, b"", "later", "HTTP 429"),
        (JSON, 500, b"oops 13712345678", "later", "HTTP 500"),
        (XML, 503, b"<errors><error><description>13712345678</description></error></errors>", "later",
         "HTTP 503: ***"),
        (XML, 200, PLAIN, "delivered", "5"),
        (XML, 200, NAMED, "token", "t"),
        (XML, 200, BOMB, "unclear", "HTTP 200: unreadable"),
        (XML, 200, BOMB.decode().encode("utf-16"), "unclear", "HTTP 200: unreadable"),
    ],
)  # fmt: skip
def test_what_a_post_came_to(fmt, status, body, kind, said):
    assert answers.outcome(WebAnswer(status, body), fmt) == Outcome(Kind(kind), said)


def test_a_token_is_unknown_until_it_has_a_number():
    for status, body in ((404, b"[]"), (200, b'[{"token":"t"}]'), (200, b"?"), (500, b"")):
        assert answers.number_of_token(WebAnswer(status, body), JSON).kind is Kind.PENDING
    found = answers.number_of_token(WebAnswer(200, b'[{"service_request_id":"7","token":"t"}]'), JSON)
    assert found == Outcome(Kind.DELIVERED, "7")


def test_lists_are_texts_by_name():
    body = b'[{"status":"open","lat":1.5,"notes":[1],"ok":true,"nul":"\\u0000"}]'
    assert answers.rows(body, JSON, "service_requests", "request") == [{"status": "open", "lat": "1.5"}]
    with pytest.raises(GarbageError):
        answers.rows(b"[1]", JSON, "service_requests", "request")


def test_their_words_mean_what_the_endpoint_says_or_what_they_usually_mean():
    own = {"已办结待回访": "done", "CLOSED": "refused"}

    assert meaning_of(["", "open"], {}) is Meaning.RECEIVED
    assert meaning_of(["已办结待回访", "open"], own) is Meaning.DONE
    assert meaning_of(["", "closed"], own) is Meaning.REFUSED
    assert meaning_of(["whatever", "FIXED"], {}) is Meaning.DONE
    assert meaning_of(["whatever"], {}) is None


@pytest.mark.parametrize(
    "said", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "today", "2026-01-01"]
)
def test_an_instant_that_is_none_stops_nobody(said):
    assert answers.instant(said) is None
