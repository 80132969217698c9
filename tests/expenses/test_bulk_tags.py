"""Many at once: tags on every line, and accepting what is sure, each undone to what was there."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from expenses.attach import attach
from expenses.bulk_outcome import sentence, stored
from expenses.code_expense import code_expense
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.lock_period import PeriodLocked
from expenses.models import BulkEdit, Expense, LineTag, Tag, TagGroup
from expenses.run_bulk import run_bulk
from expenses.start_bulk import NothingToSet, start_bulk, undo_bulk
from expenses.suggest import certain
from expenses.tagging import TagArchived, TagsClash, as_wanted
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, freeze, make_receipt
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api
from tests.expenses.test_bulk import code, everything, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture
def tags(cast: Cast) -> dict[str, Any]:
    project, centre = (keep_tag_group(by=cast.alice, name=name, now=NOON) for name in ("Project", "Centre"))
    found = {name: keep_tag(by=cast.alice, group=project, name=name, now=NOON) for name in ("Web", "Press")}
    return {**found, "North": keep_tag(by=cast.alice, group=centre, name="North", now=NOON)}


def on(expense: Expense) -> set[str]:
    return set(LineTag.objects.filter(line__expense=expense).values_list("tag__name", flat=True))


def test_tags_alone_leave_the_rest_as_it_is_and_other_groups_stay(cast: Cast, tags: dict[str, Any]) -> None:
    typed, other, frozen = buy(cast.carol), buy(cast.carol), freeze(buy(cast.carol))
    code_expense(
        expense=typed, by=cast.dave, category=category_of(cast.dave), tax=Money(7, "DKK"),
        tags=as_wanted([tags["Press"], tags["North"]]), now=timezone.now(),
    )  # fmt: skip
    before = typed.lines.get()
    bulk = code(cast.dave, category=None, tags=[tags["Web"]])
    assert on(typed) == {"Web", "North"} and on(other) == {"Web"} and reasons(bulk) == {frozen.number: "expense_locked"}
    line = typed.lines.get()
    assert (line.category_id, line.tax_code_id, line.tax_amount) == (before.category_id, before.tax_code_id, 7)
    typed.refresh_from_db()
    assert typed.filled["tags"] == {"by": "person"}
    run_bulk(undo_bulk(bulk=bulk, by=cast.dave).pk)
    assert on(typed) == {"Press", "North"} and on(other) == set()
    assert typed.lines.get().tax_amount == 7


def test_a_category_and_tags_together(cast: Cast, tags: dict[str, Any]) -> None:
    expense = buy(cast.carol)
    code(cast.dave, category=category_of(cast.dave), tags=[tags["Web"], tags["North"]])
    assert on(expense) == {"Web", "North"} and expense.lines.get().category == category_of(cast.dave)


def test_what_may_not_be_chosen(cast: Cast, tags: dict[str, Any]) -> None:
    buy(cast.carol)
    rows = everything(cast.dave)
    with pytest.raises(NothingToSet):
        start_bulk(by=cast.dave, expenses=rows, act="code", tags=[])
    with pytest.raises(TagsClash):
        start_bulk(by=cast.dave, expenses=rows, act="code", tags=[tags["Web"], tags["Press"]])
    bulk = start_bulk(by=cast.dave, expenses=rows, act="code", tags=[tags["Web"]])
    TagGroup.objects.update(archived_at=NOON)
    run_bulk(bulk.pk)
    assert set(reasons(bulk).values()) == {"tag_archived"} and not LineTag.objects.exists()
    with pytest.raises(TagArchived):
        start_bulk(by=cast.dave, expenses=rows, act="code", tags=[Tag.objects.get(pk=tags["Web"].pk)])


def test_from_the_form_and_over_the_api(cast: Cast, tags: dict[str, Any], sign_in: Any) -> None:
    one, two = buy(cast.carol), buy(cast.carol)
    field = f"tag_{tags['Web'].group_id.hex}"
    client, here = sign_in(cast.dave), url("expenses-bulk", cast.dave)
    assert field in client.post(here, {"act": "code", "expense": [one.pk]}).content.decode()
    done = client.post(here, {"act": "code", "asked": "1", "expense": [one.pk], field: tags["Web"].pk})
    assert done.status_code == 303 and on(one) == {"Web"}
    job = client.get(url("expenses-bulk-job", cast.dave, bulk_id=BulkEdit.objects.get().pk)).content.decode()
    assert "Code many expenses" in job and "Web" in job
    api = Api(cast.dave)
    body = {"act": "code", "expenses": [str(two.pk)], "tags": [str(tags["Press"].pk)]}
    answer = api.call("post", "api-bulk-edits", body)
    assert answer.status_code == 202, answer.content
    run_bulk(answer.json()["id"])
    assert on(two) == {"Press"}
    theirs = keep_tag(
        by=cast.mallory, group=keep_tag_group(by=cast.mallory, name="P", now=NOON), name="Theirs", now=NOON
    )
    assert api.call("post", "api-bulk-edits", {**body, "tags": [str(theirs.pk)]}).status_code == 422


# ---- what is sure


def habit(cast: Cast, times: int) -> None:
    for _ in range(times):
        code_expense(
            expense=buy(cast.carol, 900, "Netto"), by=cast.carol, category=category_of(cast.carol), now=timezone.now()
        )


def accepted(cast: Cast, *expenses: Expense) -> BulkEdit:
    rows = Expense.objects.filter(pk__in=[one.pk for one in expenses])
    bulk = start_bulk(by=cast.dave, expenses=rows, act="accept")
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    return bulk


def test_a_steady_habit_and_a_clear_receipt_are_sure(cast: Cast) -> None:
    habit(cast, 3)
    new = buy(cast.carol, 12_500, "Netto")
    attach(expense=new, receipt=make_receipt(cast.carol, total=12_500, tax=2_500), by=cast.carol, now=NOON)
    new.refresh_from_db()
    assert set(certain(new, cast.dave)) == {"total", "date", "tax", "category"}
    bulk = accepted(cast, new)
    assert (bulk.done, bulk.skipped) == (1, 0)
    new.refresh_from_db()
    line = new.lines.get()
    assert line.category == category_of(cast.carol) and line.tax_amount == 2_500
    assert new.is_coded and not new.reading_open and new.document_date is not None
    run_bulk(undo_bulk(bulk=bulk, by=cast.dave).pk)
    new.refresh_from_db()
    line = new.lines.get()
    after: Any = (line.category, line.tax_amount, new.document_date, new.reading_open)
    assert after == (None, 0, None, True)
    assert not new.is_coded and new.confirmed == []


def test_what_is_not_sure_is_skipped_with_its_reason(cast: Cast) -> None:
    habit(cast, 2)
    twice, differs, frozen = buy(cast.carol, 100, "Netto"), buy(cast.carol, 5_000), freeze(buy(cast.carol))
    attach(expense=differs, receipt=make_receipt(cast.carol, total=4_000, day="2020-01-01"), by=cast.carol, now=NOON)
    bulk = accepted(cast, twice, differs, frozen)
    assert reasons(bulk) == {
        twice.number: "nothing_sure", differs.number: "nothing_sure", frozen.number: "expense_locked"
    }  # fmt: skip
    assert not Expense.objects.get(pk=twice.pk).is_coded
    words = [sentence(row.error) for row in bulk.rows.all()]
    assert "Nothing suggested here is sure. Look at it yourself." in words


def test_one_exception_ends_a_habit(cast: Cast) -> None:
    habit(cast, 3)
    code_expense(
        expense=buy(cast.carol, 900, "Netto"),
        by=cast.carol,
        category=category_of(cast.carol, "travel"),
        now=timezone.now(),
    )
    new = buy(cast.carol, 100, "Netto")
    assert certain(new, cast.dave) == []


def test_an_employee_accepts_only_their_own(cast: Cast) -> None:
    habit(cast, 3)
    others = buy(cast.dave, 100, "Netto")
    bulk = start_bulk(by=cast.carol, expenses=Expense.objects.filter(pk=others.pk), act="accept")
    run_bulk(bulk.pk)
    assert set(reasons(bulk).values()) == {"expense_not_yours"}


def test_a_refusal_with_days_and_money_is_kept_and_read_again() -> None:
    from expenses.lines import TaxTooLarge

    locked = PeriodLocked(upto=NOON.date(), day=NOON.date())
    assert sentence(stored(locked)) == locked.message()
    large = TaxTooLarge(amount=Money(125, "DKK"))
    assert sentence(stored(large)) == large.message()
