"""Pages of a company's settings: its own details, its API tokens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.change_company import change_company
from accounts.countries import country_choices
from accounts.create_token import NewToken, create_service_token, create_token
from accounts.forms import CompanySettingsForm, TokenForm
from accounts.models import ApiToken, Company, Role
from accounts.permissions import CAPABILITIES, permitted
from accounts.revoke_token import revoke_token
from accounts.scopes import SCOPES
from accounts.views.account import posted, see_other
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@permitted("company.manage")
def settings_company(request: CompanyRequest) -> HttpResponse:
    company = get_object_or_404(Company, pk=request.company.pk)
    form = CompanySettingsForm(posted(request), initial=CompanySettingsForm.initial_of(company))
    if request.method == "POST" and form.is_valid():
        try:
            changed = change_company(company=company, by=request.membership, now=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            toast(request, gettext("Saved."))
            return see_other("settings-company", company=changed.slug)
    page = {"form": form, "country": dict(country_choices()).get(company.country, company.country)}
    return render(request, "accounts/settings_company.html", page, status=422 if form.errors else 200)


def scope_choices(request: CompanyRequest) -> list[tuple[str, Any]]:
    """Return what a token made by this person can do: as a service, or as the person."""
    mine = [word for word in SCOPES if request.membership.can(word) or Role.SERVICE in CAPABILITIES[word]]
    return [(word, SCOPES[word]) for word in mine]


@require_http_methods(["GET", "POST"])
@permitted("tokens.manage")
@never_cache
def settings_tokens(request: CompanyRequest) -> HttpResponse:
    """List the tokens and make another, whose secret is on the answer's page and nowhere else."""
    form = TokenForm(posted(request), choices=scope_choices(request))
    new: NewToken | None = None
    if request.method == "POST" and form.is_valid():
        try:
            new = _made(request, form)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message())
        else:
            form = TokenForm(choices=scope_choices(request))
    rows = ApiToken.objects.for_company(request.company).select_related("membership").order_by("-id")
    page = {"tokens": rows, "form": form, "new": new}
    return render(request, "accounts/settings_tokens.html", page, status=422 if form.errors else 200)


def _made(request: CompanyRequest, form: TokenForm) -> NewToken:
    name, scopes, by = form.cleaned_data["name"], form.cleaned_data["scopes"], request.membership
    if form.cleaned_data["acts_as"] == "me":
        return create_token(membership=by, name=name, scopes=scopes, by=by, now=timezone.now())
    return create_service_token(name=name, scopes=scopes, by=by, now=timezone.now())


@require_POST
@permitted("tokens.manage")
def settings_token_revocation(request: CompanyRequest, token_id: UUID) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.for_company(request.company), pk=token_id)
    try:
        revoke_token(token=token, by=request.membership, now=timezone.now())
        toast(request, gettext("Token %(name)s revoked.") % {"name": token.name})
    except DomainError as error:
        toast(request, error.message())
    return see_other("settings-tokens", company=request.company.slug)
