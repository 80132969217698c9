"""The money that a company asked its card issuer to fetch, and how far each of it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from cards.models import IssuerMessage, MessageKind
from events.models import Event
from pleo.lib.money import Money
from wallet.models import TopUp, TopUpStatus

SHOWN = 20
ON_ITS_WAY, ARRIVED, REFUSED, TAKEN_BACK = "pending", "succeeded", "failed", "reversed"
WORDS: dict[str, Promise] = {
    ON_ITS_WAY: _("On its way"),
    ARRIVED: _("Arrived"),
    REFUSED: _("Refused by the bank"),
    TAKEN_BACK: _("Taken back by the bank"),
}


@dataclass(frozen=True)
class Asked:
    """One amount that was asked for. `state` is one of the four above, `why` the bank's own word for a no."""

    at: datetime
    who: str
    amount: Money
    reference: str
    state: str
    why: str

    @property
    def word(self) -> Promise:
        return WORDS[self.state]


def funds_asked(company: Company, *, reference: str = "") -> list[Asked]:
    """Return the last twenty amounts that were asked for, the newest first, or the one of a reference. Three queries."""
    rows = Event.objects.for_company(company).filter(verb="funds.asked").select_related("by")
    if reference:
        rows = rows.filter(changes__reference=reference)
    events = list(rows.order_by("-happened_at", "-id")[:SHOWN])
    references = [event.changes.get("reference", "") for event in events]
    lines = [f"{company.issuer} {reference}" for reference in references]
    booked = TopUp.objects.for_company(company).filter(bank_line__in=lines, status=TopUpStatus.RECEIVED)
    arrived = set(booked.values_list("bank_line", flat=True))
    told: dict[str, tuple[str, str]] = {}
    heard = IssuerMessage.objects.filter(issuer=company.issuer, kind=MessageKind.TOP_UP, reference__in=references)
    for reference, details in heard.order_by("occurred_at", "id").values_list("reference", "details"):
        facts = details.get("facts", {})
        told[reference] = (facts.get("state", ""), facts.get("why", ""))
    return [
        _one(event, f"{company.issuer} {reference}" in arrived, *told.get(reference, ("", "")))
        for event, reference in zip(events, references, strict=True)
    ]


def _one(event: Event, is_booked: bool, state: str, why: str) -> Asked:
    names = {"failed": REFUSED, "canceled": REFUSED, "reversed": TAKEN_BACK}
    changes = event.changes
    return Asked(
        at=event.happened_at,
        who=event.by.name if event.by else "",
        amount=Money(changes["amount"], changes["currency"]),
        reference=changes.get("reference", ""),
        state=names.get(state, ARRIVED if is_booked else ON_ITS_WAY),
        why=why,
    )
