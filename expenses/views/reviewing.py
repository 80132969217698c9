"""The review inbox: the queue on the left, one expense with its receipt on the right."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from expenses.forms import ReviewForm
from expenses.models import Expense, PolicyFlag
from expenses.page import ExpensePage
from expenses.review import SecondFactorNeeded, review
from expenses.review_queue import DECIDED, Queue, waiting_count
from expenses.unread import unread
from expenses.views.expense import decided, fetch
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.pagination import bounded_count, paginate

PAGE = 50
COUNT_AT_ONCE = 500


@require_GET
@permitted("expenses.review")
def review_inbox(request: CompanyRequest, expense_id: UUID | None = None) -> HttpResponse:
    """Show a queue, and beside it the expense that was chosen, or the first."""
    queue = Queue(request.membership, request.GET, now=timezone.now())
    if expense_id and wants_fragment(request):
        page_of = ExpensePage(fetch(request, expense_id), request.membership)
        return render(request, "expenses/review.html#panel", panel_context(request, queue, page_of))
    context = queue_context(request, queue)
    rows = context["page"].rows
    chosen = expense_id or (rows[0].pk if rows else None)
    shown = ExpensePage(fetch(request, chosen), request.membership) if chosen else None
    context |= panel_context(request, queue, shown) | {"is_chosen": expense_id is not None}
    return render(request, "expenses/review.html", context)


def queue_context(request: CompanyRequest, queue: Queue) -> dict[str, Any]:
    """Return what the left side shows."""
    fields, is_down = queue.order
    rows = queue.rows.select_related("owner", "company").annotate(has_news=unread(request.membership))
    page = paginate(rows, by=fields, cursor=queue.cursor, size=PAGE, descending=is_down)
    flags: dict[UUID, str] = {}
    raised = PolicyFlag.objects.filter(expense__in=[row.pk for row in page.rows], cleared_at=None)
    for flag in raised.exclude(effect="require").select_related("version").order_by("-id"):
        flags[flag.expense_id] = flag.version.name
    for row in page.rows:
        marked: Any = row
        marked.flag = flags.get(row.pk, "")
    total, count = queue.total()
    tabs = [
        {"name": name, "word": word, "count": None if name == DECIDED else _bounded(queue, name)}
        for name, word in queue.offered.items()
    ]
    return {"page": page, "total": total, "count": count, "tabs": tabs}


def _bounded(queue: Queue, name: str) -> str:
    count, exact = bounded_count(queue.rows_of(name), limit=COUNT_AT_ONCE)
    return str(count) if exact else f"{count}+"


def panel_context(request: CompanyRequest, queue: Queue, page_of: ExpensePage | None) -> dict[str, Any]:
    """Return what the right side shows."""
    pairs = {"queue": queue.name, **{name: queue.form.data.get(name, "") for name in queue.values}}
    return {
        "queue": queue,
        "queue_query": urlencode(pairs),
        "list_query": "",
        "page_of": page_of,
        "expense": page_of.expense if page_of else None,
    }


@require_POST
@permitted("expenses.review")
def review_decide(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Decide, and go on to the next of the queue."""
    row, form = fetch(request, expense_id), ReviewForm(request.POST)
    queue = Queue(request.membership, request.GET, now=timezone.now())
    following = _following(queue, row)
    if not form.is_valid():
        return _refused(request, queue, row, str(next(iter(form.errors.values()))[0]), 422)
    try:
        review(expense=row, by=request.membership, now=timezone.now(), **form.cleaned_data)
    except SecondFactorNeeded:
        own = {"company": request.company.slug, "expense_id": row.pk}
        return HttpResponseRedirect(reverse("expense", kwargs=own), status=303)
    except DomainError as error:
        return _refused(request, queue, row, error.message(), error.status)
    undo = reverse("expense-review-withdrawal", kwargs={"company": request.company.slug, "expense_id": row.pk})
    back = urlencode({"inbox": 1, "queue": queue.name})
    toast(request, decided(row, form.cleaned_data["outcome"]), undo=f"{undo}?{back}")
    return HttpResponseRedirect(_address(request, queue, following), status=303)


def _refused(request: CompanyRequest, queue: Queue, row: Expense, error: str, status: int) -> HttpResponse:
    """Show the expense with what is wrong; what was typed stays."""
    page_of = ExpensePage(row, request.membership)
    page_of.review_error, page_of.reason = error, request.POST.get("reason", "")[:500]
    context = queue_context(request, queue) | panel_context(request, queue, page_of) | {"is_chosen": True}
    return render(request, "expenses/review.html", context, status=status)


def _following(queue: Queue, row: Expense) -> Expense | None:
    """Return what comes after a row in its queue, or the first when it was the last."""
    fields, is_down = queue.order
    column, sign = fields[0], "lt" if is_down else "gt"
    rows = queue.rows.exclude(pk=row.pk).order_by(*[f"-{name}" if is_down else name for name in fields])
    later = rows.filter(**{f"{column}__{sign}": getattr(row, column)}).first()
    found: Expense | None = later or rows.first()
    return found


def _address(request: CompanyRequest, queue: Queue, row: Expense | None) -> str:
    kwargs = {"company": request.company.slug} | ({"expense_id": row.pk} if row else {})
    url = reverse("review-expense" if row else "review", kwargs=kwargs)
    return f"{url}?{panel_context(request, queue, None)['queue_query']}"


@require_GET
@permitted("expenses.review")
@cache_control(private=True, max_age=20)
def review_count(request: CompanyRequest) -> HttpResponse:
    """Answer how many wait for this person, for the navigation."""
    count = waiting_count(request.membership, now=timezone.now())
    return render(request, "expenses/review_count.html", {"count": count, "is_more": count > 99})
