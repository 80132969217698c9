"""Keep what an issuer and we do not say the same about, until it is put right; then it is history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from accounts.models import Company, Membership
from accounts.permissions import CAPABILITIES
from cards.models import Card, Drift, DriftEnd, DriftKind, DriftState, IssuerMessage, MessageStatus
from cards.tell_issuer import wanted
from events.models import Actor
from events.notify import notify
from events.record import record
from pleo.lib.search import search_text

# What every look compares anew: what it no longer finds is over. News is looked at once.
COMPARED = (
    DriftKind.CARD_STATUS,
    DriftKind.CARD_NOT_THEIRS,
    DriftKind.CARD_NOT_OURS,
    DriftKind.FUNDS_SHORT,
)


@dataclass(frozen=True)
class Difference:
    """What a look found. `ended` says how it was put right at once, and is empty for what still differs."""

    kind: DriftKind
    reference: str
    card: Card | None = None
    message: IssuerMessage | None = None
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)
    ended: str = ""


@transaction.atomic
def keep(*, company: Company, issuer: str, found: Difference, now: datetime) -> Drift:
    """Write a difference down, once while it stands; seen again, only what both sides say is kept anew.

    What was put right at once ends what stood, or is written down as history.
    """
    rows = Drift.objects.for_company(company).standing().filter(kind=found.kind, reference=found.reference[:120])
    known: Drift | None = rows.select_for_update(no_key=True, of=("self",)).first()
    drift = known or Drift(
        company=company,
        issuer=issuer,
        kind=found.kind,
        reference=found.reference[:120],
        card=found.card,
        found_at=now,
        created_at=now,
        search_text=_searched(found),
    )
    drift.ours, drift.theirs, drift.seen_at = found.ours, found.theirs, now
    drift.message = found.message or drift.message
    if found.ended:
        drift.state, drift.ended_at, drift.ended_how = DriftState.OVER, now, found.ended
    drift.save()
    return drift


def _searched(found: Difference) -> str:
    card = found.card
    return search_text(
        " ".join([found.reference, *([card.name, card.last_four, card.cardholder.name] if card else [])])
    )


def whose(issuer: str, card: Card | None = None) -> Company | None:
    """Return the company that a difference belongs to: the card's, else the only one of the issuer.

    What may be several companies' belongs to the operator of the installation, who reads it in the look itself.
    """
    if card is not None:
        return card.company
    several = list(Company.objects.filter(issuer=issuer)[:2])
    return several[0] if len(several) == 1 else None


def end_what_agrees(*, issuer: str, seen: Collection[tuple[str, str]], now: datetime) -> int:
    """End what a look no longer found, and news that was taken in since. Returns how many."""
    rows = Drift.objects.filter(issuer=issuer).standing()
    ended = rows.filter(kind=DriftKind.MISSED, message__status=MessageStatus.DONE).update(
        state=DriftState.OVER, ended_at=now, ended_how=DriftEnd.TOOK_IN
    )
    for drift in rows.filter(kind__in=COMPARED).select_related("card"):
        if (drift.kind, drift.reference) not in seen:
            ended += rows.filter(pk=drift.pk).update(state=DriftState.OVER, ended_at=now, ended_how=_how(drift))
    return ended


def _how(drift: Drift) -> str:
    came_round = drift.kind == DriftKind.CARD_STATUS and drift.card and wanted(drift.card) == drift.ours.get("status")
    return DriftEnd.SENT_OURS if came_round else DriftEnd.BY_ITSELF


def tell_of_new(*, issuer: str, since: datetime, now: datetime) -> int:
    """Tell each company's finance, in one notice, of what a look found and could not put right. Returns how many were told of."""
    fresh = Drift.objects.filter(issuer=issuer, state=DriftState.OPEN, found_at__gte=since)
    of_company: dict[Company, list[Drift]] = {}
    for drift in fresh.select_related("company", "card").order_by("found_at", "id"):
        of_company.setdefault(drift.company, []).append(drift)
    able = CAPABILITIES["cards.manage"]
    for company, drifts in of_company.items():
        kinds = sorted({drift.kind for drift in drifts})
        event = record(
            company=company, verb="drift.found", subject=drifts[0], actor=Actor.ISSUER, now=now,
            changes={"count": len(drifts), "drift": kinds},
        )  # fmt: skip
        notify(event=event, memberships=Membership.objects.for_company(company).filter(role__in=able))
    return sum(len(drifts) for drifts in of_company.values())


def standing_of(company: Company) -> int:
    """Return how many differences wait for somebody."""
    found: int = Drift.objects.for_company(company).filter(state=DriftState.OPEN).count()
    return found


def with_names(rows: Any) -> Any:
    """Return differences with what a list shows of them, in one query."""
    return rows.select_related(
        "company", "card__cardholder", "card__company", "message", "ended_by", "noted_by"
    ).annotate(holder_name=F("card__cardholder__name"))


def matching(words: list[str]) -> Q:
    """Return the condition that all words stand in a difference's card, holder or reference."""
    found = Q()
    for word in words:
        found &= Q(search_text__contains=word)
    return found
