"""A receipt as the pages of expenses show it: its viewer, how far its reading is, why it lies here, where else it lies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.functional import cached_property

from accounts.models import Membership
from expenses import match
from expenses.models import Attachment, Expense, MatchRun
from pleo.lib.money import Money, is_currency
from receipts.models import Receipt, ReceiptStatus
from receipts.viewer import PageView, TwinView, Viewer, page_view, twins_seen_by, viewer


@dataclass
class Paper:
    """One receipt for a page. `attachment` is None in the inbox."""

    receipt: Receipt
    attachment: Attachment | None = None
    others: list[Expense] = field(default_factory=list)
    is_compared: bool = True
    twins: list[TwinView] = field(default_factory=list)

    @cached_property
    def viewer(self) -> Viewer:
        return viewer(self.receipt)

    @cached_property
    def cover(self) -> PageView | None:
        """The first page, for rows of lists."""
        if self.receipt.erased_at is not None:
            return None
        first = min(self.receipt.pages.all(), key=lambda page: page.number, default=None)
        return page_view(first) if first else None

    @property
    def is_open(self) -> bool:
        """Say whether a worker still has something to do: reading it, or comparing what was read."""
        open_states = (ReceiptStatus.RECEIVED, ReceiptStatus.PROCESSING)
        is_new = self.receipt.status == ReceiptStatus.READY and not self.is_compared
        return self.receipt.status in open_states or is_new

    @property
    def matched(self) -> str:
        """Why it was matched by itself; empty when a person put it here."""
        return match.explain_all(self.attachment.reasons) if self.attachment and self.attachment.by_id is None else ""

    @cached_property
    def _facts(self) -> dict[str, Any]:
        last = max(self.receipt.readings.all(), key=lambda reading: reading.pk, default=None)
        return {name: entry.get("value") for name, entry in last.fields.items()} if last else {}

    @property
    def title(self) -> str:
        """The merchant that was read, else what the sender called the file."""
        return str(self._facts.get("merchant") or self.receipt.file_name)

    @property
    def total(self) -> Money | None:
        amount, currency = self._facts.get("total"), self._facts.get("currency")
        if isinstance(amount, int) and isinstance(currency, str) and is_currency(currency):
            return Money(amount, currency)
        return None

    @property
    def printed(self) -> date | None:
        """The date that was read."""
        try:
            return date.fromisoformat(self._facts.get("date", ""))
        except (TypeError, ValueError):
            return None


def papers_of(expense: Expense, *, seen_by: Membership) -> list[Paper]:
    """Return the live receipts of an expense, oldest first, in a fixed number of queries.

    Other expenses that carry the same receipt are named only to who may see them.
    """
    rows = (
        Attachment.objects.filter(expense=expense, detached_at=None)
        .select_related("receipt__uploaded_by", "receipt__company", "by")
        .prefetch_related("receipt__readings")
        .order_by("id")
    )
    attachments = list(rows)
    ids = [attachment.receipt_id for attachment in attachments]
    elsewhere: dict[Any, list[Expense]] = {}
    visible = Expense.objects.visible_to(seen_by).exclude(pk=expense.pk)
    live = Attachment.objects.filter(receipt__in=ids, detached_at=None, expense__in=visible)
    for other in live.select_related("expense"):
        elsewhere.setdefault(other.receipt_id, []).append(other.expense)
    compared = set(MatchRun.objects.filter(receipt__in=ids).values_list("receipt_id", flat=True))
    twins = twins_seen_by(seen_by, [one.receipt for one in attachments])
    return [
        Paper(
            one.receipt,
            one,
            elsewhere.get(one.receipt_id, []),
            one.receipt_id in compared,
            twins.get(one.receipt_id, []),
        )
        for one in attachments
    ]
