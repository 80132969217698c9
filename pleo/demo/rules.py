"""What finance set up around the cards of a demo company: a policy that some follow, a rule on trial, wishes that wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import Role
from cards.card_policies import follow_policy, make_policy
from cards.card_requests import ask_card, ask_raise
from cards.models import Card, CardState, Interval
from cards.set_control import set_control
from pleo.demo.found import Founded
from pleo.lib.money import Money

FOLLOWERS = 4


def set_rules(made: Founded, now: datetime) -> None:
    """Set rules, a trial and wishes of the last weeks. The policy has no limits, so that each card keeps its own."""
    boss, company = made.who(Role.ADMIN), made.company
    long_ago, lately = now - timedelta(days=40), now - timedelta(hours=19)
    policy = make_policy(company=company, name="Employees", by=boss, now=long_ago)
    set_control(
        template=policy, kind="category", mode="block", values=["gambling", "cash_like"], note="", by=boss, now=long_ago
    )
    ids = [card.pk for card in made.cards.values()]
    found = Card.objects.filter(pk__in=ids, state=CardState.ACTIVE, cardholder__role=Role.EMPLOYEE, ends_at=None)
    cards: list[Card] = list(found.select_related("cardholder", "company", "head").order_by("cardholder__name", "name"))
    for card in cards[:FOLLOWERS]:
        follow_policy(card=card, template=policy, by=boss, now=long_ago)
    if not cards:
        return
    first = cards[0]
    set_control(card=first, kind="weekday", values=[0, 1, 2, 3, 4], shadow=True, by=boss, now=now - timedelta(days=2))
    limit = first.limits.standing().filter(interval=Interval.MONTH).first()
    if limit:
        ask_raise(
            card=first, by=first.cardholder, interval=limit.interval, amount=Money(limit.amount * 2, limit.currency),
            ends_at=now + timedelta(days=12), reason="Trade fair", now=lately,
        )  # fmt: skip
    asker = cards[-1].cardholder
    ask_card(by=asker, name="Travel", amount=Money(500_000, company.currency), reason="Oslo, two days", now=lately)
