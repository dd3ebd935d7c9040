"""What broadcasts refuse."""

from app.core.errors import AppError


class BroadcastMoved(AppError):
    """The broadcast is in a state in which this cannot be done; ``possible`` says what can."""

    code = "broadcast.moved"
    status = 409
    zh = "该通知当前状态({state})不能这样操作"
    en = "This cannot be done while the broadcast is in the state {state}"


class SecondPersonNeeded(AppError):
    """A broadcast is approved by an officer who wrote nothing of it."""

    code = "broadcast.second_person_needed"
    status = 403
    zh = "须由未参与撰写的另一位负责人审批"
    en = "An officer who wrote nothing of it must approve it"


class BroadcastInvalid(AppError):
    """It is sent within sixty days, and ends after that; ``hint`` names the field."""

    code = "broadcast.invalid"
    status = 422
    zh = "发送时间须在 60 天内,截止须晚于发送时间:{hint}"
    en = "It is sent within 60 days and ends after it is sent: {hint}"
