"""Recompute what every card and person used of every window from the purchases themselves, and compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Company
from cards.limits import CARD, PERSON, counted_by, window_start
from cards.models import Authorization, Card, Channel, Clearing, ClearingKind, LimitUse

Key = tuple[str, UUID, str, date]


@dataclass(frozen=True)
class Difference:
    """A window whose counter does not agree with its purchases, in minor units."""

    owner: str
    owner_id: UUID
    interval: str
    starts: date
    kept: int
    counted: int

    def __str__(self) -> str:
        return f"{self.owner} {self.owner_id}, {self.interval} from {self.starts}: kept {self.kept}, counted {self.counted}"


def check_limits(*, company: Company | None = None) -> list[Difference]:
    """Return every disagreement, of one company or of all. An empty list means that the counters are exact."""
    companies = [company] if company else Company.objects.order_by("pk").iterator()
    return [difference for each in companies for difference in _compare(each)]


def _compare(company: Company) -> list[Difference]:
    counted, kept = _counted(company), _kept(company)
    return [
        Difference(*key, kept=kept.get(key, 0), counted=counted.get(key, 0))
        for key in sorted(counted.keys() | kept.keys(), key=str)
        if kept.get(key, 0) != counted.get(key, 0)
    ]


def _kept(company: Company) -> dict[Key, int]:
    kept: dict[Key, int] = {}
    for row in LimitUse.objects.for_company(company).iterator():
        owner, owner_id = (CARD, row.card_id) if row.card_id else (PERSON, row.membership_id)
        assert owner_id is not None, "a use has one owner"
        kept[owner, owner_id, row.interval, row.window_start] = row.used
    return kept


def _counted(company: Company) -> Counter[Key]:
    """Held and settled money by the purchase's own time; money taken without asking by its own."""
    owners: dict[UUID, tuple[UUID, UUID]] = {
        card.pk: (card.head_id or card.pk, card.cardholder_id) for card in Card.objects.for_company(company)
    }
    totals: Counter[Key] = Counter()
    for card_id, occurred_at, amount, is_cash in _uses(company):
        day = company.day_of(occurred_at)
        head, person = owners[card_id]
        for interval in counted_by(is_cash=is_cash):
            start = window_start(interval, day)
            totals[CARD, head, interval.value, start] += amount
            totals[PERSON, person, interval.value, start] += amount
    return totals


def _uses(company: Company) -> Iterator[tuple[UUID, datetime, int, bool]]:
    asked: Any = Authorization.objects.for_company(company).values_list(
        "card_id", "occurred_at", "open_amount", "cleared_total", "channel"
    )
    for card_id, occurred_at, held, cleared, channel in asked.iterator():
        yield card_id, occurred_at, held + cleared, channel == Channel.CASH
    forced: Any = Clearing.objects.for_company(company).filter(
        authorization=None, kind__in=[ClearingKind.PURCHASE, ClearingKind.CASH]
    )
    for card_id, cleared_at, amount, kind in forced.values_list("card_id", "cleared_at", "amount", "kind").iterator():
        yield card_id, cleared_at, amount, kind == ClearingKind.CASH
