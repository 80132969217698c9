"""Reads what the journal needs of an item from the rows that `BookItem.objects.with_facts()` fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from bookkeeping.dimensions import dimensions_of
from bookkeeping.formats.document import CONTRA, Tagged
from bookkeeping.journal import (
    Between,
    BookAccount,
    Contra,
    Corrected,
    Fact,
    Line,
    Moved,
    Part,
    Purchase,
    Settled,
    Side,
    Tag,
    Tax,
)
from bookkeeping.models import (
    BookItem,
    BookMethod,
    BookSettings,
    CorrectionLine,
    ItemKind,
    JournalEntry,
    Posting,
    WalletAccount,
)
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
        together=settings.lines_together,
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
    if item.kind == ItemKind.CORRECTION:
        return corrected_of(item)
    return Purchase(
        kind=item.expense.kind,
        movement=_part(item.movement),
        movements=[_part(movement) for movement in item.expense.movements.all()],
        lines=[_line(line) for line in sorted(item.expense.lines.all(), key=lambda line: line.position)],
        wallet=item.wallet_id,
        exchange=item.exchange or 0,
    )


def corrected_of(item: BookItem) -> Corrected:
    """Return what a correction turns round and what it books instead."""
    assert item.expense is not None and item.movement is not None, "a correction is one of a movement"
    movement = _part(item.movement)
    rows = sorted(item.correction.lines.all(), key=lambda line: line.position)
    new = Purchase(
        kind=item.expense.kind,
        movement=movement,
        movements=[movement],
        lines=[_correction_line(line, movement.id) for line in rows],
        wallet=item.wallet_id,
        exchange=item.exchange or 0,
    )
    entry = corrected_entry(item)
    return Corrected(new, booked_sides(entry) if entry else [])


def corrected_entry(item: BookItem) -> JournalEntry | None:
    """Return the entry that a correction turns round; None while what it corrects is not in the books."""
    before: Any = item.correction.corrects
    found: list[JournalEntry] = before.counting
    return found[0] if found else None


def booked_sides(entry: JournalEntry) -> list[Side]:
    """Return what an entry of an expense booked, without the other side; of a correction what it booked anew.

    Entries of the first weeks say no roles: there the other side is the last one.
    """
    rows = sorted(entry.postings.all(), key=lambda posting: posting.position)
    ends = [index for index, row in enumerate(rows) if row.role == CONTRA]
    if entry.book_item.kind == ItemKind.CORRECTION:
        rows = rows[ends[0] + 1 :]
    plain = [row for row in rows if row.role != CONTRA] if ends else rows[:-1]
    return [_booked_side(row) for row in plain]


def _booked_side(row: Posting) -> Side:
    named = BookAccount(row.account_id, row.account_number, row.account_name, True, row.account_type)
    tax = None
    if row.tax_code_id is not None and row.tax_rate is not None:
        tax = Tax(row.tax_code_id, row.tax_code_name, row.tax_rate, None)
    return Side(
        named, row.debit, row.credit,
        tax=tax, category=row.category_name, text=row.text, role=row.role, dimensions=tuple(Tagged(*one) for one in row.dimensions),
    )  # fmt: skip


def _correction_line(line: CorrectionLine, movement: UUID) -> Line:
    return Line(
        id=line.pk,
        direction=line.direction,
        amount=line.amount,
        tax_amount=line.deductible_tax.amount,
        account=_account(line.category.account) if line.category else None,
        tax=_tax(line.tax_code),
        category=line.category.name if line.category else "",
        text=line.text,
        movement=movement,
        is_private=line.is_private,
        tags=[Tag(tag.group_id, tag.group.name, tag.code, tag.name) for tag in line.tags.all()],
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
