"""Production does not start with what is fit for a demo only."""

import pytest
from pydantic import ValidationError

from app.core.settings import DEMO_SECRET, Environment, Settings

GOOD = {
    "NUANFENG_ENVIRONMENT": "production",
    "NUANFENG_SECRET_KEY": "a" * 32,
    "NUANFENG_PHONE_KEYS": f'["{"b" * 32}", "{"c" * 40}"]',
    "NUANFENG_PHONE_HASH_KEY": "d" * 32,
    "NUANFENG_SMS_PROVIDER": "aliyun",
    "NUANFENG_ALIYUN_ACCESS_KEY_ID": "id",
    "NUANFENG_ALIYUN_ACCESS_KEY_SECRET": "secret",
    "NUANFENG_ALIYUN_SMS_SIGN_NAME": "暖蜂",
    "NUANFENG_ALIYUN_SMS_TEMPLATE_CODE": "SMS_1",
    "DATABASE_URL": "postgresql://db/nuanfeng",
}


def started(monkeypatch: pytest.MonkeyPatch, **changed: str | None) -> Settings:
    for name, value in {**GOOD, **changed}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return Settings()


def test_production_starts_with_secrets_of_its_own(monkeypatch):
    settings = started(monkeypatch)

    assert settings.environment is Environment.PRODUCTION
    assert len(settings.phone_keys) == 2
    assert "a" * 32 not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NUANFENG_SECRET_KEY", None, "secret_key"),
        ("NUANFENG_SECRET_KEY", DEMO_SECRET, "secret_key"),
        ("NUANFENG_SECRET_KEY", "a" * 31, "32"),
        ("NUANFENG_SECRET_KEY", "", "32"),
        ("NUANFENG_PHONE_KEYS", None, "phone_keys"),
        ("NUANFENG_PHONE_KEYS", "[]", "at least 1"),
        ("NUANFENG_PHONE_KEYS", f'["{"b" * 32}", "{DEMO_SECRET}"]', "phone_keys"),
        ("NUANFENG_PHONE_KEYS", '["short"]', "32"),
        ("NUANFENG_PHONE_HASH_KEY", None, "phone_hash_key"),
        ("NUANFENG_PHONE_HASH_KEY", "d" * 8, "32"),
        ("NUANFENG_PHONE_HASH_KEY", "a" * 32, "different"),
        ("NUANFENG_SMS_PROVIDER", None, "sign-in codes"),
        ("NUANFENG_SMS_PROVIDER", "console", "sign-in codes"),
        ("NUANFENG_SMS_PROVIDER", "pigeon", "console"),
        ("NUANFENG_ALIYUN_ACCESS_KEY_ID", None, "aliyun_access_key_id"),
        ("NUANFENG_ALIYUN_ACCESS_KEY_SECRET", "", "aliyun_access_key_secret"),
        ("DATABASE_URL", None, "DATABASE_URL"),
    ],
)
def test_production_refuses(monkeypatch, name, value, said):
    with pytest.raises(ValidationError, match=said):
        started(monkeypatch, **{name: value})


def test_a_demo_starts_with_nothing_set(monkeypatch):
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)

    assert Settings().environment is Environment.DEMO


def test_a_demo_refuses_short_keys_too(monkeypatch):
    monkeypatch.setenv("NUANFENG_SECRET_KEY", "short")

    with pytest.raises(ValidationError, match="32"):
        Settings()


def test_a_refusal_repeats_no_secret(monkeypatch):
    with pytest.raises(ValidationError) as caught:
        started(monkeypatch, NUANFENG_SECRET_KEY="hunter2-hunter2")

    assert "hunter2" not in str(caught.value)
