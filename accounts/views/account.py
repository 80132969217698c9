"""Pages of a person: where to begin, which company, the invitation, the profile."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.accept_invitation import InvitationClosed, InvitationUnknown, accept_invitation, find_invitation
from accounts.change_profile import change_profile
from accounts.create_company import create_company
from accounts.forms import AcceptForm, CompanyForm, ProfileForm
from accounts.models import CompanyStatus, Invitation, Membership, Role, User
from pleo.lib.errors import DomainError
from pleo.lib.http import toast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def see_other(name: str, **kwargs: str) -> HttpResponse:
    """Answer 303 with the address of a page."""
    return HttpResponse(status=303, headers={"Location": reverse(name, kwargs=kwargs)})


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, an empty form too: `request.POST or None` would take that for a page just opened."""
    return request.POST if request.method == "POST" else None


def companies_of(user: User) -> list[Membership]:
    mine = Membership.objects.active().filter(user=user, company__status=CompanyStatus.ACTIVE)
    return list(mine.select_related("company").order_by("company__name", "id"))


@require_GET
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the one company of a person, to the choice between several, or to making the first."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    mine = companies_of(request.user)
    if len(mine) == 1:
        return redirect("home", company=mine[0].company.slug)
    if not mine and settings.SIGNUP_OPEN:
        return redirect("company-create")
    outside = {Role.ACCOUNTANT, Role.ACCOUNTANT_LIMITED}
    return redirect("clients" if mine and all(membership.role in outside for membership in mine) else "companies")


@require_GET
@login_required
@never_cache
def companies(request: HttpRequest) -> HttpResponse:
    mine = companies_of(request.user)  # type: ignore[arg-type]
    return render(request, "accounts/companies.html", {"memberships": mine, "may_create": settings.SIGNUP_OPEN})


@require_http_methods(["GET", "POST"])
@login_required
def company_create(request: HttpRequest) -> HttpResponse:
    if not settings.SIGNUP_OPEN:
        raise PermissionDenied("sign-up is closed")
    form = CompanyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            company = create_company(owner=request.user, now=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            return see_other("home", company=company.slug)
    page = {"form": form, "has_companies": bool(companies_of(request.user))}  # type: ignore[arg-type]
    return render(request, "accounts/company_create.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites, and let the invited person join: with a new password, or by logging in."""
    try:
        found = find_invitation(token=token, now=timezone.now())
    except (InvitationUnknown, InvitationClosed) as error:
        return render(request, "accounts/invitation_closed.html", {"error": error.message()}, status=error.status)
    user: User | None = request.user if request.user.is_authenticated else None
    known = User.objects.filter(email=found.email).exists()
    if user is not None or known:
        return _join_as_known(request, found, token, user)
    form = AcceptForm(posted(request), email=found.email, initial={"name": found.membership.name})
    if request.method == "POST" and form.is_valid():
        return _join(request, form, token, name=form.cleaned_data["name"], password=form.cleaned_data["password"])
    page = {"form": form, "invitation": found}
    return render(request, "accounts/invitation.html", page, status=422 if form.errors else 200)


def _join_as_known(request: HttpRequest, found: Invitation, token: str, user: User | None) -> HttpResponse:
    """Somebody with an account: the right one joins with one press, others are told whom it is for."""
    if user is not None and user.email == found.email and request.method == "POST":
        return _join(request, None, token, user=user)
    back = urlencode({"next": request.path})
    page = {"invitation": found, "mine": user is not None and user.email == found.email, "back": back}
    return render(request, "accounts/invitation_known.html", page, status=200 if request.method == "GET" else 403)


def _join(
    request: HttpRequest,
    form: AcceptForm | None,
    token: str,
    *,
    user: User | None = None,
    name: str = "",
    password: str = "",
) -> HttpResponse:
    try:
        membership = accept_invitation(token=token, now=timezone.now(), user=user, name=name, password=password)
    except DomainError as error:
        return render(request, "accounts/invitation_closed.html", {"error": error.message()}, status=error.status)
    if form is not None and membership.user:
        login(request, membership.user, backend=BACKEND)
    toast(request, gettext("Welcome to %(company)s.") % {"company": membership.company.name})
    return see_other("home", company=membership.company.slug)


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    user = get_object_or_404(User, email=request.user.get_username())
    form = ProfileForm(posted(request), initial=ProfileForm.initial_of(user))
    if request.method == "POST" and form.is_valid():
        change_profile(user=user, **form.cleaned_data)
        toast(request, gettext("Saved."))
        response = see_other("account-profile")
        # The toggle of this device gives way to what was just chosen.
        response.delete_cookie("theme")
        return response
    memberships = Membership.objects.active().filter(user=user, company__status=CompanyStatus.ACTIVE)
    page = {"form": form, "memberships": memberships.select_related("company").order_by("company__name", "pk")}
    return render(request, "accounts/profile.html", page, status=422 if form.errors else 200)
