"""Pages of a company's teams."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.change_team import change_team
from accounts.create_team import create_team
from accounts.forms import TeamForm, TeamPeopleForm
from accounts.models import Membership, MembershipStatus, Team
from accounts.permissions import permitted
from accounts.views.account import posted, see_other
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@permitted("people.manage")
def teams(request: CompanyRequest) -> HttpResponse:
    """List the teams and start another."""
    form = TeamForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            team = create_team(name=form.cleaned_data["name"], by=request.membership, now=timezone.now())
        except DomainError as error:
            form.add_error(error.field, error.message())
        else:
            toast(request, gettext("Team %(name)s made.") % {"name": team.name})
            return see_other("team", company=request.company.slug, team_id=str(team.pk))
    here = Q(members__status__in=[MembershipStatus.ACTIVE, MembershipStatus.INVITED])
    rows = Team.objects.for_company(request.company).annotate(size=Count("members", filter=here))
    rows = rows.prefetch_related(Prefetch("leads", Membership.objects.order_by("name", "id"))).order_by("name", "id")
    return render(request, "people/teams.html", {"teams": rows, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permitted("people.manage")
def team(request: CompanyRequest, team_id: UUID) -> HttpResponse:
    one = get_object_or_404(Team.objects.for_company(request.company), pk=team_id)
    initial = {"name": one.name, "leads": one.leads.all(), "members": one.members.all()}
    form = TeamPeopleForm(posted(request), initial=initial, company=request.company)
    if request.method == "POST" and form.is_valid():
        try:
            change_team(team=one, by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field, error.message())
        else:
            toast(request, gettext("Saved."))
            return see_other("teams", company=request.company.slug)
    return render(request, "people/team.html", {"team": one, "form": form}, status=422 if form.errors else 200)
