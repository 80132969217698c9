"""Paying back in the demo: drives and days away, an account for everybody, one run that was paid and one that waits."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Role
from bookkeeping.sources import book_balance_entry, book_movement
from events.models import Notification
from expenses.balance import catch_up
from expenses.drive import Way, claim_drive
from expenses.fetch_run_file import fetch_run_file
from expenses.journey import Away, claim_journey
from expenses.mark_payout import mark_payout
from expenses.mark_private import mark_private
from expenses.mileage_rates import vehicles_of
from expenses.models import AccountForm, BalanceEntry, Category, Expense, ExpenseKind, PaymentState
from expenses.prepare_run import DOMESTIC, NothingToPay, methods_for, prepare_run
from expenses.release_run import release_run
from expenses.review import review
from expenses.set_bank_account import Number, set_bank_account
from pleo.demo.found import Founded
from pleo.lib.money import Money

# Who drove or was away: (days ago, stops, one way, there and back).
DRIVES = (
    (34, ("Office", "Client, north side"), "42.5", True), (23, ("Office", "Workshop", "Building site"), "31", False),
    (6, ("Office", "Client, harbour"), "18", True), (2, ("Office", "Trade fair"), "64", True),
)  # fmt: skip
# Days away: (days ago, nights, which place of the country). Daily rates are for journeys at home.
JOURNEYS = ((30, 2, 0), (9, 1, 1))
PLACES = {"DK": ("Aarhus", "Odense"), "DE": ("Hamburg", "Leipzig"), "GB": ("Leeds", "Bristol")}
RUN_AGO = timedelta(days=18)
ACCOUNTS_AGO = timedelta(days=120)


def pay_back(made: Founded, *, now: datetime) -> None:
    """Bring what people are owed up to today: everything before the last run is paid, what came since waits."""
    boss, admin = made.who(Role.OWNER), made.who(Role.ADMIN)
    dice = Random(f"paying/{made.company.slug}")
    people = [person for person in made.people.values() if person.role != Role.ACCOUNTANT and person.user_id]
    for person in [None, *people[:-1]]:
        by = person or admin
        holder = person.name if person else made.company.legal_name or made.company.name
        set_bank_account(by=by, person=person, number=_number(made, dice), holder=holder, now=now - ACCOUNTS_AGO)
    spenders = [person for person in people if person.role == Role.EMPLOYEE]
    _claims(spenders, admin, now, older=True)
    _private(spenders[:1], admin, now)
    catch_up(now=now - RUN_AGO, limit=5000)
    _run(made, admin, boss, now - RUN_AGO, is_paid=True)
    _claims(spenders, admin, now, older=False)
    _run(made, admin, boss, now - timedelta(hours=2), is_paid=False)
    # Decisions of last month were told of last month: nobody finds them unread, and no mail is sent.
    told = Notification.objects.filter(membership__in=people, event__happened_at__lt=now - timedelta(days=1))
    told.filter(event__verb="expense.reviewed").delete()


def _number(made: Founded, dice: Random) -> Number:
    """Return a number that looks right and belongs to nobody: check digits are right, the bank's code is not given out."""
    form = DOMESTIC.get(made.company.currency, AccountForm.IBAN)
    digits = f"{dice.randrange(10**8):08d}"
    if form == AccountForm.GB:
        return Number(form, digits, "000000")
    if form in (AccountForm.DK, AccountForm.SE):
        return Number(form, f"00{digits}", "0000")
    account = f"00000000{digits}00"
    check = 98 - int(f"{account}131400") % 97
    return Number(AccountForm.IBAN, f"DE{check:02d}{account}")


def _claims(people: list[Membership], by: Membership, now: datetime, *, older: bool) -> None:
    company, limit = by.company, RUN_AGO + timedelta(days=1)
    category = Category.objects.for_company(company).filter(code="travel").first()
    for index, (ago, stops, one_way, back) in enumerate(DRIVES):
        if (timedelta(days=ago) > limit) is older and vehicles_of(company.country):
            person, at = people[index % len(people)], now - timedelta(days=ago)
            vehicle = vehicles_of(company.country)[0]
            way = Way(company.day_of(at), vehicle, stops, Decimal(one_way), is_round_trip=back)
            row = claim_drive(by=person, way=way, category=category, note="Visit", now=at + timedelta(hours=9))
            _decide(row, by, at + timedelta(hours=20), is_okay=ago > 2)
    for index, (ago, nights, place) in enumerate(JOURNEYS):
        if (timedelta(days=ago) > limit) is older and company.country in PLACES:
            person, day = people[(index + 1) % len(people)], company.day_of(now - timedelta(days=ago))
            start = datetime.combine(day, time(7, 30), tzinfo=company.zone).astimezone(UTC)
            end = start + timedelta(days=nights, hours=11)
            meals = {day + timedelta(days=1): ["breakfast"]} if company.country != "GB" else {}
            away = Away(
                PLACES[company.country][place], start.astimezone(company.zone), end.astimezone(company.zone), meals
            )
            row = claim_journey(
                by=person, away=away, category=category, note="Trade fair", now=end + timedelta(hours=12)
            )
            _decide(row, by, end + timedelta(hours=20), is_okay=True)


def _decide(row: Expense, by: Membership, at: datetime, *, is_okay: bool) -> None:
    book_movement(movement=row.movements.get())
    if is_okay:
        review(expense=row, by=by, outcome="okay", now=at)


def _private(people: list[Membership], by: Membership, now: datetime) -> None:
    """One small purchase of somebody was their own."""
    rows: Any = Expense.objects.filter(
        owner__in=people, kind=ExpenseKind.CARD, payment=PaymentState.CLEARED, books_lane="unexported", is_coded=True
    ).order_by("amount", "number")
    row = rows.first()
    if row is not None:
        half = Money(row.amount // 2, row.currency)
        mark_private(expense=row, by=row.owner, amount=half, now=now - timedelta(days=1))


def _run(made: Founded, by: Membership, other: Membership, at: datetime, *, is_paid: bool) -> None:
    method = methods_for(made.company)[0]
    try:
        run = prepare_run(
            by=by, method=method, execution_date=made.company.day_of(at), client_key=f"demo-{at:%Y-%m-%d}", now=at
        )
    except NothingToPay:
        # A small demo may leave everybody owing the company for cash.
        return
    if not is_paid:
        return
    release_run(run=run, by=other, now=at + timedelta(hours=3))
    fetch_run_file(run=run, by=by, now=at + timedelta(hours=4))
    for payout in run.payouts.all():
        mark_payout(payout=payout, outcome="paid", by=by, now=at + timedelta(days=1))
    for entry in BalanceEntry.objects.filter(payout__run=run).select_related("membership"):
        book_balance_entry(entry=entry)
    assert run.created_at <= timezone.now(), "the run stands in the list of today"
