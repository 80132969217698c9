"""The spending guidelines: read by everybody, written by finance."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import permitted
from expenses.forms_policies import GuidelineForm
from expenses.guidelines import published, rendered, sections_in
from expenses.keep_guideline import keep_guideline, publish_guideline
from expenses.models import Guideline
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast

VERSIONS = 50


@require_GET
@permitted("guidelines.see")
def guidelines(request: CompanyRequest) -> HttpResponse:
    """Show what the company published."""
    return _page(request, published(request.company))


def _page(request: CompanyRequest, row: Guideline | None) -> HttpResponse:
    context: dict[str, Any] = {"row": row}
    if row is not None:
        context |= {"html": rendered(row.text), "sections": [one for one in sections_in(row.text) if one.level <= 2]}
    if request.membership.can("policies.manage"):
        rows = Guideline.objects.for_company(request.company).filter(published_at__isnull=False)
        context["versions"] = rows.select_related("published_by").order_by("-number")[:VERSIONS]
    return render(request, "expenses/guidelines.html", context)


@require_GET
@permitted("policies.see")
def guideline_version(request: CompanyRequest, guideline_id: UUID) -> HttpResponse:
    """Show an earlier version."""
    return _page(request, get_object_or_404(Guideline.objects.for_company(request.company), pk=guideline_id))


@require_http_methods(["GET", "POST"])
@permitted("policies.manage")
def guidelines_edit(request: CompanyRequest) -> HttpResponse:
    """Write the next version: `do=look` shows it, `do=publish` lets everybody see it."""
    draft = Guideline.objects.for_company(request.company).filter(published_at=None).first()
    row = draft or published(request.company)
    form = GuidelineForm(request.POST or None, initial={"text": row.text if row else ""})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _kept(request, form)
            except DomainError as error:
                form.add_error(None, error.message())
                status = error.status
    look = rendered(row.text) if row and "look" in request.GET else ""
    return render(request, "expenses/guidelines_edit.html", {"form": form, "draft": draft, "look": look}, status=status)


def _kept(request: CompanyRequest, form: GuidelineForm) -> HttpResponse:
    draft = keep_guideline(by=request.membership, text=form.cleaned_data["text"])
    where = {"company": request.company.slug}
    if request.POST.get("do") == "publish":
        publish_guideline(draft=draft, by=request.membership, now=timezone.now())
        toast(request, gettext("The guidelines are published."))
        return HttpResponseRedirect(reverse("guidelines", kwargs=where), status=303)
    toast(request, gettext("The draft is kept. Only finance sees it."))
    return HttpResponseRedirect(f"{reverse('guidelines-edit', kwargs=where)}?look=1", status=303)
