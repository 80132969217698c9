"""Choosing the vendor on an expense: by name, kept as it is unless changed, an unknown one named beside the field."""

from __future__ import annotations

from typing import Any

import pytest

from expenses.archive_master import archive_master
from expenses.keep_vendor import keep_vendor
from expenses.models import Expense
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy
from tests.expenses.test_acts import url

pytestmark = pytest.mark.django_db


def save(client: Any, person: Any, expense: Expense, **data: Any) -> Any:
    return client.post(url("expense-code", person, expense_id=expense.pk), {"note": "", **data})


@pytest.mark.parametrize("who", ["carol", "dave"])
def test_a_vendor_is_chosen_changed_and_taken_away(cast: Cast, sign_in: Any, who: str) -> None:
    person = getattr(cast, who)
    client, expense = sign_in(person), buy(cast.carol)
    shop, other = (keep_vendor(by=cast.alice, name=name, now=NOON) for name in ("Shop ApS", "Other A/S"))
    page = client.get(url("expense", person, expense_id=expense.pk)).content.decode()
    assert 'name="vendor"' in page and "vendors/" in page
    assert save(client, person, expense, vendor="shop aps").status_code == 303
    expense.refresh_from_db()
    assert expense.vendor == shop and expense.filled["vendor"] == {"by": "person"}
    wrong = save(client, person, expense, vendor="Nosuch")
    assert wrong.status_code == 422 and "There is no vendor with this name." in wrong.content.decode()
    assert save(client, person, expense).status_code == 303
    assert Expense.objects.get(pk=expense.pk).vendor == shop, "a form without the field says nothing"
    archive_master(master=shop, by=cast.alice, is_archived=True, now=NOON)
    assert save(client, person, expense, vendor="Shop ApS", note="kept").status_code == 303
    assert save(client, person, expense, vendor="Other A/S").status_code == 303
    assert Expense.objects.get(pk=expense.pk).vendor == other
    assert save(client, person, expense, vendor="").status_code == 303
    assert Expense.objects.get(pk=expense.pk).vendor is None


def test_names_are_offered_of_one_s_own_company_alone(cast: Cast, sign_in: Any) -> None:
    keep_vendor(by=cast.alice, name="Nordhavn Kaffe", now=NOON)
    keep_vendor(by=cast.mallory, name="Nordsee", now=NOON)
    client = sign_in(cast.carol)
    found = client.get(url("vendor-names", cast.carol, "?vendor=nord")).content.decode()
    assert "Nordhavn Kaffe" in found and "Nordsee" not in found
    assert client.get(url("vendor-names", cast.carol, "?vendor=%00%3Cb")).status_code == 200
