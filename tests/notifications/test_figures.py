"""An officer's numbers: from event to vendor, failures by class, who is reached; few are said to be few."""

from datetime import UTC, datetime, timedelta

from app.core.actor import Actor, Grant, Role
from app.core.metrics import REGISTRY
from app.core.urgency import PushChannel
from app.models import OutboxEvent, PushState
from app.services import notifications
from tests.factories.accounts import make_account
from tests.factories.notifications import make_delivery, make_device, make_notification
from tests.factories.stations import COMMUNITY

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FCM = PushChannel.FCM


async def test_figures_by_channel_say_how_long_why_not_and_whom(session, client_for, clock):
    clock.at = NOW
    event = OutboxEvent(name="report.moved", payload={}, recorded_at=NOW - 9 * SECOND)
    session.add(event)
    await session.flush()

    async def copy(error: str | None = None, area: str = COMMUNITY, **given) -> None:
        """Make somebody with a phone, a row of theirs, and its copy: taken, or failed for a reason."""
        person = await make_account(session)
        row = await make_notification(
            session, person.id, area_code=area, created_at=NOW - 5 * SECOND, **given
        )
        channel = FCM if error == "dead_target" else PushChannel.JPUSH
        device = await make_device(session, person.id, channel=channel)
        state = PushState.SENT if error is None else PushState.FAILED
        await make_delivery(session, row, device, state=state, error=error, done_at=NOW - 3 * SECOND)

    for number in range(6):
        key = f"event:{event.id}" if number else "weather:1"
        await copy(event_key=key)
    await copy(event_key="event:99", is_gathered=True)
    for error in ("refused 1005", "refused 1011", "no_answer"):
        await copy(error)
    await copy("dead_target")
    await copy(area="620921001001")
    await session.commit()
    grant = Grant(Role.DISTRICT_OFFICER, (COMMUNITY[:6],))
    officer = client_for(Actor((await make_account(session)).id, (grant,)))

    channels = (await officer.get("/v1/notifications/figures")).json()["channels"]

    by_name = {each["channel"]: each for each in channels}
    jpush, fcm = by_name["jpush"], by_name["fcm"]
    # Event to vendor where an event caused it; what was put off is not in it.
    assert (jpush["p50_s"], round(jpush["p99_s"], 2)) == (6.0, 6.0)
    assert (jpush["sent"], jpush["failed"]) == (7, 3)
    assert jpush["failures"] == {"refused": 2, "no_answer": 1}
    assert (jpush["people"], jpush["reached"]) == (10, 7)
    assert (fcm["failures"], fcm["people"], fcm["reached"]) == ({"dead_target": 1}, None, 0)

    assert await notifications.measure_reach(session, now=NOW) == 2
    assert REGISTRY.get_sample_value("nuanfeng_push_reach", {"channel": "jpush"}) == 8 / 11
