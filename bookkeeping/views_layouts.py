"""Tables of a company's own making: the list, the designer with a look at the company's own entries, and the way out of use."""

from __future__ import annotations

from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from bookkeeping.change_settings import TaxNameWrong, name_tax_codes
from bookkeeping.documents import frozen_entries
from bookkeeping.formats.custom import PRESETS, Layout, Written, rows_of
from bookkeeping.formats.document import BookEntry
from bookkeeping.formats.encoding import Changes, Encoder
from bookkeeping.formats.table import Table
from bookkeeping.forms_layout import LayoutForm, TaxNamesForm
from bookkeeping.freeze import NotReady
from bookkeeping.keep_layout import LayoutWrong, archive_layout, check, keep_layout
from bookkeeping.models import BookLayout, BookSettings, Posting
from bookkeeping.preview import Period, preview
from bookkeeping.views import rights
from expenses.models import TaxCode
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast

SHOWN = 8


@require_GET
@permitted("books.see")
def layouts(request: CompanyRequest) -> HttpResponse:
    """The company's own tables, and what to start a new one from."""
    own = BookLayout.objects.for_company(request.company).filter(archived_at=None).order_by("name")
    presets = [(key, layout.name) for key, layout in PRESETS.items()]
    return render(request, "bookkeeping/layouts.html", {"layouts": own, "presets": presets, "may": rights(request)})


@require_http_methods(["GET", "POST"])
@permitted("books.settings")
def new_layout(request: CompanyRequest) -> HttpResponseBase:
    """Make a table, from a preset or from nothing."""
    start = PRESETS.get(request.GET.get("from", ""))
    return _designer(request, start or Layout("", (), with_headings=True), None)


@require_http_methods(["GET", "POST"])
@permitted("books.settings")
def layout(request: CompanyRequest, layout_id: UUID) -> HttpResponseBase:
    """Change a table."""
    kept = get_object_or_404(BookLayout.objects.for_company(request.company), pk=layout_id, archived_at=None)
    return _designer(request, Layout.load(kept.name, kept.look), kept)


def _designer(request: CompanyRequest, start: Layout, kept: BookLayout | None) -> HttpResponseBase:
    form = LayoutForm(request.POST if request.method == "POST" else None, layout=start)
    shown, status = start, 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            shown = form.layout
            try:
                check(shown)
                if "look" not in request.POST:
                    keep_layout(by=request.membership, layout=shown, pk=kept.pk if kept else None)
                    toast(request, gettext("%(name)s is kept.") % {"name": shown.name})
                    return _back(request)
                status = 200
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, error.message())
                shown = start if isinstance(error, LayoutWrong) else shown
    context = {"form": form, "kept": kept, "sample": _sample(request, shown), "shown": shown}
    return render(request, "bookkeeping/layout.html", context, status=status)


def _back(request: CompanyRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("books-layouts", kwargs={"company": request.company.slug}), status=303)


def _sample(request: CompanyRequest, shown: Layout) -> list[list[str]]:
    """Return the first rows that the table would have, of what waits for the next export, else of what was exported last."""
    written = Written(shown, Table(Encoder("utf-8", Changes()), shown.separator))
    rows = (row for entry in _entries(request) for row in rows_of(entry, shown))
    return [[written.cell(cell) for cell in row] for row in islice(rows, SHOWN)] if shown.columns else []


def _entries(request: CompanyRequest) -> list[BookEntry]:
    try:
        waiting = preview(company=request.company, formats=["csv"], period=Period(), as_of=timezone.now(), most=SHOWN)
        found = list(islice(waiting.entries(), SHOWN))
    except NotReady:
        found = []
    if found:
        return found
    last = Posting.objects.for_company(request.company).order_by("-entry__pk").first()
    if last is None:
        return []
    numbers = Posting.objects.for_company(request.company).filter(
        entry__series=last.entry.series, entry__voucher_number__gt=last.entry.voucher_number - SHOWN
    )
    return list(frozen_entries(numbers))


@require_POST
@permitted("books.settings")
def archive(request: CompanyRequest, layout_id: UUID) -> HttpResponseBase:
    """Take a table out of use."""
    kept = get_object_or_404(BookLayout.objects.for_company(request.company), pk=layout_id)
    try:
        archive_layout(by=request.membership, pk=kept.pk, now=timezone.now())
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, gettext("%(name)s is out of use. Exports made with it stay as they are.") % {"name": kept.name})
    return _back(request)


@require_http_methods(["GET", "POST"])
@permitted("books.settings")
def tax_names(request: CompanyRequest) -> HttpResponseBase:
    """What DATEV, Sage and Xero call the company's VAT codes."""
    settings = get_object_or_404(BookSettings.objects.for_company(request.company).select_related("company"))
    codes = TaxCode.objects.for_company(request.company).filter(archived_at=None).order_by("code")
    wanted: Any = list(dict.fromkeys(codes.values_list("code", flat=True)))
    form = TaxNamesForm(request.POST if request.method == "POST" else None, settings=settings, codes=wanted)
    if form.is_bound and form.is_valid():
        try:
            name_tax_codes(by=request.membership, names=form.names)
        except TaxNameWrong as error:
            form.add_error(form.place_of(error.params["tax"], error.params["system"]), error.message())
        else:
            toast(request, gettext("The names are kept."))
            return HttpResponseRedirect(reverse("books-settings", kwargs={"company": request.company.slug}), status=303)
    return render(request, "bookkeeping/tax_names.html", {"form": form}, status=422 if form.errors else 200)
