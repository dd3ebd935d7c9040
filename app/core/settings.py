"""Every setting of the service, read once from the environment by ``wiring``."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "demo-secret-that-production-refuses-to-start-with"  # noqa: S105 - refused below
MIN_SECRET_LENGTH = 32


class Environment(StrEnum):
    """Where the service runs: on somebody's laptop, or for people."""

    DEMO = "demo"
    PRODUCTION = "production"


class SmsProvider(StrEnum):
    """Who carries sign-in codes to phones."""

    CONSOLE = "console"
    ALIYUN = "aliyun"


class Settings(BaseSettings):
    """The service's settings; each is an environment variable, most with the prefix ``NUANFENG_``."""

    model_config = SettingsConfigDict(env_prefix="NUANFENG_", extra="ignore")

    environment: Environment = Environment.DEMO
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    pool_size: int = Field(default=10, ge=1, le=200)
    data_dir: Path = Path("var")
    public_url: str = "http://127.0.0.1:8000"

    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    phone_keys: list[SecretStr] = [SecretStr(DEMO_SECRET)]
    access_token_minutes: int = Field(default=15, ge=1, le=60)
    refresh_token_days: int = Field(default=30, ge=1, le=365)

    sms_provider: SmsProvider = SmsProvider.CONSOLE
    aliyun_access_key_id: str = ""
    aliyun_access_key_secret: SecretStr = SecretStr("")
    aliyun_sms_sign_name: str = ""
    aliyun_sms_template_code: str = ""

    log_level: str = "INFO"
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    requests_per_minute: int = Field(default=600, ge=1, description="per client address and process")
    run_worker: bool = Field(default=True, description="run scheduled jobs inside the API process")
    trace: bool = Field(default=False, description="send OpenTelemetry spans")

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        """Refuse to start for people with what is only fit for a demo."""
        if self.environment is not Environment.PRODUCTION:
            return self
        weak = [
            name
            for name, secrets in (("secret_key", [self.secret_key]), ("phone_keys", self.phone_keys))
            for secret in (each.get_secret_value() for each in secrets)
            if secret == DEMO_SECRET or len(secret) < MIN_SECRET_LENGTH
        ]
        if weak:
            raise ValueError(f"production needs its own secrets of {MIN_SECRET_LENGTH}+ characters: {weak}")
        if self.sms_provider is SmsProvider.CONSOLE:
            raise ValueError("production cannot print sign-in codes: set NUANFENG_SMS_PROVIDER")
        if self.database_url is None:
            raise ValueError("production needs DATABASE_URL")
        return self
