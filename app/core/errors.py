"""Refusals: one class each, with a stable code that clients translate and a sentence they may show."""

import re
from typing import Any, ClassVar

# A hint in Chinese, a semicolon, and the same in English.
_BOTH = re.compile(r"(.*[\u4e00-\u9fff][^;]*);([^\u4e00-\u9fff]+)", re.DOTALL)


class AppError(Exception):
    """A refusal with a stable code, an HTTP status and a sentence in Chinese and English.

    Facts given as keywords fill the sentences' placeholders and travel as members of the problem
    document (RFC 9457), so they must hold nothing personal. A refusal undoes what the request wrote,
    unless it ``keeps_writes``: a wrong code stays counted, a stolen token's family stays revoked.
    """

    code: ClassVar[str]
    status: ClassVar[int]
    zh: ClassVar[str]
    en: ClassVar[str]
    keeps_writes: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        """Keep the facts that tell the caller what to do next."""
        super().__init__(self.code)
        self.facts = facts

    def sentence(self, language: str = "zh") -> str:
        """Return the sentence for a person, in ``zh`` or ``en``; of a hint in both, the half in that."""
        words, which = (self.en, 2) if language == "en" else (self.zh, 1)
        hint = self.facts.get("hint")
        both = _BOTH.fullmatch(hint) if isinstance(hint, str) else None
        return words.format_map(self.facts if both is None else {**self.facts, "hint": both[which]})


class NotFound(AppError):
    """There is no such thing, or it is not the caller's to see."""

    code = "not_found"
    status = 404
    zh = "没有找到"
    en = "Not found"


class SignInRequired(AppError):
    """The route needs a caller who has signed in."""

    code = "sign_in_required"
    status = 401
    zh = "请先登录"
    en = "Sign in first"


class RoleMissing(AppError):
    """The caller holds no grant of a role that this route needs."""

    code = "role_missing"
    status = 403
    zh = "没有此项权限"
    en = "Your account has no role for this"


class InvalidInput(AppError):
    """The payload is well formed but cannot be meant; ``hint`` says what may be wrong."""

    code = "invalid_input"
    status = 422
    zh = "提交的内容有误:{hint}"
    en = "The input cannot be right: {hint}"


class PositionSwapped(AppError):
    """The position lies in China only when latitude and longitude change places."""

    code = "position.swapped"
    status = 422
    zh = "经纬度可能写反了:纬度应在 3–54 之间,经度应在 73–136 之间"
    en = "Latitude and longitude seem to be swapped: latitude is 3 to 54, longitude 73 to 136"


class PositionForeign(AppError):
    """The position does not lie in China."""

    code = "position.foreign"
    status = 422
    zh = "该位置不在中国境内,请检查经纬度和坐标类型"
    en = "This position is not in China: check the coordinates and their type"


class BadCursor(AppError):
    """The paging cursor was not made by this server for this list."""

    code = "bad_cursor"
    status = 422
    zh = "翻页标记无效,请从第一页重新开始"
    en = "The cursor is not valid: start again from the first page"


class EditConflict(AppError):
    """Somebody else changed the thing since the caller read it."""

    code = "edit_conflict"
    status = 409
    zh = "{editor} 刚刚修改过,请刷新后再改"
    en = "{editor} changed this meanwhile: reload and edit again"


class Conflict(AppError):
    """Somebody else did the same at the same time; reading again shows what became of it."""

    code = "conflict"
    status = 409
    zh = "与他人的操作冲突,请刷新后重试"
    en = "Somebody else did this at the same time: reload and try again"


class KeyReused(AppError):
    """An idempotency key or client-made id came back with another content."""

    code = "idempotency_key_reused"
    status = 422
    zh = "同一编号对应的内容不一致"
    en = "This key was used before for a different request"


class TooMany(AppError):
    """The caller asked too often; try again after ``retry_after_s`` seconds."""

    code = "too_many_requests"
    status = 429
    zh = "操作太频繁,请 {retry_after_s} 秒后再试"
    en = "Too many requests: try again in {retry_after_s} s"


class Unavailable(AppError):
    """The server cannot do it right now; the same request may succeed soon."""

    code = "unavailable"
    status = 503
    zh = "服务暂时不可用,请稍后重试"
    en = "Temporarily unavailable: try again"
