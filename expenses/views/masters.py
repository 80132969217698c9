"""The coding masters: chart of accounts, VAT codes, categories, tags and vendors."""

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
from expenses.forms_masters import AccountForm, CategoryForm, TagForm, TagGroupForm, TaxCodeForm, VendorForm
from expenses.keep_account import keep_account
from expenses.keep_category import keep_category
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.keep_tax_code import keep_tax_code
from expenses.keep_vendor import keep_vendor
from expenses.master_columns import BESIDE, COLUMNS, JOINED, texts
from expenses.merge_vendors import NotMergeable, merge_vendors, undo_merge
from expenses.models import Category, CategoryGroup, ChartAccount, Tag, TagGroup, TaxCode, Vendor, VendorMerge
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
    form: type[AccountForm | TaxCodeForm | CategoryForm | TagGroupForm | TagForm | VendorForm]
    keep: Callable[..., Any]
    target: str
    order: str
    found_by: tuple[str, ...]
    related: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "categories": Kind(
        _("Categories"), _("Add category"), Category, CategoryForm, keep_category, "category", "name",
        ("name", "account__number", "account__name", "group__name"), ("account", "tax_code", "group"),
    ),
    "accounts": Kind(
        _("Chart of accounts"), _("Add account"), ChartAccount, AccountForm, keep_account, "account", "number",
        ("number", "name"), (),
    ),
    "tax-codes": Kind(
        _("VAT codes"), _("Add VAT code"), TaxCode, TaxCodeForm, keep_tax_code, "tax_code", "code",
        ("code", "name", "country"), ("account",),
    ),
    "tag-groups": Kind(
        _("Tag groups"), _("Add tag group"), TagGroup, TagGroupForm, keep_tag_group, "tag_group", "name", ("name",), (),
    ),
    "tags": Kind(
        _("Tags"), _("Add tag"), Tag, TagForm, keep_tag, "tag", "path", ("path", "code", "group__name"),
        ("group", "owner"),
    ),
    "vendors": Kind(
        _("Vendors"), _("Add vendor"), Vendor, VendorForm, keep_vendor, "vendor", "name",
        ("name", "vat_number", "account_number"), ("category", "tax_code"),
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
        "can_manage": request.membership.can("masters.manage"), "groups": _groups(request, what),
        "group": request.GET.get("group", ""), "can_import": what in COLUMNS,
    }  # fmt: skip
    template = "expenses/accounts.html"
    return render(request, f"{template}#list" if wants_fragment(request) else template, context)


def _groups(request: CompanyRequest, what: str) -> list[tuple[str, str]]:
    """Return the groups that the list can be narrowed to, ids and names."""
    model: Any = {"tags": TagGroup, "categories": CategoryGroup}.get(what)
    if model is None:
        return []
    return [(str(pk), name) for pk, name in model.objects.for_company(request.company).values_list("pk", "name")]


def _rows(request: CompanyRequest, kind: Kind) -> Any:
    rows = kind.model.objects.for_company(request.company)
    if kind.model is Vendor:
        rows = rows.filter(merged_into=None)
    group = request.GET.get("group", "")
    if kind.model in (Tag, Category) and group in dict(_groups(request, "tags" if kind.model is Tag else "categories")):
        rows = rows.filter(group=group)
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
    """Stream one kind of master as CSV, with the columns that an import reads."""
    what = request.GET.get("what", "categories")
    kind_of(what)
    files = "tags" if what == "tag-groups" else what
    kind = kind_of(files)
    rows = _rows(request, kind).select_related(*JOINED[files]).prefetch_related(*BESIDE.get(files, ()))
    header = [column.key for column in COLUMNS[files]]
    name = f"{files}-{request.company.slug}.csv"
    return csv_response(name, header, _export_rows(files, rows.order_by(kind.order, "id")))


def _export_rows(what: str, rows: Any) -> Iterator[list[str]]:
    for row in rows.iterator(chunk_size=1000):
        yield list(texts(what, row).values())


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
        return _form(request, what, form, row)
    form = kind.form(request.POST, company=request.company, initial=_initial(kind, row))
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
    return _form(request, what, form, row, status=status)


def _form(request: CompanyRequest, what: str, form: Any, row: Any, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "kind": kind_of(what), "what": what, "row": row}
    if isinstance(row, Vendor):
        others = Vendor.objects.for_company(request.company).filter(merged_into=None, archived_at=None)
        context["others"] = others.exclude(pk=row.pk).order_by("name").values_list("name", flat=True)[:1000]
        merges = VendorMerge.objects.filter(kept=row, undone_at=None, gone__merged_into=row)
        context["merged"] = merges.select_related("gone", "by").order_by("-id")[:50]
    return render(request, "expenses/account_edit.html", context, status=status)


def _initial(kind: Kind, row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    values = {name: getattr(row, name) for name in kind.form.base_fields if name != "aliases"}
    if isinstance(row, Vendor):
        values |= {"aliases": "\n".join(row.aliases.order_by("name").values_list("name", flat=True)), "tags": row.tags}
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


@require_POST
@permitted("masters.manage")
def vendor_merge(request: CompanyRequest, vendor_id: UUID) -> HttpResponse:
    """Let another vendor, chosen by its name, stand for this one."""
    rows = Vendor.objects.for_company(request.company)
    gone = get_object_or_404(rows, pk=vendor_id)
    name = request.POST.get("into", "")[:120].replace("\x00", "").strip()
    kept = next((row for row in rows.filter(merged_into=None) if row.name.casefold() == name.casefold()), None)
    try:
        if kept is None:
            raise NotMergeable
        merge = merge_vendors(by=request.membership, gone=gone, kept=kept, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(_place(request, gone), status=303)
    undo = reverse("vendor-unmerge", kwargs={"company": request.company.slug, "merge_id": merge.pk})
    toast(request, gettext("%(gone)s is %(kept)s from now on.") % {"gone": gone, "kept": kept}, undo=undo)
    return HttpResponseRedirect(_place(request, kept), status=303)


@require_POST
@permitted("masters.manage")
def vendor_unmerge(request: CompanyRequest, merge_id: UUID) -> HttpResponse:
    """Take two merged vendors apart again."""
    merge = get_object_or_404(VendorMerge.objects.for_company(request.company), pk=merge_id)
    try:
        vendor = undo_merge(by=request.membership, merge=merge, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
        return HttpResponseRedirect(_list(request, "vendors"), status=303)
    toast(request, gettext("%(name)s stands for itself again.") % {"name": vendor})
    return HttpResponseRedirect(_place(request, vendor), status=303)


def _place(request: CompanyRequest, vendor: Vendor) -> str:
    kwargs = {"company": request.company.slug, "what": "vendors", "master_id": vendor.pk}
    return reverse("books-master", kwargs=kwargs)
