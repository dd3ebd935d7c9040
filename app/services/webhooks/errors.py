"""What webhooks refuse."""

from app.core.errors import AppError


class AddressRefused(AppError):
    """The address cannot be told: it is not https, lies inside, or names a person or a password."""

    code = "webhook.address_refused"
    status = 422
    zh = "回调地址必须是以 https 开头的公网地址,且不含用户名或密码"
    en = "The address must be a public one of https, without a user's name or password"
