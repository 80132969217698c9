"""Whether an item can be booked: typed checks, each with a sentence and a way to mend what fails.

Results are codes with parameters. `ready()` asks the same of a whole query at once; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bookkeeping.facts import HELD, PLACES, fact_of
from bookkeeping.journal import (
    THROUGH_SUPPLIER,
    Contra,
    Moved,
    Purchase,
    Settled,
    Unbookable,
    private_of,
    spread,
)
from bookkeeping.models import BookItem, CorrectionLine, ItemKind
from expenses.models import (
    BalanceKind,
    Expense,
    ExpenseKind,
    ExpenseLine,
    Lane,
    LineTag,
    PaymentState,
    PayoutItem,
    ReviewOutcome,
    RunMethod,
)
from expenses.next_step import WITH_RECEIPT
from wallet.models import TransferCode


class Check(models.TextChoices):
    """What is asked of an item, in the order shown."""

    SETTLED = "settled", _("Settled")
    CATEGORY = "category", _("Category")
    ACCOUNT = "account", _("Account is open")
    TAX = "tax", _("VAT code fits")
    RECEIPT = "receipt", _("Receipt")
    READING = "reading", _("Reading confirmed")
    POLICY = "policy", _("The company’s rules")
    OKAYED = "okayed", _("Okay")
    CONTRA = "contra", _("Contra account")


# Code of a failure -> its sentence and the word of the fix. Parameters are filled in when it is shown.
FAILURES: dict[str, tuple[Any, Any]] = {
    "not_settled": (_("Reserved. It can be exported once it settles, usually in 2 days."), ""),
    "category_missing": (_("No category."), _("Choose a category")),
    "tag_missing": (_("No tag of “%(group)s”."), _("Choose a tag")),
    "lines_unsplit": (_("The lines do not add up to what settled."), _("Split it")),
    "account_archived": (_("Account %(account)s was archived."), _("See accounts")),
    "tax_account_missing": (
        _("The VAT has no account: the VAT code is missing or names none."),
        _("Choose a VAT code"),
    ),
    "tax_account_archived": (_("Account %(account)s, for VAT, was archived."), _("See accounts")),
    "receipt_missing": (_("No receipt."), _("Add the receipt")),
    "reading_open": (_("What was read from the receipt is not confirmed yet."), _("Check what we read")),
    "policy_open": (_("The company’s rules still ask for something."), _("See what")),
    "not_reviewed": (_("Nobody has said Okay yet."), _("Review it")),
    "needs_details": (_("%(person)s was asked for details."), _("See the question")),
    "not_okay": (_("Someone said Not okay."), _("See why")),
    "contra_account_missing": (_("The books have no contra account for this yet: %(role)s."), _("Choose the account")),
    "contra_account_archived": (_("Contra account %(account)s was archived."), _("Choose another")),
    "already_queued": (_("It is in the queue already."), ""),
    "already_exported": (_("It was exported. Undo the export first."), ""),
    "not_queued": (_("It is not in the queue."), ""),
    "in_export": (_("An export that is being made holds it."), ""),
    "corrected_gone": (_("What it corrects is not in the books. Export that first, or take the correction back."), ""),
    "correction_dropped": (_("The correction was taken back."), ""),
    "nothing_to_book": (_("Nothing of it settled yet, so there is nothing to book."), ""),
}

ROLES: dict[str, Any] = {
    "wallet": _("the wallet"),
    "bank": _("the bank"),
    "out_of_pocket": _("owed to employees"),
    "cash": _("cash in hand"),
    "fees": _("fees"),
}
# Asked for only where the books are kept by accounts payable.
SUPPLIER: Any = _("suppliers")
# Without an account of their own they are booked on another's (`journal.INSTEAD`).
STOOD_IN: dict[str, Any] = {
    "receivable": _("owed by employees"),
    "payroll": _("salaries"),
    "disputes": _("disputes"),
    "exchange": _("exchange differences"),
}

# Which contra accounts a kind of expense needs, besides the accounts of its lines.
NEEDED: dict[str, tuple[str, ...]] = {
    ExpenseKind.CARD: ("wallet",),
    ExpenseKind.REFUND: ("wallet",),
    ExpenseKind.CASH: ("wallet", "cash"),
    ExpenseKind.FEE: ("wallet",),
    ExpenseKind.OUT_OF_POCKET: ("out_of_pocket",),
    ExpenseKind.MILEAGE: ("out_of_pocket",),
    ExpenseKind.PER_DIEM: ("out_of_pocket",),
    ExpenseKind.CASH_PURCHASE: ("cash",),
}
_WALLET = "wallet"


@dataclass(frozen=True, slots=True)
class Result:
    """One check of one item. `code` is empty when it passed; `place` says where it is mended (expense, accounts, settings)."""

    check: str
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    place: str = "expense"

    @property
    def passed(self) -> bool:
        return not self.code

    @property
    def sentence(self) -> str:
        """Say what is wrong, or what was asked when it passed."""
        if not self.code:
            return str(Check(self.check).label)
        return str(FAILURES[self.code][0]) % self.params

    @property
    def fix(self) -> str:
        """The word on the button that leads to the place."""
        return str(FAILURES[self.code][1]) if self.code else ""


def check(item: BookItem, contra: Contra) -> list[Result]:
    """Return every check of an item, passed or not. Needs rows fetched by `with_facts`."""
    if item.expense is None:
        return [Result(Check.SETTLED), _contra(_roles(item), contra)]
    if item.kind == ItemKind.CORRECTION:
        return [_standing(item), *_still_open(lines_of(item)), _contra(_needed_for(item, contra), contra)]
    expense = item.expense
    results = [_settled(expense), *_coding(item, contra)]
    if expense.kind in WITH_RECEIPT and not expense.is_private:
        is_there = expense.receipt_count or not expense.receipt_wanted
        results.append(Result(Check.RECEIPT, "" if is_there else "receipt_missing"))
        results.append(Result(Check.READING, "reading_open" if expense.reading_open else ""))
    results.append(Result(Check.POLICY, "policy_open" if expense.policy_step else ""))
    return [*results, _okayed(expense), _contra(_needed_for(item, contra), contra)]


def _needed_for(item: BookItem, contra: Contra) -> tuple[str, ...]:
    """Return the contra accounts that an item of an expense needs."""
    assert item.expense is not None, "money that no expense tells of needs others"
    owed = (private_of(item.expense.kind),) if any(line.is_private for line in lines_of(item)) else ()
    apart = ("exchange",) if item.exchange and contra.exchange_apart else ()
    return (*needed(item.expense.kind, contra), *owed, *apart)


def _standing(item: BookItem) -> Result:
    """Say whether what a correction corrects is in the books, with the amount that it had when it was corrected."""
    if item.lane == Lane.NONE:
        return Result(Check.SETTLED, "correction_dropped")
    assert item.movement is not None, "a correction is one of a movement"
    same = (item.movement.amount, item.movement.direction) == (item.amount, item.direction)
    stands = item.correction.corrects.lane == Lane.EXPORTED and same
    return Result(Check.SETTLED, "" if stands else "corrected_gone")


def needed(kind: str, contra: Contra) -> tuple[str, ...]:
    """Return the contra accounts that expenses of a kind need under the company's method."""
    through = contra.is_payable and kind in THROUGH_SUPPLIER
    return (*NEEDED[kind], "supplier") if through else NEEDED[kind]


def _roles(item: BookItem) -> tuple[str, ...]:
    """Return the contra accounts that money needs of which no expense tells."""
    fact = fact_of(item)
    if isinstance(fact, Settled):
        return (*dict(fact.parts), fact.place)
    return (_WALLET, fact.place) if isinstance(fact, Moved) else (_WALLET,)


def failures(item: BookItem, contra: Contra) -> list[Result]:
    """Return the checks that fail; an item with none is ready."""
    return [result for result in check(item, contra) if not result.passed]


def _settled(expense: Expense) -> Result:
    return Result(Check.SETTLED, "" if expense.payment == PaymentState.CLEARED else "not_settled")


def _okayed(expense: Expense) -> Result:
    if expense.review == ReviewOutcome.OKAY:
        return Result(Check.OKAYED)
    if expense.review == ReviewOutcome.NEEDS_DETAILS:
        return Result(Check.OKAYED, "needs_details", {"person": expense.owner.first_name})
    return Result(Check.OKAYED, "not_okay" if expense.review == ReviewOutcome.NOT_OKAY else "not_reviewed")


def _contra(roles: Iterable[str], contra: Contra) -> Result:
    for role in roles:
        account = contra.named(role)
        if account is None:
            word = {**ROLES, **STOOD_IN}.get(role, SUPPLIER)
            return Result(Check.CONTRA, "contra_account_missing", {"role": word}, "settings")
        if not account.is_open:
            return Result(Check.CONTRA, "contra_account_archived", {"account": account.number}, "settings")
    return Result(Check.CONTRA)


def lines_of(item: BookItem) -> Sequence[ExpenseLine | CorrectionLine]:
    """Return the lines that an item may book: its movement's own, else the shared ones; of a correction the right ones."""
    assert item.expense is not None, "only an expense has lines"
    if item.kind == ItemKind.CORRECTION:
        return list(item.correction.lines.all())
    return _own_or_shared(item)


def _own_or_shared(item: BookItem) -> list[ExpenseLine]:
    assert item.expense is not None, "only an expense has lines"
    lines = list(item.expense.lines.all())
    own = [line for line in lines if line.movement_id == item.movement_id]
    return own or [line for line in lines if line.movement_id is None]


def _coding(item: BookItem, contra: Contra) -> list[Result]:
    lines, category = _own_or_shared(item), Result(Check.CATEGORY)
    fact = fact_of(item)
    assert isinstance(fact, Purchase), "an item of an expense is a purchase"
    try:
        spread(fact.lines, fact.movements, item.currency)
    except Unbookable as error:
        category = Result(Check.CATEGORY, error.reason)
    if any(line.is_rest and line.amount for line in lines):
        category = Result(Check.CATEGORY, "lines_unsplit")
    elif any(line.category is None and not line.is_private for line in lines):
        category = Result(Check.CATEGORY, "category_missing")
    elif lacking := _untagged(lines, contra):
        category = Result(Check.CATEGORY, "tag_missing", {"group": lacking})
    return [category, *_still_open(lines)]


def _still_open(lines: Iterable[ExpenseLine | CorrectionLine]) -> list[Result]:
    """Say whether the accounts of some lines can be booked on."""
    account, tax = Result(Check.ACCOUNT), Result(Check.TAX)
    for line in lines:
        if line.category and line.category.account.archived_at:
            account = Result(Check.ACCOUNT, "account_archived", {"account": line.category.account.number}, "accounts")
        if line.tax_amount and (line.tax_code is None or line.tax_code.account is None):
            tax = Result(Check.TAX, "tax_account_missing")
        elif line.tax_amount and line.tax_code and line.tax_code.account and line.tax_code.account.archived_at:
            tax = Result(Check.TAX, "tax_account_archived", {"account": line.tax_code.account.number}, "accounts")
    return [account, tax]


def _untagged(lines: Iterable[ExpenseLine], contra: Contra) -> str:
    """Return the name of a required tag group that one of these lines has no tag of, or nothing."""
    weighty = [line for line in lines if line.amount and not line.is_private]
    has = [{one.group_id for one in line.line_tags.all()} for line in weighty]
    return next((name for group, name in contra.required.items() if any(group not in tags for tags in has)), "")


def ready(items: QuerySet[BookItem], contra: Contra) -> Any:
    """Keep the items of a query that pass every check, asked of the database in one go.

    Whether lines add up is left to the check of each item: the verb that queues asks it again under lock.
    """
    usable = {
        role
        for role in (*ROLES, *STOOD_IN, "supplier")
        if (account := contra.named(role)) is not None and account.is_open
    }
    kinds = [kind for kind in NEEDED if set(needed(kind, contra)) <= usable]
    elsewhere = _moved(usable) | _paid(usable)
    lines = ExpenseLine.objects.filter(expense=OuterRef("expense"))
    own, shared = lines.filter(movement=OuterRef("movement")), lines.filter(movement=None)
    wrong: Any = (
        Q(is_rest=True, amount__gt=0)
        | Q(category=None, is_private=False)
        | Q(category__account__archived_at__isnull=False)
    )
    for group in contra.required:
        tagged = Exists(LineTag.objects.filter(line=OuterRef("pk"), group=group))
        wrong |= Q(is_private=False, amount__gt=0) & ~tagged
    tax_lost = Q(tax_code=None) | Q(tax_code__account=None) | Q(tax_code__account__archived_at__isnull=False)
    wrong |= Q(tax_amount__gt=0) & tax_lost
    wrong |= Q(is_private=True, expense__kind__in=[kind for kind in NEEDED if private_of(kind) not in usable])
    coded = ~Exists(own.filter(wrong)) & (Exists(own) | ~Exists(shared.filter(wrong)))
    documented = ~Q(expense__kind__in=WITH_RECEIPT) | Q(expense__is_private=True)
    documented |= Q(expense__receipt_count__gt=0, expense__reading_open=False)
    purchases: Any = ~Q(kind=ItemKind.CORRECTION) & Q(
        expense__kind__in=kinds, expense__payment=PaymentState.CLEARED, expense__review=ReviewOutcome.OKAY
    )
    if contra.exchange_apart and "exchange" not in usable:
        purchases &= Q(exchange=None)
    return items.filter(elsewhere | (purchases & coded & documented) | _corrections(kinds, usable, contra))


def _corrections(kinds: list[str], usable: set[str], contra: Contra) -> Any:
    """Say which corrections can be booked: what they correct is in the books, and their accounts are open."""
    lines = CorrectionLine.objects.filter(correction__item=OuterRef("pk"))
    wrong = Q(category__account__archived_at__isnull=False)
    lost = Q(tax_code=None) | Q(tax_code__account=None) | Q(tax_code__account__archived_at__isnull=False)
    wrong |= Q(tax_amount__gt=0) & lost
    wrong |= Q(is_private=True, correction__item__expense__kind__in=[k for k in NEEDED if private_of(k) not in usable])
    able: Any = ~Exists(lines.filter(wrong)) & Q(
        kind=ItemKind.CORRECTION, expense__kind__in=kinds, correction__corrects__lane=Lane.EXPORTED,
        correction__dropped_at=None, movement__amount=F("amount"), movement__direction=F("direction"),
    )  # fmt: skip
    return able & Q(exchange=None) if contra.exchange_apart and "exchange" not in usable else able


def _moved(usable: set[str]) -> Q:
    """Say which transfers can be booked on the accounts that there are."""
    if _WALLET not in usable:
        return Q(pk__in=[])
    codes = [code for code in TransferCode if PLACES.get(code, "fees") in usable or code == TransferCode.INTERNAL]
    return Q(transfer__code__in=codes)


def _paid(usable: set[str]) -> Any:
    """Say which payments between people and the company can be booked: every step of a payout has its account."""
    steps = PayoutItem.objects.filter(payout=OuterRef("balance_entry__payout"))
    able: Any = Q(balance_entry__isnull=False)
    for kind, role in HELD.items():
        if role not in usable:
            able &= ~Exists(steps.filter(entry__kind=kind))
    if "receivable" not in usable:
        able &= Q(balance_entry__payout__isnull=False) & ~Exists(steps.exclude(entry__kind__in=HELD))
    salary = Q(balance_entry__payout__run__method=RunMethod.PAYROLL)
    salary |= Q(balance_entry__kind=BalanceKind.DEDUCTION) | Q(balance_entry__undoes__kind=BalanceKind.DEDUCTION)
    if "payroll" not in usable:
        able &= ~salary
    return able if "bank" in usable else able & salary
