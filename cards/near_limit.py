"""Find the cards whose limits are nearly used up, in the query that lists them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from cards.limits import windows_of
from cards.models import OF_CASH, Card, Limit, LimitUse

NEAR_PERCENT = 80


def near_limit(rows: QuerySet[Card], *, day: date, now: datetime) -> QuerySet[Card]:
    """Keep the cards that used at least 80 % of a limit in the window of a day: of their own, their policy's or their holder's.

    As the list counts it: a raise in force lifts the cap, a card's own limit stands in place of its policy's, limits on trial and
    of cash machines do not count. `day` is the company's.
    """
    head = Coalesce("head_id", "pk")
    uses = LimitUse.objects.filter(windows_of(day), used__gt=0).exclude(interval__in=OF_CASH)
    by_card = uses.filter(card=OuterRef("limits_of")).annotate(
        own=_cap(card=OuterRef("card")),
        cap=Coalesce("own", _cap(template=OuterRef("card__template"))),
        raised=_raised(now, card=OuterRef("card")),
    )
    by_person = uses.filter(membership=OuterRef("cardholder")).annotate(
        cap=_cap(membership=OuterRef("membership")), raised=_raised(now, membership=OuterRef("membership"))
    )
    return rows.annotate(limits_of=head).filter(Exists(_full(by_card)) | Exists(_full(by_person)))


def _cap(**owner: Any) -> Subquery:
    """Return the limit that stands for the interval of a use, in minor units; none where there is none."""
    standing = Limit.objects.standing().filter(interval=OuterRef("interval"), **owner)
    return Subquery(standing.values("amount")[:1])


def _raised(now: datetime, **owner: Any) -> Coalesce:
    raises = Limit.objects.filter(
        interval=OuterRef("interval"), ended_at=None, shadow=False, starts_at__lte=now, ends_at__gt=now, **owner
    )
    return Coalesce(Subquery(raises.order_by("-amount").values("amount")[:1]), Value(0))


def _full(uses: Any) -> Any:
    # The two databases say otherwise what the greatest of nothing and something is: without a limit nothing is full.
    caps = uses.filter(cap__isnull=False).annotate(most=Greatest("cap", "raised"), hundredfold=F("used") * 100)
    return caps.filter(hundredfold__gte=F("most") * NEAR_PERCENT)
