"""Hazard reports (随手拍): from the road through the closed loop."""

from app.services.reports import album
from app.services.reports.album import Sheet
from app.services.reports.batches import MOST_CASES as MOST_BATCHED
from app.services.reports.batches import MOVES as BATCH_MOVES
from app.services.reports.batches import NewBatch, Progress, progress, start, undo
from app.services.reports.batches import forget as forget_batches
from app.services.reports.batches import work_off as work_off_batches
from app.services.reports.book import LiveBook, RuleBook
from app.services.reports.cells import NOWHERE, lies_nowhere
from app.services.reports.counts import count_by_state
from app.services.reports.counts import fold as fold_counts
from app.services.reports.desk import MOST_TOGETHER, CaseOrder, Together, cases, take, together
from app.services.reports.doubled import drop_doubled_following
from app.services.reports.errors import (
    AlreadyAnswered,
    AnswersInvalid,
    AnswerTooLate,
    CaseOver,
    CategoryNotOpened,
    CategoryUnknown,
    IllegalMove,
    MoveNotYours,
    NotToFollow,
    ParentInvalid,
    PhotosClosed,
    PlaceUnknown,
    ReasonNeeded,
    TooManyFilters,
    TooManyPhotos,
    TooManyReports,
    UndoTooLate,
)
from app.services.reports.export import Wanted, exported_csv, exported_xlsx
from app.services.reports.filters import CaseFilter
from app.services.reports.following import follow, unfollow
from app.services.reports.nearby import Candidate, candidates
from app.services.reports.notes import NewQuestion, answer, ask, notes_of, questions_of, write_note
from app.services.reports.own import OwnReport, own_report, own_reports, withdraw
from app.services.reports.pictures import MOST_PHOTOS, Picture, add_later, link_arrived
from app.services.reports.scope import check_desk
from app.services.reports.stored_filters import Counted, drop_filter, keep_filter, list_filters
from app.services.reports.submission import GivenPosition, NewReport, Submitted, submit
from app.services.reports.sync import MOST_RECORDS, Taken, sync
from app.services.reports.templates import TemplateDraft, drop_template, list_templates, write_template
from app.services.reports.triage import Decision, accept, case, reject
from app.services.reports.trust import outside

__all__ = [
    "BATCH_MOVES",
    "MOST_BATCHED",
    "MOST_PHOTOS",
    "MOST_RECORDS",
    "MOST_TOGETHER",
    "NOWHERE",
    "AlreadyAnswered",
    "AnswerTooLate",
    "AnswersInvalid",
    "Candidate",
    "CaseFilter",
    "CaseOrder",
    "CaseOver",
    "CategoryNotOpened",
    "CategoryUnknown",
    "Counted",
    "Decision",
    "GivenPosition",
    "IllegalMove",
    "LiveBook",
    "MoveNotYours",
    "NewBatch",
    "NewQuestion",
    "NewReport",
    "NotToFollow",
    "OwnReport",
    "ParentInvalid",
    "PhotosClosed",
    "Picture",
    "PlaceUnknown",
    "Progress",
    "ReasonNeeded",
    "RuleBook",
    "Sheet",
    "Submitted",
    "Taken",
    "TemplateDraft",
    "Together",
    "TooManyFilters",
    "TooManyPhotos",
    "TooManyReports",
    "UndoTooLate",
    "Wanted",
    "accept",
    "add_later",
    "album",
    "answer",
    "ask",
    "candidates",
    "case",
    "cases",
    "check_desk",
    "count_by_state",
    "drop_doubled_following",
    "drop_filter",
    "drop_template",
    "exported_csv",
    "exported_xlsx",
    "fold_counts",
    "follow",
    "forget_batches",
    "keep_filter",
    "lies_nowhere",
    "link_arrived",
    "list_filters",
    "list_templates",
    "notes_of",
    "outside",
    "own_report",
    "own_reports",
    "progress",
    "questions_of",
    "reject",
    "start",
    "submit",
    "sync",
    "take",
    "together",
    "undo",
    "unfollow",
    "withdraw",
    "work_off_batches",
    "write_note",
    "write_template",
]
