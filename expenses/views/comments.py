"""The thread of an expense: read, say, change, take away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.change_comment import change_comment, is_fresh, remove_comment
from expenses.comment import comment, read_upto, readers
from expenses.models import Comment, CommentRead, Expense
from expenses.questions import may_ask
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, wants_fragment

MOST_SHOWN = 200
OFFERED = 8


def _found(request: CompanyRequest, expense_id: UUID) -> Expense:
    rows = Expense.objects.visible_to(request.membership).select_related("owner", "company")
    return get_object_or_404(rows, pk=expense_id)


@require_http_methods(["GET", "POST"])
@permitted("expenses.see")
def expense_comments(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Show the thread; say something."""
    row, error, text, status = _found(request, expense_id), "", request.POST.get("text", ""), 200
    if request.method == "POST":
        how = {name: name in request.POST for name in ("is_internal", "is_question")}
        try:
            comment(expense=row, by=request.membership, text=text, now=timezone.now(), **how)
        except DomainError as refused:
            error, status = refused.message(), refused.status
        else:
            return _thread(request, row) if wants_fragment(request) else _back(request, row)
    return _thread(request, row, error=error, text=text, status=status)


def _back(request: CompanyRequest, row: Expense) -> HttpResponse:
    url = reverse("expense-comments", kwargs={"company": request.company.slug, "expense_id": row.pk})
    return HttpResponseRedirect(url, status=303)


def _thread(
    request: CompanyRequest, row: Expense, *, error: str = "", text: str = "", status: int = 200
) -> HttpResponse:
    me, now = request.membership, timezone.now()
    rows = Comment.objects.filter(expense=row).seen_by(me).select_related("by").order_by("-id")[:MOST_SHOWN]
    read = CommentRead.objects.filter(expense=row, membership=me).values_list("read_at", flat=True).first()
    shown: list[Any] = list(reversed(rows))
    for one in shown:
        one.is_new = one.by_id != me.pk and one.deleted_at is None and (read is None or one.said_at > read)
        one.is_fresh = is_fresh(one, me, now)
    context = {"expense": row, "comments": shown, "error": error, "text": text[:2000]}
    context |= {"new": sum(one.is_new for one in shown), "may_ask": may_ask(me) and row.owner_id != me.pk}
    template = "expenses/comments.html#thread" if wants_fragment(request) else "expenses/comments.html"
    return render(request, template, context, status=status)


@require_POST
@permitted("expenses.see")
def expense_comments_read(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Note that the thread was in front of this person."""
    read_upto(_found(request, expense_id), request.membership, now=timezone.now())
    return HttpResponse(status=204)


@require_GET
@permitted("expenses.see")
def expense_comment_people(request: CompanyRequest, expense_id: UUID) -> JsonResponse:
    """Answer who can be mentioned and has a name that begins like `q`."""
    row, typed = _found(request, expense_id), request.GET.get("q", "")[:60].replace("\x00", "")
    rows = readers(row, is_internal="internal" in request.GET).exclude(pk=request.membership.pk)
    rows = rows.filter(name__icontains=typed)
    return JsonResponse({"people": list(rows.order_by("name", "id").values_list("name", flat=True)[:OFFERED])})


@require_POST
@permitted("expenses.see")
def expense_comment_change(request: CompanyRequest, expense_id: UUID, comment_id: UUID) -> HttpResponse:
    """Change one's own words, or take them away."""
    row = _found(request, expense_id)
    said = get_object_or_404(Comment.objects.filter(expense=row).seen_by(request.membership), pk=comment_id)
    try:
        if "remove" in request.POST:
            remove_comment(comment=said, by=request.membership, now=timezone.now())
        else:
            change_comment(comment=said, by=request.membership, text=request.POST.get("text", ""), now=timezone.now())
    except DomainError as error:
        return _thread(request, row, error=error.message(), status=error.status)
    return _thread(request, row) if wants_fragment(request) else _back(request, row)
