"""What each call answers, member by member."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.api.open311.wire import Row, moment
from app.core.settings import Environment, Settings
from app.models import Category, Report, ReportStep
from app.services import open311
from app.services.open311 import Shown
from app.services.reports import lies_nowhere
from app.services.reports.masking import masked
from app.services.reports.publishing import words_of

# When the endpoint last changed its shape.
_CHANGESET = "2026-11-22T00:00:00Z"
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


def discovery(settings: Settings) -> Row:
    """Return what stands in the discovery document; the endpoint's address ends with a slash."""
    kind = "production" if settings.environment is Environment.PRODUCTION else "test"
    return {
        "changeset": _CHANGESET,
        "contact": settings.feed_contact_email,
        "key_service": f"api_key: {settings.feed_contact_email}",
        "endpoints": [
            {
                "specification": _SPECIFICATION,
                "url": f"{settings.public_url.rstrip('/')}/open311/v2/",
                "changeset": _CHANGESET,
                "type": kind,
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def service(category: Category, *, language: str) -> Row:
    """Return a service."""
    is_english = language == "en"
    return {
        "service_code": category.id,
        "service_name": category.name_en if is_english else category.name_zh,
        "description": category.hint_en if is_english else category.hint_zh,
        "metadata": bool(category.questions),
        "type": "realtime",
        "keywords": ",".join(dict.fromkeys((category.group, category.kind.value, category.urgency.value))),
        "group": category.group,
    }


def definition(category: Category, *, language: str) -> Row:
    """Return a service's extra questions."""
    return {
        "service_code": category.id,
        "attributes": open311.attributes(category, language=language),
    }


def request(shown: Shown, *, public_url: str, extensions: bool) -> Row:
    """Return a request, in the standard's order."""
    report = shown.report
    is_open = open311.is_open(report)
    photos = [open311.media_url(public_url, each) for each in shown.photo_ids]
    row: dict[str, Any] = {
        "service_request_id": open311.number_of(report),
        "status": "open" if is_open else "closed",
        "status_notes": open311.status_notes(report),
        "service_name": shown.category.name_zh,
        "service_code": report.category_id,
        "description": words_of(report),
        "agency_responsible": shown.agency,
        "service_notice": None,
        "requested_datetime": moment(report.submitted_at),
        "updated_datetime": moment(report.changed_at if is_open else report.state_at),
        "expected_datetime": moment(report.due_at),
        "address": masked(report.address),
        "address_id": None,
        "zipcode": None,
        "lat": None if lies_nowhere(report) else round(report.lat, 6),
        "long": None if lies_nowhere(report) else round(report.lon, 6),
        "media_url": photos[0] if photos else None,
    }
    return {**row, **_extensions(shown, photos)} if extensions else row


def _extensions(shown: Shown, photos: list[str]) -> Row:
    report = shown.report
    return {
        "extended_attributes": {
            "state": report.state.value,
            "outcome": None if report.outcome is None else report.outcome.value,
            "urgency": report.urgency.value,
            "jurisdiction_id": report.area_code,
            "media_urls": photos,
        },
        "attributes": [
            {"label": code, "value": value} for code, value in open311.told(shown.category, report)
        ],
        "notes": [
            {"datetime": moment(step.at), "description": open311.said(step), "type": step.move.value}
            for step in shown.steps
        ],
    }


def taken(report: Report, *, unread: int) -> Row:
    """Return what a partner gets for a request that was taken in, and what it should know of it.

    That is pictures that are none, and a place that a person has yet to find.
    """
    notices = []
    if unread:
        notices.append(f"{unread} 个文件不是照片,未保存 / {unread} files are no pictures and were not kept")
    if lies_nowhere(report):
        place = report.area_code
        notices.append(
            f"没有坐标,按地址归入 {place},待定位 / By its address it went to {place}, to be located"
        )
    return {
        "service_request_id": open311.number_of(report),
        "service_notice": "; ".join(notices) or None,
        "account_id": None,
    }


def token(report: Report, given: str) -> Row:
    """Return the request that a token stands for."""
    return {"service_request_id": open311.number_of(report), "token": given}


def update(step: ReportStep, report: Report) -> Row:
    """Return a step as an update."""
    return {
        "update_id": str(step.id),
        "service_request_id": open311.number_of(report),
        "status": open311.update_status(step),
        "updated_datetime": moment(step.at),
        "description": open311.said(step),
        "media_url": None,
    }


def update_taken(update_id: UUID, at: datetime) -> Row:
    """Return what a partner gets for an update."""
    return {"update_id": str(update_id), "updated_datetime": moment(at)}
