"""Rows that go in together: thousands at a time, parents first, and the counters that follow from them in the same transaction.

The verbs make one thing at a time, each with its locks and its checks; a year of them would take minutes. So the demo writes the
rows that the verbs would have written, computed by the same pure functions, and `check_ledger` and `check_limits` prove them.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F

from accounts.models import Company, Membership
from bookkeeping.models import BookItem
from cards.limits import CARD, PERSON, window_start
from cards.models import WINDOWS, Authorization, Card, Clearing, IssuerMessage, LimitUse
from events.models import Actor, Event
from events.record import label_of
from expenses.models import Attachment, Expense, ExpenseLine, MatchRun, Movement, Review
from pleo.lib.ids import uuid7
from pleo.lib.search import search_text
from receipts.models import Page, Reading, Receipt
from wallet.models import Hold, LedgerAccount, Transfer

# Parents before children.
ORDER: tuple[type[models.Model], ...] = (
    Hold, Authorization, IssuerMessage, Clearing, Transfer, Expense, Movement, ExpenseLine, Receipt, Page, Reading, MatchRun,
    Attachment, Review, BookItem, Event,
)  # fmt: skip


class Rows:
    """What is to be written for one company. `save` writes it and begins anew; the use of limits is kept over the saves."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.rows: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.counters: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.used: dict[tuple[str, UUID, str, date], LimitUse] = {}
        self.touched: set[tuple[str, UUID, str, date]] = set()

    def add(self, row: Any) -> Any:
        """Add a row, in the order in which it refers to others."""
        self.rows[type(row)].append(row)
        return row

    def move(self, account: LedgerAccount, counter: str, amount: int) -> None:
        """Remember by how much one of an account's counters changes, in minor units."""
        if amount:
            self.counters[account.pk][counter] += amount

    def use(self, card: Card, at: datetime, amount: int) -> None:
        """Count what a purchase uses of every window of its card and its holder, as `cards.limits.count` does."""
        day = self.company.day_of(at)
        for owner, pk, column in ((CARD, card.pk, "card_id"), (PERSON, card.cardholder_id, "membership_id")):
            for interval in WINDOWS:
                key = (owner, pk, interval.value, window_start(interval, day))
                if key not in self.used:
                    fields = {column: pk, "interval": interval.value, "window_start": key[3]}
                    self.used[key] = LimitUse(company=self.company, used=0, **fields)
                self.used[key].used += amount
                self.touched.add(key)

    def tell(
        self,
        verb: str,
        subject: models.Model,
        now: datetime,
        *,
        by: Membership | None = None,
        actor: str = "",
        **changes: Any,
    ) -> None:
        """Add an event as `events.record` would write it."""
        label = label_of(subject)
        self.add(
            Event(
                id=uuid7(), company=self.company, actor=actor or (Actor.MEMBERSHIP if by else Actor.SYSTEM), by=by, verb=verb,
                subject_type=subject._meta.label_lower, subject_id=subject.pk, subject_label=label,
                search_text=search_text(label), changes=changes, happened_at=now,
            )
        )  # fmt: skip

    @transaction.atomic
    def save(self) -> None:
        """Write everything, all or nothing: no sweep ever sees half of a purchase."""
        for model in ORDER:
            model._default_manager.bulk_create(self.rows.pop(model, ()), batch_size=500)
        assert not self.rows, "every model written here has its place in the order"
        for pk, counters in sorted(self.counters.items()):
            LedgerAccount.objects.filter(pk=pk).update(**{name: F(name) + amount for name, amount in counters.items()})
        self.counters.clear()
        self._save_use(CARD, "card")
        self._save_use(PERSON, "membership")
        self.touched.clear()

    def _save_use(self, owner: str, column: str) -> None:
        """Nobody else uses these cards before the demo is finished, so the totals kept here are the truth."""
        uses = [self.used[key] for key in sorted(self.touched) if key[0] == owner]
        LimitUse.objects.bulk_create(
            uses, batch_size=500, update_conflicts=True, update_fields=["used"],
            unique_fields=[column, "interval", "window_start"],
        )  # fmt: skip
