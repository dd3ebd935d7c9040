"""Certificates of service: free, self-service, checked by anybody who holds one, void with their entries."""

from app.services.certificates.commands import MOST_IN_BATCH, Wanted, issue, issue_batch, look
from app.services.certificates.errors import (
    CertificateUnknown,
    CertificateVoid,
    NameNeeded,
    NameUnprintable,
    NothingToCertify,
)
from app.services.certificates.paper import Sheet, render
from app.services.certificates.queries import Standing, Status

__all__ = [
    "MOST_IN_BATCH",
    "CertificateUnknown",
    "CertificateVoid",
    "NameNeeded",
    "NameUnprintable",
    "NothingToCertify",
    "Sheet",
    "Standing",
    "Status",
    "Wanted",
    "issue",
    "issue_batch",
    "look",
    "render",
]
