"""What vendors say afterwards: whether a copy came to the phone, in calls that prove whose they are.

Seen in stored copies of the vendors' pages. Getui (docs.getui.com/getui/server/receipt): lines of JSON,
each with ``sign`` = MD5 of appid, cid, taskid, msgid and master secret; code 200 arrived. Alibaba Cloud:
JSON arrays, unsigned, so the address itself holds a secret of ours; it wants ``{"code": 0}``. SmsReport has
``biz_id`` and ``success``; VoiceReport (help.aliyun.com/zh/vms/voicereport-7) ``call_id`` and
``start_time``, when the call was answered, empty when it was not. JPush
(docs.jiguang.cn/jpush/server/push/rest_api_v3_callback, 2024-05-27): authorized as its push API is, arrived
and not arrived are reported; the fields it tells its customers only, so they are read as its other service
writes them (docs.jiguang.cn/jums/advanced/callback: batches, ``msgid`` and ``type``, 4 arrived, 5 did not),
and as its push API names a message (``msg_id``). Google reports nothing.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

from app.ports import Arrival, ReceiptForgedError, ReceiptGarbledError

_MOST = 10_000
_GETUI_ARRIVED = "200"
_JPUSH_TYPES = {4: True, 5: False}


class GetuiReceipts:
    """Reads Getui's; each line proves itself."""

    def __init__(self, *, app_id: str, master_secret: str) -> None:
        """Take what signs them."""
        self._app_id, self._secret = app_id, master_secret

    def read(self, body: bytes, *, authorization: str, token: str) -> list[Arrival]:  # noqa: ARG002 - the port's form
        """Return what the lines say.

        Raises:
            ReceiptForgedError: one of them is not Getui's, or about another app.
            ReceiptGarbledError: they are no lines of JSON.
        """
        arrivals = []
        for line in body.splitlines()[:_MOST]:
            said = _objects(line)
            arrivals += [self._one(each) for each in said]
        return arrivals

    def _one(self, said: Mapping[str, Any]) -> Arrival:
        app_id, cid, task_id, message_id = (
            str(said.get(key, "")) for key in ("appid", "cid", "taskid", "msgid")
        )
        signed = f"{app_id}{cid}{task_id}{message_id}{self._secret}".encode(errors="replace")
        right = hashlib.md5(signed, usedforsecurity=False).hexdigest()  # their scheme
        if app_id != self._app_id or not _same(right, str(said.get("sign", "")).lower()):
            raise ReceiptForgedError
        return Arrival(task_id, is_delivered=str(said.get("code", "")) == _GETUI_ARRIVED)


class JPushReceipts:
    """Reads JPush's; the request's authorization proves them."""

    def __init__(self, *, app_key: str, master_secret: str) -> None:
        """Take what they authorize themselves with."""
        self._right = "Basic " + base64.b64encode(f"{app_key}:{master_secret}".encode()).decode()

    def read(self, body: bytes, *, authorization: str, token: str) -> list[Arrival]:  # noqa: ARG002 - the port's form
        """Return what they say of arriving; clicks and the like are passed over.

        Raises:
            ReceiptForgedError: the authorization is not ours.
            ReceiptGarbledError: the body is no JSON.
        """
        if not _same(self._right, authorization):
            raise ReceiptForgedError
        said = ((each.get("msg_id", each.get("msgid")), each.get("type")) for each in _objects(body))
        return [
            Arrival(str(name), is_delivered=_JPUSH_TYPES[kind])
            for name, kind in said
            if name is not None and isinstance(kind, int) and kind in _JPUSH_TYPES
        ]


class AliyunReports:
    """Reads Alibaba Cloud's; a secret in the address proves them.

    A report is about what ``name`` names, and good when ``is_good`` says so.
    """

    def __init__(self, name: str, is_good: Callable[[Mapping[str, Any]], bool], *, token: str) -> None:
        """Take how the reports are read, and the secret."""
        self._name, self._is_good, self._token = name, is_good, token

    @classmethod
    def of_texts(cls, *, token: str) -> Self:
        """Return who reads what became of text messages."""
        return cls("biz_id", lambda said: said.get("success") is True, token=token)

    @classmethod
    def of_calls(cls, *, token: str) -> Self:
        """Return who reads which calls were answered."""
        return cls("call_id", lambda said: bool(said.get("start_time")), token=token)

    def read(self, body: bytes, *, authorization: str, token: str) -> list[Arrival]:  # noqa: ARG002 - the port's form
        """Return what they say.

        Raises:
            ReceiptForgedError: the address is not the one that we told them.
            ReceiptGarbledError: the body is no JSON.
        """
        if not _same(self._token, token):
            raise ReceiptForgedError
        return [
            Arrival(str(each[self._name]), is_delivered=self._is_good(each))
            for each in _objects(body)
            if self._name in each
        ]


def _same(right: str, given: str) -> bool:
    # What strangers send may hold halves of characters.
    return hmac.compare_digest(right.encode(), given.encode(errors="replace"))


def _objects(body: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ReceiptGarbledError from None
    return list(_mappings(said if isinstance(said, list) else [said]))


def _mappings(said: list[Any]) -> Iterator[Mapping[str, Any]]:
    for each in said[:_MOST]:
        if not isinstance(each, dict):
            raise ReceiptGarbledError
        yield each
