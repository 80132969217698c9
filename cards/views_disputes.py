"""Disputes: the list, one with its steps and evidence, and contesting a purchase."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from cards.change_dispute import add_evidence, is_changeable, withdraw_dispute
from cards.disputes import CONTESTABLE, contestable, open_dispute
from cards.forms_disputes import ContestForm, DisputeFilter, PapersForm
from cards.models import CLOSED, Clearing, Dispute
from pleo.lib import files
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate


def _seen(request: CompanyRequest) -> Any:
    rows = Dispute.objects.visible_to(request.membership)
    return rows.select_related("clearing__card__cardholder", "opened_by")


@require_GET
@permitted("disputes.see")
def disputes(request: CompanyRequest) -> HttpResponse:
    """Contested purchases, searched, narrowed and ordered."""
    narrow = DisputeFilter(request.GET)
    rows = narrow.narrow(_seen(request))
    column, descending = narrow.order
    page = paginate(rows, by=(column, "id"), cursor=request.GET.get("cursor", ""), descending=descending, size=25)
    count, exact = bounded_count(rows)
    context = {"narrow": narrow, "page": page, "disputes": page.rows, "count": count, "exact": exact}
    return render(request, template_for(request, "cards/disputes.html", "list"), context)


@require_GET
@permitted("disputes.see")
def disputes_csv(request: CompanyRequest) -> HttpResponseBase:
    """The disputes as filtered, as a file."""
    rows = DisputeFilter(request.GET).narrow(_seen(request)).order_by("-created_at", "-id")
    head = [
        _("Opened"), _("By"), _("Holder"), _("Card"), _("Merchant"), _("Amount"), _("Currency"), _("Reason"), _("State"),
        _("Credited for now"), _("Decided"),
    ]  # fmt: skip
    zone = request.company.zone
    cells = (
        [
            row.created_at.astimezone(zone).isoformat(timespec="seconds"), row.opened_by.name,
            row.clearing.card.cardholder.name, row.clearing.card.last_four, row.clearing.merchant_name,
            f"{row.money.decimal:f}", row.currency, row.reason, row.status, f"{row.lent.decimal:f}",
            row.closed_at.astimezone(zone).isoformat(timespec="seconds") if row.closed_at else "",
        ]
        for row in rows.iterator(chunk_size=200)
    )  # fmt: skip
    return csv_response("disputes.csv", head, cells)


@require_GET
@permitted("disputes.see")
def dispute(request: CompanyRequest, dispute_id: UUID) -> HttpResponse:
    """One dispute: where it stands, what was said, what was sent, what the money did."""
    return _shown(request, get_object_or_404(_seen(request), pk=dispute_id), PapersForm())


def _shown(request: CompanyRequest, row: Dispute, form: PapersForm) -> HttpResponse:
    context = {
        "dispute": row,
        "form": form,
        "is_changeable": is_changeable(row) and request.membership.can("disputes.open"),
        "steps": row.steps.select_related("by").order_by("occurred_at", "id"),
        "evidence": row.evidence.order_by("created_at", "id"),
        "money": row.clearing.corrections.order_by("cleared_at", "id"),
    }
    return render(request, "cards/dispute.html", context, status=422 if form.errors else 200)


@require_POST
@permitted("disputes.open")
def dispute_withdraw(request: CompanyRequest, dispute_id: UUID) -> HttpResponseBase:
    """Take a dispute back."""
    row = get_object_or_404(_seen(request), pk=dispute_id)
    try:
        withdraw_dispute(dispute=row, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, _("Withdrawn. The money stays with the shop."))
    return HttpResponseRedirect(_page(request, row), status=303)


@require_POST
@permitted("disputes.open")
def dispute_papers(request: CompanyRequest, dispute_id: UUID) -> HttpResponseBase:
    """Send more papers to a dispute that is filed."""
    row = get_object_or_404(_seen(request), pk=dispute_id)
    form = PapersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, row, form)
    try:
        for each in form.papers:
            add_evidence(dispute=row, file=each, by=request.membership)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return _shown(request, row, form)
    toast(request, _("Sent to the card issuer."))
    return HttpResponseRedirect(_page(request, row), status=303)


@require_GET
@permitted("disputes.see")
def dispute_evidence(request: CompanyRequest, dispute_id: UUID, evidence_id: UUID) -> HttpResponseBase:
    """A file of a dispute, by a link that soon ends."""
    row = get_object_or_404(_seen(request), pk=dispute_id)
    kept = get_object_or_404(row.evidence, pk=evidence_id)
    return HttpResponseRedirect(files.signed_url(kept.key, media_type=kept.media_type, name=kept.name, download=True))


@require_http_methods(["GET", "POST"])
@permitted("disputes.open")
def dispute_create(request: CompanyRequest, clearing_id: UUID) -> HttpResponseBase:
    """Contest a settled purchase."""
    rows = Clearing.objects.visible_to(request.membership).filter(kind__in=CONTESTABLE)
    clearing = get_object_or_404(rows.select_related("card__cardholder", "company"), pk=clearing_id)
    known = clearing.disputes.exclude(status__in=CLOSED).first()
    if known is not None:
        return HttpResponseRedirect(_page(request, known), status=303)
    asked = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ContestForm(*asked, left=contestable(clearing))
    if request.method == "POST" and form.is_valid():
        try:
            made = open_dispute(
                clearing=clearing,
                by=request.membership,
                evidence=form.papers,
                **{name: form.cleaned_data[name] for name in ("reason", "explanation", "amount")},
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("Disputed. The card issuer has it in a moment."))
            return HttpResponseRedirect(_page(request, made), status=303)
    status = 422 if form.errors else 200
    return render(request, "cards/dispute_create.html", {"form": form, "clearing": clearing}, status=status)


def _page(request: CompanyRequest, row: Dispute) -> str:
    return reverse("dispute", kwargs={"company": request.company.slug, "dispute_id": row.pk})
