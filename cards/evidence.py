"""Files that show what a dispute says: kept as they came, known by their content and never by their name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.models import Membership
from cards.models import Dispute, DisputeEvidence
from pleo.lib import files
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7

MAX_BYTES, MAX_FILES = 5 * 1024 * 1024, 5
BEGINNINGS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Evidence:
    """A file as somebody sent it."""

    name: str
    data: bytes


class EvidenceRefused(DomainError):
    """The file is none that a card issuer takes."""

    code = "evidence_refused"
    field = "evidence"

    def message(self) -> str:
        return gettext("%(name)s is not a PDF, PNG or JPEG file of at most 5 MB.") % self.params


class TooMuchEvidence(DomainError):
    """More files than a card issuer takes."""

    code = "too_much_evidence"
    field = "evidence"

    def message(self) -> str:
        return gettext("Send at most %(most)s files.") % {"most": MAX_FILES}


def media_type_of(data: bytes) -> str:
    """Return the type by how a file begins, or nothing for one that no issuer takes."""
    return next((known for start, known in BEGINNINGS.items() if data.startswith(start)), "")


def check(evidence: list[Evidence]) -> None:
    """Raise EvidenceRefused or TooMuchEvidence before anything is stored."""
    if len(evidence) > MAX_FILES:
        raise TooMuchEvidence
    for each in evidence:
        if len(each.data) > MAX_BYTES or not media_type_of(each.data):
            raise EvidenceRefused(name=files.clean_name(each.name))


def keep(*, dispute: Dispute, file: Evidence, by: Membership) -> DisputeEvidence:
    """Store a file with its dispute, in the caller's transaction; the same file again is the one there is.

    Raises EvidenceRefused.
    """
    check([file])
    digest = hashlib.sha256(file.data).hexdigest()
    known: DisputeEvidence | None = DisputeEvidence.objects.filter(dispute=dispute, sha256=digest).first()
    if known is not None:
        return known
    media_type = media_type_of(file.data)
    row = DisputeEvidence(
        id=uuid7(),
        company=dispute.company,
        dispute=dispute,
        name=files.clean_name(file.name) or "file",
        media_type=media_type,
        size=len(file.data),
        sha256=digest,
        by=by,
    )
    row.key = f"{dispute.company_id}/{dispute.created_at:%Y}/disputes/{dispute.pk}/{row.pk}"
    files.put(row.key, file.data, media_type)
    row.save(force_insert=True)
    return row
