"""The export page: three lanes, and the moves between the first two."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from bookkeeping import checks, overview
from bookkeeping.check_again import OPEN, check_again
from bookkeeping.forms import ExportForm, LaneFilter, ids_of
from bookkeeping.invariants import RULES, check_invariants
from bookkeeping.models import BookItem, BooksCheck, BookSettings, CheckRun, Export
from bookkeeping.months import closed_upto
from bookkeeping.queue import Outcome, queue
from bookkeeping.queue_run import queue_ready
from bookkeeping.setup import missing
from bookkeeping.unqueue import unqueue
from expenses.models import Lane
from pleo.lib.csv import csv_response
from pleo.lib.http import CompanyRequest, template_for, toast, wants_fragment
from pleo.lib.ids import uuid7
from pleo.lib.pagination import bounded_count, paginate

LANE_SIZE = 12
# So many are queued at once while the person waits; more are left to a worker.
PRESS_LIMIT = 200
FILES = 5


def rights(request: CompanyRequest) -> dict[str, bool]:
    """Say what this person may do with the books, for templates."""
    may = {word: request.membership.can(f"books.{word}") for word in ("queue", "export", "settings")}
    return may | {"override": request.membership.can("periods.override")}


@require_GET
@permitted("books.see")
def export(request: CompanyRequest) -> HttpResponse:
    """What is open, what is queued, what was exported."""
    accounts, narrow = overview.contra(request.company), LaneFilter(request.GET)
    context = {"narrow": narrow, "may": rights(request), **_unexported(request, accounts, narrow)}
    if wants_fragment(request):
        return render(request, "bookkeeping/export.html#unexported", context)
    exports = Export.objects.visible_to(request.membership).select_related("by", "withdrawn_by")
    context |= {
        "lanes": overview.lanes(request.membership, accounts),
        "slip": overview.slip(request.membership, accounts, most=overview.SLIP_LIMIT),
        "form": ExportForm(settings=BookSettings.objects.for_company(request.company).get()),
        "settings": BookSettings.objects.for_company(request.company).get(),
        "exports": exports.order_by("-number")[:FILES],
        "exported": bounded_count(BookItem.objects.visible_to(request.membership).filter(lane=Lane.EXPORTED)),
        "closed_upto": closed_upto(request.company),
        "missing": missing(BookSettings.objects.for_company(request.company).select_related("company").get()),
    }
    return render(request, "bookkeeping/export.html", context)


def _unexported(request: CompanyRequest, accounts: Any, narrow: LaneFilter) -> dict[str, Any]:
    cursor = request.GET.get("cursor", "")
    if narrow.showing == "reserved":
        waiting = overview.reserved(request.membership).select_related("owner")
        page = paginate(waiting, by=("purchased_at", "id"), cursor=cursor, size=LANE_SIZE)
        return {"page": page, "waiting": page.rows}
    rows = overview.narrowed(request.membership, accounts, show=narrow.showing, query=narrow.query)
    rows = rows.with_facts().select_related("company")
    items = paginate(rows, by=narrow.by, descending=narrow.descending, cursor=cursor, size=LANE_SIZE)
    return {"page": items, "rows": overview.rows_of(items.rows, accounts)}


@require_GET
@permitted("books.see")
def slip(request: CompanyRequest) -> HttpResponse:
    """The control totals of a long queue, added up because somebody asked."""
    accounts = overview.contra(request.company)
    context = {"slip": overview.slip(request.membership, accounts, most=overview.SLIP_MOST)}
    return render(request, template_for(request, "bookkeeping/totals.html", "slip"), context)


@require_http_methods(["GET", "POST"])
@permitted("books.see")
def queue_page(request: CompanyRequest) -> HttpResponseBase:
    """Look through the queue entry by entry; a POST puts items into it."""
    if request.method == "POST":
        return _queue(request)
    accounts, narrow = overview.contra(request.company), LaneFilter(request.GET)
    found = overview.queued(request.membership).about(narrow.query)
    items = found.with_facts().select_related("company", "queued_by")
    page = paginate(items, by=narrow.by, descending=narrow.descending, cursor=request.GET.get("cursor", ""))
    count, exact = bounded_count(found)
    context = {
        "narrow": narrow, "page": page, "rows": overview.with_entries(page.rows, accounts), "count": count, "exact": exact,
        "may": rights(request),
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/queue.html", "entries"), context)


@permitted("books.queue")
def _queue(request: CompanyRequest) -> HttpResponseBase:
    items = ids_of(request.POST, "item")
    if request.POST.get("all") == "ready":
        accounts = overview.contra(request.company)
        ready = checks.ready(overview.unexported(request.membership), accounts).order_by("booked_date", "pk")
        items = list(ready.values_list("pk", flat=True)[: PRESS_LIMIT + 1])
        if len(items) > PRESS_LIMIT:
            return _begin_run(request)
    now = timezone.now()
    outcome = queue(by=request.membership, items=items, expenses=ids_of(request.POST, "expense"), now=now)
    undo = (
        reverse("export-unqueue", kwargs={"company": request.company.slug}) + "?" + urlencode({"at": now.isoformat()})
    )
    done = ngettext("%(count)s queued.", "%(count)s queued.", len(outcome.done)) % {"count": len(outcome.done)}
    toast(request, " ".join(filter(None, [done, _skipped(outcome)])), undo=undo if outcome.done else "")
    return _back(request)


def _begin_run(request: CompanyRequest) -> HttpResponseBase:
    """Leave a long queueing to a worker; its page counts along."""
    key = request.POST.get("key", "")[:64] or str(uuid7())
    run = queue_ready(by=request.membership, client_key=key, now=timezone.now())
    url = reverse("export-run", kwargs={"company": request.company.slug, "queue_run_id": run.pk})
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url, status=303)


def _skipped(outcome: Outcome) -> str:
    """Name the first few that stayed, each with its first reason."""
    if not outcome.skipped:
        return ""
    named = "; ".join(f"{skipped.label}: {skipped.reasons[0].sentence}" for skipped in outcome.skipped[:3])
    count = len(outcome.skipped)
    return ngettext("%(count)s skipped: %(named)s", "%(count)s skipped: %(named)s", count) % {
        "count": count,
        "named": named,
    }


def _from(request: CompanyRequest) -> str:
    """Return the address the form names, else the path of the page that it stood on."""
    try:
        here = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        here = urlsplit("")
    referer = here._replace(scheme="", netloc="").geturl() if here.netloc == request.get_host() else ""
    return request.POST.get("next") or referer


def _back(request: CompanyRequest) -> HttpResponseBase:
    """Go back to where the button was: a page of this company, else the export page."""
    wanted, home = _from(request), reverse("export", kwargs={"company": request.company.slug})
    inside = wanted.startswith(f"/c/{request.company.slug}/")
    url = wanted if inside and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else home
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": iri_to_uri(url)})
    return HttpResponseRedirect(url, status=303)


@require_POST
@permitted("books.queue")
def unqueue_items(request: CompanyRequest) -> HttpResponseBase:
    """Take items out of the queue: the ones named, or (undo) all that this person queued at one moment."""
    items = ids_of(request.POST, "item")
    if at := _moment(request.GET.get("at", "")):
        mine = BookItem.objects.visible_to(request.membership).filter(queued_by=request.membership, queued_at=at)
        items += mine.values_list("pk", flat=True)
    outcome = unqueue(by=request.membership, items=items, now=timezone.now())
    count = len(outcome.done)
    done = ngettext("%(count)s taken out of the queue.", "%(count)s taken out of the queue.", count) % {"count": count}
    toast(request, " ".join(filter(None, [done, _skipped(outcome)])))
    return _back(request)


def _moment(text: str) -> Any:
    """Read a moment of the address; anything else, and years that have no moment in every zone, is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo and 1970 <= found.year <= 3000 else None


@require_GET
@permitted("books.see")
def items_csv(request: CompanyRequest) -> HttpResponseBase:
    """The unexported lane as filtered, or the queue, as a list with what each entry lacks. Changes nothing."""
    accounts, narrow = overview.contra(request.company), LaneFilter(request.GET)
    if request.GET.get("lane") == Lane.QUEUE:
        items = overview.queued(request.membership).about(narrow.query)
    else:
        items = overview.narrowed(request.membership, accounts, show=narrow.showing, query=narrow.query)
    rows = overview.listed(items.with_facts().select_related("company").order_by("booked_date", "pk"), accounts)
    return csv_response("entries.csv", overview.list_head(), rows)


@require_http_methods(["GET", "POST"])
@permitted("books.see")
def agreement(request: CompanyRequest) -> HttpResponseBase:
    """Do the books agree? Recomputed each time it is asked; a POST lets a worker read the stored files again as well."""
    if request.method == "POST":
        check_again(by=request.membership, now=timezone.now())
        return HttpResponseRedirect(reverse("export-agreement", kwargs={"company": request.company.slug}), status=303)
    last = BooksCheck.objects.for_company(request.company).first()
    runs = CheckRun.objects.visible_to(request.membership).select_related("by")
    context = {
        "under_way": runs.filter(status__in=OPEN).first(), "rules": len(RULES),
        "page": paginate(runs.filter(checked_at__isnull=False), by=("checked_at", "id"), cursor=request.GET.get("cursor", ""), size=10),
        "findings": check_invariants(company=request.company), "checked_at": timezone.now(), "last": last,
        "last_wrong": [RULES[code] for code in last.findings if code in RULES] if last else [],
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/agreement.html", "findings"), context)
