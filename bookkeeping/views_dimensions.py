"""Tag groups as dimensions of the books."""

from __future__ import annotations

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import permitted
from bookkeeping.dimensions import PlaceTaken, dimensions_of, place_groups, without_code
from bookkeeping.forms_dimensions import DimensionsForm
from expenses.models import TagGroup
from pleo.lib.http import CompanyRequest, toast


@require_http_methods(["GET", "POST"])
@permitted("books.settings")
def dimensions(request: CompanyRequest) -> HttpResponseBase:
    """Which tag group stands in which column of the files, and which tags have no code for them."""
    groups = list(TagGroup.objects.for_company(request.company).filter(archived_at=None).order_by("position", "id"))
    places = {one.group_id: one.place for one in dimensions_of(request.company.pk)}
    form = DimensionsForm(request.POST if request.method == "POST" else None, groups=groups, places=places)
    if form.is_bound and form.is_valid():
        try:
            place_groups(by=request.membership, wanted=form.wanted)
        except PlaceTaken as error:
            form.add_error(form.name_of(error.params["group"]), error.message())
        else:
            toast(request, gettext("Dimensions saved."))
            return HttpResponseRedirect(
                reverse("books-dimensions", kwargs={"company": request.company.slug}), status=303
            )
    context = {"form": form, "lacking": list(without_code(request.company.pk))}
    return render(request, "bookkeeping/dimensions.html", context, status=422 if form.errors else 200)
