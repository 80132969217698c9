"""A person leaves: the page that leads through it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Membership, Role
from accounts.permissions import permitted
from cards.offboard import current, end_leaving, let_back_in, start_leaving, undo_leaving
from expenses.forms_leaving import LeavingForm
from expenses.leaving import LeavingPage
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


def _person(request: CompanyRequest, person_id: UUID) -> Membership:
    rows = Membership.objects.visible_to(request.membership).exclude(role=Role.SERVICE)
    found: Membership = get_object_or_404(rows.select_related("company", "team"), pk=person_id)
    return found


def _page(request: CompanyRequest, person: Membership, form: LeavingForm, status: int = 200) -> HttpResponse:
    context = {"person": person, "page_of": form.page, "form": form}
    return render(request, "expenses/leaving.html", context, status=status)


def _back(request: CompanyRequest, person: Membership) -> HttpResponseBase:
    url = reverse("person-leave", kwargs={"company": request.company.slug, "person_id": person.pk})
    return HttpResponseRedirect(url, status=303)


@require_http_methods(["GET", "POST"])
@permitted("people.manage")
def person_leave(request: CompanyRequest, person_id: UUID) -> HttpResponseBase:
    """Where it stands; and begin: the cards rest."""
    person = _person(request, person_id)
    form = LeavingForm(request.POST if request.method == "POST" else None, page=LeavingPage(person, request.membership))
    if form.is_bound and form.is_valid():
        try:
            start_leaving(person=person, by=request.membership, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, _("%(name)s is leaving. The cards rest.") % {"name": person.first_name})
            return _back(request, person)
    return _page(request, person, form, 422 if form.errors else 200)


@require_POST
@permitted("people.manage")
def person_leave_end(request: CompanyRequest, person_id: UUID) -> HttpResponseBase:
    """Close the cards and the way in."""
    person = _person(request, person_id)
    leaving = current(person)
    if leaving is None:
        return _back(request, person)
    try:
        end_leaving(leaving=leaving, by=request.membership)
    except DomainError as error:
        form = LeavingForm(None, page=LeavingPage(person, request.membership))
        form.problem = error.message()
        return _page(request, person, form, error.status)
    toast(request, _("%(name)s is out. What they did stays.") % {"name": person.first_name})
    return _back(request, person)


@require_POST
@permitted("people.manage")
def person_leave_undo(request: CompanyRequest, person_id: UUID) -> HttpResponseBase:
    """Let the person stay, or let back in who has left."""
    person = _person(request, person_id)
    leaving = current(person)
    try:
        if leaving is not None:
            undo_leaving(leaving=leaving, by=request.membership)
        else:
            let_back_in(person=person, by=request.membership)
    except DomainError as error:
        form = LeavingForm(None, page=LeavingPage(person, request.membership))
        form.problem = error.message()
        return _page(request, person, form, error.status)
    toast(request, _("%(name)s is in.") % {"name": person.first_name})
    return _back(request, person)
