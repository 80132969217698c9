"""A long queueing, watched: how many moved, which stayed and why, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from bookkeeping.checks import FAILURES, Result
from bookkeeping.models import QueueRun
from bookkeeping.queue_run import undo_run
from bookkeeping.views import rights
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast


def _found(request: CompanyRequest, run_id: UUID) -> QueueRun:
    runs = QueueRun.objects.for_company(request.company).select_related("by", "undo_of", "company")
    found: QueueRun = get_object_or_404(runs, pk=run_id)
    return found


@require_GET
@permitted("books.see")
@never_cache
def run(request: CompanyRequest, queue_run_id: UUID) -> HttpResponse:
    """How far a run is, and what it did."""
    found = _found(request, queue_run_id)
    seen = found.moved + found.left
    stayed = [(text, Result("settled", code, params)) for text, code, params in found.reasons if code in FAILURES]
    context: dict[str, Any] = {
        "run": found, "seen": seen, "whole": max(found.total, seen), "stayed": stayed, "may": rights(request),
        "can_undo": found.act == "queue" and not found.is_open and found.moved and not hasattr(found, "undo"),
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/run.html", "state"), context)


@require_POST
@permitted("books.queue")
def undo(request: CompanyRequest, queue_run_id: UUID) -> HttpResponseBase:
    """Take out of the queue again what a run put into it."""
    found = _found(request, queue_run_id)
    try:
        found = undo_run(run=found, by=request.membership, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    url = reverse("export-run", kwargs={"company": request.company.slug, "queue_run_id": found.pk})
    return HttpResponseRedirect(url, status=303)
