"""The coding masters: chart of accounts, VAT codes and categories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.archive_master import archive_master
from expenses.forms_masters import AccountForm, CategoryForm, TaxCodeForm
from expenses.keep_account import keep_account
from expenses.keep_category import keep_category
from expenses.keep_tax_code import keep_tax_code
from expenses.models import Category, ChartAccount, TaxCode
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.pagination import bounded_count, paginate


@dataclass(frozen=True)
class Kind:
    """One kind of master: what it is called, how it is kept, and by which columns it is listed and found."""

    word: Promise | str
    new: Promise | str
    model: type[Any]
    form: type[AccountForm | TaxCodeForm | CategoryForm]
    keep: Callable[..., Any]
    target: str
    order: str
    found_by: tuple[str, ...]
    related: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "categories": Kind(
        _("Categories"), _("Add category"), Category, CategoryForm, keep_category, "category", "name",
        ("name", "account__number", "account__name"), ("account", "tax_code"),
    ),
    "accounts": Kind(
        _("Chart of accounts"), _("Add account"), ChartAccount, AccountForm, keep_account, "account", "number",
        ("number", "name"), (),
    ),
    "tax-codes": Kind(
        _("VAT codes"), _("Add VAT code"), TaxCode, TaxCodeForm, keep_tax_code, "tax_code", "code",
        ("code", "name"), ("account",),
    ),
}  # fmt: skip


def kind_of(name: str) -> Kind:
    if name not in KINDS:
        raise Http404(name)
    return KINDS[name]


@require_GET
@permitted("books.see")
def books_accounts(request: CompanyRequest) -> HttpResponse:
    """Show one kind of master: search, archived ones on request, sorted by its own key."""
    what = request.GET.get("what", "categories")
    kind = kind_of(what)
    rows = _rows(request, kind)
    down = request.GET.get("sort") == f"-{kind.order}"
    page = paginate(rows, by=(kind.order, "id"), cursor=request.GET.get("cursor", ""), descending=down)
    count, exact = bounded_count(rows)
    context = {
        "what": what, "kind": kind, "kinds": KINDS, "page": page, "count": count, "exact": exact,
        "query": request.GET.get("q", "")[:80], "with_archived": request.GET.get("archived") == "1",
        "can_manage": request.membership.can("masters.manage"),
    }  # fmt: skip
    template = "expenses/accounts.html"
    return render(request, f"{template}#list" if wants_fragment(request) else template, context)


def _rows(request: CompanyRequest, kind: Kind) -> Any:
    rows = kind.model.objects.for_company(request.company)
    if kind.related:
        rows = rows.select_related(*kind.related)
    if request.GET.get("archived") != "1":
        rows = rows.filter(archived_at=None)
    for word in request.GET.get("q", "")[:80].replace("\x00", "").split():
        found = Q()
        for column in kind.found_by:
            found |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(found)
    return rows


@require_GET
@permitted("books.see")
def books_accounts_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream one kind of master as CSV."""
    what = request.GET.get("what", "categories")
    kind = kind_of(what)
    headers = {
        "categories": [gettext("Name"), gettext("Account"), gettext("VAT code"), gettext("Archived")],
        "accounts": [gettext("Number"), gettext("Name"), gettext("Kind"), gettext("Archived")],
        "tax-codes": [
            gettext("Code"),
            gettext("Name"),
            gettext("Rate"),
            gettext("VAT account"),
            gettext("From"),
            gettext("Archived"),
        ],
    }
    rows = _rows(request, kind).order_by(kind.order, "id")
    return csv_response(f"{what}-{request.company.slug}.csv", headers[what], _export_rows(rows))


def _export_rows(rows: Any) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=1000):
        archived = row.archived_at.date().isoformat() if row.archived_at else ""
        if isinstance(row, Category):
            yield [row.name, row.account.number, row.tax_code.code if row.tax_code else "", archived]
        elif isinstance(row, ChartAccount):
            yield [row.number, row.name, row.get_type_display(), archived]
        else:
            number = row.account.number if row.account else ""
            yield [row.code, row.name, f"{row.rate.normalize():f}", number, row.valid_from.isoformat(), archived]


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def books_master_create(request: CompanyRequest, what: str) -> HttpResponse:
    return _edit(request, what, None)


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def books_master(request: CompanyRequest, what: str, master_id: UUID) -> HttpResponse:
    rows = kind_of(what).model.objects.for_company(request.company)
    return _edit(request, what, get_object_or_404(rows, pk=master_id))


def _edit(request: CompanyRequest, what: str, row: Any) -> HttpResponse:
    kind = kind_of(what)
    if request.method == "GET":
        form = kind.form(company=request.company, initial=_initial(kind, row))
        return render(request, "expenses/account_edit.html", {"form": form, "kind": kind, "what": what, "row": row})
    form = kind.form(request.POST, company=request.company)
    status = 422
    if form.is_valid():
        try:
            kept = kind.keep(
                by=request.membership, now=timezone.now(), **form.cleaned_data, **({kind.target: row} if row else {})
            )
            toast(request, gettext("%(name)s is saved.") % {"name": kept})
            return HttpResponseRedirect(_list(request, what), status=303)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
            status = error.status
    return render(
        request, "expenses/account_edit.html", {"form": form, "kind": kind, "what": what, "row": row}, status=status
    )


def _initial(kind: Kind, row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    values = {name: getattr(row, name) for name in kind.form.base_fields}
    written = {name: f"{getattr(row, name).normalize():f}" for name in ("rate", "non_deductible") if name in values}
    return values | written


def _list(request: CompanyRequest, what: str) -> str:
    return reverse("books-accounts", kwargs={"company": request.company.slug}) + f"?what={what}"


@require_POST
@permitted("masters.manage")
def books_master_archive(request: CompanyRequest, what: str, master_id: UUID) -> HttpResponse:
    """Archive a master, or bring it back with `restore`."""
    row = get_object_or_404(kind_of(what).model.objects.for_company(request.company), pk=master_id)
    archive = not (request.POST.get("restore") or request.GET.get("restore"))
    try:
        archive_master(by=request.membership, master=row, is_archived=archive, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(_list(request, what), status=303)
    here = reverse("books-master-archive", kwargs={"company": request.company.slug, "what": what, "master_id": row.pk})
    text = gettext("%(name)s is archived.") if archive else gettext("%(name)s is offered again.")
    toast(request, text % {"name": row}, undo=f"{here}?restore=1" if archive else "")
    return HttpResponseRedirect(_list(request, what), status=303)
