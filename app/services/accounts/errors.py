"""Refusals around accounts."""

from app.core.errors import AppError, NotFound


class AccountBanned(AppError):
    """The account may not act; its owner can still read, export and delete what is held about them."""

    code = "account.banned"
    status = 403
    zh = "此账号已被停用,如有疑问请联系所在社区"
    en = "This account is suspended: ask your community about it"


class SmsUnavailable(AppError):
    """The text message could not be sent; nothing was counted against the limits."""

    code = "account.sms_unavailable"
    status = 503
    zh = "短信暂时发不出去,请稍后再试"
    en = "The text message could not be sent: try again in a moment"


class CodeWrong(AppError):
    """The code is not the one that was sent; so many tries are left."""

    code = "account.code_wrong"
    status = 403
    zh = "验证码不对,还可以再试 {tries_left} 次"
    en = "The code is wrong: {tries_left} tries left"
    keeps_writes = True


class CodeSpent(AppError):
    """No code of this number can still be right: none sent, too old, used, or tried too often."""

    code = "account.code_spent"
    status = 403
    zh = "验证码已失效,请重新获取"
    en = "The code is no longer valid: ask for a new one"
    keeps_writes = True


class AccountIdle(AppError):
    """The number's account slept over 90 days, so that the number may be somebody else's by now."""

    code = "account.idle"
    status = 409
    zh = (
        "这个号码的账号已超过 90 天没有使用。如果是您本人的账号,请用原来的手机登录,"
        "或到所在区县请工作人员核实恢复;"
        "如果是新领的号码,请选择重新开始(start_fresh)"
    )
    en = (
        "The account of this number was idle for more than 90 days. If it is yours, sign in on the phone you "
        "used before or ask the district's officer to reopen it; if the number is new to you, start_fresh"
    )
    keeps_writes = True


class SessionEnded(AppError):
    """The refresh token opens nothing: signed out, expired, or used twice, which ends its sign-in."""

    code = "account.session_ended"
    status = 401
    zh = "登录已失效,请重新登录"
    en = "This sign-in has ended: sign in again"
    keeps_writes = True


class PhoneTaken(AppError):
    """Another account in use has this number."""

    code = "account.phone_taken"
    status = 409
    zh = "这个号码已有账号在使用"
    en = "Another account uses this number"


class AlreadyGranted(AppError):
    """The person holds this very role here already."""

    code = "account.already_granted"
    status = 409
    zh = "此人已有该权限"
    en = "This person holds the role already"


class RoleOutOfReach(AppError):
    """The caller may not give this role there."""

    code = "account.role_out_of_reach"
    status = 403
    zh = "您不能在这里授予此角色"
    en = "You may not give this role here"


class RoleToOneself(AppError):
    """Nobody widens their own reach: who keeps the accounts reads no cases (domain, 3.4)."""

    code = "account.role_to_oneself"
    status = 403
    zh = "不能给自己授予角色,请由他人办理"
    en = "Nobody gives a role to themselves: somebody else has to"


class LastSysadmin(AppError):
    """Taking this grant would leave nobody who can give roles."""

    code = "account.last_sysadmin"
    status = 409
    zh = "这是最后一位系统管理员,请先授权他人"
    en = "This is the last sysadmin: grant another one first"


class AlreadyBanned(AppError):
    """The account is banned already."""

    code = "account.already_banned"
    status = 409
    zh = "此账号已被停用"
    en = "This account is suspended already"


class NotToBan(AppError):
    """Nobody bans themselves, nor a sysadmin whose role was not taken before."""

    code = "account.not_to_ban"
    status = 409
    zh = "不能停用自己的账号;系统管理员须先收回其权限"
    en = "You cannot suspend yourself, nor a sysadmin before taking the role back"


class NothingToMerge(AppError):
    """No other account has this number."""

    code = "account.nothing_to_merge"
    status = 409
    zh = "这个号码没有另外的账号可以合并"
    en = "No other account of this number can be merged"


class GuardianNeeded(AppError):
    """Under 14 there is no account without a guardian's consent (PIPL art. 31); the code stays good."""

    code = "account.guardian_needed"
    status = 403
    zh = "未满 14 周岁须由监护人同意:请填写监护人的手机号和发给监护人的验证码"
    en = "Under 14 a guardian must consent: give the guardian's number and the code sent to it"
    keeps_writes = True


class PolicyChanged(AppError):
    """The text that was read is not the one in force; read ``version`` first."""

    code = "account.policy_changed"
    status = 409
    zh = "隐私说明已更新到 {version} 版,请先阅读新版"
    en = "The privacy text is now version {version}: read that first"


class PersonNotFound(NotFound):
    """No such person, or not the caller's to look after; that it was asked stays counted."""

    keeps_writes = True
