"""Say what an expense was for: category, VAT, note."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from events.models import Event
from events.record import record
from expenses import lines
from expenses.errors import ExpenseChanged, ExpenseLocked, NotYours
from expenses.evaluate_policies import evaluate_policies
from expenses.lock_period import note_override, refuse_locked
from expenses.models import Category, Expense, ExpenseLine, LockKind, ReviewOutcome, Tag, TaxCode, Vendor
from expenses.new_expense import refresh_search
from expenses.tagging import Wanted, put_tags, refuse_archived, tags_on
from pleo.lib.errors import DomainError
from pleo.lib.money import Money


class Keep:
    """Stands for "leave as it is" where None means "nothing"."""


KEEP = Keep()
NOTE_LENGTH = 1000


class MasterArchived(DomainError):
    """The category or tax code is no longer offered."""

    code = "master_archived"
    field = "category"

    def message(self) -> str:
        return gettext("“%(name)s” was archived. Choose another.") % self.params


@transaction.atomic
def code_expense(
    *,
    expense: Expense,
    by: Membership,
    now: datetime,
    version: int | None = None,
    category: Category | Keep | None = KEEP,
    tax_code: TaxCode | Keep | None = KEEP,
    tax: Money | Keep | None = KEEP,
    note: str | Keep = KEEP,
    tags: Wanted | Keep = KEEP,
    vendor: Vendor | Keep | None = KEEP,
) -> Expense:
    """Code every line that is not locked, and keep the note and vendor. Only what is given anew touches the lines of a split.

    `tags` says what the lines get of the groups it names; other groups stay. What is given counts as said by a person: no rule
    says it after them.

    A new category brings its usual tax code unless one is given (none for purchases abroad); the tax follows from the rate
    unless an amount was typed. `version` is what the person had in front of them. When the owner answers somebody who
    asked for details, the expense goes back to review. Raises ExpenseLocked, ExpenseChanged, NotYours, MasterArchived,
    TagArchived, TaxTooLarge, VatNeedsReceipt.
    """
    locked = open_for(expense=expense, by=by, version=version)
    is_given = not all(isinstance(value, Keep) for value in (category, tax_code, tax))
    before = coding_of(locked)
    rows = locked.lines.select_related("category__tax_code", "tax_code").order_by("position")
    line = rows.filter(is_private=False).first()
    new_category = (line.category if line else None) if isinstance(category, Keep) else category
    is_new = line is not None and new_category != line.category
    if isinstance(tax_code, Keep):
        new_code = usual_tax_code(locked, new_category) if is_new else (line.tax_code if line else None)
    else:
        new_code = tax_code
    _refuse_archived(line, new_category, new_code)
    if isinstance(tax, Keep):
        same_code = line is not None and new_code == line.tax_code
        typed = line is not None and same_code and line.tax != lines.tax_of(line.gross, line.tax_code)
        tax = line.tax if line is not None and typed and locked.lines.count() == 1 else None
    if is_given:
        lines.code(locked, category=new_category, tax_code=new_code, tax=tax)
    if not isinstance(tags, Keep):
        tag_lines(locked, tags)
    if not isinstance(vendor, Keep):
        _refuse_gone(vendor, locked)
        locked.vendor = vendor
    if not isinstance(note, Keep):
        locked.note = note.replace("\x00", "")[:NOTE_LENGTH]
    answered_by(locked, by)
    given = {"category": category, "tax_code": tax_code, "tags": tags, "vendor": vendor, "note": note}
    # Nothing where nothing was is no answer: a form that was left empty says nothing.
    said = {name for name, value in given.items() if not isinstance(value, Keep) and (value or before[name])}
    if not isinstance(note, Keep) and before["note"] == locked.note:
        said -= {"note"}
    said_by_person(locked, said)
    locked.save(update_fields=["is_coded", "note", "review", "vendor", "filled"])
    refresh_search(locked)
    after = coding_of(locked)
    changes: dict[str, Any] = {name: [before[name], after[name]] for name in after if after[name] != before[name]}
    if changes:
        record(company=locked.company, verb="expense.coded", subject=locked, by=by, changes=changes, now=now)
    evaluate_policies(locked, now=now)
    return locked


def tag_lines(expense: Expense, tags: Wanted) -> None:
    """Give every unlocked line that is not private these tags. The caller holds the expense's lock. Raises TagArchived."""
    rows = list(ExpenseLine.objects.filter(expense=expense, locked_at=None, is_private=False))
    refuse_archived(tags.values(), [tag for found in tags_on(rows).values() for tag in found])
    put_tags(rows, tags)


def _refuse_gone(vendor: Vendor | None, expense: Expense) -> None:
    if vendor is not None and vendor.pk != expense.vendor_id and (vendor.archived_at or vendor.merged_into_id):
        raise MasterArchived(name=str(vendor))


def open_for(*, expense: Expense, by: Membership, version: int | None) -> Expense:
    """Lock an expense for a change by a person. Raises NotYours, ExpenseLocked, PeriodLocked, ExpenseChanged."""
    locked = (
        Expense.objects.select_for_update(no_key=True, of=("self",))
        .select_related("owner", "company")
        .get(pk=expense.pk)
    )
    refuse_change(locked, by)
    day = locked.company.day_of(locked.purchased_at)
    lock = refuse_locked(company=locked.company, kind=LockKind.EDITS, day=day, by=by)
    note_override(lock, subject=locked, by=by, now=timezone.now())
    if not lines.bump(locked, version=version):
        raise ExpenseChanged(who=_who_changed(locked))
    return locked


def refuse_change(expense: Expense, by: Membership) -> None:
    """Raise why a person may not change an expense, whatever its day: NotYours, ExpenseLocked."""
    if not expense.is_editable_by(by):
        raise NotYours
    if expense.is_frozen:
        raise ExpenseLocked(lane=expense.books_lane)


def said_by_person(expense: Expense, names: Iterable[str]) -> None:
    """Keep that a person said these fields, so that no rule says them after. The caller saves `filled`."""
    expense.filled = {**expense.filled, **{name: {"by": "person"} for name in names}}


def _who_changed(expense: Expense) -> str:
    last = (
        Event.objects.filter(subject_type="expenses.expense", subject_id=expense.pk, by__isnull=False)
        .select_related("by")
        .order_by("-id")
        .first()
    )
    return last.by.name if last and last.by else ""


def _refuse_archived(line: Any, category: Category | None, tax_code: TaxCode | None) -> None:
    """What was archived may stay where it is, and is not chosen anew."""
    for new, old in ((category, line.category if line else None), (tax_code, line.tax_code if line else None)):
        if new is not None and new.archived_at and new != old:
            raise MasterArchived(name=str(new))


def usual_tax_code(
    expense: Expense, category: Category | None, *, none: TaxCode | Keep | None = KEEP
) -> TaxCode | None:
    """Return the tax code that a category brings. VAT of another country, or without a receipt, is not ours to deduct.

    `none` is the company's code without tax, for who has it at hand.
    """
    if category is None:
        return None
    usual = category.tax_code
    is_barred = is_abroad(expense) or (expense.is_declared and usual is not None and usual.claims_vat)
    if not is_barred:
        return usual
    return no_tax_code(expense.company) if isinstance(none, Keep) else none


def is_abroad(expense: Expense) -> bool:
    """Say whether the purchase was made in another country, or at least in another currency."""
    at = expense.authorization.merchant_country if expense.authorization else ""
    return bool(expense.foreign_currency) or at not in ("", expense.company.country)


def no_tax_code(company: Company) -> TaxCode | None:
    """Return the company's tax code without tax, if it has one."""
    return TaxCode.objects.for_company(company).filter(rate=0, archived_at=None).order_by("code").first()


def coding_of(expense: Expense) -> dict[str, Any]:
    """Return the coding as codes, for the event."""
    its_lines = list(expense.lines.select_related("category", "tax_code").order_by("position"))
    vendor = expense.vendor.name if expense.vendor else None
    return {**coding_of_lines(its_lines, tags_on(its_lines[:1])), "note": expense.note, "vendor": vendor}


def coding_of_lines(its_lines: Sequence[ExpenseLine], tags: Mapping[UUID, Sequence[Tag]]) -> dict[str, Any]:
    """Return what the lines of an expense, in their order, are coded as; the first speaks for all but the tax."""
    line = its_lines[0] if its_lines else None
    return {
        "category": line.category.code if line and line.category else None,
        "tax_code": line.tax_code.code if line and line.tax_code else None,
        "tax": sum(line.tax_amount for line in its_lines),
        "tags": [tag.path for tag in tags.get(line.pk, ())] if line else [],
    }


def answered_by(expense: Expense, by: Membership) -> None:
    """The owner's own change answers a question or an objection: it goes back to whoever asked."""
    asked = (ReviewOutcome.NEEDS_DETAILS, ReviewOutcome.NOT_OKAY)
    if by.pk == expense.owner_id and expense.review in asked:
        expense.review = ""
