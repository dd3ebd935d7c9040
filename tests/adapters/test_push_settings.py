"""Which ways to phones a process has is a matter of its settings; half of them is refused in words."""

import json
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError

from app.adapters.push.memory import MemoryPush
from app.core.settings import Environment, Settings
from app.core.urgency import PushChannel
from app.runtime import Runtime
from app.wiring import push_senders

SECRET = "never shown"
VENDORS = {
    "jpush": {"jpush_app_key": "a", "jpush_master_secret": SECRET},
    "getui": {"getui_app_id": "a", "getui_app_key": "b", "getui_master_secret": SECRET},
    "wechat": {"wechat_app_id": "a", "wechat_app_secret": SECRET, "wechat_template_id": "t"},
}


@pytest.mark.parametrize("vendor", VENDORS)
def test_half_a_vendor_is_refused_and_named(vendor: str):
    for left_out in VENDORS[vendor]:
        given = {name: value for name, value in VENDORS[vendor].items() if name != left_out}
        with pytest.raises(ValidationError, match=f"by half.*NUANFENG_{left_out.upper()}"):
            Settings.model_validate(given)


@pytest.mark.parametrize("given", [{"vapid_contact": "ops@example.com"}, {"wechat_state": "beta"}])
def test_a_setting_that_the_vendor_would_refuse_is_refused_here(given: dict[str, str]):
    with pytest.raises(ValidationError):
        Settings.model_validate(given)


async def test_a_demo_keeps_in_memory_what_production_cannot_send(runtime: Runtime):
    settings = Settings.model_validate({name: v for vendor in VENDORS.values() for name, v in vendor.items()})
    demo = push_senders(settings, runtime.db)
    production = push_senders(settings.model_copy(update={"environment": Environment.PRODUCTION}), runtime.db)

    assert {channel.value for channel in production} == set(VENDORS)
    assert {name for name, sender in demo.items() if isinstance(sender, MemoryPush)} >= {
        PushChannel.FCM,
        PushChannel.WEB_PUSH,
    }
    assert SECRET not in repr(settings) + repr([vars(sender) for sender in production.values()])
    for sender in (*demo.values(), *production.values()):
        await sender.close()


async def test_fcm_reads_a_service_account_and_quotes_no_key(runtime: Runtime, tmp_path):
    pytest.importorskip("firebase_admin", reason="the extra 'fcm' is not installed")
    file = tmp_path / "account.json"
    settings = Settings(fcm_credentials_file=file, fcm_project_id="demo")
    file.write_text(json.dumps({"type": "service_account", "private_key": SECRET}))
    with pytest.raises(ValueError, match="holds no service account") as caught:
        push_senders(settings, runtime.db)
    assert SECRET not in str(caught.value)

    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "project_id": "demo",
        "client_email": "a@example.com",
        "token_uri": "https://127.0.0.1:9/token",
        "private_key": key.decode(),
    }
    file.write_text(json.dumps(account))
    sender = push_senders(settings, runtime.db)[PushChannel.FCM]
    await sender.close()


@pytest.mark.parametrize(
    ("module", "given"),
    [
        ("fcm", {"fcm_credentials_file": "x", "fcm_project_id": "demo"}),
        ("web_push", {"vapid_private_key": "x", "vapid_contact": "mailto:ops@example.com"}),
    ],
)
async def test_a_vendor_whose_kit_is_not_installed_is_refused_in_words(
    runtime: Runtime, monkeypatch, module: str, given: dict[str, str]
):
    monkeypatch.setitem(sys.modules, f"app.adapters.push.{module}", None)

    with pytest.raises(ValueError, match="needs the extra"):
        push_senders(Settings.model_validate(given), runtime.db)
