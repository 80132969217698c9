"""What becomes an item of the books, and the making of it.

One fact is booked once. A purchase, refund, correction, chargeback or claim is booked by its Movement, so the Transfer
that moved the wallet's money for it is not an item. Money that no expense tells of is booked by its Transfer. What is paid between
a person and the company (a payout, a repayment, a deduction from the salary) is booked by the step of the person's account.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from bookkeeping.lane import refresh_lane
from bookkeeping.models import BookItem, ExportItem, ItemKind, WalletAccount
from cards.models import Clearing, ClearingKind
from expenses.errors import ExpenseLocked
from expenses.models import BalanceEntry, BalanceKind, Direction, ExpenseKind, Lane, Movement, Owed
from pleo.lib.ids import earliest_id
from pleo.lib.search import search_text
from wallet.models import AccountKind, Transfer, TransferCode

CLEARING = "cards.clearing"


class Booked(Enum):
    """Who books a Transfer: itself, the Movement of its clearing, whichever of the two there is, itself where a wallet that
    it touches has an account of its own, or the step of a person's account that it pays."""

    ITSELF = "itself"
    BY_MOVEMENT = "by_movement"
    ITSELF_WITHOUT_CLEARING = "itself_without_clearing"
    BETWEEN_ACCOUNTS = "between_accounts"
    BY_BALANCE_ENTRY = "by_balance_entry"


SOURCES: dict[TransferCode, Booked] = {
    TransferCode.TOP_UP: Booked.ITSELF,
    TransferCode.TOP_UP_RETURN: Booked.ITSELF,
    TransferCode.WITHDRAWAL: Booked.ITSELF,
    TransferCode.CARD_PURCHASE: Booked.BY_MOVEMENT,
    TransferCode.CARD_CASH: Booked.BY_MOVEMENT,
    TransferCode.CARD_REFUND: Booked.BY_MOVEMENT,
    TransferCode.CARD_REFUND_REVERSAL: Booked.BY_MOVEMENT,
    TransferCode.CORRECTION_DEBIT: Booked.ITSELF_WITHOUT_CLEARING,
    TransferCode.CORRECTION_CREDIT: Booked.ITSELF_WITHOUT_CLEARING,
    TransferCode.CHARGEBACK: Booked.BY_MOVEMENT,
    TransferCode.CHARGEBACK_REVERSAL: Booked.BY_MOVEMENT,
    # Lent until a dispute is decided, on the account for disputes; taken back it leaves nothing there.
    TransferCode.PROVISIONAL_CREDIT: Booked.ITSELF,
    TransferCode.PROVISIONAL_CREDIT_BACK: Booked.ITSELF,
    TransferCode.FEE: Booked.ITSELF,
    TransferCode.TOP_UP_UNDONE: Booked.ITSELF,
    TransferCode.INTERNAL: Booked.BETWEEN_ACCOUNTS,
    # A payout is booked by the step of the person's account that it makes, once it arrived.
    TransferCode.PAYOUT: Booked.BY_BALANCE_ENTRY,
    TransferCode.PAYOUT_SENT: Booked.BY_BALANCE_ENTRY,
    TransferCode.PAYOUT_REFUSED: Booked.BY_BALANCE_ENTRY,
    TransferCode.PAYOUT_RETURNED: Booked.BY_BALANCE_ENTRY,
}

# Steps of a person's account that no expense tells of. Claims, private purchases and cash are booked by their movements.
SETTLING = frozenset(
    {BalanceKind.PAYOUT, BalanceKind.PAYOUT_FAILED, BalanceKind.REPAYMENT, BalanceKind.DEDUCTION, BalanceKind.UNDONE}
)

BY_CLEARING = frozenset(
    code for code, booked in SOURCES.items() if booked in (Booked.BY_MOVEMENT, Booked.ITSELF_WITHOUT_CLEARING)
)
WALLETS = frozenset({AccountKind.WALLET, AccountKind.SUB_WALLET})


def books_itself(transfer: Transfer) -> bool:
    """Say whether a Transfer is an item of its own. Raises KeyError for a code that SOURCES does not know."""
    booked = SOURCES[TransferCode(transfer.code)]
    if booked is Booked.ITSELF_WITHOUT_CLEARING:
        return transfer.subject_type != CLEARING
    if booked is Booked.BETWEEN_ACCOUNTS:
        return _apart().filter(
            Q(wallet=transfer.debit_account_id) | Q(wallet=transfer.credit_account_id), created_at__lte=transfer.booked_at
        ).exists()  # fmt: skip
    return booked is Booked.ITSELF


def _apart() -> QuerySet[WalletAccount]:
    rows: QuerySet[WalletAccount] = WalletAccount.objects.all()
    return rows


def own_transfers() -> Q:
    """The same rule as a condition on Transfer rows."""
    itself = [code for code, booked in SOURCES.items() if booked is Booked.ITSELF]
    either = [code for code, booked in SOURCES.items() if booked is Booked.ITSELF_WITHOUT_CLEARING]
    inside = [code for code, booked in SOURCES.items() if booked is Booked.BETWEEN_ACCOUNTS]
    apart = _apart().filter(created_at__lte=OuterRef("booked_at"))
    touched = Exists(apart.filter(wallet=OuterRef("debit_account"))) | Exists(
        apart.filter(wallet=OuterRef("credit_account"))
    )
    return Q(code__in=itself) | (Q(code__in=either) & ~Q(subject_type=CLEARING)) | (Q(code__in=inside) & touched)


@transaction.atomic
def book_movement(*, movement: Movement) -> BookItem:
    """Make the item of a movement, once. It is an adjustment when its expense was booked before."""
    known = BookItem.objects.filter(movement=movement).first()
    if known:
        return known
    expense = movement.expense
    booked = ExportItem.objects.filter(book_item__expense=expense, withdrawn_at=None).exists()
    item = BookItem(
        company_id=movement.company_id,
        movement=movement,
        expense=expense,
        kind=ItemKind.ADJUSTMENT if booked else ItemKind.ORIGINAL,
        booked_date=movement.booked_date,
        direction=movement.direction,
        amount=movement.amount,
        currency=movement.currency,
        text=expense.merchant,
        person=expense.owner,
        wallet_id=_sub_wallet(movement),
        exchange=_exchange(movement),
    )
    return _insert(item, Q(movement=movement))


def _sub_wallet(movement: Movement) -> UUID | None:
    """Return the sub-wallet that a movement was paid from or came back to; None for the main one and for no wallet at all."""
    if movement.clearing_id is None:
        return None
    moved = Transfer.objects.filter(subject_type=CLEARING, subject_id=movement.clearing_id, code__in=BY_CLEARING)
    for row in moved.select_related("debit_account", "credit_account"):
        for side in (row.debit_account, row.credit_account):
            if side.kind == AccountKind.SUB_WALLET:
                return side.pk
    return None


def _exchange(movement: Movement) -> int | None:
    """Return what a purchase abroad cost more than was asked at the till, where the shop took exactly what it asked for.

    Only then is the whole difference the rate's. A tip, a part or a later correction is none.
    """
    if movement.clearing_id is None or movement.expense.kind != ExpenseKind.CARD:
        return None
    rows = Clearing.objects.filter(pk=movement.clearing_id, kind=ClearingKind.PURCHASE)
    found = rows.select_related("authorization").first()
    asked = found.authorization if found else None
    if found is None or asked is None or found.merchant_currency == found.currency:
        return None
    same = (asked.merchant_amount, asked.merchant_currency) == (found.merchant_amount, found.merchant_currency)
    return (found.amount - asked.amount or None) if same and asked.amount else None


@transaction.atomic
def book_transfer(*, transfer: Transfer) -> BookItem:
    """Make the item of a transfer that books itself, once. Money that raised the wallet counts as incoming."""
    assert books_itself(transfer), "this transfer is booked by its movement"
    known = BookItem.objects.filter(transfer=transfer).first()
    if known:
        return known
    incoming = transfer.credit_account.kind in WALLETS
    item = BookItem(
        company_id=transfer.company_id,
        transfer=transfer,
        booked_date=transfer.company.day_of(transfer.booked_at),
        direction=Direction.REFUND if incoming else Direction.SPEND,
        amount=transfer.amount,
        currency=transfer.currency,
        text=transfer.text,
        search_text=search_text(transfer.text, transfer.get_code_display()),
    )
    return _insert(item, Q(transfer=transfer))


@transaction.atomic
def book_balance_entry(*, entry: BalanceEntry) -> BookItem:
    """Make the item of a payment between a person and the company, once. Money that the company paid counts as spent."""
    assert entry.kind in SETTLING, "this step is booked by the movements of its expense"
    known = BookItem.objects.filter(balance_entry=entry).first()
    if known:
        return known
    item = BookItem(
        company_id=entry.company_id,
        balance_entry=entry,
        booked_date=entry.booked_date,
        direction=Direction.SPEND if entry.owed == Owed.BY_PERSON else Direction.REFUND,
        amount=entry.amount,
        currency=entry.currency,
        text=entry.text[:160],
        search_text=search_text(entry.text, entry.membership.name, entry.get_kind_display()),
        person=entry.membership,
    )
    return _insert(item, Q(balance_entry=entry))


def follow_movement(*, movement: Movement) -> int:
    """Repeat the amount and the day of a changed movement on its item, which no batch holds; returns how many there were."""
    items = BookItem.objects.filter(movement=movement, lane=Lane.UNEXPORTED).exclude(kind=ItemKind.CORRECTION)
    return items.update(amount=movement.amount, booked_date=movement.booked_date, text=movement.expense.merchant)


def drop_movement(*, movement: Movement) -> int:
    """Let go of a movement that is taken back; returns how many items there were. Raises ExpenseLocked once it was exported."""
    items = BookItem.objects.filter(movement=movement)
    if items.filter(Q(export_items__isnull=False) | ~Q(lane=Lane.UNEXPORTED)).exists():
        raise ExpenseLocked(lane=Lane.EXPORTED)
    return items.delete()[0]


def _insert(item: BookItem, source: Q) -> BookItem:
    """Insert, or return what another worker inserted first: the unique source decides."""
    try:
        with transaction.atomic():
            item.save(force_insert=True)
    except IntegrityError:
        other = BookItem.objects.filter(source).first()
        if other is None:
            raise
        return other
    if item.expense_id:
        refresh_lane(expense_ids=[item.expense_id])
    return item


def unbooked_movements(
    *, before: datetime | None = None, since: datetime | None = None, limit: int = 500
) -> list[UUID]:
    """Return movements without an item, oldest first; with `since` only those made after it, found by their keys."""
    rows = Movement.objects.filter(~Exists(BookItem.objects.filter(movement=OuterRef("pk"))))
    return _oldest(rows, before, since, limit)


def unbooked_transfers(
    *, before: datetime | None = None, since: datetime | None = None, limit: int = 500
) -> list[UUID]:
    """Return transfers that book themselves and have no item yet, oldest first."""
    rows = Transfer.objects.filter(own_transfers(), ~Exists(BookItem.objects.filter(transfer=OuterRef("pk"))))
    return _oldest(rows, before, since, limit)


def unbooked_balance_entries(
    *, before: datetime | None = None, since: datetime | None = None, limit: int = 500
) -> list[UUID]:
    """Return payments between people and the company that have no item yet, oldest first."""
    rows = BalanceEntry.objects.filter(
        ~Exists(BookItem.objects.filter(balance_entry=OuterRef("pk"))), kind__in=SETTLING
    )
    return _oldest(rows, before, since, limit)


def _oldest(rows: QuerySet[Any], before: datetime | None, since: datetime | None, limit: int) -> list[UUID]:
    chosen = rows.filter(created_at__lte=before) if before else rows
    if since:
        chosen = chosen.filter(pk__gte=earliest_id(since))
    return list(chosen.order_by("created_at", "pk").values_list("pk", flat=True)[:limit])


SETTLE = timedelta(seconds=5)
# The frequent sweep looks this far back, by key; once an hour everything is looked at.
RECENT = timedelta(days=1)


def sweep(*, now: datetime, everything: bool = False) -> int:
    """Make the items that no signal made; returns how many. The sweep is the guarantee, the signal only the speed.

    Unless `everything` is asked for, only rows of the last day are looked at: their number does not grow with the years.
    """
    made, before, since = 0, now - SETTLE, None if everything else now - RECENT
    # In the order in which they happened, as they are then listed and numbered: keys grow with time.
    moved = Movement.objects.filter(pk__in=unbooked_movements(before=before, since=since)).order_by("pk")
    for movement in moved.select_related("expense__owner"):
        book_movement(movement=movement)
        made += 1
    waiting = Transfer.objects.filter(pk__in=unbooked_transfers(before=before, since=since)).order_by("pk")
    for transfer in waiting.select_related("company", "credit_account", "debit_account"):
        book_transfer(transfer=transfer)
        made += 1
    paid = BalanceEntry.objects.filter(pk__in=unbooked_balance_entries(before=before, since=since)).order_by("pk")
    for entry in paid.select_related("membership"):
        book_balance_entry(entry=entry)
        made += 1
    return made
