"""Settings of review: which workflow applies when, who would decide, and who is away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Membership, MembershipStatus
from accounts.permissions import permitted
from expenses.absent import AbsenceWrong, be_absent, end_absence
from expenses.forms_workflows import AbsenceForm, TryForm, WorkflowForm, reshaped
from expenses.keep_workflow import archive_workflow, keep_workflow, order_workflows, reroute
from expenses.models import Absence, Route, RouteState, Workflow, WorkflowVersion
from expenses.review_facts import live_versions
from expenses.try_workflows import preview, try_facts
from expenses.workflow_words import Names, row_of
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


def _here(request: CompanyRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("settings-workflows", kwargs={"company": request.company.slug}), status=303)


@require_GET
@permitted("workflows.see")
def workflows(request: CompanyRequest) -> HttpResponse:
    """Show the workflows in their order, what they would have taken lately, and who would decide about something."""
    versions = list(live_versions(request.company))
    plans = [version.plan for version in versions]
    names = Names.of(request.company, plans)
    taken, of = preview(request.company, plans, now=timezone.now())
    form = TryForm(request.GET if "amount" in request.GET else None, company=request.company)
    tried = try_facts(request.company, form.facts()) if form.is_bound and form.is_valid() else None
    rows = [(row_of(version, names), taken[version.workflow_id]) for version in versions]
    context = {"rows": rows, "usual": taken[None], "of": of, "form": form, "tried": tried}
    context["absences"] = _absences(request)
    return render(request, "expenses/workflows.html", context)


def _absences(request: CompanyRequest) -> Any:
    today = request.company.day_of(timezone.now())
    rows = Absence.objects.for_company(request.company).filter(ended_at=None, ends_on__gte=today)
    return rows.select_related("person", "substitute").order_by("starts_on", "id")[:50]


def _found(request: CompanyRequest, workflow_id: UUID) -> Workflow:
    return get_object_or_404(Workflow.objects.for_company(request.company), pk=workflow_id)


@require_http_methods(["GET", "POST"])
@permitted("workflows.manage")
def workflow(request: CompanyRequest, workflow_id: UUID | None = None) -> HttpResponse:
    """Write a workflow, or a new version of one."""
    row = _found(request, workflow_id) if workflow_id else None
    version = WorkflowVersion.objects.filter(workflow=row, number=row.version).first() if row else None
    said: dict[str, Any] = {"company": request.company, "version": version}
    do, status = request.POST.get("do", "save"), 200
    form = reshaped(request.POST, do, **said) if do != "save" else WorkflowForm(request.POST or None, **said)
    if request.method == "POST" and do == "save":
        status = 422
        if form.is_valid():
            try:
                keep_workflow(by=request.membership, wanted=form.wanted(), now=timezone.now(), workflow=row)
            except DomainError as error:
                form.add_error(None, error.message())
            else:
                toast(request, gettext("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
                return _here(request)
    older = (
        Route.objects.filter(state=RouteState.OPEN, version__workflow=row, expense__isnull=False)
        if row
        else Route.objects.none()
    )
    behind = older.exclude(version__number=row.version).count() if row else 0
    context = {"form": form, "workflow": row, "version": version, "behind": behind}
    return render(request, "expenses/workflow.html", context, status=status)


@require_POST
@permitted("workflows.manage")
def workflow_archive(request: CompanyRequest, workflow_id: UUID) -> HttpResponse:
    """End a workflow, or bring it back."""
    row, back = _found(request, workflow_id), "back" in request.GET
    try:
        archive_workflow(workflow=row, by=request.membership, now=timezone.now(), back=back)
    except DomainError as error:
        toast(request, error.message())
        return _here(request)
    again = reverse("workflow-archive", kwargs={"company": request.company.slug, "workflow_id": row.pk})
    text = gettext("The workflow is back.") if back else gettext("The workflow is over. What is on its way goes on.")
    toast(request, text, undo="" if back else f"{again}?back=1")
    return _here(request)


@require_POST
@permitted("workflows.manage")
def workflow_move(request: CompanyRequest, workflow_id: UUID) -> HttpResponse:
    """Ask a workflow earlier or later than its neighbour."""
    row, step = _found(request, workflow_id), 1 if request.POST.get("to") == "down" else -1
    rows = Workflow.objects.for_company(request.company).filter(archived_at=None).order_by("position", "id")
    ids = list(rows.values_list("pk", flat=True))
    place = ids.index(row.pk) if row.pk in ids else -1
    if place >= 0 and 0 <= place + step < len(ids):
        ids[place], ids[place + step] = ids[place + step], ids[place]
        try:
            order_workflows(by=request.membership, ids=ids, now=timezone.now())
        except DomainError as error:
            toast(request, error.message())
    return _here(request)


@require_POST
@permitted("workflows.manage")
def workflow_reroute(request: CompanyRequest, workflow_id: UUID) -> HttpResponse:
    """Let what is on its way with older versions begin anew."""
    count = reroute(workflow=_found(request, workflow_id), by=request.membership, now=timezone.now())
    toast(request, gettext("%(count)s begin anew with the newest version.") % {"count": count})
    return _here(request)


@require_http_methods(["GET", "POST"])
@permitted("expenses.claim")
def absence(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    """Note when somebody is away and who decides in their place; everybody for themselves, admins for anybody."""
    people = Membership.objects.for_company(request.company).filter(status=MembershipStatus.ACTIVE)
    if not request.membership.can("people.manage"):
        people = people.filter(pk=request.membership.pk)
    person = get_object_or_404(people.select_related("company"), pk=person_id)
    form, status = AbsenceForm(request.POST or None, person=person), 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _noted(request, person, form):
            url = reverse("absence", kwargs={"company": request.company.slug, "person_id": person.pk})
            return HttpResponseRedirect(url, status=303)
    rows = Absence.objects.filter(person=person).select_related("substitute", "by").order_by("-starts_on", "-id")[:20]
    today = request.company.day_of(timezone.now())
    context = {"form": form, "person": person, "rows": rows, "today": today}
    return render(request, "expenses/absence.html", context, status=status)


def _noted(request: CompanyRequest, person: Membership, form: AbsenceForm) -> bool:
    data = form.cleaned_data
    substitute = get_object_or_404(Membership.objects.for_company(request.company), pk=data.pop("substitute"))
    try:
        be_absent(person=person, substitute=substitute, by=request.membership, now=timezone.now(), **data)
    except AbsenceWrong as error:
        form.add_error(error.place, error.message())
        return False
    toast(request, gettext("%(name)s decides in that time.") % {"name": substitute.name})
    return True


@require_POST
@permitted("expenses.claim")
def absence_end(request: CompanyRequest, absence_id: UUID) -> HttpResponse:
    """End an absence before its last day."""
    rows = Absence.objects.for_company(request.company).select_related("person", "company")
    if not request.membership.can("people.manage"):
        rows = rows.filter(person=request.membership)
    row = get_object_or_404(rows, pk=absence_id)
    try:
        end_absence(absence=row, by=request.membership, now=timezone.now())
        toast(request, gettext("The absence is over."))
    except DomainError as error:
        toast(request, error.message())
    url = reverse("absence", kwargs={"company": request.company.slug, "person_id": row.person_id})
    return HttpResponseRedirect(url, status=303)
