"""Lists and the API are narrowed by tag, with what is below it, and by vendor."""

from __future__ import annotations

from typing import Any

import pytest

from expenses.code_expense import code_expense
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.keep_vendor import keep_vendor
from expenses.models import Expense, ExpenseLine, LineTag
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api

pytestmark = pytest.mark.django_db


def tag_it(expense: Expense, tag: Any) -> None:
    line = ExpenseLine.objects.get(expense=expense)
    LineTag.objects.create(company_id=expense.company_id, line=line, tag=tag, group=tag.group)


def test_lists_and_the_api_find_by_tag_and_vendor(cast: Cast, sign_in: Any) -> None:
    group = keep_tag_group(by=cast.alice, name="Project", now=NOON)
    web = keep_tag(by=cast.alice, group=group, name="Web", now=NOON)
    build = keep_tag(by=cast.alice, group=group, name="Build", parent=web, now=NOON)
    like = keep_tag(by=cast.alice, group=group, name="Webshop", now=NOON)
    shop = keep_vendor(by=cast.alice, name="Shop", now=NOON)
    top, low, other, bare = (buy(cast.carol, amount) for amount in (100, 200, 300, 400))
    for expense, tag in ((top, web), (low, build), (other, like)):
        tag_it(expense, tag)
    code_expense(expense=low, by=cast.alice, now=NOON, vendor=shop)
    alice, api = sign_in(cast.alice), Api(cast.alice)

    def shown(query: str) -> set[Any]:
        page = {row.pk for row in alice.get(url("expenses", cast.alice, query)).context["page"].rows}
        found = api.call("get", "api-expenses", query=query).json()
        assert {row["id"] for row in found["results"]} == {str(pk) for pk in page}, query
        return page

    assert shown(f"?tag={web.pk}") == {top.pk, low.pk}
    assert shown(f"?tag={build.pk}") == {low.pk}
    assert shown(f"?tag={like.pk}") == {other.pk}
    assert shown(f"?vendor={shop.pk}") == {low.pk}
    assert shown(f"?vendor={shop.pk}&tag={like.pk}") == set()
    page = alice.get(url("expenses", cast.alice, f"?tag={build.pk}")).content.decode()
    assert "Web / Build" in page, "the chip names the tag"
    assert "Shop" in alice.get(url("expenses-filters", cast.alice)).content.decode()
    for senseless in ("?tag=%00", "?vendor=x"):
        rows = alice.get(url("expenses", cast.alice, senseless)).context["page"].rows
        assert bare.pk in {row.pk for row in rows}


def test_another_companys_tag_finds_nothing_of_it(cast: Cast, sign_in: Any) -> None:
    group = keep_tag_group(by=cast.mallory, name="Project", now=NOON)
    theirs = keep_tag(by=cast.mallory, group=group, name="Web", now=NOON)
    mine = buy(cast.carol)
    rows = sign_in(cast.alice).get(url("expenses", cast.alice, f"?tag={theirs.pk}")).context["page"].rows
    assert [row.pk for row in rows] == [mine.pk], "a filter that makes no sense is left out"
    assert Api(cast.alice).call("get", "api-expenses", query=f"?tag={theirs.pk}").json()["results"] == []
