"""What reports refuse, each with its code."""

from app.core.errors import AppError, TooMany


class IllegalMove(AppError):
    """The case is in a state in which nobody can do this; ``possible`` lists what the caller can do."""

    code = "report.illegal_move"
    status = 409
    zh = "案件当前状态不能进行此操作"
    en = "This cannot be done to the case in its present state"


class MoveNotYours(AppError):
    """Somebody in another capacity may do this, the caller may not; ``possible`` lists what they can."""

    code = "report.move_not_yours"
    status = 403
    zh = "此操作由其他岗位办理"
    en = "This is for somebody in another capacity to do"


class PlaceUnknown(AppError):
    """No grid lies there, and nothing else says which area it is; send ``area_code`` with the report."""

    code = "report.place_unknown"
    status = 422
    zh = "无法判断该位置所属区划,请选择社区或街道"
    en = "The area of this place is not known: choose it"


class CategoryNotOpened(AppError):
    """The category is for people appointed to look after such things, where they were appointed."""

    code = "report.category_not_opened"
    status = 403
    zh = "该类别仅限受聘人员在聘任区域内上报"
    en = "This category is for those appointed to it, where they were appointed"


class CategoryUnknown(AppError):
    """There is no such category, or it is no longer used."""

    code = "report.category_unknown"
    status = 422
    zh = "没有这个类别"
    en = "There is no such category"


class AnswersInvalid(AppError):
    """An extra question of the category is unanswered or answered with something else; see ``fields``."""

    code = "report.answers_invalid"
    status = 422
    zh = "类别的补充问题未填或填写有误"
    en = "An extra question of this category is unanswered or answered wrongly"


class ReasonNeeded(AppError):
    """This move needs a text that the reporter can read."""

    code = "report.reason_needed"
    status = 422
    zh = "请填写原因,上报人会看到"
    en = "Give a reason: the reporter will read it"


class ParentInvalid(AppError):
    """A duplicate's parent must be another case that is itself no duplicate, and no secret one."""

    code = "report.parent_invalid"
    status = 422
    zh = "并案的主案须是另一个未被并案的案件"
    en = "The parent must be another case that is not a duplicate itself"


class NotPublishable(AppError):
    """Confidential, come to nothing, or without a place: never public; ``because`` says which it is."""

    code = "report.not_publishable"
    status = 409
    zh = "保密、不予受理、并案、已撤回或尚未定位的案件不能公开"
    en = "A confidential, rejected, merged or withdrawn case, or one without a pin, cannot be made public"


class BoxInvalid(AppError):
    """The box of a map is ``west,south,east,north`` in degrees, west before east, south before north."""

    code = "report.map_box_invalid"
    status = 422
    zh = "地图范围应为“西,南,东,北”四个度数,且西小于东、南小于北;跨 180° 经线请分两次查询"
    en = "The box is west,south,east,north in degrees; ask twice where it crosses the date line"


class BoxTooLarge(AppError):
    """At this zoom a box is at most ``most_degrees`` wide and high."""

    code = "report.map_box_too_large"
    status = 422
    zh = "此缩放级别下地图范围最多 {most_degrees} 度"
    en = "At this zoom the box is at most {most_degrees} degrees wide and high"


class CaseOver(AppError):
    """The case has ended; nobody is asked or told anything new about it."""

    code = "report.over"
    status = 409
    zh = "案件已结束"
    en = "The case has ended"


class AlreadyAnswered(AppError):
    """The question has another answer already."""

    code = "report.already_answered"
    status = 409
    zh = "这个问题已经回答过了"
    en = "This question has been answered"


class AnswerTooLate(AppError):
    """The term for an answer is over; an update of the report still reaches the desk."""

    code = "report.answer_too_late"
    status = 409
    zh = "回答期限已过,可在上报下补充说明"
    en = "The time for an answer is over: add an update to your report instead"


class UndoTooLate(AppError):
    """A batch is taken back within ten minutes."""

    code = "report.undo_too_late"
    status = 409
    zh = "超过 10 分钟,不能撤销"
    en = "It is too late to take this back: ten minutes are over"


class TooManyFilters(AppError):
    """A clerk keeps thirty filters at most."""

    code = "report.too_many_filters"
    status = 409
    zh = "最多保存 30 个筛选"
    en = "Thirty filters are the most that are kept"


class MovedOn(AppError):
    """Somebody has moved the case on since; it is not taken back."""

    code = "report.moved_on"
    status = 409
    zh = "案件之后已有他人办理,不能撤销"
    en = "Somebody has worked on this case since: it is not taken back"


class TooManyReports(TooMany):
    """One person reported too much in a day, or too often at one place; emergencies are always taken."""

    code = "report.too_many"
    zh = "上报太频繁,请 {retry_after_s} 秒后再报;紧急情况不受限制"
    en = "Too many reports: try again in {retry_after_s} s. Emergencies are always taken"


class NotToFollow(AppError):
    """The case is over, or one reported it oneself."""

    code = "report.not_to_follow"
    status = 409
    zh = "该案件不能关注或取消关注"
    en = "This case cannot be followed or unfollowed"


class TooManyPhotos(AppError):
    """A report holds at most nine photos of the hazard."""

    code = "report.too_many_photos"
    status = 422
    zh = "最多 {most} 张照片"
    en = "At most {most} photos"


class PhotosClosed(AppError):
    """The case is over: it takes no more photos from its reporter."""

    code = "report.photos_closed"
    status = 409
    zh = "案件已办结,不能再添加照片"
    en = "The case is over and takes no more photos"
