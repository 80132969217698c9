"""The pages of one expense and what is done there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.db.models import Exists, OuterRef
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import permitted
from events.describe import describe
from events.models import Event
from expenses.attach import attach
from expenses.code_expense import KEEP
from expenses.complete import complete
from expenses.detach import detach
from expenses.forms import CodingForm, ReviewForm
from expenses.listing import Listing
from expenses.models import Attachment, Expense, ReviewOutcome, Route
from expenses.page import ExpensePage
from expenses.review import SecondFactorNeeded, review
from expenses.suggest import LEARNED
from expenses.vendor_field import offered_vendors
from expenses.views.lists import list_context
from expenses.withdraw_review import withdraw_review
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast, wants_fragment
from pleo.lib.pagination import paginate
from receipts.ingest import ingest
from receipts.models import Receipt

FILES_AT_ONCE = 10
# What finance says among itself is no part of the history that the spender reads.
FINANCE_ONLY = ("expense.noted_internally", "expense.internal_note_removed")


def fetch(request: CompanyRequest, expense_id: UUID) -> Expense:
    """Return an expense this person may see, with what its page shows, or 404."""
    rows = (
        Expense.objects.visible_to(request.membership)
        .annotate(has_route=Exists(Route.objects.filter(expense=OuterRef("pk"))))
        .select_related("owner__team", "authorization__card", "company", "refund_of", "vendor__merged_into")
        .prefetch_related("movements", "reviews__by", "lines__category__account", "lines__tax_code", "refunds")
    )
    return get_object_or_404(rows, pk=expense_id)


def address(request: CompanyRequest, expense: Expense) -> str:
    """Return the expense's own address, with the filters of the list beside it."""
    url = reverse("expense", kwargs={"company": request.company.slug, "expense_id": expense.pk})
    query = Listing(request.membership, request.GET).query_string()
    return f"{url}?{query}" if query else url


def show(request: CompanyRequest, page: ExpensePage, *, status: int = 200, partial: str = "") -> HttpResponse:
    """Show the panel as a fragment, the list with its panel, or the spender's own page."""
    listing = Listing(request.membership, request.GET)
    context: dict[str, Any] = {"page_of": page, "expense": page.expense, "list_query": listing.query_string()}
    if partial:
        return render(request, partial, context, status=status)
    if not request.membership.can("expenses.see_all"):
        return render(request, "expenses/expense.html", context, status=status)
    if wants_fragment(request):
        return render(request, "expenses/panel.html", context, status=status)
    return render(request, "expenses/list.html", context | list_context(request, listing), status=status)


@require_GET
@permitted("expenses.see")
def expense(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    return show(request, ExpensePage(fetch(request, expense_id), request.membership))


@require_GET
@permitted("expenses.see")
def expense_reading(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Answer the receipt and what was read of it, for the page that waits for the reader."""
    page = ExpensePage(fetch(request, expense_id), request.membership)
    if page.is_reading and wants_fragment(request):
        return HttpResponse(status=204)
    template = "expenses/reading.html" if not request.membership.can("expenses.see_all") else "expenses/panel.html#body"
    return show(request, page, partial=template)


@require_POST
@permitted("expenses.edit")
def expense_code(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Save coding, note and confirmations; a panel saves each change at once."""
    row = fetch(request, expense_id)
    form = CodingForm(request.POST, expense=row, by=request.membership, in_form="save")
    partial = "expenses/_panel_form.html" if wants_fragment(request) else ""
    if not form.is_valid():
        return show(request, ExpensePage(row, request.membership, form), status=422, partial=partial)
    try:
        complete(expense=row, by=request.membership, now=timezone.now(), **typed_values(form, request.POST))
    except DomainError as error:
        add_error(form, error, row)
        return show(request, ExpensePage(row, request.membership, form), status=error.status, partial=partial)
    if partial:
        page = ExpensePage(fetch(request, expense_id), request.membership)
        page.saved = gettext("Saved")
        return show(request, page, partial=partial)
    toast(request, gettext("%(merchant)s is saved.") % {"merchant": row.merchant})
    return HttpResponseRedirect(address(request, row), status=303)


@require_GET
@permitted("expenses.edit")
def vendor_names(request: CompanyRequest) -> HttpResponse:
    """Answer the names of vendors that fit what is being typed, as the options of a list."""
    names = offered_vendors(request.company, request.GET.get("vendor", "")[:120])
    return render(request, "expenses/vendor_names.html", {"names": names})


def typed_values(form: CodingForm, post: Any) -> dict[str, Any]:
    """Return what a person changed in the form; what stayed as it was is kept, not typed again."""
    data, changed = form.cleaned_data, set(form.changed_data)
    if post.get("accept_all"):
        data["accepted"] = ["total", "date", "tax", *LEARNED]
    values: dict[str, Any] = {"version": data["version"], "accepted": data["accepted"], "note": data["note"]}
    values["category"] = data["category"] if "category" in changed else KEEP
    values["tax_code"] = data["tax_code"] if "tax_code" in changed else KEEP
    values["tags"] = form.wanted_tags() or KEEP
    values["vendor"] = data["vendor"] if "vendor" in changed and "vendor" in post else KEEP
    values["tax"] = data["tax"] if "tax" in changed else None
    values["people"] = data["attendees"] if "attendees" in changed and "attendees" in post else None
    values["document_date"] = data["document_date"] if "document_date" in changed else None
    return values


def add_error(form: CodingForm, error: DomainError, expense: Expense) -> None:
    """Put a refusal beside its field, and let the next try be against the newest version."""
    form.add_error(error.field if error.field in form.fields else None, error.message())
    if error.code == "expense_changed":
        newest = Expense.objects.values_list("version", flat=True).get(pk=expense.pk)
        form.data = {**form.data.dict(), "version": str(newest)}  # type: ignore[attr-defined]


@require_POST
@permitted("expenses.review")
def expense_review(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Decide. Where nobody else may decide, the person confirms first that it is them."""
    row = fetch(request, expense_id)
    form = ReviewForm(request.POST)
    page = ExpensePage(row, request.membership)
    page.reason = request.POST.get("reason", "")[:500]
    if not form.is_valid():
        page.review_error = gettext("Choose one: okay, needs details or not okay.")
        return show(request, page, status=422)
    confirmed = not is_reauthentication_required(request, app="account")
    try:
        review(expense=row, by=request.membership, now=timezone.now(), is_confirmed=confirmed, **form.cleaned_data)
    except SecondFactorNeeded:
        back = urlencode({"next": address(request, row)})
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{back}", status=303)
    except DomainError as error:
        page.review_error = error.message()
        return show(request, page, status=error.status)
    undo = reverse("expense-review-withdrawal", kwargs={"company": request.company.slug, "expense_id": row.pk})
    toast(request, decided(row, form.cleaned_data["outcome"]), undo=undo)
    return HttpResponseRedirect(address(request, row), status=303)


def decided(expense: Expense, outcome: str) -> str:
    """Return the one line that says what was decided."""
    params = {"merchant": expense.merchant, "amount": format.amount(expense.booked), "name": expense.owner.first_name}
    return {
        ReviewOutcome.OKAY: gettext("%(merchant)s, %(amount)s is okay."),
        ReviewOutcome.NOT_OKAY: gettext("%(merchant)s is not okay. %(name)s is told."),
        ReviewOutcome.NEEDS_DETAILS: gettext("%(name)s is asked about %(merchant)s."),
    }[ReviewOutcome(outcome)] % params


@require_POST
@permitted("expenses.review")
def expense_review_withdrawal(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    row = fetch(request, expense_id)
    try:
        withdraw_review(expense=row, by=request.membership, now=timezone.now())
    except DomainError as error:
        page = ExpensePage(row, request.membership)
        page.review_error = error.message()
        return show(request, page, status=error.status)
    toast(request, gettext("The decision on %(merchant)s is taken back.") % {"merchant": row.merchant})
    if "inbox" in request.GET:
        there = {"company": request.company.slug, "expense_id": row.pk}
        return HttpResponseRedirect(f"{reverse('review-expense', kwargs=there)}?queue=mine", status=303)
    return HttpResponseRedirect(address(request, row), status=303)


@require_POST
@permitted("expenses.edit")
def expense_attach(request: CompanyRequest, expense_id: UUID) -> HttpResponseBase:
    """Put a receipt that waits on the expense; a form that brings files is an upload."""
    if request.FILES:
        return expense_upload(request, expense_id=expense_id)
    row = fetch(request, expense_id)
    chosen = request.POST.get("receipt") or request.GET.get("receipt", "")
    receipt = get_object_or_404(Receipt.objects.visible_to(request.membership), pk=uuid_of(chosen))
    try:
        attachment = attach(expense=row, receipt=receipt, by=request.membership, now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    kwargs = {"company": request.company.slug, "expense_id": row.pk, "attachment_id": attachment.pk}
    text = gettext("The receipt is on %(merchant)s.") % {"merchant": row.merchant}
    toast(request, text, undo=reverse("expense-detach", kwargs=kwargs))
    return HttpResponseRedirect(address(request, row), status=303)


def uuid_of(text: str) -> UUID | None:
    """Read an id that came in a form; anything else is no id, which no row has."""
    try:
        return UUID(text)
    except ValueError:
        return None


def refused(request: CompanyRequest, row: Expense, error: DomainError) -> HttpResponse:
    """Show the expense with what is wrong beside its receipts."""
    page = ExpensePage(row, request.membership)
    page.upload_error = error.message()
    return show(request, page, status=error.status)


@require_POST
@permitted("expenses.edit")
def expense_detach(request: CompanyRequest, expense_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Take a receipt off; it waits in the inbox."""
    row = fetch(request, expense_id)
    attachment = get_object_or_404(Attachment.objects.select_related("expense"), pk=attachment_id, expense=row)
    try:
        detach(attachment=attachment, by=request.membership, now=timezone.now())
    except DomainError as error:
        return refused(request, row, error)
    again = reverse("expense-attach", kwargs={"company": request.company.slug, "expense_id": row.pk})
    toast(request, gettext("The receipt waits in the inbox again."), undo=f"{again}?receipt={attachment.receipt_id}")
    return HttpResponseRedirect(address(request, row), status=303)


@require_POST
@permitted("receipts.upload")
def expense_upload(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Take files and put them on the expense at once; they are read in the background."""
    row = fetch(request, expense_id)
    files = request.FILES.getlist("files")[:FILES_AT_ONCE]
    key = request.POST.get("client_key", "")[:40].replace("\x00", "") or uuid4().hex
    try:
        if not files:
            raise NoFile
        for index, file in enumerate(files):
            receipt = ingest(
                by=request.membership, file=file, source="web", client_key=f"{key}-{index}", now=timezone.now()
            )
            attach(expense=row, receipt=receipt, by=request.membership, now=timezone.now())
    except DomainError as error:
        return refused_file(request, row, error)
    arrived = ngettext("The receipt is here.", "%(count)d receipts are here.", len(files)) % {"count": len(files)}
    toast(request, arrived)
    return HttpResponseRedirect(address(request, row), status=303)


class NoFile(DomainError):
    """The form came without a file."""

    code = "file_missing"
    field = "files"

    def message(self) -> str:
        return gettext("Choose a photo or PDF first.")


def refused_file(request: CompanyRequest, row: Expense, error: DomainError) -> HttpResponse:
    """Say what is wrong with a file: in place on the page, as JSON to the uploading script."""
    if request.accepts("text/html"):
        return refused(request, row, error)
    return JsonResponse({"error": {"code": error.code, "message": error.message()}}, status=error.status)


@require_GET
@permitted("expenses.see")
def expense_history(request: CompanyRequest, expense_id: UUID) -> HttpResponse:
    """Show who did what to this expense, newest first."""
    row = fetch(request, expense_id)
    events = Event.objects.for_company(request.company).filter(subject_type="expenses.expense", subject_id=row.pk)
    if not request.membership.can("expenses.see_all"):
        events = events.exclude(verb__in=FINANCE_ONLY)
    page = paginate(
        events.select_related("by", "token"), by=("happened_at", "id"), cursor=request.GET.get("cursor", "")
    )
    context = {"expense": row, "entries": describe(page.rows, request.membership), "page": page}
    return render(request, "expenses/history.html", context)
