"""Pages of a company's people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.change_person import change_person
from accounts.change_role import change_role
from accounts.forms import InviteForm, PersonForm, RoleForm
from accounts.invite import invite
from accounts.invite_again import invite_again
from accounts.models import Invitation, Membership, MembershipStatus, Role, Team
from accounts.parts import columns_of, parts_of
from accounts.permissions import permitted, roles_given_by
from accounts.views.account import posted, see_other
from accounts.withdraw_invitation import withdraw_invitation
from pleo.lib.csv import csv_response
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, template_for, toast
from pleo.lib.pagination import bounded_count, paginate
from pleo.lib.search import search_words

SORTS = {"name": ("name", "id"), "role": ("role", "name", "id"), "status": ("status", "name", "id"), "since": ("id",)}


def found(request: CompanyRequest) -> QuerySet[Membership]:
    """Return the people that the list's address asks for: search, role, team, status. Unknown values find everyone."""
    rows: QuerySet[Membership] = Membership.objects.visible_to(request.membership).exclude(role=Role.SERVICE)
    wanted = request.GET
    for word in search_words(wanted.get("q", "").replace("\x00", "")):
        rows = rows.filter(search_text__contains=word)
    if wanted.get("role") in Role.values:
        rows = rows.filter(role=wanted["role"])
    if wanted.get("status") in MembershipStatus.values:
        rows = rows.filter(status=wanted["status"])
    else:
        rows = rows.exclude(status=MembershipStatus.LEFT)
    try:
        team = UUID(wanted.get("team", ""))
    except ValueError:
        return rows
    return rows.filter(team_id=team)


@require_GET
@permitted("people.see")
def people(request: CompanyRequest) -> HttpResponse:
    rows = found(request)
    sort = request.GET.get("sort", "name")
    by = SORTS.get(sort.lstrip("-"), SORTS["name"])
    links = Prefetch("invitations", Invitation.objects.order_by("-id"), to_attr="links")
    page = paginate(
        rows.select_related("team").prefetch_related(links),
        by=by, cursor=request.GET.get("cursor", ""), descending=sort.startswith("-"),
    )  # fmt: skip
    count, exact = bounded_count(rows)
    context = {
        "page": page, "count": count, "exact": exact, "now": timezone.now(), "roles": Role.choices[:-1],
        "teams": Team.objects.for_company(request.company).order_by("name", "id"),
        "statuses": MembershipStatus.choices, "columns": columns_of(page.rows, request.membership),
        "may_manage": request.membership.can("people.manage"),
        "narrowed": any(request.GET.get(name) for name in ("q", "role", "team", "status")),
    }  # fmt: skip
    return render(request, template_for(request, "people/list.html", "results"), context)


@require_GET
@permitted("people.see")
def people_export(request: CompanyRequest) -> HttpResponseBase:
    header = [gettext(word) for word in ("Name", "E-mail", "Role", "Team", "Employee number", "Status")]

    def lines() -> Iterator[list[Any]]:
        for person in found(request).select_related("team").order_by("name", "id").iterator(chunk_size=500):
            team = person.team.name if person.team else ""
            yield [
                person.name,
                person.email,
                person.get_role_display(),
                team,
                person.employee_number,
                person.get_status_display(),
            ]

    return csv_response("people.csv", header, lines())


@require_http_methods(["GET", "POST"])
@permitted("people.manage")
def people_invite(request: CompanyRequest) -> HttpResponse:
    form = InviteForm(posted(request), by=request.membership)
    rows: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        rows = [_invited(request, form, address) for address in form.cleaned_data["addresses"]]
        sent = [row for row in rows if not row["problem"]]
        if sent:
            toast(request, _sent_words(len(sent), sent[0]["address"]))
        if len(sent) == len(rows):
            return see_other("people", company=request.company.slug)
        # What went out is done; what did not stays in the field, with the reason beside each.
        left = [row["address"] for row in rows if row["problem"]]
        kept = {"addresses": "\n".join(left), "team": form.cleaned_data["team"], "role": form.cleaned_data["role"]}
        form = InviteForm(initial=kept, by=request.membership)
    status = 422 if form.errors or rows else 200
    return render(request, "people/invite.html", {"form": form, "rows": rows}, status=status)


def _invited(request: CompanyRequest, form: InviteForm, address: str) -> dict[str, Any]:
    """Invite one address and return its row for the page: one bad address must not stop the others."""
    try:
        invite(
            email=address, role=form.cleaned_data["role"], team=form.cleaned_data["team"],
            by=request.membership, now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        return {"address": address, "problem": error.message()}
    return {"address": address, "problem": ""}


def _sent_words(count: int, first: str) -> str:
    words = ngettext("%(first)s invited.", "%(count)s people invited.", count)
    return words % {"first": first, "count": count}


def person_of(request: CompanyRequest, person_id: UUID) -> Membership:
    """Return somebody this member may see, or 404."""
    rows = Membership.objects.visible_to(request.membership).exclude(role=Role.SERVICE)
    person: Membership = get_object_or_404(rows.select_related("team", "company", "manager"), pk=person_id)
    return person


@require_http_methods(["GET", "POST"])
@permitted("people.see")
def person(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    if request.method == "POST" and not request.membership.can("people.manage"):
        raise PermissionDenied("people.manage")
    someone = person_of(request, person_id)
    if request.method == "GET":
        return _person_page(request, someone)
    form = PersonForm(request.POST, person=someone)
    if form.is_valid():
        try:
            change_person(membership=someone, by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field, error.message())
        else:
            toast(request, gettext("Saved."))
            return see_other("person", company=request.company.slug, person_id=str(someone.pk))
    return _person_page(request, someone, form=form, status=422)


def _person_page(
    request: CompanyRequest, someone: Membership, *, form: PersonForm | None = None, role_form: RoleForm | None = None,
    refusal: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    initial = {"name": someone.name, "employee_number": someone.employee_number, "team": someone.team_id}
    initial["manager"] = someone.manager_id
    mine = roles_given_by(request.membership.role)
    someone.links = list(someone.invitations.order_by("-id")[:1])  # type: ignore[attr-defined]
    context = {
        "person": someone, "now": timezone.now(), "refusal": refusal,
        "form": form or PersonForm(initial=initial, person=someone),
        "role_form": role_form or RoleForm(initial={"role": someone.role}, by=request.membership),
        "may_change": request.membership.can("people.manage") and someone.status != MembershipStatus.LEFT,
        "may_change_role": request.membership.can("roles.manage") and someone.role in mine,
        "may_withdraw": request.membership.can("people.manage") and someone.role in mine,
        "may_audit": request.membership.can("audit.see"),
        "link": someone.links[0] if someone.links else None,  # type: ignore[attr-defined]
        "parts": parts_of(someone, request.membership),
    }  # fmt: skip
    return render(request, "people/person.html", context, status=status)


@require_POST
@permitted("roles.manage")
def person_role(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    someone = person_of(request, person_id)
    form = RoleForm(request.POST, by=request.membership)
    if form.is_valid():
        try:
            change_role(membership=someone, role=form.cleaned_data["role"], by=request.membership, now=timezone.now())
        except DomainError as error:
            form.add_error("role", error.message())
        else:
            toast(request, gettext("Role changed."))
            return see_other("person", company=request.company.slug, person_id=str(someone.pk))
    return _person_page(request, someone, role_form=form, status=422)


@require_POST
@permitted("people.manage")
def person_invitation(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    """Send the invitation again."""
    someone = person_of(request, person_id)
    try:
        invite_again(membership=someone, by=request.membership, now=timezone.now())
    except DomainError as error:
        return _refused(request, someone, error)
    toast(request, gettext("Invitation sent again to %(email)s.") % {"email": someone.email})
    return see_other("person", company=request.company.slug, person_id=str(someone.pk))


@require_POST
@permitted("people.manage")
def person_invitation_withdrawal(request: CompanyRequest, person_id: UUID) -> HttpResponse:
    someone = person_of(request, person_id)
    try:
        withdraw_invitation(membership=someone, by=request.membership, now=timezone.now())
    except DomainError as error:
        return _refused(request, someone, error)
    toast(request, gettext("Invitation of %(name)s taken back.") % {"name": someone.name})
    return see_other("people", company=request.company.slug)


def _refused(request: CompanyRequest, someone: Membership, error: DomainError) -> HttpResponse:
    return _person_page(request, someone, refusal=error.message(), status=error.status)
