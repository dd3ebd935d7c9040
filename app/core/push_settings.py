"""Settings of those who carry messages: a vendor with none is off, one with half of them is refused."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

# What must be set together, or not at all.
_TOGETHER = {
    "FCM": ("fcm_credentials_file", "fcm_project_id"),
    "JPush": ("jpush_app_key", "jpush_master_secret"),
    "Getui": ("getui_app_id", "getui_app_key", "getui_master_secret"),
    "WeChat": ("wechat_app_id", "wechat_app_secret", "wechat_template_id"),
    "Web Push": ("vapid_private_key", "vapid_contact"),
}


class PushSettings(BaseSettings):
    """Who carries messages to phones; base addresses change for tests and for the vendors' other regions."""

    fcm_credentials_file: Path = Field(default=Path(), description="a service account, as JSON")
    fcm_project_id: str = ""
    fcm_base_url: str = "https://fcm.googleapis.com"

    jpush_app_key: str = ""
    jpush_master_secret: SecretStr = SecretStr("")
    jpush_base_url: str = "https://api.jpush.cn"
    jpush_apns_production: bool = Field(default=True, description="false for apps under test on iPhones")
    jpush_per_second: float = Field(default=10, gt=0, description="a free account gets 600 a minute")

    getui_app_id: str = ""
    getui_app_key: str = ""
    getui_master_secret: SecretStr = SecretStr("")
    getui_base_url: str = "https://restapi.getui.com"
    getui_per_second: float = Field(default=50, gt=0)

    push_huawei_category: str = Field(default="", description="granted by Huawei (自分类权益), such as WORK")
    push_xiaomi_channel_id: str = Field(default="", description="granted by Xiaomi")
    push_oppo_category: str = Field(default="", description="granted by OPPO")
    push_oppo_channel_id: str = Field(default="", description="registered with OPPO")
    push_vivo_category: str = Field(default="", description="one of vivo's, such as TODO")

    wechat_app_id: str = ""
    wechat_app_secret: SecretStr = SecretStr("")
    wechat_template_id: str = ""
    wechat_title_field: str = "thing1"
    wechat_body_field: str = "thing2"
    wechat_time_field: str = ""
    wechat_page: str = "pages/notifications/index"
    wechat_state: str = Field(default="formal", pattern="^(formal|trial|developer)$")
    wechat_base_url: str = "https://api.weixin.qq.com"

    vapid_private_key: SecretStr = SecretStr("")
    vapid_contact: str = Field(default="", pattern="^(|mailto:.+|https://.+)$")
    web_push_hosts: list[str] = Field(
        default=[
            "fcm.googleapis.com",
            "updates.push.services.mozilla.com",
            ".push.apple.com",
            ".notify.windows.com",
        ],
        description="push services that browsers may name; a leading dot stands for all hosts below",
    )

    @model_validator(mode="after")
    def _vendors_are_whole(self) -> Self:
        """Refuse a vendor that could send nothing."""
        for vendor, names in _TOGETHER.items():
            missing = [f"NUANFENG_{name.upper()}" for name in names if not self.is_set(name)]
            if missing and len(missing) < len(names):
                raise ValueError(f"{vendor} is configured by half; set also: {missing}")
        return self

    def is_set(self, name: str) -> bool:
        """Tell whether a setting has a value."""
        value = getattr(self, name)
        return bool(value.get_secret_value()) if isinstance(value, SecretStr) else value not in ("", Path())
