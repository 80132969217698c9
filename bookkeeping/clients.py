"""What waits in each of the companies whose books a person keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Count, Max, Q

from bookkeeping import checks, facts
from bookkeeping.close_points import NO_RECEIPT
from bookkeeping.journal import Contra
from bookkeeping.models import BookItem, BookSettings, Export, ExportStatus, PeriodClose
from bookkeeping.overview import ACCOUNTS
from expenses.models import Lane, ReviewOutcome, TagGroup
from expenses.questions import open_questions


def open_work(companies: list[Any]) -> dict[Any, dict[str, Any]]:
    """Count what waits in several companies at once: `{company id: {unexported, ready, receipts, questions, queued, closed, last}}`.

    `questions` are expenses about which the books' side asked something that nobody answered: a reviewer, or an accountant.

    The number of queries does not grow with the companies, only with how many sets of accounts there are among them.
    """
    result: dict[Any, dict[str, Any]] = {}
    items = BookItem.objects.filter(company__in=companies).exclude(lane=Lane.EXPORTED).order_by().values("company")
    questions = open_questions().filter(company__in=companies)
    asked = Q(expense__review=ReviewOutcome.NEEDS_DETAILS) | Q(expense__in=questions.values("expense"))
    for row in items.annotate(
        unexported=Count("pk", filter=Q(lane=Lane.UNEXPORTED)), queued=Count("pk", filter=Q(lane=Lane.QUEUE)),
        receipts=Count("pk", filter=Q(NO_RECEIPT, lane=Lane.UNEXPORTED)),
        questions=Count("expense", distinct=True, filter=asked & Q(lane=Lane.UNEXPORTED)),
    ):  # fmt: skip
        result.setdefault(row.pop("company"), {}).update(row)
    for company, count in _ready(companies):
        result.setdefault(company, {}).update(ready=count)
    closed = PeriodClose.objects.filter(company__in=companies).live().order_by().values_list("company")
    for company, upto in closed.annotate(last=Max("upto")):
        result.setdefault(company, {}).update(closed=upto)
    exports = Export.objects.filter(company__in=companies, status=ExportStatus.READY, withdrawn_at=None)
    for row in exports.order_by().values("company").annotate(last=Max("ready_at")):
        result.setdefault(row["company"], {}).update(last=row["last"])
    return result


def _ready(companies: list[Any]) -> Iterator[tuple[Any, int]]:
    """Yield (company id, how many items are ready). Companies that book on the same kinds of accounts are asked about at once."""
    alike: dict[Any, tuple[Any, list[Any]]] = {}
    settings = BookSettings.objects.filter(company__in=companies).select_related(*ACCOUNTS)
    groups: dict[Any, dict[Any, str]] = {}
    needed = TagGroup.objects.filter(company__in=companies, is_required=True, archived_at=None)
    for company, group, name in needed.values_list("company", "pk", "name"):
        groups.setdefault(company, {})[group] = name
    for row in settings:
        contra = replace(facts.accounts_of(row), required=groups.get(row.company_id, {}))
        alike.setdefault(_alike(contra), (contra, []))[1].append(row.company_id)
    for contra, members in alike.values():
        items = BookItem.objects.filter(company__in=members, lane=Lane.UNEXPORTED)
        yield from checks.ready(items, contra).order_by().values_list("company").annotate(count=Count("pk"))


def _alike(contra: Contra) -> tuple[Any, ...]:
    """Return what readiness asks of a company's accounts: which roles have an open one, and how its books are kept."""
    roles = (name.removesuffix("_account") for name in ACCOUNTS)
    open_roles = frozenset(role for role in roles if (account := getattr(contra, role)) is not None and account.is_open)
    return open_roles, contra.is_payable, contra.exchange_apart, frozenset(contra.required)
