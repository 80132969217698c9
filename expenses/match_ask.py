"""Find what was bought with a request to spend: by itself where it is plain, by hand where it is not."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.budget_use import spent_on
from expenses.decide_ask import NotYourTurn
from expenses.models import AskSpend, AskStatus, Direction, Expense, ExpenseKind, PaymentState, SpendRequest
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import Money

ASKABLE = (
    ExpenseKind.CARD,
    ExpenseKind.OUT_OF_POCKET,
    ExpenseKind.CASH_PURCHASE,
    ExpenseKind.MILEAGE,
    ExpenseKind.PER_DIEM,
)
# Without a merchant's name an amount within a tenth of what was granted is plain.
NEAR_SHARE = 10


class AskedElsewhere(DomainError):
    """An expense was asked for once."""

    code = "asked_elsewhere"
    status = 409

    def message(self) -> str:
        return gettext("This expense belongs to another request already.")


class ExpenseUnfit(DomainError):
    """Somebody else's purchase, money that came back, or one from before the approval."""

    code = "expense_unfit"

    def message(self) -> str:
        return gettext("Choose a purchase of the person who asked, made after the approval.")


def candidates(request: SpendRequest) -> QuerySet[Expense]:
    """Return what may have been bought with a request, not matched to any: by who asked, from its approval to its last day."""
    assert request.decided_at is not None, "an approved request was decided"
    until = datetime.combine(request.until + timedelta(days=1), time.min, tzinfo=request.company.zone)
    rows = Expense.objects.filter(
        owner_id=request.asked_by_id, kind__in=ASKABLE, direction=Direction.SPEND, amount__gt=0,
        purchased_at__gte=request.decided_at, purchased_at__lt=until,
    ).exclude(payment=PaymentState.REVERSED)  # fmt: skip
    if request.made_id:
        rows = rows.filter(Q(authorization__card=request.made_id) | Q(authorization__card__head=request.made_id))
    return rows.filter(~Exists(AskSpend.objects.filter(expense=OuterRef("pk"), removed_at=None)))


def match_all(*, now: datetime) -> int:
    """Match what is plain for every approved request; returns how many. A pair that a person took apart stays apart."""
    rows = SpendRequest.objects.filter(status=AskStatus.APPROVED).select_related("company")
    return sum(_match(row, now) for row in rows.order_by("decided_at", "id").iterator(chunk_size=500))


def _match(row: SpendRequest, now: datetime) -> int:
    found = candidates(row).exclude(asked_for__request=row).order_by("purchased_at", "id")
    return sum(_take(row, expense, now) for expense in found[:50] if row.made_id or _is_plain(row, expense))


def _is_plain(row: SpendRequest, expense: Expense) -> bool:
    """Say whether an expense is surely this request's: by the merchant named, else by the amount, and no other request fits."""
    others = SpendRequest.objects.filter(asked_by_id=row.asked_by_id, status=AskStatus.APPROVED, made=None)
    fitting = [each.pk for each in others if _fits(each, expense)]
    return fitting == [row.pk] and spent_on([row]).get(row.pk, 0) < (row.granted or 0)


def _fits(row: SpendRequest, expense: Expense) -> bool:
    if row.merchant:
        return row.merchant.casefold() in expense.merchant.casefold()
    wanted = row.granted or 0
    return abs(expense.amount - wanted) * NEAR_SHARE <= wanted


@transaction.atomic
def _take(row: SpendRequest, expense: Expense, now: datetime) -> bool:
    still = SpendRequest.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk=row.pk, status=AskStatus.APPROVED
    )
    if still.first() is None:
        return False
    try:
        with transaction.atomic():
            AskSpend.objects.create(company_id=row.company_id, request=row, expense=expense)
    except IntegrityError:
        return False
    record(company=row.company, verb="spend_request.matched", subject=row, changes=_changes(expense), now=now)
    return True


def _changes(expense: Expense) -> dict[str, object]:
    return {"amount": expense.amount, "currency": expense.currency, "merchant": expense.merchant}


@transaction.atomic
def match_by_hand(*, request: SpendRequest, expense: Expense, by: Membership, now: datetime) -> AskSpend:
    """Say that an expense was bought with a request. Raises NotYourTurn, WrongState, ExpenseUnfit, AskedElsewhere."""
    row: SpendRequest = SpendRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=request.pk)
    if by.pk != row.asked_by_id and not by.can("requests.decide"):
        raise NotYourTurn
    if row.status not in (AskStatus.APPROVED, AskStatus.CLOSED) or row.decided_at is None:
        raise WrongState
    fits = expense.owner_id == row.asked_by_id and expense.kind in ASKABLE and expense.direction == Direction.SPEND
    if not fits or row.company.day_of(expense.purchased_at) < row.company.day_of(row.decided_at):
        raise ExpenseUnfit
    known: AskSpend | None = AskSpend.objects.filter(expense=expense, removed_at=None).first()
    if known is not None and known.request_id != row.pk:
        raise AskedElsewhere
    if known is not None:
        return known
    try:
        with transaction.atomic():
            made: AskSpend = AskSpend.objects.create(company_id=row.company_id, request=row, expense=expense, by=by)
    except IntegrityError:
        raise AskedElsewhere from None
    record(company=row.company, verb="spend_request.matched", subject=row, by=by, changes=_changes(expense), now=now)
    return made


@transaction.atomic
def unmatch(*, spend: AskSpend, by: Membership, now: datetime) -> bool:
    """Take an expense off its request; False when somebody did. Raises NotYourTurn."""
    row = spend.request
    if by.pk != row.asked_by_id and not by.can("requests.decide"):
        raise NotYourTurn
    if not AskSpend.objects.filter(pk=spend.pk, removed_at=None).update(removed_at=now):
        return False
    record(
        company=row.company,
        verb="spend_request.unmatched",
        subject=row,
        by=by,
        changes=_changes(spend.expense),
        now=now,
    )
    return True


def request_of(expense: Expense) -> SpendRequest | None:
    """Return the request that an expense belongs to, with who approved it as `approved_by` and by how much it is overrun."""
    spend = AskSpend.objects.filter(expense=expense, removed_at=None).select_related("request__company").first()
    if spend is None:
        return None
    found: SpendRequest = spend.request
    last = found.decisions.filter(verdict="approved").select_related("by").order_by("-id").first()
    found.approved_by = last.by.name if last else ""  # type: ignore[attr-defined]
    found.over = max(spent_on([found]).get(found.pk, 0) - (found.granted or 0), 0)  # type: ignore[attr-defined]
    found.over_money = Money(found.over, found.value_currency)  # type: ignore[attr-defined]
    return found
