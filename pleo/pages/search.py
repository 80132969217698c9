"""What the palette finds: expenses, people, cards, declines and pages, each only as far as this person may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from cards.models import Card, CardState
from expenses.models import Expense
from pleo.context import Shell
from pleo.lib.mcc import icon
from pleo.lib.money import Money
from pleo.lib.search import search_text, search_words

EACH = 6


@dataclass(frozen=True)
class Hit:
    """One thing found: where it is, what it says, and beside it who or how much."""

    url: str
    icon: str
    title: str | Promise
    beside: str | Promise = ""
    money: Money | None = None


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    title: str | Promise
    hits: list[Hit]


def find(me: Membership, text: str, shell: Shell) -> list[Group]:
    """Return the groups that have something in them. Without words, the pages that this person can go to."""
    words = search_words(text)
    groups = [Group(_("Pages"), _pages(shell, words))]
    if words:
        groups = [
            Group(_("Expenses"), _expenses(me, words)),
            Group(_("People"), _people(me, words)),
            Group(_("Cards"), _cards(me, words)),
            *groups,
        ]
    return [group for group in groups if group.hits]


def _all_words(column: str, words: list[str]) -> Q:
    condition = Q()
    for word in words:
        condition &= Q(**{f"{column}__contains": word})
    return condition


def _url(me: Membership, name: str, **ids: Any) -> str:
    return reverse(name, kwargs={"company": me.company.slug, **ids})


def _expenses(me: Membership, words: list[str]) -> list[Hit]:
    condition = _all_words("search_text", words)
    number = words[0].removeprefix("#")
    if len(words) == 1 and number.isascii() and number.isdigit() and len(number) < 15:
        condition |= Q(number=int(number))
    rows = Expense.objects.visible_to(me).filter(condition).select_related("owner").order_by("-purchased_at", "-id")
    return [
        Hit(
            _url(me, "expense", expense_id=row.pk),
            icon(row.merchant_category_code),
            row.merchant,
            row.owner.name,
            row.booked,
        )
        for row in rows[:EACH]
    ]


def _people(me: Membership, words: list[str]) -> list[Hit]:
    if not me.can("people.see"):
        return []
    rows = Membership.objects.visible_to(me).filter(_all_words("search_text", words)).order_by("name", "id")
    return [
        Hit(_url(me, "person", person_id=row.pk), "user-round", row.name, row.get_role_display()) for row in rows[:EACH]
    ]


def _cards(me: Membership, words: list[str]) -> list[Hit]:
    if not me.can("cards.see"):
        return []
    condition = Q()
    for word in words:
        condition &= Q(search_text__contains=word) | Q(cardholder__search_text__contains=word)
    rows = Card.objects.visible_to(me).filter(condition).exclude(state=CardState.CLOSED).select_related("cardholder")
    return [
        Hit(_url(me, "card", card_id=row.pk), "credit-card", f"{row.name} •• {row.last_four}", row.cardholder.name)
        for row in rows.order_by("name", "id")[:EACH]
    ]


def _pages(shell: Shell, words: list[str]) -> list[Hit]:
    links = [link for group in shell.menu.values() for link in group]
    found = [link for link in links if all(word in search_text(str(link.word)) for word in words)]
    return [Hit(link.url, link.icon, link.word) for link in found]
