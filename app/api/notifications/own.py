"""The caller's phones, and their say about what reaches them."""

from fastapi import APIRouter

from app.api.deps import Now, Person, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.notifications.schemas import (
    DeviceIn,
    DeviceOut,
    DevicesOut,
    PreferenceIn,
    PreferenceOut,
    RidingIn,
    WebPushKeyOut,
    minutes_of,
)
from app.core.errors import EditConflict, InvalidInput, SignInRequired
from app.core.urgency import PushChannel
from app.models import PushDevice
from app.services import notifications

router = APIRouter(prefix="/notifications", tags=["notifications"])


@router.get("/devices", responses=problems(SignInRequired))
async def list_devices(by: Person, session: ReadDep) -> DevicesOut:
    """List the phones and browsers that pushes of the caller's go to."""
    found = await notifications.list_own_devices(session, by=by)
    return DevicesOut(devices=[DeviceOut.model_validate(device) for device in found])


@router.put(
    "/devices",
    response_model=DeviceOut,
    responses=problems(SignInRequired, notifications.ChannelHasNoDevice),
)
async def register_device(given: DeviceIn, by: Person, session: SessionDep, now: Now) -> PushDevice:
    """Name this phone's token, after every sign-in and at every start; it goes with the sign-in.

    A token that another sign-in had named moves here. One that is not named for 90 days is forgotten.
    """
    naming = notifications.Naming(given.channel, given.token, given.consents)
    return await notifications.register(session, naming, by=by, now=now)


@router.delete("/devices/{channel}", status_code=204, responses=problems(SignInRequired))
async def unregister_device(channel: PushChannel, by: Person, session: SessionDep) -> None:
    """Take this phone's token of a channel away."""
    await notifications.unregister(session, channel, by=by)


@router.get("/web-push-key")
async def get_web_push_key(runtime: RuntimeDep) -> WebPushKeyOut:
    """Return the key with which a browser subscribes to pushes of ours; null where none are sent."""
    return WebPushKeyOut(public_key=runtime.settings.vapid_public_key)


@router.get("/preferences", responses=problems(SignInRequired))
async def get_preferences(by: Person, session: ReadDep, now: Now) -> PreferenceOut:
    """Return what is pushed, how, and when it is quiet; the topics are those of the caller's roles."""
    own = await notifications.own_preference(session, by=by, now=now)
    return PreferenceOut.of(own, notifications.topics_for(by, own))


@router.put("/preferences", responses=problems(SignInRequired, InvalidInput, EditConflict))
async def set_preferences(given: PreferenceIn, by: Person, session: SessionDep, now: Now) -> PreferenceOut:
    """Decide what is pushed at once, in an hourly or daily digest, or not at all, and when it is quiet.

    A digest is one row of the inbox and one push; what is urgent does not wait for it, emergencies pass
    everything. The inbox has all of it in any case.
    """
    quiet = None
    if given.quiet is not None:
        quiet = minutes_of(given.quiet.start), minutes_of(given.quiet.end)
    own = await notifications.prefer(
        session,
        topics=given.topics,
        quiet=quiet,
        language=given.language,
        version=given.version,
        by=by,
        now=now,
    )
    return PreferenceOut.of(own, notifications.topics_for(by, own))


@router.put("/riding", status_code=204, responses=problems(SignInRequired, InvalidInput))
async def set_riding(given: RidingIn, by: Person, session: SessionDep, now: Now) -> None:
    """Say until when the caller rides, at most 12 hours ahead: only emergencies are pushed meanwhile."""
    await notifications.ride(session, until=given.until, by=by, now=now)
