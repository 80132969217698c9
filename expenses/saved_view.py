"""Keep a view of the expense list under a name, take it away, bring it back."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from expenses.models import SavedView
from pleo.lib.errors import DomainError

MOST_VIEWS = 30
LONGEST_QUERY = 1000


class ViewNameMissing(DomainError):
    """A view without a name could not be found again."""

    code = "view_name_missing"
    field = "name"

    def message(self) -> str:
        return gettext("Give the view a name.")


class TooManyViews(DomainError):
    """More views than anybody reads."""

    code = "too_many_views"
    field = "name"

    def message(self) -> str:
        return gettext("You keep %(most)s views. Remove one first.") % {"most": MOST_VIEWS}


class FiltersTooLong(DomainError):
    """The filters in force are longer than a view keeps."""

    code = "filters_too_long"
    field = "name"

    def message(self) -> str:
        return gettext("These filters are too long to keep.")


@transaction.atomic
def save_view(*, by: Membership, name: str, query: str) -> SavedView:
    """Keep a query string under a name; a name in use gets the new one. Raises ViewNameMissing, TooManyViews, FiltersTooLong."""
    name = " ".join(name.replace("\x00", "").split())[:40]
    if not name:
        raise ViewNameMissing
    if len(query) > LONGEST_QUERY:
        raise FiltersTooLong
    mine = SavedView.objects.filter(membership=by, removed_at=None)
    if mine.filter(name=name).update(query=query):
        return mine.get(name=name)
    if mine.count() >= MOST_VIEWS:
        raise TooManyViews
    try:
        with transaction.atomic():
            return SavedView.objects.create(company=by.company, membership=by, name=name, query=query)
    except IntegrityError:  # The same name from another window.
        mine.filter(name=name).update(query=query)
        return mine.get(name=name)


def remove_view(*, view: SavedView, now: datetime) -> None:
    """Take a view away. Twice changes nothing."""
    SavedView.objects.filter(pk=view.pk, removed_at=None).update(removed_at=now)


def bring_view_back(*, view: SavedView) -> None:
    """Bring a removed view back, unless another has its name by now."""
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=view.pk).update(removed_at=None)
    except IntegrityError:
        return
