"""Makes the demo: three companies, month by month, each month written whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Company, Role, User
from accounts.numbering import next_number
from bookkeeping.build import build
from bookkeeping.export import export
from bookkeeping.models import BookItem, ExportStatus
from bookkeeping.queue import queue
from bookkeeping.sources import book_transfer
from cards.authorize import authorize
from cards.freeze import freeze
from cards.issuers.base import AuthorizationRequest
from cards.issuers.base import Merchant as Shop
from cards.models import Channel
from events.models import Notification
from expenses.models import Expense, Lane
from expenses.new_expense import RANGE
from pleo.demo.asking import plan_and_ask
from pleo.demo.closing import close_month
from pleo.demo.coding import set_coding
from pleo.demo.companies import COMPANIES
from pleo.demo.contesting import contest, question
from pleo.demo.found import Founded, found, make_users
from pleo.demo.keeping import keep_old
from pleo.demo.kinds import kinds
from pleo.demo.mails import bring_mail
from pleo.demo.paper import Sent, document, export_day, receive, send
from pleo.demo.paying import pay_back
from pleo.demo.pictures import Darkroom, darkroom
from pleo.demo.plan import Purchase, Refused, Year, draw_year
from pleo.demo.policies import set_policies
from pleo.demo.reviewing import look_after_each_other
from pleo.demo.rows import Rows
from pleo.demo.rules import set_rules
from pleo.demo.spend import Paid, give_back, spend
from pleo.demo.wallets import SHOWN, look_after_wallet
from pleo.lib.ids import uuid7
from pleo.lib.money import Money
from pleo.lib.work import no_bell
from wallet.models import Transfer
from wallet.top_up import receive_top_up

# The demo is drawn as at this hour, so that it depends on the day alone and nothing in it is still to come.
MORNING = time(8, 0, tzinfo=UTC)
Report = Callable[[int, int, str], None]


class AlreadyThere(Exception):
    """There are companies already; the demo would stand among them."""


@dataclass
class Story:
    """A company in the making: what the plan says, what is written so far."""

    year: Year
    made: Founded
    rows: Rows
    paid: dict[int, Paid] = field(default_factory=dict)
    expenses: dict[int, Expense] = field(default_factory=dict)


def today_of(now: datetime) -> date:
    """Return the latest day whose morning has come."""
    return now.date() if now.timetz() >= MORNING else now.date() - timedelta(days=1)


def write_progress(done: int, total: int, label: str) -> None:
    """Say how far it is, for the console and the sign-in page: whole at every moment, whoever reads."""
    target: Path = settings.VAR / "demo.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(".writing")
    half.write_text(json.dumps({"done": done, "total": total, "label": label}))
    os.replace(half, target)


def seed(
    *,
    today: date,
    number: int = 7,
    scale: float = 1.0,
    again: bool = False,
    processes: int = 0,
    report: Report = write_progress,
) -> int:
    """Make the demo companies as they stand on a morning; returns how many purchases they have.

    The same number and day make the same companies. Nobody of the demo can sign in before it is finished. Raises
    AlreadyThere unless `again`, which adds three more and deletes nothing.
    """
    if Company.objects.exists() and not again:
        raise AlreadyThere
    now = datetime.combine(today, MORNING)
    years = [draw_year(plan, seed=number, now=now, scale=scale) for plan in COMPANIES]
    total = sum(len(year.purchases) for year in years)
    report(0, total, "people")
    users = make_users()
    done = 0
    # Everything is done here, to the end: a worker that was rung for would only be in the way.
    with darkroom(processes) as room, no_bell():
        for year in years:
            story = _begin(year, users, now)
            for months, purchases in _by_month(year):
                _month(story, room, months, purchases, now)
                done += len(purchases)
                report(done, total, year.company.name)
            _finish(story, room, now)
            # What happened long ago nobody is told this morning.
            told = Notification.objects.filter(membership__company=story.rows.company)
            told.filter(event__happened_at__lt=now - timedelta(days=1)).delete()
    User.objects.filter(pk__in=[user.pk for user in users.values()], is_active=False).update(is_active=True)
    report(total, total, "")
    return total


def _begin(year: Year, users: dict[str, User], now: datetime) -> Story:
    begun_at = year.refills[0].at - timedelta(days=3)
    with transaction.atomic():
        made = found(year, users, begun_at=begun_at, now=now)
    return Story(year, made, Rows(made.company))


def _by_month(year: Year) -> list[tuple[date, list[Purchase]]]:
    zone, months = year.zone, {first: list[Purchase]() for first in year.months()}
    for purchase in year.purchases:
        months[purchase.at.astimezone(zone).date().replace(day=1)].append(purchase)
    return list(months.items())


def _month(story: Story, room: Darkroom, month: date, purchases: list[Purchase], now: datetime) -> None:
    """Write a month: money in, purchases with their paper, then the export that took it to the books."""
    made, rows = story.made, story.rows
    sent: dict[int, Sent] = {
        id(purchase): send(made, purchase, purchase.paper.receipt_at)
        for purchase in purchases
        if purchase.paper and purchase.paper.receipt_at
    }
    begun = room.submit([each.job for each in sent.values()])
    _top_up(story, month)
    for purchase in purchases:
        story.paid[id(purchase)] = _pay(story, purchase)
    stored = dict(zip(sent, room.collect(begun), strict=True))
    first = next_number(company=made.company, range=RANGE, count=len(purchases)) if purchases else 0
    for number, purchase in enumerate(purchases, first):
        key = id(purchase)
        receipt = receive(rows, sent[key], stored[key]) if key in sent else None
        expense = document(rows, made, purchase, story.paid[key], receipt, number)
        if purchase.refund_of:
            expense.refund_of = story.expenses.get(id(purchase.refund_of))
        story.expenses[key] = expense
    rows.save()
    _export(story, month, now)


def _pay(story: Story, purchase: Purchase) -> Paid:
    if purchase.card is None:
        return Paid()
    if purchase.refund_of:
        return give_back(story.rows, story.made, purchase, story.paid[id(purchase.refund_of)])
    return spend(story.rows, story.made, purchase)


def _top_up(story: Story, month: date) -> None:
    """Bring in the month's money from the bank, and what came before the first month with the first."""
    made, zone = story.made, story.year.zone
    is_first = month == story.year.months()[0]
    for refill in story.year.refills:
        first = refill.at.astimezone(zone).date().replace(day=1)
        if first != month and not (is_first and first < month):
            continue
        line = f"demo-{refill.at:%Y%m%d%H%M}-{refill.number}"
        top_up = receive_top_up(
            account=made.wallet, bank_line=line, amount=Money(refill.amount, made.company.currency),
            value_date=made.company.day_of(refill.at), payer=made.company.legal_name, now=refill.at,
        )  # fmt: skip
        book_transfer(transfer=Transfer.objects.select_related("company", "credit_account").get(subject_id=top_up.pk))


def _export(story: Story, month: date, now: datetime) -> None:
    """Let the accountant take a month over that lies far enough back, with the verbs of the export page."""
    made = story.made
    at = datetime.combine(export_day(month), time(9, 30), tzinfo=UTC) + timedelta(minutes=len(made.people))
    if month >= story.year.months()[-2]:
        return
    by = made.who(Role.ACCOUNTANT)
    waiting = (
        BookItem.objects.for_company(made.company)
        .filter(expense=None, lane=Lane.UNEXPORTED)
        .values_list("pk", flat=True)
    )
    queue(by=by, now=at, items=list(waiting))
    if not BookItem.objects.for_company(made.company).filter(lane=Lane.QUEUE).exists():
        return
    batch = export(by=by, client_key=f"demo-{month:%Y-%m}", now=at)
    ready = build(export_id=batch.pk, now=at)
    assert ready is None or ready.status == ExportStatus.READY, (
        f"the export of {month:%Y-%m} was not made: {ready.last_error}"
    )
    close_month(made, month, story.year.months(), at)


def _finish(story: Story, room: Darkroom, now: datetime) -> None:
    """Bring the company up to today: cards that rest, purchases that were refused, receipts that belong to nothing yet."""
    made, rows = story.made, story.rows
    for person in story.year.company.people:
        for card in person.cards:
            if card.frozen_by:
                who = made.people[person.name] if card.frozen_by == "holder" else made.who(Role.ADMIN)
                freeze(
                    card=made.cards[person.name, card.name],
                    by=who,
                    reason=REASONS[card.frozen_by],
                    now=now - timedelta(days=card.frozen_days),
                )
    kinds(made, now=now)
    for refused in story.year.refused:
        authorize(request=_request(made, refused), now=refused.at)
    sent = [send(made, stray, stray.at + timedelta(hours=1)) for stray in story.year.strays]
    for each, stored in zip(sent, room.collect(room.submit([each.job for each in sent])), strict=True):
        receive(rows, each, stored)
    rows.save()
    bring_mail(made, [each.receipt for each in sent], now)
    pay_back(made, now=now)
    if made.plan.slug == SHOWN:
        contest(made, now)
        question(made, now)
    look_after_wallet(made, now)
    set_rules(made, now)
    if made.company.currency == "DKK":
        keep_old(made, rows, room, story.year.strays, now)
        set_policies(made.company, made.who(Role.ADMIN), now)
    set_coding(made, now)
    plan_and_ask(made, now)
    look_after_each_other(made, now)


REASONS = {"holder": "", "admin": "On leave until further notice"}


def _request(made: Founded, refused: Refused) -> AuthorizationRequest:
    card, shop = made.cards[refused.person.name, refused.card.name], refused.merchant
    amount: Any = Money(refused.asked, made.company.currency)
    return AuthorizationRequest(
        issuer=card.issuer, request_id=f"request_{uuid7().hex}", reference=f"auth_{uuid7().hex}", card_reference=card.issuer_reference,
        amount=amount, merchant_amount=amount, merchant=Shop(shop.name, "", shop.about.mcc, shop.city, shop.country),
        channel=Channel.ONLINE if shop.about.online else Channel.CHIP, occurred_at=refused.at,
    )  # fmt: skip
