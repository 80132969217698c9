"""Payouts, repayments, deductions, disputes, sub-wallets and exchange differences as entries: each once, on its own accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bookkeeping import checks, facts, journal, sources
from bookkeeping.change_settings import Wanted, change_settings
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, BookSettings, WalletAccount
from cards.models import Clearing
from expenses.mark_from_lines import mark_from_lines
from expenses.mark_payout import mark_payout
from expenses.mark_private import mark_private
from expenses.models import BalanceEntry, ChartAccount, Payout
from expenses.settle_by_hand import settle_by_hand, undo_settlement
from pleo.lib.money import Money
from tests.bookkeeping.conftest import (
    NOW,
    account,
    claim,
    item_of,
    make_export,
    make_ready,
    purchase,
    settle,
    top_up,
)
from tests.expenses.conftest import authorize
from tests.expenses.test_paying_back import okay, released
from wallet.models import AccountKind, BankLine, LedgerAccount, TransferCode
from wallet.move_money import move_money
from wallet.open_sub_wallet import open_sub_wallet
from wallet.transfer import transfer

DAY = NOW.date()


def dkk(amount: int) -> Money:
    return Money(amount, "DKK")


def sides_of(item: BookItem) -> dict[str, int]:
    """Return what an item books by account number, debit above zero."""
    fetched = BookItem.objects.with_facts().get(pk=item.pk)
    contra = facts.contra_of(BookSettings.objects.get(company=item.company))
    assert checks.failures(fetched, contra) == []
    found: dict[str, int] = {}
    for side in journal.sides(facts.fact_of(fetched), contra, item.currency):
        found[side.account.number] = found.get(side.account.number, 0) + side.debit - side.credit
    return found


def set_accounts(cast: Any, **changes: Any) -> BookSettings:
    """Change the settings as the form does; accounts are named by their numbers."""
    book = BookSettings.objects.get(company=cast.company)
    named = {name: getattr(book, name) for name in Wanted.__dataclass_fields__ if name != "wallets"}
    for name, value in changes.items():
        known = (
            ChartAccount.objects.filter(company=cast.company, number=value).first() if name[-8:] == "_account" else None
        )
        named[name] = known or (value if name[-8:] != "_account" else None)
    return change_settings(by=cast.alice, wanted=Wanted(**named))


def items(**about: Any) -> list[BookItem]:
    sources.sweep(now=timezone.now() + timedelta(hours=2))
    return list(BookItem.objects.filter(**about).order_by("created_at", "pk"))


def paid_run(cast: Any, method: str = "payroll") -> Payout:
    run = released(cast.dave, cast.alice, method=method)
    payout = run.payouts.get()
    mark_payout(payout=payout, outcome="paid", by=cast.dave, day=DAY, now=NOW)
    return payout


def agrees(company: Any) -> bool:
    return all(finding.holds for finding in check_invariants(company=company))


# ---- payouts


def test_a_payout_settles_each_step_where_it_was_booked(cast):
    okay(cast.carol, cast.dave, 9000)
    mark_private(expense=purchase(cast.carol, 4000), by=cast.carol, amount=dkk(4000), now=NOW)
    paid_run(cast)
    (item,) = items(balance_entry__kind="payout")
    assert (item.direction, item.amount, item.person, item.expense) == ("spend", 5000, cast.carol, None)
    assert sides_of(item) == {"6840": 9000, "5650": -4000, "6820": -5000}


def test_with_no_accounts_of_their_own_the_roles_fall_back(cast):
    set_accounts(cast, receivable_account="", payroll_account="")
    okay(cast.carol, cast.dave, 9000)
    mark_private(expense=purchase(cast.carol, 4000), by=cast.carol, amount=dkk(4000), now=NOW)
    paid_run(cast)
    (item,) = items(balance_entry__kind="payout")
    assert sides_of(item) == {"6840": 5000, "5820": -5000}


def test_a_payout_that_came_back_turns_its_entry_round(cast):
    okay(cast.carol, cast.dave, 9000)
    payout = paid_run(cast)
    mark_payout(payout=payout, outcome="failed", by=cast.dave, day=DAY, now=NOW)
    there, back = items(balance_entry__payout=payout)
    assert sides_of(there) == {"6840": 9000, "6820": -9000} and sides_of(back) == {"6840": -9000, "6820": 9000}
    assert (there.direction, back.direction) == ("spend", "refund")


def test_an_item_of_a_payout_is_made_once_however_it_is_announced(cast):
    okay(cast.carol, cast.dave, 9000)
    payout = paid_run(cast)
    entry = BalanceEntry.objects.get(payout=payout)
    first = sources.book_balance_entry(entry=entry)
    assert sources.book_balance_entry(entry=entry) == first and len(items(balance_entry=entry)) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        BookItem.objects.create(
            company=cast.company, balance_entry=entry, booked_date=DAY, direction="spend", amount=1, currency="DKK", text=""
        )  # fmt: skip


@pytest.mark.parametrize("fields", [{"movement": None}, {"balance_entry": None}], ids=["both", "none"])
def test_an_item_has_exactly_one_source(cast, fields):
    okay(cast.carol, cast.dave, 9000)
    entry = BalanceEntry.objects.get(payout=paid_run(cast))
    item = sources.book_balance_entry(entry=entry)
    change = {"transfer": top_up(cast.company).transfer} if "movement" in fields else fields
    with pytest.raises(IntegrityError), transaction.atomic():
        BookItem.objects.filter(pk=item.pk).update(**change)


def test_a_line_of_the_banks_statement_marks_the_payout_paid(cast):
    from tests.wallet.test_bank_statements import Booking, bring_in, camt

    okay(cast.carol, cast.dave, 9000)
    payout = released(cast.dave, cast.alice).payouts.get()
    lines = [
        Booking("-89.99", "Other", ref="R0", end_to_end=payout.end_to_end_id),
        Booking("-90.00", "Pay", ref="R1", end_to_end="SOMEBODY-ELSES"),
    ]
    bring_in(cast, camt(lines))
    assert mark_from_lines(now=NOW) == 0, "another amount, another reference"
    line = Booking("-90.00", "Pay", ref="R2", end_to_end=payout.end_to_end_id)
    bring_in(cast, camt([line], name="S-2"))
    assert mark_from_lines(now=NOW) == 1 and mark_from_lines(now=NOW) == 0
    payout.refresh_from_db()
    assert payout.status == "paid"
    entry = BalanceEntry.objects.get(payout=payout)
    assert entry.booked_date == BankLine.objects.get(end_to_end_id=payout.end_to_end_id, amount=9000).booked_on
    (item,) = items(balance_entry=entry)
    assert item.amount == 9000


# ---- paid by hand


@pytest.mark.parametrize(("kind", "place"), [("repayment", "5820"), ("deduction", "6820")])
def test_what_a_person_pays_is_booked_and_taking_it_back_too(cast, kind, place):
    mark_private(expense=purchase(cast.carol, 4000), by=cast.carol, amount=dkk(4000), now=NOW)
    entry = settle_by_hand(
        person=cast.carol, by=cast.dave, amount=dkk(1500), kind=kind, day=DAY, client_key="k", now=NOW, text="Cash box"
    )
    (item,) = items(balance_entry=entry)
    assert sides_of(item) == {place: 1500, "5650": -1500} and item.direction == "refund" and item.text == "Cash box"
    undone = undo_settlement(entry=entry, by=cast.dave, now=NOW)
    (back,) = items(balance_entry=undone)
    assert sides_of(back) == {place: -1500, "5650": 1500}


def test_a_private_purchase_is_owed_by_the_person_a_private_claim_is_simply_less(cast):
    bought = purchase(cast.carol, 4000)
    mark_private(expense=bought, by=cast.carol, amount=dkk(1000), now=NOW)
    make_ready(bought, receipt=False)
    assert sides_of(item_of(bought))["5650"] == 1000
    asked = claim(cast.carol, 5000)
    mark_private(expense=asked, by=cast.carol, amount=dkk(1000), now=NOW)
    make_ready(asked, receipt=False)
    assert sides_of(item_of(asked))["6840"] == -4000


# ---- the wallet


def test_a_provisional_credit_stands_on_the_account_for_disputes(cast):
    row = transfer(
        debit=account(cast.company, AccountKind.DISPUTES), credit=account(cast.company), amount=dkk(700),
        code=TransferCode.PROVISIONAL_CREDIT, subject=cast.company, booked_at=NOW, value_date=DAY,
    )  # fmt: skip
    assert sides_of(sources.book_transfer(transfer=row)) == {"5835": 700, "5660": -700}
    back = transfer(
        debit=account(cast.company), credit=account(cast.company, AccountKind.DISPUTES), amount=dkk(700),
        code=TransferCode.PROVISIONAL_CREDIT_BACK, subject=cast.company, booked_at=NOW, value_date=DAY,
    )  # fmt: skip
    assert sides_of(sources.book_transfer(transfer=back)) == {"5835": -700, "5660": 700}


def own_account(cast: Any, wallet: LedgerAccount, number: str = "5831") -> ChartAccount:
    made, _ = ChartAccount.objects.get_or_create(
        company=cast.company, number=number, defaults={"name": "Site", "type": "asset"}
    )
    book = BookSettings.objects.get(company=cast.company)
    named = {name: getattr(book, name) for name in Wanted.__dataclass_fields__ if name != "wallets"}
    change_settings(by=cast.alice, wanted=Wanted(**named, wallets={wallet.pk: made}))
    return made


def test_moves_between_wallets_are_entries_where_one_has_an_account_of_its_own(cast):
    top_up(cast.company, 100_000)
    site = open_sub_wallet(name="Site", by=cast.dave, now=NOW)
    main = account(cast.company)

    def move(amount: int) -> None:
        move_money(
            source=main, target=site, amount=dkk(amount), key=uuid4(), by=cast.dave, now=timezone.now(), note="Site"
        )

    move(1000)
    assert items(transfer__code="internal") == []
    own_account(cast, site)
    assert items(transfer__code="internal") == [], "what moved before stays where it was booked"
    move(2500)
    (item,) = items(transfer__code="internal")
    assert sides_of(item) == {"5831": 2500, "5835": -2500} and agrees(cast.company)
    make_export(cast.bob)
    assert agrees(cast.company) and BookItem.objects.get(pk=item.pk).lane == "exported"


def test_a_purchase_by_a_sub_wallets_card_is_booked_on_its_account(cast):
    top_up(cast.company, 100_000)
    site = open_sub_wallet(name="Site", by=cast.dave, now=NOW)
    move_money(
        source=account(cast.company), target=site, amount=dkk(50_000), key=uuid4(), by=cast.dave, now=NOW, note=""
    )
    own_account(cast, site)
    bought = purchase(cast.carol, 2000)
    movement = bought.movements.get()
    BookItem.objects.filter(movement=movement).delete()
    authorization = authorize(cast.carol, 3000, "Elsewhere")
    from expenses import record_authorization, record_clearing
    from tests.expenses.conftest import clear

    record_authorization.record(authorization=authorization)
    clearing = clear(authorization, 3000)
    transfer(
        debit=site, credit=account(cast.company, AccountKind.CARD_SETTLEMENT), amount=dkk(3000), code="card_purchase",
        subject=clearing, booked_at=clearing.cleared_at, value_date=clearing.cleared_at.date(),
    )  # fmt: skip
    made = sources.book_movement(movement=record_clearing.record(clearing=clearing))
    assert made.wallet == site
    make_ready(made.expense)
    assert sides_of(made)["5831"] == -3000
    assert sources.book_movement(movement=movement).wallet is None
    make_export(cast.bob)
    assert agrees(cast.company)


def test_a_wallets_account_is_the_companys_own_and_can_be_let_go(cast):
    site = open_sub_wallet(name="Site", by=cast.dave, now=NOW)
    own_account(cast, site)
    theirs = ChartAccount.objects.filter(company=cast.other).first()
    book = BookSettings.objects.get(company=cast.company)
    named = {name: getattr(book, name) for name in Wanted.__dataclass_fields__ if name != "wallets"}
    with pytest.raises(Exception, match="cannot be used") as caught:
        change_settings(by=cast.alice, wanted=Wanted(**named, wallets={site.pk: theirs}))
    assert caught.value.params["field"] == f"sub_{site.pk.hex}"
    change_settings(by=cast.alice, wanted=Wanted(**named, wallets={site.pk: None}))
    assert not WalletAccount.objects.exists()


# ---- exchange differences


def abroad(cast: Any, asked: int, cleared: int, *, merchant: int = 1000, taken: int = 1000) -> BookItem:
    authorization = authorize(cast.carol, asked, "Hotel Lund")
    type(authorization).objects.filter(pk=authorization.pk).update(merchant_amount=merchant, merchant_currency="SEK")
    authorization.refresh_from_db()
    from expenses import record_authorization

    record_authorization.record(authorization=authorization)
    movement = settle(authorization, cleared)
    Clearing.objects.filter(pk=movement.clearing_id).update(merchant_amount=taken, merchant_currency="SEK")
    BookItem.objects.filter(movement=movement).delete()
    item = sources.book_movement(movement=movement)
    make_ready(item.expense)
    return item


@pytest.mark.parametrize(
    ("asked", "cleared", "difference"), [(7000, 7100, 100), (7000, 6900, -100), (7000, 7000, None)]
)
def test_what_the_rate_changed_is_known_and_booked_apart_where_wanted(cast, asked, cleared, difference):
    item = abroad(cast, asked, cleared)
    assert item.exchange == difference and "4470" not in sides_of(item)
    set_accounts(cast, exchange_apart=True)
    booked = sides_of(item)
    assert booked.get("4470") == difference and sum(booked.values()) == 0 and booked["5835"] == -cleared


def test_a_tip_or_a_part_is_no_exchange_difference(cast):
    assert abroad(cast, 7000, 7100, taken=1100).exchange is None
    assert item_of(purchase(cast.carol, 100)).exchange is None


def test_an_archived_account_for_exchange_differences_holds_back_only_what_needs_it(cast):
    item, plain = abroad(cast, 7000, 7100), item_of(purchase(cast.carol, 500))
    set_accounts(cast, exchange_apart=True)
    ChartAccount.objects.filter(company=cast.company, number="4470").update(archived_at=NOW)
    contra = facts.contra_of(BookSettings.objects.get(company=cast.company))
    fetched = {one.pk: checks.failures(one, contra) for one in BookItem.objects.with_facts()}
    assert [result.code for result in fetched[item.pk]] == ["contra_account_archived"] and not fetched[plain.pk]
    assert list(checks.ready(BookItem.objects.all(), contra)) == [plain]


# ---- what is ready, in Python and in the database


ROLES = (
    "bank_account",
    "out_of_pocket_account",
    "receivable_account",
    "payroll_account",
    "cash_account",
    "fees_account",
)


@pytest.mark.parametrize("gone", [(), *[(role,) for role in ROLES], ("out_of_pocket_account", "receivable_account"),
                                  ("bank_account", "payroll_account")])  # fmt: skip
def test_the_database_says_the_same_as_the_checks(cast, gone):
    okay(cast.carol, cast.dave, 9000)
    okay(cast.dave, cast.alice, 500)
    mark_private(expense=purchase(cast.carol, 4000), by=cast.carol, amount=dkk(4000), now=NOW)
    mark_private(expense=purchase(cast.bob, 4000), by=cast.bob, amount=dkk(4000), now=NOW)
    top_up(cast.company)
    run = released(cast.dave, cast.alice)
    for payout in run.payouts.all():
        mark_payout(payout=payout, outcome="paid", by=cast.dave, day=DAY, now=NOW)
    settle_by_hand(person=cast.bob, by=cast.dave, amount=dkk(1), kind="repayment", day=DAY, client_key="a", now=NOW)
    settle_by_hand(person=cast.bob, by=cast.dave, amount=dkk(1), kind="deduction", day=DAY, client_key="b", now=NOW)
    items()
    BookSettings.objects.filter(company=cast.company).update(**dict.fromkeys(gone))
    contra = facts.contra_of(BookSettings.objects.get(company=cast.company))
    every = BookItem.objects.filter(company=cast.company)
    by_hand = {item.pk for item in every.with_facts() if not checks.failures(item, contra)}
    assert set(checks.ready(every, contra).values_list("pk", flat=True)) == by_hand
    assert len(every.exclude(balance_entry=None)) == 4


def test_everything_exported_leaves_the_books_in_agreement(cast):
    top_up(cast.company, 100_000)
    okay(cast.carol, cast.dave, 9000)
    paid_run(cast)
    items()
    batch = make_export(
        cast.bob, formats=["csv", "datev", "sie", "xero", "sage", "hledger", "ofx", "xlsx"], with_receipts=False
    )
    assert batch.status == "ready", batch.last_error
    assert agrees(cast.company)
    BookItem.objects.filter(balance_entry__isnull=False).update(amount=1)
    assert not agrees(cast.company)
