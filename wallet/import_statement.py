"""Take in a bank statement: keep the file as it came, then let a worker read it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Membership
from accounts.numbering import next_number
from events.record import record
from pleo.lib import files, work
from pleo.lib.ids import uuid7
from pleo.lib.search import search_text
from wallet import tasks
from wallet.models import BankStatement
from wallet.statements import StatementUnreadable


def import_statement(*, by: Membership, file: Any, now: datetime) -> BankStatement:
    """Store a file and return its statement, which a worker will read. The same file again returns the first statement.

    `file` is an uploaded file: `chunks()`, `size`, `name`, seekable. Raises StatementUnreadable (empty, too_large).
    """
    size, sha256 = _inspect(file)
    known: BankStatement | None = BankStatement.objects.for_company(by.company).filter(sha256=sha256).first()
    if known:
        return known
    row = BankStatement(
        id=uuid7(),
        company=by.company,
        by=by,
        file_name=files.clean_name(getattr(file, "name", "") or ""),
        size=size,
        sha256=sha256,
        created_at=now,
    )
    row.key = f"{by.company_id}/{now:%Y}/statements/{row.pk}/original"
    row.search_text = search_text(row.file_name)
    # The file first, so that no row ever promises one that is not there.
    files.put(row.key, file, "application/octet-stream")
    try:
        with transaction.atomic():
            row.number = next_number(company=by.company, range="bank_statement")
            row.save(force_insert=True)
            record(
                company=by.company, verb="bank_statement.imported", subject=row, by=by, now=now,
                changes={"sha256": sha256, "size": size},
            )  # fmt: skip
            work.enqueue(tasks.read_statement, statement_id=row.pk)
    except IntegrityError:
        # Sent twice at once, and the other one was first; our copy of the file is not needed.
        known = BankStatement.objects.for_company(by.company).filter(sha256=sha256).first()
        if known is None:
            raise
        files.delete(row.key)
        return known
    return row


def _inspect(file: Any) -> tuple[int, str]:
    limit = settings.STATEMENT_MAX_BYTES
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for chunk in file.chunks():
        size += len(chunk)
        if size > limit:
            raise StatementUnreadable("too_large", limit=limit // 1024**2 or 1)
        digest.update(chunk)
    if not size:
        raise StatementUnreadable("empty")
    return size, digest.hexdigest()
