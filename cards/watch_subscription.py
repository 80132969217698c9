"""A vendor card was charged: remember what it cost and when it comes again, and say so when the price changed."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import CAPABILITIES
from cards.freeze import NotYours, may_manage
from cards.models import Card, Clearing, Period, PriceChange, Subscription
from cards.set_control import set_control
from events.notify import is_news, notify
from events.record import record
from pleo.lib.money import Money

MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
# A payment this near the expected day is that renewal, come early or late.
NEAR = timedelta(days=10)


def next_day(day: date, period: str, anchor: int) -> date | None:
    """Return the renewal after a day; None for what comes now and then. Short months end earlier, long ones go back."""
    if period == Period.WEEK:
        return day + timedelta(days=7)
    if period not in MONTHS:
        return None
    past = day.month - 1 + MONTHS[Period(period)]
    year, month = day.year + past // 12, past % 12 + 1
    return date(year, month, min(anchor, monthrange(year, month)[1]))


def note_payment(*, card: Card, clearing: Clearing) -> Subscription | None:
    """Write what a vendor card paid, in the caller's transaction. The same clearing again changes nothing.

    The price is compared in the merchant's own currency, so that a moved exchange rate is no change of price.
    """
    held = Subscription.objects.select_for_update(no_key=True).filter(card=card.limit_owner).first()
    if held is None or PriceChange.objects.filter(clearing=clearing).exists():
        return held
    day = card.company.day_of(clearing.cleared_at)
    paid = clearing.merchant_money
    if held.paid_on is not None and day < held.paid_on:
        return held
    before = held.price
    held.merchant = held.merchant or clearing.merchant_name
    held.amount, held.currency, held.paid_on = paid.amount, paid.currency, day
    due = held.renews_on if held.renews_on and abs(held.renews_on - day) <= NEAR else day
    held.anchor = held.anchor if held.renews_on == due and held.anchor else due.day
    held.renews_on = next_day(due, held.period, held.anchor)
    held.save(update_fields=["merchant", "amount", "currency", "paid_on", "anchor", "renews_on"])
    if before is not None and before.currency == paid.currency and before != paid:
        _flag(held, card, clearing, before, paid)
    return held


def _flag(held: Subscription, card: Card, clearing: Clearing, before: Money, after: Money) -> None:
    PriceChange.objects.create(
        company=card.company,
        subscription=held,
        clearing=clearing,
        before=before.amount,
        after=after.amount,
        currency=after.currency,
    )
    event = record(
        company=card.company,
        verb="subscription.price_changed",
        subject=card,
        changes={"amount": [before.amount, after.amount], "currency": after.currency},
        label=held.merchant,
        now=clearing.cleared_at,
    )
    if is_news(event):
        managers = card.company.memberships.active().filter(role__in=CAPABILITIES["cards.limits"])
        notify(event=event, memberships=[card.cardholder, *managers], channels=("in_app",))


@transaction.atomic
def start_subscription(
    *,
    card: Card,
    merchant: str,
    period: str,
    price: Money | None,
    renews_on: date | None,
    by: Membership | None,
    now: datetime | None = None,
) -> Subscription:
    """Make a vendor card pay one merchant alone: the one named, or the first that charges it. Done before, it changes nothing."""
    assert period in Period.values, f"{period} is not a period"
    merchant = merchant.replace("\x00", "").strip()[:120]
    row, is_new = Subscription.objects.get_or_create(
        card=card.limit_owner,
        defaults={
            "company": card.company,
            "merchant": merchant,
            "period": period,
            "amount": price.amount if price else 0,
            "currency": price.currency if price else card.company.currency,
            "renews_on": renews_on,
            "anchor": renews_on.day if renews_on else None,
        },
    )
    if not is_new:
        return row
    if merchant:
        set_control(card=card, kind="merchant", values=[merchant], by=by, now=now)
    else:
        set_control(card=card, kind="first_shop", values=[], by=by, now=now)
    return row


@transaction.atomic
def change_subscription(
    *, card: Card, period: str, price: Money | None, renews_on: date | None, by: Membership, now: datetime | None = None
) -> Subscription:
    """Correct what is known of a subscription. Raises NotYours."""
    assert period in Period.values, f"{period} is not a period"
    if not may_manage(by, card):
        raise NotYours
    row = Subscription.objects.select_for_update(no_key=True).get(card=card.limit_owner)
    before = {"period": row.period, "renews_on": str(row.renews_on or ""), "amount": row.amount}
    row.period, row.renews_on = period, renews_on
    row.anchor = renews_on.day if renews_on else None
    row.amount, row.currency = (price.amount, price.currency) if price else (0, row.currency)
    row.save(update_fields=["period", "renews_on", "anchor", "amount", "currency"])
    after = {"period": row.period, "renews_on": str(row.renews_on or ""), "amount": row.amount}
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changes:
        record(
            company=card.company,
            verb="subscription.changed",
            subject=card,
            by=by,
            changes=changes | {"currency": row.currency},
            now=now or timezone.now(),
        )
    return row


@transaction.atomic
def see_price_changes(*, card: Card, by: Membership, now: datetime | None = None) -> int:
    """Take note of every changed price of a card, so that it is flagged no more. Raises NotYours."""
    if not may_manage(by, card):
        raise NotYours
    rows = PriceChange.objects.filter(subscription__card=card.limit_owner, seen_at=None)
    return rows.update(seen_at=now or timezone.now(), seen_by=by)
