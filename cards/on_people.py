"""Cards on the pages of people: a row of small ones in the list, each with its state on a person's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from accounts.parts import add_column, add_part
from cards.models import Card, CardState


def part(person: Membership, viewer: Membership) -> dict[str, Any] | None:
    """Return a person's cards, newest first, for whoever may see cards at all."""
    if not viewer.can("cards.see"):
        return None
    rows = Card.objects.visible_to(viewer).with_frozen().filter(cardholder=person).order_by("-id")
    return {
        "person": person,
        "cards": list(rows[:50]),
        "company": viewer.company,
        "may_issue": viewer.can("cards.issue"),
    }


def cells(people: Sequence[Membership], viewer: Membership) -> dict[Any, Any] | None:
    """Return the open cards of many people in one query."""
    if not viewer.can("cards.see"):
        return None
    rows = Card.objects.visible_to(viewer).with_frozen().filter(cardholder__in=[person.pk for person in people])
    found: dict[Any, list[Card]] = {person.pk: [] for person in people}
    for card in rows.exclude(state=CardState.CLOSED).order_by("id"):
        found[card.cardholder_id].append(card)
    return found


def register() -> None:
    add_part("cards", template="cards/person_cards.html", context=part)
    add_column("cards", title=_("Cards"), template="cards/person_cell.html", cells=cells)
