"""Inboxes as they fill, for the apps that are open: what was told is read once and sent to whom it is for.

A listener who cannot be told what changed is told so (``stale``) and reads the inbox again.
"""

from collections.abc import Collection
from uuid import UUID

import orjson

from app.core.db import Database
from app.realtime.hub import Hub
from app.services import notifications
from app.services.notifications import Shown

STALE = b"event: stale\ndata: {}\n\n"
_PREFIX = "inbox:"


def inbox_topic(account_id: UUID) -> str:
    """Return the topic of a person's inbox."""
    return f"{_PREFIX}{account_id}"


def notification_event(shown: Shown) -> bytes:
    """Return the event that tells a notification as it is now; its id is where a listener goes on from."""
    said = orjson.dumps(shown, default=str, option=orjson.OPT_UTC_Z)
    return b"id: %b\nevent: notification\ndata: %b\n\n" % (str(shown.id).encode(), said)


def open_event(unread: int) -> bytes:
    """Return the event that a stream begins with."""
    return b'event: open\ndata: {"unread":%d}\n\n' % unread


class InboxFeed:
    """Reads the notifications that a notice names and publishes them to whoever listens to their inbox."""

    def __init__(self, db: Database, hub: Hub[bytes]) -> None:
        """Take the database to read and the hub to publish on."""
        self._db = db
        self._hub = hub

    async def hear(self, ids: Collection[UUID] | None) -> None:
        """Take in that people were told something, or read it; given ``None``, nobody knows what."""
        watched = self._hub.topics(_PREFIX)
        if not watched:
            return
        if ids is None:
            for topic in watched:
                self._hub.publish(topic, STALE)
            return
        async with self._db.reading() as session:
            rows = await notifications.some(session, ids)
            heard = [row for row in rows if self._hub.is_heard(inbox_topic(row.account_id))]
            shown = await notifications.show_all(session, heard)
        for row, each in zip(heard, shown, strict=True):
            self._hub.publish(inbox_topic(row.account_id), notification_event(each))

    async def hear_grants(self, account_ids: Collection[UUID] | None) -> None:
        """Let listeners go whose sign-in may be over; those who may come back do so by themselves."""
        if account_ids is None:
            return
        for account_id in account_ids:
            self._hub.end(inbox_topic(account_id))
