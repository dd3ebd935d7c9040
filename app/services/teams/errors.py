"""What teams and appointments refuse."""

from app.core.errors import AppError


class OrganisationEnded(AppError):
    """The organisation has ended: nothing new is put under it."""

    code = "team.organisation_ended"
    status = 409
    zh = "该组织已终止"
    en = "This organisation has ended"


class TeamEnded(AppError):
    """The team was dissolved: what it did stays, nothing new begins."""

    code = "team.ended"
    status = 409
    zh = "该志愿服务队已解散"
    en = "This team was dissolved"


class AlreadyMember(AppError):
    """The person belongs to the team, or has asked to."""

    code = "team.already_member"
    status = 409
    zh = "已是队员或已提交申请"
    en = "Already a member, or a request is waiting"


class TakesNoRequests(AppError):
    """The team takes people by invitation alone."""

    code = "team.takes_no_requests"
    status = 409
    zh = "该队伍只接受邀请加入"
    en = "This team takes people by invitation alone"


class InvitationUnknown(AppError):
    """The code opens no team, or no longer: it expired, was used up or taken back."""

    code = "team.invitation_unknown"
    status = 404
    zh = "邀请码无效或已过期"
    en = "This invitation is not valid or no longer"


class MembershipDecided(AppError):
    """The membership is not, or no longer, in a state in which this can be done to it."""

    code = "team.membership_decided"
    status = 409
    zh = "该申请或队员身份已处理,请刷新"
    en = "This membership was dealt with meanwhile: reload"


class PhoneNotShared(AppError):
    """The member has not agreed to show their number."""

    code = "team.phone_not_shared"
    status = 403
    zh = "该队员未同意向负责人公开手机号"
    en = "This member does not share their number"


class AlreadyReporting(AppError):
    """The unit reports to this community already; a person reports to one community."""

    code = "team.already_reporting"
    status = 409
    zh = "已在社区报到"
    en = "Already reporting to a community"


class AppointmentInvalid(AppError):
    """A term ends after it begins and not in the past, lasts three years at most, and fits its area."""

    code = "team.appointment_invalid"
    status = 422
    zh = "聘任信息有误:聘期须先后正确且最长三年,区划级别和网格须相符({hint})"
    en = "The appointment cannot be right: its term (three years at most), area level or grid ({hint})"
