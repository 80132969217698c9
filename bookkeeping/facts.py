"""Reads what the journal needs of an item from the rows that `BookItem.objects.with_facts()` fetched."""

from __future__ import annotations

from bookkeeping.journal import BookAccount, Contra, Line, Moved, Part, Purchase, Tax
from bookkeeping.models import BookItem, BookMethod, BookSettings
from expenses.models import ChartAccount, Direction, ExpenseLine, Movement, TaxCode, TaxMethod
from wallet.models import TransferCode

BANK_CODES = frozenset(
    {TransferCode.TOP_UP, TransferCode.TOP_UP_RETURN, TransferCode.TOP_UP_UNDONE, TransferCode.WITHDRAWAL}
)


def contra_of(settings: BookSettings) -> Contra:
    """Return the company's contra accounts."""
    return Contra(
        wallet=_account(settings.wallet_account),
        bank=_account(settings.bank_account),
        out_of_pocket=_account(settings.out_of_pocket_account),
        cash=_account(settings.cash_account),
        fees=_account(settings.fees_account),
        supplier=_account(settings.supplier_account),
        is_payable=settings.method == BookMethod.PAYABLE,
    )


def fact_of(item: BookItem) -> Purchase | Moved:
    """Return the fact behind an item. One query per relation for a whole list when it was fetched `with_facts`."""
    if item.expense is None:
        assert item.transfer is not None, "an item has one source"
        place = "bank" if item.transfer.code in BANK_CODES else "fees"
        return Moved(incoming=item.direction == Direction.REFUND, amount=item.amount, place=place)
    assert item.movement is not None, "an item of an expense is one of its movements"
    return Purchase(
        kind=item.expense.kind,
        movement=_part(item.movement),
        movements=[_part(movement) for movement in item.expense.movements.all()],
        lines=[_line(line) for line in sorted(item.expense.lines.all(), key=lambda line: line.position)],
    )


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
    )
