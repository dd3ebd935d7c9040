"""Settings of those who carry messages: a vendor with none is off, one with half of them is refused."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from app.core.keys import public_point
from app.core.urgency import RobotVendor

# What must be set together, or not at all.
_TOGETHER = {
    "FCM": ("fcm_credentials_file", "fcm_project_id"),
    "JPush": ("jpush_app_key", "jpush_master_secret"),
    "Getui": ("getui_app_id", "getui_app_key", "getui_master_secret"),
    "WeChat": ("wechat_app_id", "wechat_app_secret", "wechat_template_id"),
    "Web Push": ("vapid_private_key", "vapid_contact"),
    "E-mail": ("smtp_host", "smtp_sender"),
}
# What one setting cannot do without.
_NEEDS = {
    "aliyun_notice_template_code": (
        "aliyun_access_key_id",
        "aliyun_access_key_secret",
        "aliyun_sms_sign_name",
    ),
    "aliyun_link_template_code": ("aliyun_notice_template_code",),
    "aliyun_call_template_code": ("aliyun_access_key_id", "aliyun_access_key_secret"),
}


class SmtpSecurity(StrEnum):
    """How a mail server's connection is kept from others' eyes."""

    TLS = "tls"  # from the first byte, port 465
    STARTTLS = "starttls"  # port 587
    NONE = "none"  # a server on the same machine


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

    aliyun_access_key_id: str = ""
    aliyun_access_key_secret: SecretStr = SecretStr("")
    aliyun_sms_sign_name: str = ""
    aliyun_sms_template_code: str = ""
    aliyun_sms_endpoint: str = "dysmsapi.aliyuncs.com"
    aliyun_notice_template_code: str = Field(default="", description="a template with the variable `notice`")
    aliyun_link_template_code: str = Field(
        default="", description="for calls to duty: also with `link`, the end of an address `…/duty#${link}`"
    )
    aliyun_call_template_code: str = Field(default="", description="one that is read out, the same variable")
    aliyun_call_shown_number: str = Field(
        default="", description="a number of one's own; empty: a common one"
    )
    aliyun_report_token: SecretStr = Field(
        default=SecretStr(""),
        description="a secret of ours at the end of the addresses of SMS reports and call records",
    )
    aliyun_call_endpoint: str = "dyvmsapi.aliyuncs.com"

    wecom_robot_base_url: str = "https://qyapi.weixin.qq.com"
    dingtalk_robot_base_url: str = "https://oapi.dingtalk.com"
    feishu_robot_base_url: str = "https://open.feishu.cn"

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: SmtpSecurity = SmtpSecurity.STARTTLS
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_sender: str = Field(default="", pattern=r"^(|[^@\s]+@[^@\s]+)$", description="whom mail comes from")

    @model_validator(mode="after")
    def _vendors_are_whole(self) -> Self:
        """Refuse a vendor that could send nothing."""
        for vendor, names in _TOGETHER.items():
            missing = [f"NUANFENG_{name.upper()}" for name in names if not self.is_set(name)]
            if missing and len(missing) < len(names):
                raise ValueError(f"{vendor} is configured by half; set also: {missing}")
        for name, needed in _NEEDS.items():
            missing = [f"NUANFENG_{other.upper()}" for other in needed if not self.is_set(other)]
            if missing and self.is_set(name):
                raise ValueError(f"NUANFENG_{name.upper()} needs: {missing}")
        return self

    @property
    def robot_bases(self) -> Mapping[RobotVendor, str]:
        """Where each vendor's robots are asked."""
        return {vendor: getattr(self, f"{vendor.value}_robot_base_url") for vendor in RobotVendor}

    @property
    def vapid_public_key(self) -> str | None:
        """What browsers subscribe with; nothing where Web Push is not configured."""
        return (
            public_point(self.vapid_private_key.get_secret_value())
            if self.is_set("vapid_private_key")
            else None
        )

    def is_set(self, name: str) -> bool:
        """Tell whether a setting has a value."""
        value = getattr(self, name)
        return bool(value.get_secret_value()) if isinstance(value, SecretStr) else value not in ("", Path())
