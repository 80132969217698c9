"""Flags on real expenses: raised with what changes, cleared when the facts no longer say so, answered and let pass."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Membership
from events.models import Event, Notification
from expenses.answer_flag import AnswerMissing, answer_flag
from expenses.attach import attach
from expenses.check_expenses import check_expenses
from expenses.code_expense import code_expense
from expenses.compare_policies import compare_policies, waiting
from expenses.complete import complete
from expenses.detach import detach
from expenses.errors import ExpenseLocked, NotYours
from expenses.evaluate_policies import evaluate_policies
from expenses.keep_attendees import NameUnclear, Present, keep_attendees, people_in
from expenses.keep_rule import Wording, keep_rule
from expenses.let_flag_pass import let_flag_pass
from expenses.lines import Part
from expenses.mark_private import mark_private
from expenses.models import Expense, PolicyFlag, PolicyRun, PolicyVersion
from expenses.next_step import base_step
from expenses.policy_flags import PolicyBlocks, needs_review, open_flags
from expenses.refuse_by_policy import DetailsMissing
from expenses.review import OwnExpense, review
from expenses.run_bulk import run_bulk
from expenses.split import split
from expenses.start_bulk import start_bulk
from expenses.switch_on_rule import switch_on_rule
from expenses.withdraw_claim import withdraw_claim
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.conftest import Cast, join
from tests.expenses.conftest import NOON, buy, category_of, freeze, make_receipt, pay_privately

pytestmark = pytest.mark.django_db
SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = date(2026, 1, 1)


def rule(cast: Cast, check: str, effect: str = "warn", *, on: bool = True, **more: Any) -> PolicyVersion:
    """Write a rule and switch it on for open expenses too, without going through them."""
    scope = more.pop("scope", {})
    words = Wording(
        name=more.pop("name", check), check=check, effect=effect, valid_from=more.pop("valid_from", LONG_AGO), scope=scope,
        valid_upto=more.pop("valid_upto", None), parameters=more,
    )  # fmt: skip
    version = keep_rule(by=cast.dave, wording=words, now=NOON)
    if on:
        switch_on_rule(version=version, by=cast.dave, now=NOON, open_too=True)
    return version


def codes(expense: Expense) -> list[str]:
    return [flag.check_code for flag in open_flags(expense)]


def test_a_purchase_is_flagged_as_it_comes(cast: Cast) -> None:
    rule(cast, "over_amount", "review", limit=10000, name="Large")
    expense = buy(cast.carol, 14800)
    flag = open_flags(expense)[0]
    assert (flag.parameters, flag.effect) == ({"amount": 14800, "limit": 10000}, "review")
    expense.refresh_from_db()
    assert needs_review(expense) and expense.flag_level == "review"
    assert Event.objects.get(verb="expense.flagged", subject_id=expense.pk).changes == {"rules": ["Large"]}
    assert not codes(buy(cast.carol, 10000, "Elsewhere"))


def test_evaluating_twice_changes_nothing(cast: Cast) -> None:
    rule(cast, "over_amount", limit=10000)
    expense = buy(cast.carol, 14800)
    before = list(PolicyFlag.objects.values())
    for _number in range(2):
        evaluate_policies(expense, now=SATURDAY)
    assert list(PolicyFlag.objects.values()) == before


def test_a_company_without_rules_pays_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    expense = buy(cast.carol)
    with django_assert_num_queries(2):
        evaluate_policies(expense, now=NOON)


def test_a_flag_goes_with_its_facts(cast: Cast) -> None:
    meals, other = category_of(cast.carol), category_of(cast.carol, "software")
    rule(cast, "over_amount", "note", limit=10000, scope={"categories": [str(meals.pk)]})
    expense = code_expense(expense=buy(cast.carol), by=cast.carol, now=NOON, category=meals)
    assert codes(expense) == ["over_amount"] and base_step(_fresh(expense, receipt_count=1)) == "reason_missing"
    assert Notification.objects.filter(membership=cast.carol, event__verb="expense.flagged").exists()
    code_expense(expense=expense, by=cast.carol, now=NOON, category=other)
    assert not codes(expense) and _fresh(expense).flag_level == ""
    flag = PolicyFlag.objects.get()
    assert flag.cleared_at is not None


def _fresh(expense: Expense, **values: Any) -> Expense:
    row = Expense.objects.get(pk=expense.pk)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def test_an_answer_stands_until_the_facts_change(cast: Cast) -> None:
    rule(cast, "over_amount", "note", limit=100)
    expense = buy(cast.carol, 14800)
    flag = open_flags(expense)[0]
    with pytest.raises(AnswerMissing):
        answer_flag(flag=flag, by=cast.carol, answer=" \x00 ", now=NOON)
    answer_flag(flag=flag, by=cast.carol, answer="A customer came.", now=NOON)
    assert _fresh(expense).policy_step == "" and _fresh(expense).flag_level == "note"
    code_expense(expense=expense, by=cast.carol, now=NOON, note="Lunch")
    assert open_flags(expense)[0].answer == "A customer came."
    mark_private(expense=expense, by=cast.carol, amount=Money(4800, "DKK"), now=NOON)
    (again,) = open_flags(expense)
    assert (again.answer, again.parameters["amount"], _fresh(expense).policy_step) == ("", 10000, "answer")
    with pytest.raises(WrongState):
        answer_flag(flag=flag, by=cast.carol, answer="Late", now=NOON)


def test_finance_lets_pass_and_nobody_their_own(cast: Cast) -> None:
    rule(cast, "over_amount", "review", limit=100)
    mine, hers = buy(cast.dave), buy(cast.carol)
    with pytest.raises(OwnExpense):
        let_flag_pass(flag=open_flags(mine)[0], by=cast.dave, now=NOON)
    with pytest.raises(NotYours):
        let_flag_pass(flag=open_flags(hers)[0], by=cast.carol, now=NOON)
    flag = let_flag_pass(flag=open_flags(hers)[0], by=cast.dave, now=NOON)
    assert not needs_review(_fresh(hers)) and open_flags(hers)
    with pytest.raises(WrongState):
        let_flag_pass(flag=flag, by=cast.dave, now=NOON)
    let_flag_pass(flag=flag, by=cast.dave, now=NOON, passes=False)
    assert needs_review(_fresh(hers))


def test_what_is_in_the_books_keeps_its_flags(cast: Cast) -> None:
    version = rule(cast, "over_amount", limit=100)
    expense = freeze(buy(cast.carol))
    PolicyVersion.objects.filter(pk=version.pk).update(valid_upto=LONG_AGO)
    evaluate_policies(expense, now=NOON)
    assert codes(expense) == ["over_amount"]
    with pytest.raises(ExpenseLocked):
        answer_flag(flag=open_flags(expense)[0], by=cast.carol, answer="Late", now=NOON)


def test_receipts_are_asked_for_above_an_amount_only(cast: Cast) -> None:
    rule(cast, "receipt", scope={"above": 2500})
    small, large = buy(cast.carol, 2500), buy(cast.carol, 2501, "Other")
    assert base_step(_fresh(small)) == "category_missing" and base_step(_fresh(large)) == "receipt_missing"
    assert set(Expense.objects.at_step("receipt_missing")) == {large}


def test_a_foreign_amount_counts_at_its_own_rate(cast: Cast) -> None:
    rule(cast, "receipt", scope={"above": 20000})
    cheap = buy(cast.carol, 14920, merchant_amount=2000, merchant_currency="EUR")
    assert not _fresh(cheap).receipt_wanted
    dear = pay_privately(cast.carol, Money(3000, "EUR"))
    assert dear.amount > 20000 and _fresh(dear).receipt_wanted


def test_fields_that_are_asked_for_come_one_after_the_other(cast: Cast) -> None:
    rule(cast, "note", name="Why")
    rule(cast, "attendees", name="Who")
    expense = buy(cast.carol)
    attach(expense=expense, receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)
    complete(expense=expense, by=cast.carol, now=NOON, category=category_of(cast.carol))
    assert base_step(_fresh(expense)) == "attendees_missing"
    complete(
        expense=expense, by=cast.carol, now=NOON, people=[Present("Jane Roe", "Acme"), Present("", "", cast.carol)]
    )
    assert base_step(_fresh(expense)) == "note_missing" and _fresh(expense).attendee_count == 2
    complete(expense=expense, by=cast.carol, now=NOON, note="Lunch")
    assert base_step(_fresh(expense)) == "to_review"
    assert not PolicyFlag.objects.filter(cleared_at=None).exists()


def test_a_claim_without_what_is_asked_for_is_refused_beside_its_field(cast: Cast) -> None:
    rule(cast, "note", name="Why")
    with pytest.raises(DetailsMissing) as refused:
        pay_privately(cast.carol)
    assert refused.value.field == "note" and "Why" in refused.value.message()
    assert not Expense.objects.exists() and not PolicyFlag.objects.exists()
    assert pay_privately(cast.carol, note="Plasters").note == "Plasters"


def test_a_blocked_claim_cannot_be_handed_in_nor_changed_into(cast: Cast) -> None:
    rule(cast, "merchant", "block", merchants=["casino"], name="No gambling")
    with pytest.raises(PolicyBlocks) as refused:
        pay_privately(cast.carol, merchant="Casino Royal")
    assert refused.value.field == "merchant" and "No gambling" in refused.value.message()
    expense = pay_privately(cast.carol, merchant="Apoteket")
    from expenses.change_claim import change_claim

    with pytest.raises(PolicyBlocks):
        change_claim(
            expense=expense, by=cast.carol, merchant="Casino", purchased_on=NOON.date(), amount=Money(5000, "DKK"), now=NOON
        )  # fmt: skip
    assert _fresh(expense).merchant == "Apoteket"


def test_a_claim_that_came_before_its_rule_waits_for_finance(cast: Cast) -> None:
    expense = pay_privately(cast.carol, merchant="Casino")
    rule(cast, "merchant", "block", merchants=["casino"])
    evaluate_policies(expense, now=NOON)
    assert base_step(_fresh(expense)) == "blocked"
    with pytest.raises(PolicyBlocks):
        review(expense=expense, by=cast.dave, outcome="okay", now=NOON)
    let_flag_pass(flag=open_flags(expense)[0], by=cast.dave, now=NOON)
    assert review(expense=expense, by=cast.dave, outcome="okay", now=NOON).outcome == "okay"


def test_a_card_purchase_is_never_refused(cast: Cast) -> None:
    rule(cast, "merchant", "block", merchants=["casino"])
    expense = buy(cast.carol, merchant="Casino Royal")
    assert needs_review(_fresh(expense)) and base_step(_fresh(expense)) == "receipt_missing"
    assert review(expense=expense, by=cast.dave, outcome="okay", now=NOON)


def test_of_two_alike_the_later_is_flagged_across_claim_and_card(cast: Cast) -> None:
    rule(cast, "duplicate", "review", days=0)
    first = buy(cast.carol, 5000, "Apoteket Nord")
    second = pay_privately(cast.carol, 5000, merchant="Apoteket Nord")
    assert not codes(first) and open_flags(second)[0].parameters == {"twins": [first.number]}
    assert not codes(pay_privately(cast.lena, 5000, merchant="Apoteket Nord"))
    assert waiting()
    for expense_id in waiting():
        compare_policies(expense_id=expense_id, now=NOON)
    assert not waiting() and codes(second) == ["duplicate"]


def test_a_twin_that_is_withdrawn_takes_the_flag_with_it(cast: Cast) -> None:
    rule(cast, "duplicate", days=0)
    first, second = pay_privately(cast.carol), pay_privately(cast.carol)
    assert codes(second) == ["duplicate"]
    withdraw_claim(expense=first, by=cast.carol, now=NOON)
    assert codes(second) == ["duplicate"]
    compare_policies(expense_id=first.pk, now=NOON)
    assert not codes(second)


def test_a_reversed_purchase_has_no_flags(cast: Cast) -> None:
    rule(cast, "over_amount", limit=100)
    expense = pay_privately(cast.carol)
    assert codes(expense)
    withdraw_claim(expense=expense, by=cast.carol, now=NOON)
    assert not codes(expense)


def test_the_weekend_is_the_company_s_own(cast: Cast) -> None:
    """23:30 UTC on a Friday is Saturday in Copenhagen, in summer two hours on and in winter one."""
    rule(cast, "day_off", weekdays=[5, 6])
    for moment, is_off in (
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 3, 21, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 3, 22, 0, tzinfo=UTC), True),
        # The night the clocks go back: Sunday 25 October lasts until 23:00 UTC.
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), False),
    ):
        assert bool(codes(buy(cast.carol, occurred_at=moment, merchant=str(moment)[:30]))) is is_off, moment


def test_splitting_itemises(cast: Cast) -> None:
    rule(cast, "not_itemised", "note")
    expense = buy(cast.carol, 10000)
    assert codes(expense) == ["not_itemised"]
    split(expense=expense, by=cast.carol, parts=[Part(Money(4000, "DKK")), Part(Money(6000, "DKK"))], now=NOON)
    assert not codes(expense)


def test_a_tip_is_what_was_paid_above_the_receipt(cast: Cast) -> None:
    rule(cast, "tip", "note", percent="10")
    expense = buy(cast.carol, 12000)
    attachment = attach(expense=expense, receipt=make_receipt(cast.carol, total=10000), by=cast.carol, now=NOON)
    assert open_flags(expense)[0].parameters == {"tip": 2000, "bill": 10000, "currency": "DKK", "percent": "10"}
    detach(attachment=attachment, by=cast.carol, now=NOON)
    assert not codes(expense)


def test_coding_many_flags_them(cast: Cast) -> None:
    meals = category_of(cast.carol)
    rule(cast, "over_amount", limit=100, scope={"categories": [str(meals.pk)]})
    rows = [buy(cast.carol, 1000 + number, str(number) * 4) for number in range(3)]
    run_bulk(start_bulk(by=cast.dave, expenses=Expense.objects.all(), act="code", category=meals).pk)
    assert all(codes(row) == ["over_amount"] for row in rows)
    assert not check_expenses()


def test_versions_speak_for_their_days(cast: Cast) -> None:
    version = rule(cast, "over_amount", limit=20000, valid_upto=date(2026, 11, 18))
    assert not codes(buy(cast.carol, 14800))
    newer = keep_rule(
        by=cast.dave, now=NOON, rule=version.rule,
        wording=Wording("Less", "over_amount", "warn", date(2026, 11, 19), parameters={"limit": 10000}),
    )  # fmt: skip
    assert not codes(buy(cast.carol, 14800, "Draft", occurred_at=SATURDAY))
    switch_on_rule(version=newer, by=cast.dave, now=NOON)
    assert codes(buy(cast.carol, 14800, "Later", occurred_at=SATURDAY)) == ["over_amount"]
    assert not codes(buy(cast.carol, 14800, "Before"))
    assert PolicyRun.objects.count() == 2


def test_colleagues_are_known_by_name_and_guests_by_company(cast: Cast) -> None:
    found = people_in("carol\n Jane Roe , Acme A/S\n\nLENA@example.com\nNobody Here", cast.company)
    assert [(one.name, one.organisation, one.membership) for one in found] == [
        ("carol", "", cast.carol), ("Jane Roe", "Acme A/S", None), ("LENA@example.com", "", cast.lena), ("Nobody Here", "", None),
    ]  # fmt: skip
    assert people_in("mallory", cast.company)[0].membership is None
    twin = join(cast.company, "Twin", "employee")
    Membership.objects.filter(pk=twin.pk).update(name="Carol", search_text="carol")
    with pytest.raises(NameUnclear):
        people_in("Carol", cast.company)


def test_attendees_are_kept_once_and_not_in_the_log(cast: Cast) -> None:
    expense = buy(cast.carol)
    people = [Present("Jane\x00 Roe", "Acme"), Present("jane roe", "ACME"), Present("", "", cast.lena)]
    keep_attendees(expense=expense, by=cast.carol, people=people, now=NOON)
    row = _fresh(expense)
    assert row.attendee_count == row.attendees.count()
    event = Event.objects.get(verb="expense.attendees_changed")
    assert "Jane" not in str(event.changes)
    keep_attendees(expense=row, by=cast.carol, people=people, now=NOON)
    assert Event.objects.filter(verb="expense.attendees_changed").count() == 1


@pytest.mark.parametrize(
    "values", [{"effect": "require"}, {"check_code": "made_up"}, {"answer": "x"}, {"answered_at": NOON}]
)
def test_the_database_refuses_odd_flags(cast: Cast, values: dict[str, Any]) -> None:
    rule(cast, "over_amount", limit=100)
    buy(cast.carol)
    if values == {"effect": "require"}:
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyVersion.objects.update(**values)
        return
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyFlag.objects.update(**values)


def test_answering_on_the_page(cast: Cast, sign_in: Any) -> None:
    rule(cast, "over_amount", "note", limit=100, name="Large <b>")
    expense = buy(cast.carol)
    flag = open_flags(expense)[0]
    at = {"company": cast.company.slug, "expense_id": expense.pk}
    carol, dave = sign_in(cast.carol), sign_in(cast.dave)
    page = carol.get(reverse("expense", kwargs=at)).content.decode()
    assert "Large &lt;b&gt;" in page and "is more than" in page
    url = reverse("expense-flag-answer", kwargs={**at, "flag_id": flag.pk})
    assert carol.post(url, {"answer": ""}).status_code == 422
    assert carol.post(url, {"answer": "Guests"}).status_code == 303
    assert "Guests" in dave.get(reverse("expense", kwargs=at)).content.decode()
    assert sign_in(cast.mallory).post(url, {"answer": "x"}).status_code == 404
    passing = reverse("expense-flag-pass", kwargs={**at, "flag_id": flag.pk})
    assert carol.post(passing).status_code == 403
    assert dave.post(passing).status_code == 303 and _fresh(expense).flag_level == ""
    assert dave.post(f"{passing}?back=1").status_code == 303 and _fresh(expense).flag_level == "note"


def test_the_list_finds_flagged_ones(cast: Cast, sign_in: Any) -> None:
    rule(cast, "over_amount", "note", limit=10000)
    buy(cast.carol, 14800, "Dear place"), buy(cast.carol, 100, "Cheap place")
    client = sign_in(cast.dave)
    url = reverse("expenses", kwargs={"company": cast.company.slug})
    for asked, there, gone in (("yes", "Dear", "Cheap"), ("no", "Cheap", "Dear"), ("note", "Dear", "Cheap")):
        page = client.get(url, {"flagged": asked, "col": ["flags", "attendees"]}).content.decode()
        assert f"{there} place" in page and f"{gone} place" not in page
    export = reverse("expenses-export", kwargs={"company": cast.company.slug})
    text = b"".join(client.get(export).streaming_content).decode()
    assert "148.00" in text or "148,00" in text
    assert "over_amount: " in text
    header, *rows = csv.reader(StringIO(text.lstrip("\ufeff")))
    assert rows and all(len(row) == len(header) for row in rows), "every column has its name"
