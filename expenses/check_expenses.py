"""Recompute what stands on an expense for lists' sake from the rows it repeats, and compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Company
from expenses import balance
from expenses.models import (
    Attachment,
    BalanceEntry,
    Direction,
    Expense,
    ExpenseKind,
    ExpenseLine,
    Movement,
    PaymentState,
    Review,
    ReviewOutcome,
    TaxMethod,
)
from receipts.models import Source


@dataclass(frozen=True)
class Difference:
    """An expense that says something else than its rows."""

    expense: UUID
    number: int
    what: str

    def __str__(self) -> str:
        return f"expense #{self.number} ({self.expense}): {self.what}"


def check_expenses(*, company: Company | None = None) -> list[Difference]:
    """Return every disagreement, of one company or of all. An empty list means that lists tell the truth."""
    rows = Expense.objects.for_company(company) if company else Expense.objects.all()
    return [
        Difference(pk, number, what)
        for what, find in CHECKS.items()
        for pk, number in find(rows).order_by("pk").values_list("pk", "number").iterator()
    ]


def _signed_sum(model: Any) -> Coalesce:
    """Return the sum of an expense's rows of one table in the expense's own direction."""
    signed = Case(When(direction=OuterRef("direction"), then=F("amount")), default=-F("amount"))
    rows = model.objects.filter(expense=OuterRef("pk")).order_by().values("expense")
    total = rows.annotate(total=Sum(signed, output_field=BigIntegerField())).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0), output_field=BigIntegerField())


def _lines(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    return rows.annotate(counted=_signed_sum(ExpenseLine)).exclude(counted=F("amount"))


def _movements(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    settled = rows.filter(Exists(Movement.objects.filter(expense=OuterRef("pk"))))
    return settled.annotate(counted=_signed_sum(Movement)).exclude(counted=F("amount"))


def _payment(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    has_movement = Exists(Movement.objects.filter(expense=OuterRef("pk")))
    settled = Q(payment=PaymentState.CLEARED)
    return rows.filter(
        (settled & ~has_movement) | (~settled & has_movement) | Q(payment=PaymentState.REVERSED, amount__gt=0)
    )


def _receipts(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    live = Attachment.objects.filter(expense=OuterRef("pk"), detached_at=None).order_by().values("expense")
    count = Subquery(live.annotate(number=Count("pk")).values("number"), output_field=IntegerField())
    return rows.annotate(counted=Coalesce(count, Value(0))).exclude(counted=F("receipt_count"))


def _coding(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    bare = Exists(ExpenseLine.objects.filter(expense=OuterRef("pk"), category=None, is_private=False, amount__gt=0))
    return rows.filter(amount__gt=0).filter((Q(is_coded=True) & bare) | (Q(is_coded=False) & ~bare))


def _private(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    weighty = ExpenseLine.objects.filter(expense=OuterRef("pk"), amount__gt=0)
    own, others = Exists(weighty.filter(is_private=True)), Exists(weighty.filter(is_private=False))
    return rows.filter((Q(is_private=True) & (~own | others)) | (Q(is_private=False) & own & ~others))


def _declared(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    """Without the shop's paper no VAT is claimed on what no batch holds; `TaxCode.claims_vat` in SQL."""
    kept = Q(tax_code__non_deductible__gte=100)
    inside = Q(tax_code__method=TaxMethod.INCLUSIVE, tax_code__rate__gt=0)
    claims = ExpenseLine.objects.filter(expense=OuterRef("pk"), locked_at=None)
    claims = claims.filter((inside & ~kept) | Q(tax_code=None, tax_amount__gt=0) | (Q(tax_amount__gt=0) & ~kept))
    others = Attachment.objects.filter(expense=OuterRef("pk"), detached_at=None).exclude(
        receipt__source=Source.DECLARED
    )
    papers = Attachment.objects.filter(expense=OuterRef("pk"), detached_at=None)
    is_declared = Exists(papers) & ~Exists(others)
    return rows.filter(Q(is_declared=True) & (~is_declared | Exists(claims)) | (Q(is_declared=False) & is_declared))


def _decisions(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    """A question that the owner answered is no decision in force any more; an okay stays one until it is taken back."""
    last = Review.objects.filter(expense=OuterRef("pk")).order_by("-id").values("outcome")[:1]
    told = rows.annotate(last=Coalesce(Subquery(last), Value("")))
    wrong = (~Q(review="") & ~Q(review=F("last"))) | Q(review="", last=ReviewOutcome.OKAY)
    return told.filter(wrong)


def _locks(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    locked = Exists(ExpenseLine.objects.filter(expense=OuterRef("pk"), locked_at__isnull=False))
    return rows.filter((Q(locked_at__isnull=False) & ~locked) | (Q(locked_at=None) & locked))


def _account(rows: QuerySet[Expense]) -> QuerySet[Expense]:
    """What an expense counts for in its person's account is what its entries sum to."""
    private = ExpenseLine.objects.filter(expense=OuterRef("pk"), is_private=True).order_by().values("expense")
    way = Case(When(direction=Direction.SPEND, then=F("amount")), default=-F("amount"), output_field=BigIntegerField())
    own = Subquery(private.annotate(sum=Sum(way)).values("sum"), output_field=BigIntegerField())
    entries = BalanceEntry.objects.filter(expense=OuterRef("pk")).order_by().values("expense")
    counted = Subquery(entries.annotate(sum=Sum(balance.SIGNED)).values("sum"), output_field=BigIntegerField())
    spent, claimed = way, Q(kind__in=[*balance.OWED, ExpenseKind.CASH_PURCHASE])
    told = rows.annotate(own=Coalesce(own, Value(0)), counted=Coalesce(counted, Value(0)), spent=spent).annotate(
        effect=Case(
            When(~Q(payment=PaymentState.CLEARED), then=Value(0)),
            When(claimed & Q(review=ReviewOutcome.OKAY), then=F("spent") - F("own")),
            When(claimed, then=Value(0)),
            When(kind=ExpenseKind.CASH, then=-F("spent")),
            default=-F("own"),
            output_field=BigIntegerField(),
        )
    )
    return told.exclude(effect=F("counted"))


CHECKS: dict[str, Callable[[QuerySet[Expense]], QuerySet[Expense]]] = {
    "the lines do not sum to the amount": _lines,
    "the movements do not net to the amount": _movements,
    "the state of the payment does not fit the movements": _payment,
    "the number of receipts is wrong": _receipts,
    "what is coded is wrong": _coding,
    "what is private is wrong": _private,
    "the account of its person is wrong": _account,
    "the decision in force is not the last one": _decisions,
    "what is locked is wrong": _locks,
    "VAT is claimed without a receipt, or a declaration is not seen": _declared,
}
