"""Exports of several companies in one go: begin one, watch it, take the ZIP, try again what did not work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import MembershipStatus
from bookkeeping.clients_archive import archive
from bookkeeping.export_clients import export_clients
from bookkeeping.export_clients import try_again as try_run_again
from bookkeeping.forms import ids_of
from bookkeeping.forms_clients import ClientExportForm
from bookkeeping.models import ClientPart, ClientRun
from bookkeeping.outcome import part_sentence
from pleo.lib.errors import DomainError
from pleo.lib.http import template_for, toast


def _to_run(run: ClientRun) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("client-run", kwargs={"client_run_id": run.pk}), status=303)


@require_POST
@login_required
def create(request: HttpRequest) -> HttpResponseBase:
    """Begin an export of the chosen companies; its page shows how far it is."""
    form, user = ClientExportForm(request.POST), _user(request)
    if not form.is_valid():
        said = next(iter(next(iter(form.errors.values()))))
        toast(request, str(said))
        return HttpResponseRedirect(reverse("clients"), status=303)
    values = form.cleaned_data
    try:
        run = export_clients(
            user=user, companies=ids_of(request.POST, "company"), client_key=str(values["key"]), now=timezone.now(),
            formats=[values["format"]] if values["format"] else [], starts=values["starts"], ends=values["ends"],
            with_receipts=values["with_receipts"], queue_ready=values["queue_ready"],
        )  # fmt: skip
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(reverse("clients"), status=303)
    return _to_run(run)


def _user(request: HttpRequest) -> Any:
    return request.user


def _found(request: HttpRequest, pk: UUID) -> tuple[ClientRun, list[ClientPart]]:
    """Return a run of this person with the parts whose books the person may still see."""
    run = get_object_or_404(ClientRun.objects.of_user(_user(request)), pk=pk)
    parts = run.parts.select_related("company", "export", "membership__company").order_by("position")
    seen = [
        part for part in parts.prefetch_related("export__files") if part.membership.status == MembershipStatus.ACTIVE
    ]
    return run, [part for part in seen if part.membership.can("books.see")]


@require_GET
@login_required
@never_cache
def run(request: HttpRequest, client_run_id: UUID) -> HttpResponse:
    """One run: how far it is, and what became of each company."""
    found, parts = _found(request, client_run_id)
    states = [part.state for part in parts]
    rows = [(part, part_sentence(part)) for part in parts]
    context = {
        "run": found, "rows": rows, "done": sum(state != "waiting" for state in states), "total": len(states),
        "ready": states.count("ready"), "failed": states.count("failed"),
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/client_run.html", "state"), context)


@require_POST
@login_required
def again(request: HttpRequest, client_run_id: UUID) -> HttpResponseBase:
    """Do what did not work once more."""
    found, _ = _found(request, client_run_id)
    try:
        try_run_again(run=found, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    return _to_run(found)


@require_GET
@login_required
def download(request: HttpRequest, client_run_id: UUID) -> HttpResponseBase:
    """One ZIP with a folder for each company."""
    found, parts = _found(request, client_run_id)
    response = StreamingHttpResponse(archive(found, parts), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="clients-{found.created_at:%Y%m%d-%H%M}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
