"""Keep a paper that we drew ourselves like a receipt that somebody sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Company, Membership
from events.record import record
from pleo.lib import files, work
from pleo.lib.ids import uuid7
from pleo.lib.search import search_text
from receipts import tasks
from receipts.ingest import original_key
from receipts.models import Receipt, Source

PDF = "application/pdf"


@dataclass(frozen=True)
class OwnPaper:
    """A PDF of ours that is stored and that no row promises yet."""

    id: UUID
    key: str
    size: int
    sha256: str


def store(*, company: Company, content: bytes, now: datetime) -> OwnPaper:
    """Store a PDF, outside of any transaction. Without its row it is an orphan, which the nightly task removes."""
    key = uuid7()
    paper = OwnPaper(key, original_key(company.pk, key, now), len(content), hashlib.sha256(content).hexdigest())
    files.put(paper.key, content, PDF)
    return paper


def keep(*, paper: OwnPaper, by: Membership, name: str, now: datetime) -> Receipt:
    """Write the row of a stored paper, in the caller's transaction; a worker makes its pages afterwards."""
    receipt: Receipt = Receipt.objects.create(
        id=paper.id, company_id=by.company_id, uploaded_by=by, source=Source.DECLARED, client_key=str(paper.id),
        file_name=name, media_type=PDF, size=paper.size, sha256=paper.sha256, key=paper.key,
        search_text=search_text(name),
    )  # fmt: skip
    changes = {"source": receipt.source, "media_type": PDF, "size": paper.size, "sha256": paper.sha256}
    record(company=by.company, verb="receipt.received", subject=receipt, by=by, changes=changes, now=now)
    work.enqueue(tasks.process, receipt_id=receipt.pk)
    return receipt
