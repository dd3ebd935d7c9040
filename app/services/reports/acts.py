"""What somebody may do to a case besides moving it, for who draws a page: the commands judge again.

A move is in the table of :mod:`.lifecycle`; these put a case right, bring others in, or learn something.
"""

from enum import StrEnum

from app.core.actor import Actor, Role
from app.models import ENDED, Report
from app.services import authority
from app.services.reports import contractors, duplicates, extensions, identity, publishing, scope, tasks


class Act(StrEnum):
    """What is no move of its own, in the order in which a desk offers it."""

    TAKE = "take"  # make it one's own
    MOVE_PIN = "move_pin"
    CHANGE_CATEGORY = "change_category"
    HAND_TO = "hand_to"  # say which area has what no grid has placed
    NOTE_DELAY = "note_delay"
    MERGE_INTO = "merge_into"  # let other reports go on as this one
    GIVE_TASK = "give_task"
    LET_CONTRACTOR = "let_contractor"
    ASK_TIME = "ask_time"
    DECIDE_TIME = "decide_time"
    ASK_DISCLOSURE = "ask_disclosure"
    LEARN_REPORTER = "learn_reporter"
    JUDGE_PHOTOS = "judge_photos"  # who may see each, whatever became of the case
    PUBLISH = "publish"  # or change what the public reads of it
    UNPUBLISH = "unpublish"


def open_to(by: Actor, report: Report) -> list[Act]:
    """Return what a caller who can read a case may try on it, in the order of :class:`Act`.

    Nothing for who lies across the street: they read.
    """
    if not authority.may(scope.of_cases(by), roles=scope.DESK, area_code=report.area_code):
        return []
    is_open = report.state not in ENDED
    is_officer = authority.may(scope.of_cases(by), roles=(Role.DISTRICT_OFFICER,), area_code=report.area_code)
    opened = {
        Act.TAKE: is_open and report.assigned_to != by.account_id,
        Act.MOVE_PIN: is_open,
        Act.CHANGE_CATEGORY: is_open,
        Act.HAND_TO: is_open and is_officer and report.grid_id is None,
        Act.NOTE_DELAY: is_open,
        Act.MERGE_INTO: duplicates.may_be_parent(report),
        Act.GIVE_TASK: tasks.is_in_hand(report),
        Act.LET_CONTRACTOR: contractors.is_in_hand(report),
        Act.ASK_TIME: extensions.is_in_hand(report),
        Act.DECIDE_TIME: extensions.is_in_hand(report),
        Act.ASK_DISCLOSURE: report.is_confidential,
        Act.LEARN_REPORTER: identity.may_know(by, report),
        Act.JUDGE_PHOTOS: True,
        Act.PUBLISH: publishing.may_be_public(report),
        Act.UNPUBLISH: report.public_at is not None,
    }
    return [act for act in Act if opened[act]]
