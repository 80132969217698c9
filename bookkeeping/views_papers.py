"""Reports of expenses with their receipts: begin one, watch it, take the file."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Membership
from accounts.permissions import permitted
from bookkeeping import tasks
from bookkeeping.begin_report import begin_report
from bookkeeping.downloads import download
from bookkeeping.models import PaperReport
from bookkeeping.months import last_over
from pleo.lib import work
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for
from pleo.lib.ids import uuid7
from pleo.lib.pagination import bounded_count, paginate


class PaperForm(forms.Form):
    """Whose expenses, and from when to when. `key` tells a second press of the button from a second report."""

    person = forms.ModelChoiceField(
        Membership.objects.none(), label=_("Person"), required=False, empty_label=_("Everybody")
    )
    starts = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: object, membership: Membership, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        people = self.fields["person"]
        assert isinstance(people, forms.ModelChoiceField), "declared above"
        people.is_wanted = True  # type: ignore[attr-defined]  # nobody chosen means everybody
        people.queryset = Membership.objects.for_company(membership.company).order_by("name", "id")


def _to_report(request: CompanyRequest, report: PaperReport) -> HttpResponseRedirect:
    url = reverse("paper-report", kwargs={"company": request.company.slug, "report_id": report.pk})
    return HttpResponseRedirect(url, status=303)


@require_http_methods(["GET", "POST"])
@permitted("books.see")
def papers(request: CompanyRequest) -> HttpResponseBase:
    """The reports there are, newest first; a POST begins one."""
    if request.method == "POST":
        return _begin(request)
    month = last_over(request.company, timezone.now())
    form = PaperForm(membership=request.membership, initial={"starts": month.first, "ends": month.last, "key": uuid7()})
    return _page(request, form, 200)


def _page(request: CompanyRequest, form: PaperForm, status: int) -> HttpResponse:
    rows = PaperReport.objects.visible_to(request.membership).select_related("by", "person")
    words = request.GET.get("q", "")[:100].replace("\x00", "").strip()
    found = rows.filter(person__name__icontains=words) if words else rows
    page = paginate(found, by=("created_at", "id"), cursor=request.GET.get("cursor", ""))
    count, exact = bounded_count(found)
    context = {
        "form": form, "page": page, "count": count, "exact": exact, "q": words, "may": request.membership.can("books.export"),
    }  # fmt: skip
    return render(request, template_for(request, "bookkeeping/papers.html", "list"), context, status=status)


@permitted("books.export")
def _begin(request: CompanyRequest) -> HttpResponseBase:
    form, status = PaperForm(request.POST, membership=request.membership), 422
    if form.is_valid():
        values = form.cleaned_data
        try:
            report = begin_report(
                by=request.membership, person=values["person"], starts=values["starts"], ends=values["ends"],
                client_key=str(values["key"]), now=timezone.now(),
            )  # fmt: skip
            return _to_report(request, report)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
            status = error.status
    return _page(request, form, status)


def _found(request: CompanyRequest, report_id: UUID) -> PaperReport:
    rows = PaperReport.objects.visible_to(request.membership).select_related("by", "person", "company")
    return get_object_or_404(rows, pk=report_id)


@require_GET
@permitted("books.see")
@never_cache
def paper(request: CompanyRequest, report_id: UUID) -> HttpResponse:
    """One report: how far it is, its file, or that it was not made."""
    context = {"report": _found(request, report_id), "may": request.membership.can("books.export")}
    return render(request, template_for(request, "bookkeeping/paper.html", "state"), context)


@require_POST
@permitted("books.export")
def again(request: CompanyRequest, report_id: UUID) -> HttpResponseBase:
    """Start a report over that was not made."""
    report = _found(request, report_id)
    if PaperReport.retry(report.pk):
        work.enqueue(tasks.build_report, report_id=report.pk)
    return _to_report(request, report)


@require_GET
@permitted("books.see")
def file(request: CompanyRequest, report_id: UUID) -> HttpResponseBase:
    """The file, byte for byte as it was made."""
    report = _found(request, report_id)
    return download(report.file_key, report.file_name, report.sha256, "application/pdf")
