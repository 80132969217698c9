"""One act on many expenses: what is chosen, what is skipped and why, killed half-way, undone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership, Team
from events.models import Event
from expenses import run_bulk as worker
from expenses.code_expense import code_expense
from expenses.models import BulkEdit, BulkRow, BulkStatus, Category, Expense, TaxCode
from expenses.run_bulk import run_bulk
from expenses.start_bulk import start_bulk, undo_bulk
from pleo.lib.errors import DomainError
from tests.conftest import Cast
from tests.expenses.conftest import authorize, buy, freeze
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api

pytestmark = pytest.mark.django_db


def a_category(person: Membership, offset: int = 0) -> Category:
    rows = Category.objects.for_company(person.company).exclude(tax_code=None)
    return rows.order_by("name")[offset]  # type: ignore[no-any-return]


def everything(person: Membership) -> Any:
    return Expense.objects.visible_to(person)


def code(person: Membership, expenses: Any = None, **fields: Any) -> BulkEdit:
    """Code and wait for the end."""
    chosen = everything(person) if expenses is None else expenses
    bulk = start_bulk(by=person, expenses=chosen, act="code", **({"category": a_category(person)} | fields))
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    return bulk


def reasons(bulk: BulkEdit) -> dict[int, str]:
    rows = bulk.rows.exclude(error=None).select_related("expense")
    return {row.expense.number: row.error["code"] for row in rows}


def test_it_codes_as_the_form_does_and_skips_what_may_not_change(cast: Cast) -> None:
    one, two, frozen, done = buy(cast.carol), buy(cast.dave), freeze(buy(cast.carol)), buy(cast.carol)
    category = a_category(cast.dave)
    code_expense(expense=one, by=cast.dave, category=category, now=timezone.now())
    bulk = code(cast.dave, everything(cast.dave).exclude(pk=one.pk), category=category)
    assert (bulk.status, bulk.total, bulk.done, bulk.skipped) == (BulkStatus.DONE, 3, 2, 1)
    assert reasons(bulk) == {frozen.number: "expense_locked"}
    by_form, by_bulk = one.lines.get(), two.lines.get()
    for column in ("category_id", "tax_code_id", "tax_amount", "is_rest"):
        assert getattr(by_form, column) == getattr(by_bulk, column), column
    for expense in (two, done):
        expense.refresh_from_db()
        assert expense.is_coded and expense.version == 2
    one.refresh_from_db()
    assert category.name.lower() in two.search_text and category.name.lower() in one.search_text
    assert not Expense.objects.get(pk=frozen.pk).lines.get().category
    event = Event.objects.filter(verb="expense.coded", subject_id=two.pk).get()
    assert event.by == cast.dave and event.changes["category"] == [None, category.code]


def test_a_tax_code_alone_keeps_the_categories_and_abroad_brings_none(cast: Cast) -> None:
    home, abroad = buy(cast.carol), buy(cast.carol, merchant_country="DE")
    code(cast.dave, category=a_category(cast.dave))
    assert home.lines.get().tax_amount > 0 and abroad.lines.get().tax_amount == 0
    tax_code = TaxCode.objects.for_company(cast.dave.company).filter(rate=0).first()
    code(cast.dave, category=None, tax_code=tax_code)
    line = home.lines.get()
    assert line.category == a_category(cast.dave) and line.tax_code == tax_code and line.tax_amount == 0


def test_people_reach_no_further_than_by_hand(cast: Cast) -> None:
    own, others, theirs = buy(cast.carol), buy(cast.dave), buy(cast.mallory)
    ids = [own.pk, others.pk, theirs.pk]
    bulk = code(cast.carol, everything(cast.carol).filter(pk__in=ids))
    assert bulk.total == 1, "what a person cannot see is not even counted"
    with pytest.raises(DomainError, match="Only the person who paid"):
        start_bulk(by=cast.carol, expenses=everything(cast.carol), act="okay")
    for expense in (others, theirs):
        assert not expense.lines.get().category


def test_okay_for_many_says_why_not(cast: Cast) -> None:
    fine, own, frozen = buy(cast.carol), buy(cast.dave), freeze(buy(cast.carol))
    bulk = start_bulk(by=cast.dave, expenses=everything(cast.dave), act="okay")
    run_bulk(bulk.pk)
    assert reasons(bulk) == {own.number: "own_expense", frozen.number: "expense_locked"}
    fine.refresh_from_db()
    assert fine.review == "okay"
    undo = undo_bulk(bulk=BulkEdit.objects.get(pk=bulk.pk), by=cast.dave)
    run_bulk(undo.pk)
    fine.refresh_from_db()
    assert fine.review == "" and fine.reviews.count() == 2


def test_undo_puts_back_what_nobody_touched_since(cast: Cast) -> None:
    first, second = buy(cast.carol), buy(cast.carol)
    former = a_category(cast.dave, 1)
    code_expense(expense=first, by=cast.dave, category=former, now=timezone.now())
    before = first.lines.get()
    bulk = code(cast.dave)
    code_expense(expense=second, by=cast.carol, category=former, now=timezone.now())
    undo = undo_bulk(bulk=bulk, by=cast.dave)
    run_bulk(undo.pk)
    assert reasons(undo) == {second.number: "expense_changed"}
    line = first.lines.get()
    assert (line.category, line.tax_code, line.tax_amount) == (before.category, before.tax_code, before.tax_amount)
    assert second.lines.get().category == former
    with pytest.raises(DomainError):
        undo_bulk(bulk=bulk, by=cast.dave)


def test_a_worker_that_dies_leaves_whole_lots_and_another_goes_on(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(worker, "LOT", 2)
    for _ in range(5):
        buy(cast.carol)
    bulk = start_bulk(by=cast.dave, expenses=everything(cast.dave), act="code", category=a_category(cast.dave))
    real, calls = worker._change_lines, []

    def dies(*args: Any) -> None:
        real(*args)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(worker, "_change_lines", dies)
    with pytest.raises(KeyboardInterrupt):
        run_bulk(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.done, Expense.objects.filter(is_coded=True).count()) == (2, 2)
    run_bulk(bulk.pk)
    assert BulkEdit.objects.get(pk=bulk.pk).done == 2, "its lease still runs, so nobody else takes it"
    BulkEdit.objects.update(lease_until=timezone.now())
    run_bulk(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.status, bulk.done) == (BulkStatus.DONE, 5)
    assert Event.objects.filter(verb="expense.coded").count() == 5
    run_bulk(bulk.pk)
    assert Event.objects.filter(verb="expense.coded").count() == 5, "a second bell changes nothing"


def test_a_worker_that_lost_its_lease_writes_nothing(cast: Cast, monkeypatch: Any) -> None:
    buy(cast.carol)
    bulk = start_bulk(by=cast.dave, expenses=everything(cast.dave), act="code", category=a_category(cast.dave))
    slow = BulkEdit.claim(bulk.pk, now=timezone.now())
    assert slow
    BulkEdit.objects.update(lease_until=timezone.now())
    run_bulk(bulk.pk)
    monkeypatch.setattr(BulkEdit, "claim", classmethod(lambda *_, **__: slow))
    run_bulk(bulk.pk)
    assert Event.objects.filter(verb="expense.coded").count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"done": 2},
        {"act": "undo"},
        {"act": "delete"},
        {"status": "gone"},
    ],
)
def test_the_database_refuses_what_cannot_be(cast: Cast, change: dict[str, Any]) -> None:
    buy(cast.carol)
    bulk = code(cast.dave)
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkEdit.objects.filter(pk=bulk.pk).update(**change)
    row = bulk.rows.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkRow.objects.create(bulk=bulk, expense=row.expense)


def test_from_ticks_to_toast_and_back(cast: Cast, sign_in: Any) -> None:
    fine, theirs = buy(cast.carol), buy(cast.mallory)
    client = sign_in(cast.dave)
    here = url("expenses-bulk", cast.dave, "?sort=amount")
    asked = client.post(here, {"act": "code", "expense": [fine.pk, theirs.pk, "nonsense"]}).content.decode()
    assert "Code 1 expense" in asked and str(fine.pk) in asked and str(theirs.pk) not in asked.partition("<form")[0]
    nothing = client.post(here, {"act": "code", "asked": "1", "expense": [fine.pk]})
    assert nothing.status_code == 422 and "Choose a category, a VAT code or a tag." in nothing.content.decode()
    data = {"act": "code", "asked": "1", "expense": [fine.pk], "category": a_category(cast.dave).pk}
    done = client.post(here, data)
    assert done.status_code == 303 and done.headers["Location"].endswith("?sort=amount")
    assert "1 expense is coded." in client.get(done.headers["Location"]).content.decode()
    bulk = BulkEdit.objects.get()
    page = client.get(url("expenses-bulk-job", cast.dave, bulk_id=bulk.pk)).content.decode()
    assert "1 expense is coded." in page and "Undo" in page
    assert client.post(url("expenses-bulk-undo", cast.dave, bulk_id=bulk.pk)).status_code == 303
    assert fine.lines.get().category is None
    assert Expense.objects.get(pk=theirs.pk).version == 1


def test_the_whole_list_is_what_the_filters_leave(cast: Cast, sign_in: Any) -> None:
    for merchant in ("Netto", "Netto", "Shell"):
        buy(cast.carol, merchant=merchant)
    client = sign_in(cast.dave)
    data = {"act": "code", "every": "1", "category": a_category(cast.dave).pk}
    client.post(url("expenses-bulk", cast.dave, "?q=netto"), data)
    assert sorted(Expense.objects.filter(is_coded=True).values_list("merchant", flat=True)) == ["Netto", "Netto"]
    assert client.post(url("expenses-bulk", cast.dave, "?q=nobody"), data).status_code == 303
    assert client.post(url("expenses-bulk", cast.dave), {"act": "burn"}).status_code in (303, 422)


def test_many_go_to_the_worker_and_show_how_far_they_are(cast: Cast, sign_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("expenses.views.bulk.AT_ONCE", 1)
    frozen = freeze(buy(cast.carol))
    buy(cast.carol)
    client = sign_in(cast.dave)
    data = {"act": "code", "every": "1", "category": a_category(cast.dave).pk}
    here = client.post(url("expenses-bulk", cast.dave), data).headers["Location"]
    waiting = client.get(here).content.decode()
    assert 'hx-trigger="tick"' in waiting and "0 of 2" in waiting
    run_bulk(BulkEdit.objects.get().pk)
    part = client.get(here, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part and f"#{frozen.number}" in part and "export queue" in part
    rows = b"".join(client.get(here + "export/").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Done" in rows and "Skipped" in rows
    assert sign_in(cast.carol).get(here).status_code == 404, "somebody else's act is not theirs to see"
    assert sign_in(cast.mallory).get(here).status_code == 404


def test_the_lead_of_a_team_says_okay_to_the_team_alone(cast: Cast) -> None:
    team = Team.objects.create(company=cast.carol.company, name="Field")
    team.leads.add(cast.lena)
    Membership.objects.filter(pk=cast.carol.pk).update(team=team)
    theirs, others = buy(cast.carol), buy(cast.dave)
    lead = Membership.objects.get(pk=cast.lena.pk)
    bulk = start_bulk(by=lead, expenses=everything(lead), act="okay")
    run_bulk(bulk.pk)
    assert Expense.objects.get(pk=theirs.pk).review == "okay" and Expense.objects.get(pk=others.pk).review == ""


def test_over_the_api(cast: Cast) -> None:
    fine, frozen, theirs = buy(cast.carol), freeze(buy(cast.carol)), buy(cast.mallory)
    api, category = Api(cast.dave), a_category(cast.dave)
    body = {"act": "code", "expenses": [str(row.pk) for row in (fine, frozen, theirs)], "category": str(category.pk)}
    made = api.call("post", "api-bulk-edits", body)
    assert made.status_code == 202 and made.json()["total"] == 2
    bulk_id = made.json()["id"]
    run_bulk(bulk_id)
    assert api.call("get", "api-bulk-edit", bulk_id=bulk_id).json()["done"] == 1
    results = api.call("get", "api-bulk-edit-results", query="?state=skipped", bulk_id=bulk_id).json()["results"]
    assert [row["error"] for row in results] == [{"code": "expense_locked", "lane": "queue"}]
    assert api.call("post", "api-bulk-edit-undo", bulk_id=bulk_id).status_code == 202
    assert api.call("post", "api-bulk-edit-undo", bulk_id=bulk_id).status_code == 409
    for wrong in ({"expenses": []}, {"category": str(theirs.pk)}, {"act": "burn"}, {"expenses": [str(theirs.pk)]}):
        assert api.call("post", "api-bulk-edits", body | wrong).status_code == 422, wrong
    assert Api(cast.mallory).call("get", "api-bulk-edit", bulk_id=bulk_id).status_code == 404


def test_ten_thousand_rows_are_a_handful_of_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _ in range(12):
        authorize(cast.carol)
        buy(cast.carol)
    bulk = start_bulk(by=cast.dave, expenses=everything(cast.dave), act="code", category=a_category(cast.dave))
    with django_assert_max_num_queries(30):
        run_bulk(bulk.pk)
