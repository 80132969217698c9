"""Coding, confirming, attaching, deciding, claiming: works, wrong state, whose, twice, late."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Membership, MembershipStatus
from cards.models import Authorization
from events.models import Event, Notification
from expenses.archive_master import StillUsed, archive_master
from expenses.attach import AlreadyMatched, OtherCompany, attach
from expenses.claim import DateInFuture, ReceiptTaken
from expenses.code_expense import MasterArchived, code_expense
from expenses.complete import complete
from expenses.confirm_reading import confirm_reading
from expenses.detach import detach
from expenses.errors import ExpenseChanged, ExpenseLocked, NotYours
from expenses.exchange import NoRate
from expenses.keep_account import NumberTaken, keep_account
from expenses.keep_category import NameTaken, keep_category
from expenses.keep_tax_code import AccountNeeded, CodeTaken, RateUsed, keep_tax_code
from expenses.lines import TaxTooLarge
from expenses.models import Attachment, Category, ChartAccount, Expense, Lane, PaymentState, Review, TaxCode
from expenses.owed import RateNeedsReason
from expenses.record_authorization import record
from expenses.review import AlreadyDecided, OwnExpense, ReasonMissing, SecondFactorNeeded, review
from expenses.start_set import SETS, set_of, usual_category
from expenses.suggest import suggestions
from expenses.withdraw_review import withdraw_review
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, category_of, freeze, make_receipt, pay_privately

pytestmark = pytest.mark.django_db


def verbs_of(expense: Expense) -> list[str]:
    rows = Event.objects.filter(subject_type="expenses.expense", subject_id=expense.pk).order_by("id")
    return list(rows.values_list("verb", flat=True))


def reverse_money(expense: Expense) -> None:
    Authorization.objects.filter(pk=expense.authorization_id).update(open_amount=0, status="reversed")
    record(authorization=expense.authorization)  # type: ignore[arg-type]
    expense.refresh_from_db()
    assert expense.payment == PaymentState.REVERSED


# ---- coding


def test_coding_sets_category_its_tax_code_and_the_tax(carol: Any) -> None:
    expense = buy(carol, 12500)
    coded = code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel"), note="Two nights")
    line = coded.lines.get()
    assert (line.category.code, line.tax_code.code, line.tax_amount) == ("hotel", "I25", 2500)
    assert coded.is_coded and coded.note == "Two nights" and coded.version == 2
    event = Event.objects.get(verb="expense.coded")
    assert event.changes["category"] == [None, "hotel"] and event.by == carol
    assert "hotel" in Expense.objects.get(pk=expense.pk).search_text


def test_coding_abroad_claims_no_tax_back(carol: Any) -> None:
    expense = buy(carol, 12500, merchant_country="SE")
    line = code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol, "hotel")).lines.get()
    assert (line.tax_code.code, line.tax_amount) == ("INGEN", 0)


def test_the_same_coding_again_writes_no_event(carol: Any) -> None:
    expense = buy(carol)
    for _ in range(2):
        code_expense(expense=expense, by=carol, now=NOON, category=category_of(carol))
    assert verbs_of(expense).count("expense.coded") == 1


def test_a_stale_version_is_refused_and_says_who_was_first(carol: Any, dave: Any) -> None:
    expense = buy(carol)
    code_expense(expense=expense, by=dave, now=NOON, version=1, category=category_of(carol))
    with pytest.raises(ExpenseChanged) as refused:
        code_expense(expense=expense, by=carol, now=NOON, version=1, note="mine")
    assert "Dave" in refused.value.message()
    assert Expense.objects.get(pk=expense.pk).note == ""


@pytest.mark.parametrize(("who", "may"), [("carol", True), ("dave", True), ("lena", True), ("bob", True)])
def test_who_may_code(cast: Cast, who: str, may: bool) -> None:
    code_expense(expense=buy(cast.carol), by=getattr(cast, who), now=NOON, note="x")


def test_a_colleague_may_not_code(cast: Cast) -> None:
    with pytest.raises(NotYours):
        code_expense(expense=buy(cast.dave), by=cast.carol, now=NOON, note="x")


def test_what_is_queued_is_not_coded(carol: Any) -> None:
    expense = freeze(buy(carol))
    with pytest.raises(ExpenseLocked) as refused:
        code_expense(expense=expense, by=carol, now=NOON, note="late")
    assert "queue" in refused.value.message()


def test_archived_masters_stay_and_are_not_chosen_anew(carol: Any, alice: Any) -> None:
    old, new = buy(carol), buy(carol)
    category = category_of(carol)
    code_expense(expense=old, by=carol, now=NOON, category=category)
    archive_master(by=alice, master=category, is_archived=True, now=NOON)
    category.refresh_from_db()
    code_expense(expense=old, by=carol, now=NOON, category=category, note="still fine")
    with pytest.raises(MasterArchived):
        code_expense(expense=new, by=carol, now=NOON, category=category)


def test_an_answer_goes_back_to_review(carol: Any, dave: Any) -> None:
    expense = buy(carol)
    review(expense=expense, by=dave, outcome="needs_details", reason="Who was there?", now=NOON)
    code_expense(expense=expense, by=dave, now=NOON, note="by finance")
    assert Expense.objects.get(pk=expense.pk).review == "needs_details"
    code_expense(expense=expense, by=carol, now=NOON, note="Lene Bruun")
    assert Expense.objects.get(pk=expense.pk).review == ""


# ---- what was read


def read_purchase(carol: Membership, **fields: Any) -> Expense:
    expense = buy(carol, 141200, "Restaurant Klitten")
    values = {"total": 141200, "tax": 28240, "merchant": "Klitten"} | fields
    attach(expense=expense, receipt=make_receipt(carol, **values), by=carol, now=NOON)
    expense.refresh_from_db()
    return expense


def test_suggestions_come_with_reasons(carol: Any) -> None:
    for _ in range(3):
        code_expense(
            expense=buy(carol, 100, "Restaurant Klitten"),
            by=carol,
            now=NOON,
            category=category_of(carol, "client_meals"),
        )
    found = {one.name: one for one in suggestions(read_purchase(carol))}
    assert found["total"].value == Money(141200, "DKK") and found["date"].value == date(2026, 11, 18)
    assert found["tax"].value == Money(28240, "DKK") and "25" in found["tax"].shown
    assert found["category"].value.code == "client_meals" and "3" in found["category"].reason


def test_a_first_time_place_is_guessed_from_what_such_shops_are(carol: Any, lena: Any) -> None:
    assert usual_category("5812") == "meals" and usual_category("abcd") == "" and usual_category("0000") == ""
    (found,) = suggestions(buy(carol, 100, "Klitten"))
    assert (found.value.code, found.why) == ("meals", "usual")
    code_expense(expense=buy(lena, 100, "Klitten"), by=lena, now=NOON, category=category_of(carol, "gifts"))
    (found,) = suggestions(buy(carol, 100, "Klitten"))
    assert (found.value.code, found.why) == ("gifts", "colleagues_chose")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "as_booked"),
        ({"total": 128400, "amounts": (141200,)}, "as_booked"),
        ({"total": 999, "tax": 0}, "differs"),
        ({"currency": "EUR", "tax": 0}, "other_currency"),
        ({"day": "2020-03-02"}, "as_booked"),
    ],
)
def test_the_total_read_is_compared_with_the_money(carol: Any, fields: dict[str, Any], why: str) -> None:
    found = {one.name: one for one in suggestions(read_purchase(carol, **fields))}
    assert found["total"].why == why
    assert isinstance(found["total"].reason, str) and found["total"].shown


def test_confirming_all_settles_the_reading(carol: Any) -> None:
    expense = read_purchase(carol)
    assert expense.reading_open and expense.next_step(carol) == "check_reading"
    done = confirm_reading(expense=expense, by=carol, now=NOON, accepted=["total", "date", "tax", "category"])
    assert not done.reading_open and done.document_date == date(2026, 11, 18)
    line = done.lines.get()
    assert (line.category.code, line.tax_amount) == ("meals", 28240)
    assert Expense.objects.get(pk=expense.pk).is_coded


def test_half_confirmed_stays_open(carol: Any) -> None:
    expense = read_purchase(carol)
    half = confirm_reading(expense=expense, by=carol, now=NOON, accepted=["total", "nonsense"])
    assert half.reading_open and half.confirmed == ["total"]
    assert not confirm_reading(expense=expense, by=carol, now=NOON, accepted=["date", "tax"]).reading_open


def test_typed_wins_over_read(carol: Any) -> None:
    expense = read_purchase(carol)
    done = confirm_reading(
        expense=expense, by=carol, now=NOON, accepted=["total", "date", "tax"], typed_tax=Money(100, "DKK"),
        typed_date=date(2026, 11, 17), typed_category=category_of(carol, "gifts"),
    )  # fmt: skip
    assert (done.lines.get().tax_amount, done.document_date) == (100, date(2026, 11, 17))
    assert done.lines.get().category.code == "gifts" and not done.reading_open


def test_typed_no_tax_wins_over_read_tax(carol: Any) -> None:
    expense = read_purchase(carol)
    done = confirm_reading(expense=expense, by=carol, now=NOON, typed_tax=Money(0, "DKK"))
    assert (done.lines.get().tax_amount, done.confirmed) == (0, ["tax"])


def test_too_much_typed_tax_saves_nothing(carol: Any, dave: Any) -> None:
    expense = read_purchase(carol)
    with pytest.raises(TaxTooLarge):
        complete(expense=expense, by=dave, now=NOON, accepted=["total"], tax=Money(10**9, "DKK"), note="lost")
    expense.refresh_from_db()
    assert (expense.note, expense.confirmed, expense.reading_open) == ("", [], True)


def test_another_receipt_starts_the_questions_over(carol: Any) -> None:
    expense = read_purchase(carol)
    confirm_reading(expense=expense, by=carol, now=NOON, accepted=["total", "date", "tax"])
    attach(expense=expense, receipt=make_receipt(carol, total=141200), by=carol, now=NOON)
    expense.refresh_from_db()
    assert expense.reading_open and expense.confirmed == [] and expense.receipt_count == 2


# ---- receipts


def test_attach_and_detach(carol: Any) -> None:
    expense, receipt = buy(carol), make_receipt(carol, total=14800)
    first = attach(expense=expense, receipt=receipt, by=carol, now=NOON)
    assert attach(expense=expense, receipt=receipt, by=carol, now=NOON) == first
    assert Expense.objects.get(pk=expense.pk).receipt_count == 1
    for _ in range(2):
        bare = detach(attachment=first, by=carol, now=NOON)
        assert (bare.receipt_count, bare.reading_open) == (0, False)
    assert attach(expense=expense, receipt=receipt, by=carol, now=NOON).pk != first.pk
    assert verbs_of(expense).count("expense.receipt_detached") == 1


def test_a_receipt_may_lie_on_two_expenses_and_a_person_is_warned(carol: Any, alice: Any, bob: Any) -> None:
    from expenses.papers import papers_of

    one, two, receipt = buy(carol), buy(carol), make_receipt(carol, total=14800)
    for expense in (one, two):
        attach(expense=expense, receipt=receipt, by=carol, now=NOON)
    assert papers_of(two, seen_by=carol)[0].others == [one]
    of_alice = buy(alice)
    attach(expense=of_alice, receipt=receipt, by=alice, now=NOON)
    assert papers_of(two, seen_by=carol)[0].others == [one]
    assert papers_of(two, seen_by=bob)[0].others == [one, of_alice]


def test_only_people_attach_a_second_time(carol: Any) -> None:
    one, two, receipt = buy(carol), buy(carol), make_receipt(carol, total=14800)
    attach(expense=one, receipt=receipt, by=carol, now=NOON)
    for expense, paper in ((two, receipt), (one, make_receipt(carol, total=14800))):
        with pytest.raises(AlreadyMatched):
            attach(expense=expense, receipt=paper, by=None, now=NOON)


def test_receipts_of_others(cast: Cast) -> None:
    expense = buy(cast.carol)
    with pytest.raises(OtherCompany):
        attach(expense=expense, receipt=make_receipt(cast.mallory), by=cast.carol, now=NOON)
    with pytest.raises(NotYours):
        attach(expense=buy(cast.dave), receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)
    frozen = freeze(expense, Lane.EXPORTED)
    with pytest.raises(ExpenseLocked):
        attach(expense=frozen, receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)


# ---- decisions


def test_okay_is_a_row_and_an_event(carol: Any, dave: Any) -> None:
    expense = buy(carol)
    row = review(expense=expense, by=dave, outcome="okay", now=NOON)
    expense.refresh_from_db()
    assert (expense.review, row.by, row.no_one_else_eligible) == ("okay", dave, False)
    assert verbs_of(expense)[-1] == "expense.reviewed"
    assert Notification.objects.filter(membership=carol, event__verb="expense.reviewed").count() == 1


def test_a_question_needs_words_and_reaches_the_owner(carol: Any, dave: Any) -> None:
    expense = buy(carol)
    for outcome in ("needs_details", "not_okay"):
        with pytest.raises(ReasonMissing):
            review(expense=expense, by=dave, outcome=outcome, reason="  ", now=NOON)
        review(expense=expense, by=dave, outcome=outcome, reason="Who was there?\x00", now=NOON)
    assert expense.reviews.count() == 2 and "\x00" not in expense.reviews.first().reason
    channels = Notification.objects.filter(membership=carol, event__verb="expense.reviewed").values_list(
        "channel", flat=True
    )
    assert sorted(channels) == ["email", "email", "in_app", "in_app"]


def test_nobody_decides_about_own_money(cast: Cast) -> None:
    for person in (cast.dave, cast.alice):
        with pytest.raises(OwnExpense):
            review(expense=buy(person), by=person, outcome="okay", now=NOON, is_confirmed=True)
    with pytest.raises(NotYours):
        review(expense=buy(cast.carol), by=cast.carol, outcome="okay", now=NOON)
    with pytest.raises(OwnExpense):
        review(expense=buy(cast.lena), by=cast.lena, outcome="okay", now=NOON)
    with pytest.raises(NotYours):
        review(expense=buy(cast.carol), by=cast.bob, outcome="okay", now=NOON)


def test_a_lead_decides_for_the_team(cast: Cast) -> None:
    review(expense=buy(cast.carol), by=cast.lena, outcome="okay", now=NOON)


def test_a_company_of_one_decides_with_a_second_factor_and_says_so(cast: Cast) -> None:
    expense = buy(cast.mallory)
    with pytest.raises(SecondFactorNeeded):
        review(expense=expense, by=cast.mallory, outcome="okay", now=NOON)
    row = review(expense=expense, by=cast.mallory, outcome="okay", now=NOON, is_confirmed=True)
    assert row.no_one_else_eligible
    assert Event.objects.get(verb="expense.reviewed").changes["no_one_else_eligible"] is True


def test_somebody_who_left_is_nobody_else(cast: Cast) -> None:
    Membership.objects.filter(company=cast.company).exclude(pk=cast.alice.pk).update(status=MembershipStatus.LEFT)
    assert review(
        expense=buy(cast.alice), by=cast.alice, outcome="okay", now=NOON, is_confirmed=True
    ).no_one_else_eligible


def test_two_okays_are_one(carol: Any, dave: Any, alice: Any) -> None:
    expense = buy(carol)
    review(expense=expense, by=dave, outcome="okay", now=NOON)
    with pytest.raises(AlreadyDecided) as refused:
        review(expense=expense, by=alice, outcome="okay", now=NOON)
    assert "Dave" in refused.value.message() and Review.objects.count() == 1


def test_a_decision_can_be_taken_back_until_it_is_in_the_books(carol: Any, dave: Any) -> None:
    expense = buy(carol)
    with pytest.raises(WrongState):
        withdraw_review(expense=expense, by=dave, now=NOON)
    review(expense=expense, by=dave, outcome="okay", now=NOON)
    assert withdraw_review(expense=expense, by=dave, now=NOON).outcome == "withdrawn"
    assert Expense.objects.get(pk=expense.pk).review == ""
    review(expense=expense, by=dave, outcome="okay", now=NOON)
    with pytest.raises(NotYours):
        withdraw_review(expense=expense, by=carol, now=NOON)
    freeze(expense)
    with pytest.raises(ExpenseLocked):
        withdraw_review(expense=expense, by=dave, now=NOON)


def test_what_was_released_is_not_decided(carol: Any, dave: Any) -> None:
    expense = record(authorization=authorize(carol))
    assert expense
    reverse_money(expense)
    with pytest.raises(ExpenseLocked):
        review(expense=expense, by=dave, outcome="okay", now=NOON)


# ---- claims


def test_a_claim_is_an_expense_with_one_movement_on_its_day(carol: Any) -> None:
    expense = pay_privately(carol, 5000, note="Plasters")
    movement = expense.movements.get()
    assert (expense.kind, expense.payment, expense.amount) == ("out_of_pocket", PaymentState.CLEARED, 5000)
    assert (movement.amount, movement.booked_date, movement.clearing) == (5000, NOON.date(), None)
    assert expense.receipt_count == 1 and expense.next_step(carol) == "done" and expense.document_date == NOON.date()
    assert verbs_of(expense)[-1] == "expense.claimed"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"purchased_on": NOON.date() + timedelta(days=1)}, DateInFuture),
        ({"amount": Money(100, "EUR"), "rate": Decimal("7.5")}, RateNeedsReason),
        ({"amount": Money(100, "AED")}, NoRate),
    ],
)
def test_claims_that_are_refused(carol: Any, fields: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        pay_privately(carol, **fields)
    assert not Expense.objects.exists()


def test_a_receipt_pays_back_once(carol: Any, dave: Any) -> None:
    receipt = make_receipt(carol, total=5000)
    first = pay_privately(carol, receipt=receipt)
    with pytest.raises(ReceiptTaken) as refused:
        pay_privately(carol, receipt=receipt)
    assert str(first.number) in refused.value.message()
    with pytest.raises(NotYours):
        pay_privately(carol, receipt=make_receipt(dave, total=1))


def test_accountants_claim_nothing(bob: Any) -> None:
    with pytest.raises(NotYours):
        pay_privately(bob)


# ---- masters


def test_a_new_company_has_the_masters_of_its_country(cast: Cast) -> None:
    for company in (cast.company, cast.other):
        wanted = set_of(company.country)
        assert ChartAccount.objects.filter(company=company).count() == len(wanted.accounts)
        assert TaxCode.objects.filter(company=company).count() == len(wanted.tax_codes)
        assert Category.objects.filter(company=company).count() == len(wanted.categories)


@pytest.mark.parametrize("country", [*SETS, "PT"])
def test_each_start_set_agrees_with_itself(country: str) -> None:
    start = set_of(country)
    numbers, codes = {number for number, _, _ in start.accounts}, {code for code, *_ in start.tax_codes}
    assert len(numbers) == len(start.accounts)
    assert {account for _, account, _ in start.categories.values()} <= numbers
    assert {tax for _, _, tax in start.categories.values()} <= codes
    assert set(start.contra.values()) <= numbers and {n for *_, n in start.tax_codes if n} <= numbers
    assert set(start.contra) >= {"wallet", "bank", "out_of_pocket", "cash", "fees"}


def test_masters_are_kept_and_archived(alice: Any, carol: Any) -> None:
    account = keep_account(by=alice, number="9999", name="Test", type="expense", now=NOON)
    with pytest.raises(NumberTaken):
        keep_account(by=alice, number=" 9999 ", name="Again", type="expense", now=NOON)
    with pytest.raises(AccountNeeded):
        keep_tax_code(
            by=alice,
            code="X",
            name="X",
            rate=TaxCode(rate=25).rate,
            account=None,
            valid_from=date(2026, 1, 1),
            now=NOON,
        )
    category = keep_category(by=alice, name="Æbler", account=account, tax_code=None, now=NOON)
    with pytest.raises(NameTaken):
        keep_category(by=alice, name="æbler", account=account, tax_code=None, now=NOON)
    with pytest.raises(StillUsed):
        archive_master(by=alice, master=account, is_archived=True, now=NOON)
    for _ in range(2):
        archive_master(by=alice, master=category, is_archived=True, now=NOON)
    archive_master(by=alice, master=account, is_archived=True, now=NOON)
    archive_master(by=alice, master=account, is_archived=False, now=NOON)
    assert Event.objects.filter(verb="master.archived").count() == 2


def test_a_used_rate_is_never_changed(alice: Any, carol: Any) -> None:
    code = TaxCode.objects.get(company=carol.company, code="I25")
    values = {
        "code": "I25",
        "name": "25 %",
        "account": code.account,
        "valid_from": code.valid_from,
        "by": alice,
        "now": NOON,
    }
    keep_tax_code(**values, rate=code.rate, tax_code=code)
    code_expense(expense=buy(carol), by=carol, now=NOON, category=category_of(carol, "hotel"))
    with pytest.raises(RateUsed):
        keep_tax_code(**values, rate=code.rate + 1, tax_code=code)
    with pytest.raises(CodeTaken):
        keep_tax_code(**values, rate=code.rate)
    assert Attachment.objects.count() == 0


def test_a_date_far_from_the_purchase_is_not_taken_for_sure(carol: Any) -> None:
    found = {one.name: one for one in suggestions(read_purchase(carol, day="2020-03-02"))}
    assert found["date"].why == "date_differs" and not found["date"].is_sure and "18 Nov" in found["date"].reason
