"""Templates that spread a cost: the list, one template, and applying it to an expense."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.allocation import allocate
from expenses.archive_master import archive_master
from expenses.forms_rules import TemplateForm
from expenses.keep_template import keep_template
from expenses.models import AllocationTemplate
from expenses.views.expense import address, fetch, refused, uuid_of
from expenses.views.masters import KINDS
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.pagination import bounded_count, paginate


def _templates(request: CompanyRequest) -> QuerySet[AllocationTemplate]:
    rows: QuerySet[AllocationTemplate] = AllocationTemplate.objects.for_company(request.company)
    return rows


def _listed(request: CompanyRequest) -> QuerySet[AllocationTemplate]:
    rows = _templates(request)
    if request.GET.get("archived") != "1":
        rows = rows.filter(archived_at=None)
    for word in request.GET.get("q", "")[:80].replace("\x00", "").split():
        rows = rows.filter(name__icontains=word)
    return rows.annotate(share_count=Count("shares"))


def _to_list(request: CompanyRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("coding-templates", kwargs={"company": request.company.slug}), status=303)


@require_GET
@permitted("books.see")
def coding_templates(request: CompanyRequest) -> HttpResponse:
    """Show the templates by name, with their shares."""
    rows = _listed(request)
    down = request.GET.get("sort") == "-name"
    listed = rows.prefetch_related("shares__category")
    page = paginate(listed, by=("name", "id"), cursor=request.GET.get("cursor", ""), descending=down)
    context = {
        "page": page, "count": bounded_count(rows)[0], "what": "templates", "kinds": KINDS,
        "query": request.GET.get("q", "")[:80], "with_archived": request.GET.get("archived") == "1",
        "can_manage": request.membership.can("masters.manage"),
    }  # fmt: skip
    template = "expenses/templates.html"
    return render(request, f"{template}#list" if wants_fragment(request) else template, context)


@require_GET
@permitted("books.see")
def coding_templates_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the shares of all templates as CSV."""
    header = [gettext("Template"), gettext("Percent"), gettext("Category"), gettext("Text")]
    rows = _listed(request).prefetch_related("shares__category").order_by("name", "id")
    cells = (
        [row.name, f"{share.percent.normalize():f}", share.category.name if share.category else "", share.text]
        for row in rows.iterator(chunk_size=200)
        for share in sorted(row.shares.all(), key=lambda one: one.position)
    )
    return csv_response(f"templates-{request.company.slug}.csv", header, cells)


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def coding_template_create(request: CompanyRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def coding_template(request: CompanyRequest, spread_id: UUID) -> HttpResponse:
    return _edit(request, get_object_or_404(_templates(request), pk=spread_id))


def _edit(request: CompanyRequest, row: AllocationTemplate | None) -> HttpResponse:
    """Show the shares; `do` says whether one is added or all are kept."""
    if request.method == "GET":
        shares = list(row.shares.order_by("position")) if row else []
        form = TemplateForm(request.company, shares=shares, name=row.name if row else "")
        return _form(request, form, row)
    more = 1 if request.POST.get("do") == "add" else 0
    form = TemplateForm(request.company, request.POST, more=more)
    if more:
        return _form(request, form, row)
    shares_wanted = form.shares()
    if shares_wanted is not None:
        try:
            kept = keep_template(
                by=request.membership, name=form.name, shares=shares_wanted, template=row, now=timezone.now()
            )
        except DomainError as error:
            form.errors.append(error.message())
        else:
            toast(request, gettext("%(name)s is saved.") % {"name": kept.name})
            return _to_list(request)
    return _form(request, form, row, status=422)


def _form(request: CompanyRequest, form: TemplateForm, row: Any, *, status: int = 200) -> HttpResponse:
    template = "expenses/template_edit.html"
    partial = wants_fragment(request)
    return render(request, f"{template}#rows" if partial else template, {"form": form, "row": row}, status=status)


@require_POST
@permitted("masters.manage")
def coding_template_archive(request: CompanyRequest, spread_id: UUID) -> HttpResponse:
    """Archive a template, or bring it back with `restore`."""
    row = get_object_or_404(_templates(request), pk=spread_id)
    archive = not (request.POST.get("restore") or request.GET.get("restore"))
    try:
        archive_master(by=request.membership, master=row, is_archived=archive, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return _to_list(request)
    here = reverse("coding-template-archive", kwargs={"company": request.company.slug, "spread_id": row.pk})
    text = gettext("%(name)s is archived.") if archive else gettext("%(name)s is offered again.")
    toast(request, text % {"name": row}, undo=f"{here}?restore=1" if archive else "")
    return _to_list(request)


@require_POST
@permitted("expenses.edit")
def expense_allocate(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Spread an expense by a template, in one tap."""
    row = fetch(request, expense_id)
    template = get_object_or_404(_templates(request), pk=uuid_of(request.POST.get("template", "")))
    try:
        allocate(expense=row, by=request.membership, template=template, now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    whole = reverse("expense-split-whole", kwargs={"company": request.company.slug, "expense_id": row.pk})
    toast(
        request,
        gettext("%(merchant)s is spread by %(name)s.") % {"merchant": row.merchant, "name": template},
        undo=whole,
    )
    return HttpResponseRedirect(address(request, row), status=303)
