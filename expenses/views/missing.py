"""Pages of receipts that are missing: one's own with the upload at hand, everybody's for finance; reminders; locks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import permitted
from expenses.attach import attach
from expenses.debts import begin_of, owed, owed_by, totals
from expenses.forms_receipts import PauseForm
from expenses.missing import Missing
from expenses.models import Expense, LockPause, ReceiptLock
from expenses.pause_lock import pause_lock, resume_lock
from expenses.remind_many import remind_many
from expenses.snap_link import Snap, open_snap
from expenses.views.expense import FILES_AT_ONCE, NoFile, uuid_of
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from receipts.ingest import ingest


@require_GET
@permitted("expenses.see")
def receipts_missing(request: CompanyRequest) -> HttpResponse:
    """Show what is owed: with uploads to its spender, by person and age to who sees more."""
    listing = Missing(request.membership, request.GET, now=timezone.now())
    own_lock = ReceiptLock.objects.open().filter(person=request.membership).first()
    page, count, exact = listing.page()
    context = {
        "listing": listing, "page": page, "count": count, "exact": exact, "lock": own_lock,
        "totals": totals(listing.rows), "people": listing.people(), "owners": listing.owners(),
        "is_wide": request.membership.can("receipts.chase"),
    }  # fmt: skip
    return render(request, template_for(request, "expenses/missing.html", "list"), context)


@require_GET
@permitted("expenses.see")
def receipts_missing_export(request: CompanyRequest) -> HttpResponseBase:
    """Stream the same purchases as CSV."""
    listing = Missing(request.membership, request.GET, now=timezone.now())
    header = [
        gettext("Person"), gettext("Expense"), gettext("Merchant"), gettext("Day of purchase"), gettext("Owed since"),
        gettext("Amount"), gettext("Currency"),
    ]  # fmt: skip

    def cells() -> Iterator[list[Any]]:
        for row in listing.rows.select_related("owner").order_by("owed_since", "id").iterator(chunk_size=1000):
            days = [request.company.day_of(moment).isoformat() for moment in (row.purchased_at, row.owed_since)]
            yield [row.owner.name, row.number, row.merchant, *days, f"{row.booked.decimal:f}", row.currency]

    return csv_response(f"missing-receipts-{request.company.slug}.csv", header, cells())


def _back(request: CompanyRequest, name: str = "receipts-missing") -> HttpResponse:
    """Return to the list as it was, if the form says where; never to another site."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return HttpResponseRedirect(wanted if is_ours else reverse(name, args=[request.company.slug]), status=303)


@require_POST
@permitted("receipts.chase")
def receipts_remind(request: CompanyRequest) -> HttpResponse:
    """Remind the spenders of the ticked purchases, each once."""
    keys = [key for key in map(uuid_of, request.POST.getlist("expense")[:1000]) if key]
    rows = owed(Expense.objects.visible_to(request.membership).filter(pk__in=keys))
    done, skipped = remind_many(expenses=rows, by=request.membership, now=timezone.now())
    if done:
        toast(
            request, ngettext("%(count)d person is reminded.", "%(count)d people are reminded.", done) % {"count": done}
        )
    for error in skipped[:3]:
        toast(request, error.message())
    if not done and not skipped:
        toast(request, gettext("Tick purchases whose receipt is missing first."))
    return _back(request)


@require_GET
@permitted("receipts.chase")
def receipt_locks(request: CompanyRequest) -> HttpResponse:
    """Show whose cards rest, who is warned, and who is left alone."""
    return _locks(request)


def _locks(request: CompanyRequest, form: PauseForm | None = None, status: int = 200) -> HttpResponse:
    now = timezone.now()
    rows = ReceiptLock.objects.visible_to(request.membership).open().select_related("person__team")
    locks = list(rows.order_by("locks_at", "id")[:500])
    for row in locks:
        row.late = owed_by(row.person).count()
    pauses = LockPause.objects.for_company(request.company).filter(ended_at=None).select_related("person", "by")
    context = {
        "locks": locks, "pauses": [row for row in pauses.order_by("-id")[:500] if row.holds(now)],
        "form": form or PauseForm(company=request.company),
    }  # fmt: skip
    return render(request, "expenses/receipt_locks.html", context, status=status)


@require_POST
@permitted("receipts.rules")
def receipt_lock_pause(request: CompanyRequest) -> HttpResponse:
    """Leave somebody's cards alone, until a day or for good."""
    form, now = PauseForm(request.POST, company=request.company), timezone.now()
    if not form.is_valid():
        return _locks(request, form, status=422)
    day, person = form.cleaned_data["until"], form.cleaned_data["person"]
    until = begin_of(day + timedelta(days=1), request.company) if day else None
    try:
        pause_lock(person=person, by=request.membership, reason=form.cleaned_data["reason"], until=until, now=now)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message())
        return _locks(request, form, status=error.status)
    toast(request, gettext("The cards of %(name)s are left alone.") % {"name": person.name})
    return _back(request, "receipt-locks")


@require_POST
@permitted("receipts.rules")
def receipt_lock_resume(request: CompanyRequest, pause_id: UUID) -> HttpResponse:
    """End a pause."""
    rows = LockPause.objects.for_company(request.company).select_related("person", "company")
    try:
        resume_lock(pause=get_object_or_404(rows, pk=pause_id), by=request.membership, now=timezone.now())
        toast(request, gettext("The rules count again."))
    except DomainError as error:
        toast(request, error.message())
    return _back(request, "receipt-locks")


@require_http_methods(["GET", "POST"])
@never_cache
def snap(request: CompanyRequest, token: str) -> HttpResponse:
    """Add the receipt of one purchase by a link from a mail, without signing in."""
    found = open_snap(token)
    if found is None:
        return render(request, "expenses/snap_over.html", status=404)
    error = ""
    if request.method == "POST":
        try:
            _take(found, request)
        except DomainError as refused:
            error = refused.message()
    rows = Expense.objects.select_related("company", "owner")
    context = {"snap": found, "expense": rows.get(pk=found.expense.pk), "error": error}
    return render(request, "expenses/snap.html", context, status=422 if error else 200)


def _take(found: Snap, request: Any) -> None:
    """Put the files of a form on the purchase. Raises NoFile and what `ingest` and `attach` raise."""
    files = [*request.FILES.getlist("files"), *request.FILES.getlist("file")][:FILES_AT_ONCE]
    if not files:
        raise NoFile
    key = request.POST.get("client_key", "")[:40].replace("\x00", "") or uuid4().hex
    for index, file in enumerate(files):
        now = timezone.now()
        receipt = ingest(by=found.person, file=file, source="mail", client_key=f"{key}-{index}", now=now)
        attach(expense=found.expense, receipt=receipt, by=found.person, now=now)
