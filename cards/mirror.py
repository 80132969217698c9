"""Give issuers a coarse copy of a card's rules, for the purchases that they decide without us. Ours decide all others.

The copy is wider than the rules: an issuer looks at it before it asks us, its months begin by another clock, and a single
exception granted here must not be refused there. So it holds twice each cap, and no list while an exception is open.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from cards import limits
from cards.categories import GROUPS
from cards.controls import live_controls
from cards.issuers import issuer_named
from cards.issuers.base import Controls, Feature, IssuerRefused, IssuerUnavailable
from cards.models import LIVE_STATES, OF_CASH, Allowance, Card, Control, ControlKind, ControlMode, IssuerCopy, Limit
from pleo.lib.money import MAX_AMOUNT

logger = logging.getLogger(__name__)
SLACK = 2
# A range of codes that is wider than this is one of airlines or hotels, each of which has a code of its own.
WIDEST = 50
# Even what nobody seems to have changed is worked out anew: a raise begins and ends by itself.
ANYWAY = timedelta(hours=6)


def controls_of(card: Card, *, now: datetime) -> Controls:
    """Return the copy that an issuer should hold of a card's rules."""
    caps: dict[str, int] = {}
    for limit in limits.live_limits(card, now):
        if limit.hard and not limit.shadow and limit.interval not in OF_CASH:
            cap = min(limit.ceiling * SLACK, MAX_AMOUNT)
            caps[limit.interval] = min(cap, caps.get(limit.interval, cap))
    currency = card.account.currency
    if Allowance.objects.filter(card=card, used_at=None, withdrawn_at=None, expires_at__gt=now).exists():
        return Controls(currency=currency)
    lists: dict[str, tuple[str, ...]] = {}
    for control in live_controls(card):
        if control.shadow:
            continue
        if control.kind == ControlKind.COUNTRY:
            lists[_name(control, "countries")] = tuple(control.values)
        elif control.kind == ControlKind.CATEGORY:
            lists[_name(control, "categories")] = _codes(control.values)
    return Controls(currency=currency, caps=caps, **lists)


def _name(control: Control, what: str) -> str:
    return f"{'allowed' if control.mode == ControlMode.ALLOW else 'blocked'}_{what}"


def _codes(values: list[str]) -> tuple[str, ...]:
    codes: set[str] = set()
    for value in values:
        ranges = GROUPS[value][1] if value in GROUPS else ((int(value), int(value)),)
        codes |= {f"{code:04}" for low, high in ranges if high - low <= WIDEST for code in range(low, high + 1)}
    return tuple(sorted(codes))


def out_of_step(*, now: datetime) -> QuerySet[Card]:
    """Return the cards whose rules may have changed since their issuer was given a copy."""
    mirrored = [name for name in settings.ISSUERS if Feature.CONTROLS in issuer_named(name).features]
    changed = Q(set_at__gte=OuterRef("sent")) | Q(ended_at__gte=OuterRef("sent"))
    whose = Q(card=OuterRef("pk")) | Q(card=OuterRef("head"))
    shared = Q(template=OuterRef("template")) | Q(template=OuterRef("head__template"))
    mine = Limit.objects.filter(changed, whose | shared | Q(membership=OuterRef("cardholder")))
    excepted = Allowance.objects.filter(
        Q(created_at__gte=OuterRef("sent")) | Q(used_at__gte=OuterRef("sent")) | Q(withdrawn_at__gte=OuterRef("sent")),
        card=OuterRef("pk"),
    )
    cards: QuerySet[Card] = (
        Card.objects.filter(issuer__in=mirrored, state__in=LIVE_STATES)
        .exclude(issuer_reference="")
        .select_related("company", "cardholder", "account", "head")
        .annotate(sent=F("issuer_copy__sent_at"))
        .filter(
            Q(sent=None)
            | Q(sent__lte=now - ANYWAY)
            | Exists(mine)
            | Exists(Control.objects.filter(changed, whose | shared))
            | Exists(excepted)
        )
    )
    return cards.order_by("id")


def send(*, card: Card, now: datetime) -> bool:
    """Give the issuer its copy of a card's rules when it is another than the last. Returns whether it was asked.

    What it refuses stays refused until the rules change; when it does not answer, the sweep asks again.
    """
    controls = controls_of(card, now=now)
    wanted = _plain(controls)
    copy: IssuerCopy = IssuerCopy.objects.get_or_create(card=card, defaults={"company": card.company})[0]
    if copy.sent_at is not None and copy.controls == wanted:
        IssuerCopy.objects.filter(pk=copy.pk).update(sent_at=now)
        return False
    refused = ""
    try:
        issuer_named(card.issuer).set_controls(
            card=card.issuer_reference, controls=controls, key=f"{card.pk}:{now.isoformat()}"
        )
    except IssuerUnavailable:
        return True
    except IssuerRefused as error:
        refused = error.code[:80]
        logger.warning("the issuer refused a copy of the rules: card=%s code=%s", card.pk, refused)
    IssuerCopy.objects.filter(pk=copy.pk).update(controls=wanted, sent_at=now, refused=refused)
    return True


def _plain(controls: Controls) -> dict[str, Any]:
    """Write a copy as it is kept: what JSON would make of it, so that two of them can be compared."""
    return {
        name: list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, dict) else value
        for name, value in asdict(controls).items()
    }


def send_all(*, now: datetime, limit: int = 200) -> int:
    """Bring the issuers' copies up to date. Returns how many were given."""
    return sum(send(card=card, now=now) for card in out_of_step(now=now)[:limit])
