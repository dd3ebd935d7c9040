"""Firebase Cloud Messaging, by Google's own kit (extra ``fcm``): phones with Google's services.

Source: firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode and the kit itself (firebase-admin 7.7).
The kit has no setting for another address; it tries four times more while a whole batch waits (7.5 s),
renews its token by a blocking call inside the event loop, and its HTTP client costs three times as much
processor for a request as ours (httpx2). So its service object gets an address and a client of ours; the
contract test would notice if these two names moved.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import firebase_admin
import httpx
import httpx2
from firebase_admin import credentials, exceptions, messaging
from google.auth.credentials import Credentials as GoogleCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from app.adapters.push.vendor import PATIENCE_S, lives_s, locked_out, span
from app.core.urgency import Urgency
from app.ports import Accepted, DeadTarget, Parcel, PushResult, Refused, RetryLater

MOST_AT_ONCE = 500
_LONGEST_S = 28 * 86_400
_numbers = count()


class Fcm:
    """Sends to installation ids, 500 a call; one Firebase app a process, bound to its event loop."""

    most_at_once = MOST_AT_ONCE
    most_per_second = 5000.0  # the quota is 600,000 a minute for a project

    def __init__(
        self,
        credential: credentials.Base,
        *,
        project_id: str,
        base_url: str = "https://fcm.googleapis.com",
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Take a service account's credential; nothing is asked yet."""
        name, options = f"nuanfeng-{next(_numbers)}", {"projectId": project_id}
        self._app = firebase_admin.initialize_app(credential, options, name=name)
        self._client = _Client(credential.get_credential(), patience_s)
        service = messaging._get_messaging_service(self._app)  # noqa: SLF001 - no public way to both
        service._fcm_url = f"{base_url}/v1/projects/{project_id}/messages:send"  # noqa: SLF001 - no setting for it
        service._async_client = self._client  # noqa: SLF001 - its own blocks and stalls

    async def send(self, parcels: Sequence[Parcel]) -> list[PushResult]:
        """Send up to 500 parcels by one call of the kit's."""
        try:
            await self._client.renew()
            batch = await messaging.send_each_async(
                [_message(parcel) for parcel in parcels], dry_run=False, app=self._app
            )
        except GoogleAuthError:
            return [locked_out("fcm")] * len(parcels)
        except TimeoutError:
            return [RetryLater("no_answer", is_vendor_down=True)] * len(parcels)
        except exceptions.FirebaseError:
            return [RetryLater("garbage", is_vendor_down=True)] * len(parcels)
        return [_result(response) for response in batch.responses]

    async def close(self) -> None:
        """Close the connections and forget the app."""
        await self._client.aclose()
        # It runs a loop of its own.
        await asyncio.to_thread(firebase_admin.delete_app, self._app)


class _Client:
    """What the kit asks Google through: few connections, one try, a token that a thread renews."""

    def __init__(self, credential: GoogleCredentials, patience_s: float) -> None:
        self._credential, self._renewal = credential, asyncio.Lock()
        # The client's own limit is for each read: who sends a byte now and then meets this one.
        self._deadline_s = patience_s * 3
        self._http = httpx2.AsyncClient(
            http2=True,
            timeout=httpx2.Timeout(patience_s, pool=self._deadline_s),
            limits=httpx2.Limits(max_connections=20),
        )

    async def renew(self) -> None:
        async with asyncio.timeout(self._deadline_s), self._renewal:
            if not self._credential.valid:
                await asyncio.to_thread(self._credential.refresh, Request())

    async def request(self, method: str, *, url: str, headers: dict[str, str], json: Any) -> httpx2.Response:
        """Ask; what goes wrong is raised in the words of the kit's own client."""
        headers = {**headers, "authorization": f"Bearer {self._credential.token}"}
        try:
            async with asyncio.timeout(self._deadline_s):
                response = await self._http.request(method, url, headers=headers, json=json)
        except (TimeoutError, httpx2.TimeoutException):
            raise httpx.ReadTimeout("no whole answer in time") from None
        except httpx2.HTTPError as error:
            raise httpx.ConnectError(type(error).__name__) from None
        if response.is_success:
            return response
        said = httpx.Response(
            response.status_code,
            # What was packed is unpacked by now; of the rest one is asked for.
            headers={"retry-after": response.headers.get("retry-after", "")},
            content=response.content,
            request=httpx.Request(method, url),
        )
        raise httpx.HTTPStatusError("refused", request=said.request, response=said)

    async def aclose(self) -> None:
        await self._http.aclose()


def service_account(file: Path) -> credentials.Base:
    """Return the credential that Google's console hands out as a JSON file.

    Raises:
        ValueError: it is none.
    """
    try:
        return credentials.Certificate(str(file))
    except (OSError, ValueError):
        # The texts may hold parts of the key.
        raise ValueError("NUANFENG_FCM_CREDENTIALS_FILE holds no service account") from None


def _message(parcel: Parcel) -> messaging.Message:
    message, seconds = parcel.message, lives_s(parcel.message, longest=_LONGEST_S)
    urgent = message.urgency is not Urgency.NORMAL
    shown = messaging.AndroidNotification(tag=message.collapse_key)
    headers = {
        "apns-priority": "10" if urgent else "5",
        "apns-expiration": str(int(message.expires_at.timestamp())),
    }
    if message.collapse_key:
        headers["apns-collapse-id"] = message.collapse_key[:64]
    return messaging.Message(
        fid=parcel.target,
        data={"id": str(message.id)},
        notification=messaging.Notification(title=message.title, body=message.body),
        android=messaging.AndroidConfig(
            priority="high" if urgent else "normal",
            ttl=timedelta(seconds=seconds),
            collapse_key=message.collapse_key,
            notification=shown,
        ),
        apns=messaging.APNSConfig(
            headers=headers, payload=messaging.APNSPayload(aps=messaging.Aps(sound="default"))
        ),
    )


def _result(response: messaging.SendResponse) -> PushResult:
    error = response.exception
    if error is None:
        return Accepted(response.message_id)
    if isinstance(error, (messaging.UnregisteredError, messaging.SenderIdMismatchError)) or _about_target(
        error
    ):
        return DeadTarget()
    if isinstance(error, exceptions.UnauthenticatedError | exceptions.PermissionDeniedError):
        return locked_out("fcm")
    if isinstance(error, exceptions.InvalidArgumentError):
        return Refused("fcm_invalid_argument")
    return _later(error)


def _about_target(error: exceptions.FirebaseError) -> bool:
    """Tell a token of a wrong form from a message of a wrong form: both are INVALID_ARGUMENT."""
    return isinstance(error, exceptions.InvalidArgumentError) and "registration token" in str(error)


def _later(error: exceptions.FirebaseError) -> RetryLater:
    headers = getattr(error.http_response, "headers", {})
    is_quota = isinstance(error, messaging.QuotaExceededError | exceptions.ResourceExhaustedError)
    return RetryLater(error.code.lower(), span(headers.get("retry-after")), is_vendor_down=not is_quota)
