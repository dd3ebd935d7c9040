"""What webhooks refuse."""

from app.core.errors import AppError


class AddressRefused(AppError):
    """The address cannot be told: it is not https, or names a person or a password."""

    code = "webhook.address_refused"
    status = 422
    zh = "回调地址必须以 https 开头,且不含用户名或密码"
    en = "The address must be https, without a user's name or password"
