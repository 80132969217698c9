"""Which receipts a company keeps until when, and what keeps those whose time is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, DateField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, TruncDate
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from bookkeeping.models import BookItem, BookSettings, ItemKind, JournalEntry, LegalHold
from bookkeeping.months import closed_upto
from bookkeeping.retention_law import Period, law_of
from cards.models import Dispute
from cards.models.disputes import CLOSED
from expenses.lock_period import live_lock
from expenses.models import Attachment, Expense, Lane, LockKind, Movement, PaymentState
from receipts.erase import FINAL
from receipts.models import Receipt

# Where nothing was moved or entered: before any day.
NEVER = date(1, 1, 1)


class Keeping(models.TextChoices):
    """What becomes of a receipt when its time is over; the first that applies."""

    HELD = "held", _("On legal hold")
    OPEN = "open", _("Not exported yet")
    DISPUTED = "disputed", _("In an open dispute")
    UNLOCKED = "unlocked", _("Its month is not closed")
    UNREAD = "unread", _("Being read")
    DUE = "due", _("Will be erased")


def period_of(settings: BookSettings) -> Period:
    """Return how long a company keeps receipts: as it says, never shorter than its country's law."""
    law = law_of(settings.company.country)
    years = max(settings.retention_years or law.years, law.years)
    return Period(years, law.counted_from, settings.fiscal_year_start_month)


def shut_upto(company: Company) -> date | None:
    """Return the day up to which the past is closed: months closed in the books, or changes of expenses locked."""
    lock = live_lock(company, LockKind.EDITS)
    days = [day for day in (closed_upto(company), lock.upto if lock else None) if day]
    return max(days, default=None)


def kept(company: Company) -> Any:
    """Return a company's receipts with `base_day`, from which their time counts, and `keeping`, one of `Keeping`.

    The day is the latest on which something on the receipt's expenses was bought or booked, or that it was received, where it is
    on none. A voucher may be dated later than what it books (into the first open month, which may be another fiscal year), and
    one of an expense that the receipt was once on may name it: those days count too. Callers narrow by `near` first: the day of
    a receipt takes several look-ups. Loosely typed for the two columns.
    """
    live = Attachment.objects.filter(receipt=OuterRef("pk"), detached_at=None)
    bought = live.annotate(day=TruncDate("expense__purchased_at", tzinfo=company.zone)).order_by("-day")
    moved = Movement.objects.filter(
        expense__attachments__receipt=OuterRef("pk"), expense__attachments__detached_at=None
    ).order_by("-booked_date")
    entered = JournalEntry.objects.filter(book_item__expense__attachments__receipt=OuterRef("pk")).order_by("-date")
    rows = Receipt.objects.for_company(company).annotate(
        bought_day=Subquery(bought.values("day")[:1], output_field=DateField()),
        moved_day=Subquery(moved.values("booked_date")[:1], output_field=DateField()),
        entered_day=Subquery(entered.values("date")[:1], output_field=DateField()),
    )
    never = Value(NEVER, output_field=DateField())
    rows = rows.annotate(
        base_day=Greatest(
            Coalesce("bought_day", TruncDate("created_at", tzinfo=company.zone)),
            Coalesce("moved_day", never),
            Coalesce("entered_day", never),
            output_field=DateField(),
        )
    )
    upto = shut_upto(company)
    shut = Q(base_day__lte=upto) if upto else Q(pk__in=[])
    return rows.annotate(
        keeping=Case(
            When(_held(company), then=Value(Keeping.HELD)),
            When(Exists(live.filter(_in_no_book())) | Exists(_to_be_booked()), then=Value(Keeping.OPEN)),
            When(Exists(_disputes()), then=Value(Keeping.DISPUTED)),
            When(~shut, then=Value(Keeping.UNLOCKED)),
            When(~Q(status__in=FINAL), then=Value(Keeping.UNREAD)),
            default=Value(Keeping.DUE),
            output_field=models.CharField(),
        )
    )


def near(company: Company, upto: date) -> Q:
    """Select receipts whose day can lie up to a day: a first look by indexes alone, which leaves too many and none out."""
    # Two days cover every time zone.
    before = datetime.combine(upto + timedelta(days=2), time.min, tzinfo=UTC)
    early = Expense.objects.for_company(company).filter(purchased_at__lt=before)
    return Q(created_at__lt=before) | Q(pk__in=Attachment.objects.filter(expense__in=early).values("receipt"))


def _held(company: Company) -> Any:
    """On hold itself, or through its sender, an expense it is or was on, its owner, or the company."""
    live = LegalHold.objects.for_company(company).live()
    direct = live.filter(Q(scope="company") | Q(receipt=OuterRef("pk")) | Q(person=OuterRef("uploaded_by")))
    through = Attachment.objects.filter(receipt=OuterRef("pk")).filter(
        Q(expense__in=live.filter(scope="expense").values("expense"))
        | Q(expense__owner__in=live.filter(scope="person").values("person"))
    )
    return Exists(direct) | Exists(through)


def _in_no_book() -> Q:
    """An expense that was not exported. What was called off never is, and keeps nothing."""
    return ~Q(expense__books_lane=Lane.EXPORTED) & ~Q(
        expense__payment=PaymentState.REVERSED, expense__books_lane=Lane.NONE
    )


def _to_be_booked() -> QuerySet[BookItem]:
    """What waits to be booked of its expenses, corrections too, which move no expense to another lane."""
    found: QuerySet[BookItem] = BookItem.objects.filter(
        expense__attachments__receipt=OuterRef("pk"), expense__attachments__detached_at=None,
        kind=ItemKind.CORRECTION, lane__in=(Lane.UNEXPORTED, Lane.QUEUE),
    )  # fmt: skip
    return found


def _disputes() -> QuerySet[Dispute]:
    on_expense: dict[str, Any] = {
        "clearing__movement__expense__attachments__receipt": OuterRef("pk"),
        "clearing__movement__expense__attachments__detached_at": None,
    }
    found: QuerySet[Dispute] = Dispute.objects.filter(~Q(status__in=[word.value for word in CLOSED]), **on_expense)
    return found
