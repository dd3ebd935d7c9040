"""Every setting of the service, read once from the environment by ``wiring``."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from app.core.keys import MIN_SECRET_LENGTH
from app.core.push_settings import PushSettings

DEMO_SECRET = "demo-secret-that-production-refuses-to-start-with"  # noqa: S105 - refused below


class Environment(StrEnum):
    """Where the service runs: on somebody's laptop, or for people."""

    DEMO = "demo"
    PRODUCTION = "production"


class SmsProvider(StrEnum):
    """Who carries sign-in codes to phones."""

    CONSOLE = "console"
    ALIYUN = "aliyun"


class ObjectsProvider(StrEnum):
    """Where photos lie: in a folder that all processes share, or in an S3-compatible store."""

    DISK = "disk"
    S3 = "s3"


class Settings(PushSettings):
    """The service's settings; each is an environment variable, most with the prefix ``NUANFENG_``."""

    model_config = SettingsConfigDict(env_prefix="NUANFENG_", extra="ignore")

    environment: Environment = Environment.DEMO
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    pool_size: int = Field(default=10, ge=1, le=200)
    data_dir: Path = Path("var")
    public_url: str = "http://127.0.0.1:8000"
    feed_contact_email: str = Field(
        default="feed@example.com", description="whom readers of the open feed write to"
    )

    secret_key: SecretStr = Field(
        default=SecretStr(DEMO_SECRET), description="signs access tokens and sign-in codes; may change"
    )
    phone_keys: list[SecretStr] = Field(
        default=[SecretStr(DEMO_SECRET)],
        min_length=1,
        description="encrypt phone numbers; put a new one first, keep the old until `rotate-phones` ran",
    )
    phone_hash_key: SecretStr = Field(
        default=SecretStr(DEMO_SECRET), description="finds an account by its number; must never change"
    )
    access_token_minutes: int = Field(default=15, ge=1, le=60)
    refresh_token_days: int = Field(default=30, ge=1, le=365)

    sms_provider: SmsProvider = SmsProvider.CONSOLE

    objects_provider: ObjectsProvider = ObjectsProvider.DISK
    objects_dir: Path | None = Field(
        default=None, description="folder of photos, `objects` in the data folder unless said"
    )
    s3_endpoint: str = Field(default="", description="address of an S3-compatible store, as phones reach it")
    s3_region: str = "us-east-1"
    s3_bucket: str = ""
    s3_access_key_id: str = ""
    s3_secret_access_key: SecretStr = SecretStr("")
    s3_path_style: bool = Field(default=True, description="the bucket stands in the path, not in the host")
    photo_slots: int = Field(
        default=2, ge=1, le=64, description="photos made into copies at once, in all processes together"
    )

    outgoing_inside: bool = Field(
        default=False,
        description="webhooks and partners may lie in private networks, and speak http: closed networks only",
    )

    log_level: str = "INFO"
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    body_seconds: float = Field(
        default=30, gt=0, description="a body may take so long, and a second more for every 1,000 bytes of it"
    )
    requests_per_minute: int = Field(
        default=3000, ge=1, description="per client address and process; many riders share one address"
    )
    cors_origins: list[str] = Field(default=[], description="web origins that may call the API")
    access_log: bool = Field(default=True, description="one line a request, without personal data")
    demo_data: bool = Field(default=True, description="fill a demo's empty database with invented data")
    run_worker: bool = Field(default=True, description="run scheduled jobs inside the API process")
    trace: bool = Field(default=False, description="send OpenTelemetry spans")

    @model_validator(mode="after")
    def _secrets_are_long(self) -> Self:
        """Refuse short keys everywhere: a demo becomes a service sooner than one thinks."""
        if short := [name for name, secret in self._secrets() if len(secret) < MIN_SECRET_LENGTH]:
            raise ValueError(f"secrets need {MIN_SECRET_LENGTH}+ characters: {short}")
        return self

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        """Refuse a text-message provider that could send nothing."""
        needed = {
            "aliyun_access_key_id": self.aliyun_access_key_id,
            "aliyun_access_key_secret": self.aliyun_access_key_secret.get_secret_value(),
            "aliyun_sms_sign_name": self.aliyun_sms_sign_name,
            "aliyun_sms_template_code": self.aliyun_sms_template_code,
        }
        missing = [name for name, value in needed.items() if not value]
        if self.sms_provider is SmsProvider.ALIYUN and missing:
            raise ValueError(f"NUANFENG_SMS_PROVIDER=aliyun needs: {missing}")
        return self

    @model_validator(mode="after")
    def _store_is_complete(self) -> Self:
        """Refuse an object store that cannot be reached."""
        needed = {
            "s3_endpoint": self.s3_endpoint,
            "s3_bucket": self.s3_bucket,
            "s3_access_key_id": self.s3_access_key_id,
            "s3_secret_access_key": self.s3_secret_access_key.get_secret_value(),
        }
        missing = [name for name, value in needed.items() if not value]
        if self.objects_provider is ObjectsProvider.S3 and missing:
            raise ValueError(f"NUANFENG_OBJECTS_PROVIDER=s3 needs: {missing}")
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        """Refuse to start for people with what is only fit for a demo."""
        if self.environment is not Environment.PRODUCTION:
            return self
        if weak := [name for name, secret in self._secrets() if secret == DEMO_SECRET]:
            raise ValueError(f"production needs its own secrets: {weak}")
        values = [secret for _, secret in self._secrets()]
        if len(set(values)) < len(values):
            raise ValueError("production needs a different secret for each purpose")
        if self.sms_provider is SmsProvider.CONSOLE:
            raise ValueError("production cannot print sign-in codes: set NUANFENG_SMS_PROVIDER")
        if self.database_url is None:
            raise ValueError("production needs DATABASE_URL")
        return self

    def _secrets(self) -> list[tuple[str, str]]:
        named = [("secret_key", self.secret_key), ("phone_hash_key", self.phone_hash_key)]
        named += [("phone_keys", key) for key in self.phone_keys]
        return [(name, secret.get_secret_value()) for name, secret in named]
