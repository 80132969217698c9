"""What a rule would have declined: replay it over the approved purchases of the last ninety days, from stored facts alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from cards.limits import window_start
from cards.models import (
    OF_CASH,
    SINGLE,
    Authorization,
    Card,
    Channel,
    Control,
    ControlKind,
    Limit,
    Outcome,
)
from cards.rules import Facts, facts_of, passes
from pleo.lib.money import Money

DAYS = 90
SHOWN = 100


@dataclass
class Trial:
    """What would have been declined: how many purchases and how much money, of how many; the newest of them as rows."""

    currency: str
    since: datetime
    purchases: int = 0
    declined: int = 0
    amount: int = 0
    rows: list[Authorization] = field(default_factory=list)

    @property
    def sum(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def rest(self) -> int:
        """How many more there are than rows."""
        return self.declined - len(self.rows)


def backtest(rule: Control | Limit, now: datetime) -> Trial:
    """Replay a rule over the purchases of the cards it concerns.

    A purchase that the rule would have declined uses nothing of a limit afterwards. Settled amounts count where they differ
    from what was asked for; money taken without asking does not, since no rule can decline it.
    """
    trial = Trial(rule.company.currency, now - timedelta(days=DAYS))
    refuses = _refuses_control(rule) if isinstance(rule, Control) else _refuses_limit(rule)
    newest: list[UUID] = []
    for row in _purchases(rule, trial.since, now):
        declined = refuses(row)
        if row.occurred_at < trial.since:
            continue
        trial.purchases += 1
        if declined:
            trial.declined += 1
            trial.amount += row.amount
            newest = [*newest[-SHOWN + 1 :], row.pk]
    shown = Authorization.objects.filter(pk__in=newest).select_related("card__cardholder", "card__account", "company")
    trial.rows = list(shown.order_by("-occurred_at", "-id"))
    return trial


def concerned(rule: Control | Limit) -> Q:
    """Return what picks the purchases of the cards that a rule hangs on."""
    if rule.card_id:
        return Q(card=rule.card_id) | Q(card__head=rule.card_id)
    if isinstance(rule, Limit) and rule.membership_id:
        return Q(card__cardholder=rule.membership_id)
    followers = Card.objects.filter(template=rule.template_id).values("pk")
    return Q(card__in=followers) | Q(card__head__in=followers)


def _purchases(rule: Control | Limit, since: datetime, now: datetime) -> Iterator[Authorization]:
    """Approved purchases, oldest first; for a limit from the beginning of the window that the period starts in."""
    if isinstance(rule, Limit) and rule.interval not in SINGLE:
        begin = window_start(rule.interval, rule.company.day_of(since))
        since = min(since, datetime.combine(max(begin, date(2000, 1, 1)), datetime.min.time(), rule.company.zone))
    rows = Authorization.objects.filter(
        concerned(rule),
        company=rule.company_id,
        outcome=Outcome.APPROVED,
        amount__gt=0,
        occurred_at__range=(since, now),
    )
    rows = rows.select_related("card").only(
        "amount", "open_amount", "cleared_total", "merchant_name", "merchant_id", "merchant_category_code",
        "merchant_country", "channel", "occurred_at", "card__head_id", "card__cardholder_id",
    )  # fmt: skip
    yield from rows.order_by("occurred_at", "id").iterator(chunk_size=500)


def _refuses_control(rule: Control) -> Callable[[Authorization], bool]:
    zone = rule.company.zone
    if rule.kind != ControlKind.FIRST_MERCHANT:
        return lambda row: not passes(rule.kind, rule.mode, rule.values, facts_of(row, zone))
    first: dict[UUID, list[dict[str, str]]] = {}

    def refuses(row: Authorization) -> bool:
        """Lock each card to the merchant that it met first."""
        facts: Facts = facts_of(row, zone)
        known = first.setdefault(
            row.card.head_id or row.card_id, [{"name": facts.merchant_name, "id": facts.merchant_id}]
        )
        return not passes(rule.kind, rule.mode, known, facts)

    return refuses


def _refuses_limit(rule: Limit) -> Callable[[Authorization], bool]:
    used: dict[tuple[Any, date], int] = {}

    def refuses(row: Authorization) -> bool:
        if rule.interval in OF_CASH and row.channel != Channel.CASH:
            return False
        if rule.interval in SINGLE:
            return rule.hard and row.amount > rule.amount
        owner = row.card.cardholder_id if rule.membership_id else row.card.head_id or row.card_id
        window = owner, window_start(rule.interval, rule.company.day_of(row.occurred_at))
        before = used.get(window, 0)
        if before + row.amount > rule.amount if rule.hard else before >= rule.amount:
            return True
        used[window] = before + row.open_amount + row.cleared_total
        return False

    return refuses
