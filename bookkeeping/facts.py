"""Reads what the journal needs of an item from the rows that `BookItem.objects.with_facts()` fetched."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from bookkeeping.dimensions import dimensions_of
from bookkeeping.journal import Between, BookAccount, Contra, Fact, Line, Moved, Part, Purchase, Settled, Tag, Tax
from bookkeeping.models import BookItem, BookMethod, BookSettings, WalletAccount
from expenses.models import (
    BalanceEntry,
    BalanceKind,
    ChartAccount,
    Direction,
    ExpenseLine,
    Movement,
    Owed,
    RunMethod,
    TaxCode,
    TaxMethod,
)
from expenses.tagging import required_groups
from wallet.models import Transfer, TransferCode

# The role of the account on the other side of a transfer; every other transfer's is the one for fees and corrections.
PLACES: dict[str, str] = {
    TransferCode.TOP_UP: "bank",
    TransferCode.TOP_UP_RETURN: "bank",
    TransferCode.TOP_UP_UNDONE: "bank",
    TransferCode.WITHDRAWAL: "bank",
    TransferCode.PROVISIONAL_CREDIT: "disputes",
    TransferCode.PROVISIONAL_CREDIT_BACK: "disputes",
}
# On which role a step of a person's account was booked; what was paid back before stands where private purchases do.
HELD: dict[str, str] = {BalanceKind.CLAIM: "out_of_pocket", BalanceKind.CASH: "cash"}


def contra_of(settings: BookSettings) -> Contra:
    """Return the company's contra accounts."""
    return replace(
        accounts_of(settings),
        wallets=_wallets(settings),
        dimensions={one.group_id: (one.place, one.sie_number) for one in dimensions_of(settings.company_id)},
        required=required_groups(settings.company_id),
    )


def accounts_of(settings: BookSettings) -> Contra:
    """Return the accounts that the settings name, without those of sub-wallets. No query where the settings came with them."""
    return Contra(
        wallet=_account(settings.wallet_account),
        bank=_account(settings.bank_account),
        out_of_pocket=_account(settings.out_of_pocket_account),
        cash=_account(settings.cash_account),
        fees=_account(settings.fees_account),
        supplier=_account(settings.supplier_account),
        is_payable=settings.method == BookMethod.PAYABLE,
        receivable=_account(settings.receivable_account),
        payroll=_account(settings.payroll_account),
        disputes=_account(settings.disputes_account),
        exchange=_account(settings.exchange_account),
        exchange_apart=settings.exchange_apart,
    )


def _wallets(settings: BookSettings) -> dict[UUID, BookAccount]:
    rows = WalletAccount.objects.filter(company=settings.company_id).select_related("account")
    return {row.wallet_id: account for row in rows if (account := _account(row.account))}


def place_of(transfer: Transfer) -> str:
    """Return the role of the account on the other side of a transfer between the wallet and elsewhere."""
    return PLACES.get(transfer.code, "fees")


def fact_of(item: BookItem) -> Fact:
    """Return the fact behind an item. One query per relation for a whole list when it was fetched `with_facts`."""
    if item.balance_entry is not None:
        return settled_of(item.balance_entry)
    if item.expense is None:
        return _moved(item)
    assert item.movement is not None, "an item of an expense is one of its movements"
    return Purchase(
        kind=item.expense.kind,
        movement=_part(item.movement),
        movements=[_part(movement) for movement in item.expense.movements.all()],
        lines=[_line(line) for line in sorted(item.expense.lines.all(), key=lambda line: line.position)],
        wallet=item.wallet_id,
        exchange=item.exchange or 0,
    )


def _moved(item: BookItem) -> Moved | Between:
    assert item.transfer is not None, "an item has one source"
    transfer = item.transfer
    if transfer.code == TransferCode.INTERNAL:
        return Between(item.amount, source=transfer.debit_account_id, target=transfer.credit_account_id)
    incoming = item.direction == Direction.REFUND
    wallet = transfer.credit_account_id if incoming else transfer.debit_account_id
    return Moved(incoming=incoming, amount=item.amount, place=place_of(transfer), wallet=wallet)


# Where the money of a run came from, other than the company's own bank.
PAID_FROM = {RunMethod.PAYROLL: "payroll", RunMethod.WALLET: "wallet"}


def settled_of(entry: BalanceEntry) -> Settled:
    """Return what a payment between a person and the company settled, and where the money came from or went to.

    A payout is the net of many steps: each goes back to the account where it was booked. One that came back is turned round.
    """
    if entry.payout is not None:
        sign = 1 if entry.kind == BalanceKind.PAYOUT else -1
        steps = [item.entry for item in entry.payout.items.all()]
        parts = [(HELD.get(step.kind, "receivable"), sign * step.signed.amount) for step in steps]
        return Settled(parts, PAID_FROM.get(RunMethod(entry.payout.run.method), "bank"))
    way = entry.undoes.kind if entry.undoes else entry.kind
    signed = entry.amount if entry.owed == Owed.BY_PERSON else -entry.amount
    return Settled([("receivable", signed)], "payroll" if way == BalanceKind.DEDUCTION else "bank")


def _account(account: ChartAccount | None) -> BookAccount | None:
    if account is None:
        return None
    return BookAccount(account.pk, account.number, account.name, account.archived_at is None, account.type)


def _tax(code: TaxCode | None) -> Tax | None:
    if code is None:
        return None
    owed = _account(code.reverse_account) if code.method == TaxMethod.REVERSE else None
    return Tax(code.pk, code.code, code.rate, _account(code.account), owed, code.non_deductible)


def _part(movement: Movement) -> Part:
    return Part(movement.pk, movement.direction, movement.amount, movement.booked_date)


def _line(line: ExpenseLine) -> Line:
    return Line(
        id=line.pk,
        direction=line.direction,
        amount=line.amount,
        tax_amount=line.deductible_tax.amount,
        account=_account(line.category.account) if line.category else None,
        tax=_tax(line.tax_code),
        category=line.category.name if line.category else "",
        text=line.text,
        movement=line.movement_id,
        is_private=line.is_private,
        tags=[Tag(one.group_id, one.group.name, one.tag.code, one.tag.name) for one in line.line_tags.all()],
    )
