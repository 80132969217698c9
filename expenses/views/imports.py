"""Masters from a file: choose it, see what would change, confirm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.countries import country_choices
from accounts.permissions import permitted
from expenses.add_start_set import ORDER, add_start_set, rows_of
from expenses.import_masters import (
    ARCHIVED,
    CHANGED,
    NEW,
    SAME,
    STATES,
    WRONG,
    Planned,
    confirm_import,
    plan,
    preview_of,
    read_import,
)
from expenses.master_columns import COLUMNS
from expenses.models import ImportState, MasterImport
from expenses.read_table import MOST_BYTES, TableUnreadable
from expenses.start_set import SETS
from expenses.views.masters import KINDS
from pleo.lib import format
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast

WORDS = {
    NEW: _("New"),
    CHANGED: _("Changed"),
    ARCHIVED: _("Archived"),
    SAME: _("Unchanged"),
    WRONG: _("Needs a second look"),
}
SHOWN = 100


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def master_import(request: CompanyRequest, what: str) -> HttpResponse:
    """Take a file of one kind of master; nothing changes before it is confirmed."""
    if what not in COLUMNS:
        raise Http404(what)
    error, status = "", 200
    if request.method == "POST":
        try:
            found = _read(request, what)
        except DomainError as refusal:
            error, status = refusal.message(), 422
        else:
            kwargs = {"company": request.company.slug, "import_id": found.pk}
            return HttpResponseRedirect(reverse("master-import-preview", kwargs=kwargs), status=303)
    context = {"what": what, "kind": KINDS[what], "columns": COLUMNS[what], "error": error}
    return render(request, "expenses/import.html", context, status=status)


def _read(request: CompanyRequest, what: str) -> MasterImport:
    file = request.FILES.get("file")
    if file is None:
        raise TableUnreadable(why="empty")
    if (file.size or 0) > MOST_BYTES:
        raise TableUnreadable(why="too_large")
    return read_import(by=request.membership, what=what, name=file.name or "", data=file.read())


def _found(request: CompanyRequest, import_id: UUID) -> MasterImport:
    rows = MasterImport.objects.for_company(request.company).select_related("company", "by")
    return get_object_or_404(rows, pk=import_id)


@require_GET
@permitted("masters.manage")
@never_cache
def master_import_preview(request: CompanyRequest, import_id: UUID) -> HttpResponse:
    """Show what a file would change, or what became of it."""
    found = _found(request, import_id)
    context: dict[str, Any] = {"found": found, "kind": KINDS[found.what], "what": found.what}
    if found.status == ImportState.PREVIEW:
        plans = preview_of(found)
        counts = {state: sum(one.state == state for one in plans) for state in STATES}
        asked = request.GET.get("state", "")
        asked = (
            asked
            if asked in STATES
            else next((state for state in (WRONG, NEW, CHANGED, ARCHIVED, SAME) if counts[state]), NEW)
        )
        rows = [one for one in plans if one.state == asked]
        start = _start(request.GET.get("from", ""), len(rows))
        context |= {
            "rows": [_shown(one, found.what) for one in rows[start : start + SHOWN]], "asked": asked,
            "tabs": [(state, WORDS[state], counts[state]) for state in STATES if counts[state] or state == asked],
            "next": start + SHOWN if start + SHOWN < len(rows) else 0, "previous": max(0, start - SHOWN) if start else None,
            "doing": counts[NEW] + counts[CHANGED] + counts[ARCHIVED], "wrong": counts[WRONG],
        }  # fmt: skip
    else:
        context["counts"] = [(WORDS[state], found.counts.get(state, 0)) for state in STATES]
    return render(request, template_for(request, "expenses/import_preview.html", "state"), context)


def _start(text: str, most: int) -> int:
    start = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    return start if start < most else 0


def _shown(one: Planned, what: str) -> dict[str, Any]:
    """Return a row for the page: its changes and errors under the words of the columns."""
    labels = {column.key: column.label for column in COLUMNS[what]} | {"": ""}
    return {
        "line": one.line, "name": one.name,
        "changes": [(labels[name], before, after) for name, (before, after) in one.changes.items()],
        "errors": [(labels[name], one.values.get(name, ""), sentence) for name, sentence in one.errors.items()],
    }  # fmt: skip


@require_POST
@permitted("masters.manage")
def master_import_confirm(request: CompanyRequest, import_id: UUID) -> HttpResponse:
    """Apply a file that was looked at."""
    found = _found(request, import_id)
    try:
        confirm_import(found=found, by=request.membership)
    except DomainError as error:
        toast(request, error.message())
    kwargs = {"company": request.company.slug, "import_id": found.pk}
    return HttpResponseRedirect(reverse("master-import-preview", kwargs=kwargs), status=303)


@require_GET
@permitted("masters.manage")
def master_import_export(request: CompanyRequest, import_id: UUID) -> HttpResponseBase:
    """Stream what a file would change as CSV, row by row with what is wrong."""
    found = _found(request, import_id)
    header = [gettext("Line"), gettext("Name"), gettext("Result"), gettext("What")]
    return csv_response(f"import-{found.what}.csv", header, _export_rows(found))


def _export_rows(found: MasterImport) -> Iterator[list[Any]]:
    for one in preview_of(found):
        said = [f"{name}: {sentence}" for name, sentence in one.errors.items()]
        said += [f"{name}: {before} → {after}" for name, (before, after) in one.changes.items()]
        yield [one.line, one.name, WORDS[one.state], "; ".join(said)]


@require_http_methods(["GET", "POST"])
@permitted("masters.manage")
def start_sets(request: CompanyRequest) -> HttpResponse:
    """Add another country's accounts, VAT codes and categories; what is there stays."""
    asked = request.POST if request.method == "POST" else request.GET
    country = asked.get("country", request.company.country)
    country = country if country in SETS else next(iter(SETS))
    in_english = asked.get("words") == "en"
    if request.method == "POST":
        added = add_start_set(by=request.membership, country=country, in_english=in_english, now=timezone.now())
        count = sum(added.values())
        text = ngettext("%(count)s row was added.", "%(count)s rows were added.", count) % {
            "count": format.count(count)
        }
        toast(request, text)
        place = reverse("books-accounts", kwargs={"company": request.company.slug})
        return HttpResponseRedirect(place, status=303)
    rows = rows_of(country, in_english=in_english)
    new = []
    for what in ORDER:
        plans = plan(company=request.company, what=what, rows=rows[what])
        new.append((KINDS[what].word, [one.name for one in plans if one.row is None], len(plans)))
    context = {
        "countries": [one for one in country_choices() if one[0] in SETS], "country": country, "in_english": in_english,
        "new": new, "what": "", "kinds": KINDS, "doing": any(added for _, added, _ in new),
    }  # fmt: skip
    return render(request, "expenses/start_sets.html", context)
