"""Erase a receipt: hide it, remove its files and what was read from it, and leave a tombstone that the books can stand on.

Three steps, each of which can be repeated and none of which needs the one before in the same process. Whoever begins has
locked what may speak against it and has looked; receipts know nothing of holds, expenses or books.
"""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Membership
from events.models import Actor
from events.record import record
from pleo.lib import files
from pleo.lib.errors import WrongState
from pleo.lib.money import Money, is_currency
from pleo.lib.storage_down import telling_storage_faults
from receipts.facts import latest
from receipts.models import DirectUpload, EraseRule, Erasure, InboundMail, MailPart, Receipt, ReceiptStatus
from receipts.process import page_keys

FINAL = (ReceiptStatus.READY, ReceiptStatus.UNREADABLE)
ORIGINAL = "original"
# A receipt has at most so many pages with pictures (`decoder.py`).
MOST_PAGES = 20


def begin(*, receipt: Receipt, rule: str, by: Membership | None, due_on: date | None, now: datetime) -> Erasure:
    """Hide a receipt and write down what stays of it, in the caller's transaction. Raises WrongState.

    A receipt that is being read is not erased: its worker would store pages after their time.
    """
    assert rule == EraseRule.RETENTION or by is not None, "who erases by hand has a name"
    rows = Receipt.objects.filter(pk=receipt.pk, erased_at=None, status__in=FINAL)
    if not rows.update(erased_at=now):
        raise WrongState
    day, money = _printed(receipt)
    stays: dict[str, Any] = {"amount": money.amount, "currency": money.currency} if money else {}
    erasure: Erasure = Erasure.objects.create(
        company_id=receipt.company_id, receipt=receipt, rule=rule, by=by, due_on=due_on, started_at=now, day=day, **stays
    )  # fmt: skip
    return erasure


def _printed(receipt: Receipt) -> tuple[date | None, Money | None]:
    """Return day and total that were read, as far as they make sense."""
    reading = latest(receipt)
    read: dict[str, Any] = {name: entry.get("value") for name, entry in reading.fields.items()} if reading else {}
    day = None
    with contextlib.suppress(TypeError, ValueError):
        day = date.fromisoformat(read.get("date", ""))
    total, currency = read.get("total"), read.get("currency")
    if isinstance(total, int) and isinstance(currency, str) and is_currency(currency):
        return day, Money(total, currency)
    return day, None


def stop(*, erasure: Erasure, now: datetime) -> bool:
    """Take a beginning back, in the caller's transaction; False when files are being removed already."""
    if not Erasure.objects.filter(pk=erasure.pk, removing_at=None).delete()[0]:
        return False
    Receipt.objects.filter(pk=erasure.receipt_id).update(erased_at=None)
    record(
        company=erasure.company, verb="receipt.erasure_stopped", subject=erasure.receipt, actor=Actor.SYSTEM, now=now
    )
    return True


def remove(*, erasure: Erasure, now: datetime) -> None:
    """Remove the files of a receipt, then everything personal that was read from it, and write the event.

    Past `removing_at` nothing stops it. Files go first, the original last: killed between any two of them, a second run finds
    what is left and ends the same. Raises StorageDown.
    """
    assert erasure.removing_at is not None, "the point of no return was passed, and written down, before"
    with telling_storage_faults():
        _remove_files(erasure.receipt)
    with transaction.atomic():
        if not Erasure.objects.filter(pk=erasure.pk, removed_at=None).update(removed_at=now):
            return
        receipt = Receipt.objects.select_related("company").get(pk=erasure.receipt_id)
        _forget(receipt)
        changes = {
            "rule": erasure.rule, "sha256": receipt.sha256, "day": erasure.day.isoformat() if erasure.day else None,
            "amount": erasure.amount, "currency": erasure.currency,
            "due_on": erasure.due_on.isoformat() if erasure.due_on else None,
        }  # fmt: skip
        actor = None if erasure.by_id else Actor.SYSTEM
        record(
            company=receipt.company, verb="receipt.erased", subject=receipt, by=erasure.by, actor=actor,
            label=receipt.sha256[:12], changes=changes, now=now,
        )  # fmt: skip


def _remove_files(receipt: Receipt) -> None:
    base = receipt.key.rpartition("/")[0]
    known = {key for number in range(1, MOST_PAGES + 1) for key in page_keys(receipt, number).values()}
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        known = {f"{base}/{name}" for name in default_storage.listdir(base)[1]}
    for key in sorted(known - {receipt.key}):
        files.delete(key)
    files.delete(receipt.key)


def _forget(receipt: Receipt) -> None:
    """Remove names, words and looks. Digest, size, type, who sent it and when stay: they say that there was a receipt."""
    receipt.pages.all().delete()
    receipt.readings.update(fields={}, amounts=[], lines=[])
    fields = {"file_name": "", "search_text": "", "image_hash": "", "alike_key": ""}
    Receipt.objects.filter(pk=receipt.pk).update(**fields)
    for name, value in fields.items():
        setattr(receipt, name, value)
    MailPart.objects.filter(receipt=receipt).update(file_name="")
    DirectUpload.objects.filter(receipt=receipt).update(file_name="")
    # The mail that brought it is forgotten with the last of its receipts.
    alive = MailPart.objects.filter(mail=OuterRef("pk"), receipt__erased_at=None, receipt__isnull=False)
    mails = InboundMail.objects.filter(parts__receipt=receipt).exclude(Exists(alive))
    ids = list(mails.values_list("pk", flat=True))
    InboundMail.objects.filter(pk__in=ids).update(sender="", subject="", search_text="")
