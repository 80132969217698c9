"""Keeping views of the expense list."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from accounts.permissions import permitted
from expenses.listing import Listing
from expenses.models import SavedView
from expenses.saved_view import bring_view_back, remove_view, save_view
from expenses.views.lists import back_to_list
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest, toast


@require_POST
@permitted("expenses.see")
def expenses_view_save(request: CompanyRequest) -> HttpResponseBase:
    """Keep what the list shows now under a name."""
    query = Listing(request.membership, request.GET).query_string()
    try:
        view = save_view(by=request.membership, name=request.POST.get("name", ""), query=query)
    except DomainError as error:
        toast(request, error.message())
    else:
        toast(request, gettext("The view “%(name)s” is kept.") % {"name": view.name})
    return HttpResponseRedirect(back_to_list(request), status=303)


@require_POST
@permitted("expenses.see")
def expenses_view_remove(request: CompanyRequest, view_id: UUID) -> HttpResponseBase:
    """Take one's own view away; the toast brings it back."""
    view = _own(request, view_id)
    remove_view(view=view, now=timezone.now())
    again = reverse("expenses-view-restore", kwargs={"company": request.company.slug, "view_id": view.pk})
    toast(request, gettext("The view “%(name)s” is removed.") % {"name": view.name}, undo=again)
    return HttpResponseRedirect(back_to_list(request), status=303)


@require_POST
@permitted("expenses.see")
def expenses_view_restore(request: CompanyRequest, view_id: UUID) -> HttpResponseBase:
    """Bring one's own removed view back."""
    bring_view_back(view=_own(request, view_id))
    return HttpResponseRedirect(back_to_list(request), status=303)


def _own(request: CompanyRequest, view_id: UUID) -> SavedView:
    mine = SavedView.objects.for_company(request.company).filter(membership=request.membership)
    return get_object_or_404(mine, pk=view_id)
