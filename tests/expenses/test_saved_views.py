"""Views that a person keeps: filters, order and columns under a name."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone

from expenses.listing import Listing
from expenses.models import SavedView
from expenses.saved_view import MOST_VIEWS, bring_view_back, remove_view, save_view
from pleo.lib.errors import DomainError
from tests.conftest import Cast
from tests.expenses.conftest import buy
from tests.expenses.test_acts import url

pytestmark = pytest.mark.django_db


def test_a_view_keeps_filters_order_and_columns(cast: Cast, sign_in: Any) -> None:
    buy(cast.carol, merchant="Netto")
    client = sign_in(cast.dave)
    query = "?q=netto&sort=-amount&col=note&col=kind&nonsense=1"
    page = client.get(url("expenses", cast.dave, query)).content.decode()
    assert 'col-extra">Kind' in page and 'col-team">' not in page
    kept = client.post(url("expenses-view-save", cast.dave, query), {"name": "  Big   shops "}, follow=True)
    assert "The view “Big shops” is kept." in kept.content.decode()
    view = SavedView.objects.get()
    assert view.name == "Big shops" and QueryDict(view.query).dict() == {"q": "netto", "sort": "-amount", "col": "note"}
    page = client.get(url("expenses", cast.dave, f"?{view.query}")).content.decode()
    assert page.count('aria-current="page"') >= 1 and "Remove the view Big shops" in page
    figures = client.get(url("expenses-figures", cast.dave, f"?{view.query}")).content.decode()
    assert 'Big shops<span class="views__count">1</span>' in figures
    assert "Big shops" not in sign_in(cast.alice).get(url("expenses", cast.alice)).content.decode()


def test_a_name_in_use_gets_the_new_filters(cast: Cast) -> None:
    save_view(by=cast.dave, name="Mine", query="q=a")
    save_view(by=cast.dave, name="Mine", query="q=b")
    assert SavedView.objects.get().query == "q=b"
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedView.objects.create(company=cast.dave.company, membership=cast.dave, name="Mine")


def test_a_removed_view_comes_back(cast: Cast, sign_in: Any) -> None:
    view, client = save_view(by=cast.dave, name="Mine", query="q=a"), sign_in(cast.dave)
    page = client.post(url("expenses-view-remove", cast.dave, view_id=view.pk), follow=True).content.decode()
    assert "is removed." in page and f"{view.pk}/return/" in page
    client.post(url("expenses-view-restore", cast.dave, view_id=view.pk))
    view.refresh_from_db()
    assert view.removed_at is None
    remove_view(view=view, now=timezone.now())
    save_view(by=cast.dave, name="Mine", query="q=c")
    bring_view_back(view=view)
    assert SavedView.objects.get(removed_at=None).query == "q=c", "the new one keeps its name"
    other = sign_in(cast.alice)
    for name in ("expenses-view-remove", "expenses-view-restore"):
        assert other.post(url(name, cast.alice, view_id=view.pk)).status_code == 404


def test_what_makes_no_view_is_refused(cast: Cast, sign_in: Any) -> None:
    for name, query in (("", ""), (" \x00 ", ""), ("Long", "q=" + "x" * 1001)):
        with pytest.raises(DomainError):
            save_view(by=cast.dave, name=name, query=query)
    for number in range(MOST_VIEWS):
        save_view(by=cast.dave, name=f"View {number}", query="")
    with pytest.raises(DomainError, match="Remove one first"):
        save_view(by=cast.dave, name="One more", query="")
    assert sign_in(cast.dave).post(url("expenses-view-save", cast.dave), {"name": ""}).status_code == 303


def test_unknown_columns_are_the_usual_ones(cast: Cast) -> None:
    listing = Listing(cast.dave, QueryDict("col=salary"))
    assert "team" in listing.columns and listing.query_string() == ""
    assert Listing(cast.dave, QueryDict("col=team&col=number")).query_string() == "col=number&col=team"
