"""Moving money: every refusal in its order, repeats, balances, and what the database itself refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from pleo.lib import append_only
from pleo.lib.money import Money
from tests.conftest import Cast
from wallet.check_ledger import check_ledger
from wallet.models import AccountKind, Hold, LedgerAccount, TopUp, Transfer, TransferCode
from wallet.transfer import (
    AlreadyTransferred,
    AmountNotPositive,
    OtherCompany,
    OtherCurrency,
    SameAccount,
    transfer,
)

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def account(cast: Cast, kind: str = AccountKind.WALLET, *, of: str = "company") -> LedgerAccount:
    found: LedgerAccount = LedgerAccount.objects.of_kind(getattr(cast, of), kind)
    return found


def subject(cast: Cast) -> TopUp:
    """Something that money moves for."""
    number = TopUp.objects.count()
    row: TopUp = TopUp.objects.create(
        company=cast.company,
        account=account(cast),
        bank_line=f"line {number}",
        amount=1,
        currency="DKK",
        value_date=date(2026, 11, 20),
    )
    return row


def move(cast: Cast, minor: int = 1_000, **changes: Any) -> Transfer:
    values: dict[str, Any] = {
        "debit": account(cast, AccountKind.BANK_IN_TRANSIT),
        "credit": account(cast),
        "amount": Money(minor, "DKK"),
        "code": TransferCode.TOP_UP,
        "subject": changes.pop("subject", None) or subject(cast),
        "booked_at": NOON,
        "value_date": date(2026, 11, 20),
    }
    return transfer(**(values | changes))


def test_every_company_has_its_accounts_from_the_first_moment(cast: Cast) -> None:
    kinds = LedgerAccount.objects.for_company(cast.company).values_list("kind", flat=True)
    assert set(kinds) == set(AccountKind.values) - {AccountKind.SUB_WALLET}
    assert {row.currency for row in LedgerAccount.objects.for_company(cast.other)} == {"EUR"}


def test_top_up_references_tell_companies_apart(cast: Cast) -> None:
    ours, theirs = account(cast).top_up_reference, account(cast, of="other").top_up_reference
    assert ours.startswith("PLEO-")
    assert ours != theirs
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.filter(pk=account(cast, of="other").pk).update(top_up_reference=ours)


def test_a_transfer_moves_both_sides_once(cast: Cast) -> None:
    row = move(cast, 1_000)
    bank, wallet = account(cast, AccountKind.BANK_IN_TRANSIT), account(cast)
    assert (row.debit_account, row.credit_account, row.money) == (bank, wallet, Money(1_000, "DKK"))
    assert (wallet.credits_posted, wallet.debits_posted, wallet.balance) == (1_000, 0, Money(1_000, "DKK"))
    assert (bank.debits_posted, bank.balance) == (1_000, Money(-1_000, "DKK"))
    assert check_ledger() == []


def test_a_wallet_may_fall_below_zero(cast: Cast) -> None:
    move(
        cast,
        500,
        debit=account(cast),
        credit=account(cast, AccountKind.CARD_SETTLEMENT),
        code=TransferCode.CARD_PURCHASE,
    )
    assert account(cast).available == Money(-500, "DKK")
    assert check_ledger() == []


# In the order in which they are checked: each row has the faults of all the rows below it as well.
REFUSALS: list[tuple[type[Exception], dict[str, Any]]] = [
    (AmountNotPositive, {"amount": Money(0, "SEK"), "credit": "same"}),
    (AmountNotPositive, {"amount": Money(-1, "SEK"), "credit": "same"}),
    (SameAccount, {"amount": Money(1, "SEK"), "credit": "same"}),
    (OtherCompany, {"amount": Money(1, "SEK"), "credit": "theirs"}),
    (OtherCurrency, {"amount": Money(1, "SEK")}),
    (AlreadyTransferred, {"subject": "moved"}),
]


@pytest.mark.parametrize(
    ("error", "fault"), REFUSALS, ids=[f"{error.__name__} {n}" for n, (error, _) in enumerate(REFUSALS)]
)
def test_refusals_in_their_order(cast: Cast, error: type[Exception], fault: dict[str, Any]) -> None:
    moved = subject(cast)
    move(cast, 1_000, subject=moved)
    credits = {"same": account(cast, AccountKind.BANK_IN_TRANSIT), "theirs": account(cast, of="other")}
    changes = dict(fault)
    if "credit" in changes:
        changes["credit"] = credits[changes["credit"]]
    if "subject" in changes:
        changes["subject"] = moved
    before = list(LedgerAccount.objects.order_by("pk").values())
    with pytest.raises(error):
        move(cast, **changes)
    assert list(LedgerAccount.objects.order_by("pk").values()) == before
    assert Transfer.objects.count() == 1
    assert check_ledger() == []


def test_a_correction_cannot_point_at_another_companys_transfer(cast: Cast) -> None:
    theirs = transfer(
        debit=account(cast, AccountKind.BANK_IN_TRANSIT, of="other"),
        credit=account(cast, of="other"),
        amount=Money(5, "EUR"),
        code=TransferCode.TOP_UP,
        subject=subject(cast),
        booked_at=NOON,
        value_date=date(2026, 11, 20),
    )
    with pytest.raises(OtherCompany):
        move(cast, code=TransferCode.CORRECTION_CREDIT, reverses=theirs)


def test_a_code_nobody_wrote_down_is_a_programmers_error(cast: Cast) -> None:
    with pytest.raises(AssertionError):
        move(cast, code="gift")


TRANSFER_CONSTRAINTS: list[tuple[str, dict[str, Any]]] = [
    ("transfer_amount_positive", {"amount": 0}),
    ("transfer_code_known", {"code": "gift"}),
    ("transfer_currency_iso", {"currency": "kr."}),
    ("transfer_two_sides", {"credit_account": "debit"}),
    ("transfer_subject_once", {"subject_id": "again"}),
]


@pytest.mark.parametrize(("name", "fault"), TRANSFER_CONSTRAINTS, ids=[name for name, _ in TRANSFER_CONSTRAINTS])
def test_the_database_refuses_a_wrong_transfer(cast: Cast, name: str, fault: dict[str, Any]) -> None:
    good = move(cast)
    values = {field.attname: getattr(good, field.attname) for field in Transfer._meta.concrete_fields}
    values |= {"id": None, "subject_id": subject(cast).pk}
    values |= {key: value for key, value in fault.items() if key not in ("credit_account", "subject_id")}
    if "credit_account" in fault:
        values["credit_account_id"] = values["debit_account_id"]
    if "subject_id" in fault:
        values["subject_id"] = good.subject_id
    values.pop("id")
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(**values)
    assert check_ledger() == []


CONSTRAINTS: list[tuple[type[models.Model], dict[str, Any]]] = [
    (LedgerAccount, {"debits_posted": -1}),
    (LedgerAccount, {"credits_posted": -1}),
    (LedgerAccount, {"debits_pending": -1}),
    (LedgerAccount, {"credits_pending": -1}),
    (LedgerAccount, {"overdraft": -1}),
    (LedgerAccount, {"kind": "sofa"}),
    (LedgerAccount, {"currency": "dkk"}),
    (Hold, {"amount": -1}),
    (Hold, {"currency": "dkk"}),
    (TopUp, {"amount": 0}),
    (TopUp, {"status": "lost"}),
    (TopUp, {"currency": "kr"}),
]


@pytest.mark.parametrize(
    ("model", "fault"), CONSTRAINTS, ids=[f"{model.__name__} {fault}" for model, fault in CONSTRAINTS]
)
def test_the_database_refuses_a_wrong_value(cast: Cast, model: type[models.Model], fault: dict[str, Any]) -> None:
    subject(cast)
    wallet = account(cast)
    Hold.objects.create(company=cast.company, account=wallet, amount=0, currency="DKK")
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.update(**fault)


def test_a_company_has_one_account_of_each_kind(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.create(company=cast.company, kind=AccountKind.WALLET, currency="DKK")


def test_one_bank_line_is_one_top_up(cast: Cast) -> None:
    row = subject(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        TopUp.objects.create(
            company=cast.company,
            account=row.account,
            bank_line=row.bank_line,
            amount=2,
            currency="DKK",
            value_date=row.value_date,
        )


@pytest.mark.parametrize("act", ["update", "delete", "raw update", "raw delete"])
def test_transfers_are_append_only(cast: Cast, act: str) -> None:
    row = move(cast)
    table = Transfer._meta.db_table
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        match act:
            case "update":
                Transfer.objects.filter(pk=row.pk).update(amount=1)
            case "delete":
                Transfer.objects.filter(pk=row.pk).delete()
            case "raw update":
                cursor.execute(f"UPDATE {table} SET text = 'other'")
            case "raw delete":
                cursor.execute(f"DELETE FROM {table}")
    assert Transfer.objects.get().money == Money(1_000, "DKK")


@pytest.mark.postgres
def test_transfers_are_not_truncated(cast: Cast) -> None:
    move(cast)
    table = Transfer._meta.db_table
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        # The foreign keys of rows made in this transaction are still to be checked, and that alone would refuse it.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_a_missing_guard_is_noticed(cast: Cast) -> None:
    table = Transfer._meta.db_table
    on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{table}_no_update"{on}')
    try:
        assert [difference.counter for difference in check_ledger()] == [f"{table}_no_update"]
    finally:
        append_only.install()
    assert check_ledger() == []
