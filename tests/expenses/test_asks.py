"""Asking before spending: whose turn it is, what a yes does, hard budgets, matching, closing, and the way back while unused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership, Role
from cards.limits import live_limits, set_limit
from cards.models import Card, CardKind, CardState, Interval
from events.models import Notification
from expenses import ask_turns, record_authorization, record_clearing
from expenses.absent import be_absent
from expenses.ask import FileRefused, TitleMissing, UntilWrong, Wanted, ask
from expenses.ask_budgets import OverBudget
from expenses.budget_use import granted_for, spent_on
from expenses.close_ask import SpentAlready, close_ask, close_due, undo_ask, withdraw_ask
from expenses.code_expense import code_expense
from expenses.decide_ask import (
    CardUnfit,
    CommentMissing,
    DeedMissing,
    GrantWrong,
    NoLimitInTheWay,
    NotYourTurn,
    ProofWanted,
    RaisedAlready,
    Yes,
    approve_ask,
    decline_ask,
)
from expenses.errors import NotYours
from expenses.keep_workflow import Wanted as Written
from expenses.keep_workflow import keep_workflow
from expenses.match_ask import AskedElsewhere, ExpenseUnfit, match_all, match_by_hand, request_of, unmatch
from expenses.models import AskDecision, AskSpend, AskStatus, Deed, Route, SpendRequest, StageDecision
from expenses.review_facts import people_of
from expenses.workflow import SPEND_REQUEST, Approver, Conditions, Stage, step_of
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.conftest import Cast, join
from tests.expenses.conftest import NOON, authorize, buy, category_of, clear, make_card
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api
from tests.expenses.test_budgets import budget_of, use_of

pytestmark = pytest.mark.django_db
TODAY, LATER = NOON.date(), NOON + timedelta(hours=1)
NOTE = Yes(deed=Deed.NOTE)


def wish(by: Membership, amount: int | Money = 40_000, *, now: datetime = NOON, **fields: Any) -> SpendRequest:
    money = amount if isinstance(amount, Money) else Money(amount, by.company.currency)
    wanted = {"title": "A chair", "amount": money, "until": TODAY + timedelta(days=14), **fields}
    return ask(by=by, wanted=Wanted(**wanted), client_key=uuid4().hex, now=now)


def granted(by: Membership, boss: Membership, amount: int = 40_000, yes: Yes = NOTE, **fields: Any) -> SpendRequest:
    return approve_ask(request=wish(by, amount, **fields), by=boss, now=NOON, yes=yes)


# ---- asking


def test_asking_tells_whose_turn_it_is(cast: Cast) -> None:
    row = wish(cast.carol, Money(10_000, "EUR"))
    assert row.stage == "manager" and row.number == 1 and row.team == cast.team
    assert row.worth.currency == "DKK" and row.worth.amount > 70_000 and row.rate and row.rate_date
    told = Notification.objects.filter(event__verb="spend_request.made").values_list("membership__name", flat=True)
    assert set(told) <= {"Lena"}, "news alone are told"
    assert wish(cast.dave).stage == "finance"


def test_the_same_key_asks_once(cast: Cast) -> None:
    wanted = Wanted("A chair", Money(1, "DKK"), TODAY)
    rows = {ask(by=cast.carol, wanted=wanted, client_key="k", now=NOON).pk for _ in range(3)}
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("refusal", "change"),
    [
        (TitleMissing, {"title": " \x00 "}), (UntilWrong, {"until": TODAY - timedelta(days=1)}),
        (UntilWrong, {"until": date(2030, 1, 1)}),
    ],
)  # fmt: skip
def test_what_asking_refuses(cast: Cast, refusal: type[Exception], change: Any) -> None:
    with pytest.raises(refusal):
        wish(cast.carol, **change)
    with pytest.raises(NotYours):
        wish(cast.bob)
    assert not SpendRequest.objects.exists()


# ---- deciding


def test_manager_then_finance(cast: Cast) -> None:
    row = wish(cast.carol)
    row = approve_ask(request=row, by=cast.lena, now=NOON, yes=Yes(Money(30_000, "DKK")), comment="Less will do")
    assert (row.status, row.stage, row.granted) == ("open", "finance", 30_000)
    with pytest.raises(NotYourTurn):
        approve_ask(request=row, by=cast.lena, now=NOON, yes=NOTE)
    row = approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE)
    assert (row.status, row.stage, row.granted, row.deed) == ("approved", "", 30_000, "note")
    assert [(each.stage, each.by.name) for each in row.decisions.order_by("id")] == [
        ("manager", "Lena"),
        ("finance", "Dave"),
    ]


def test_finance_may_answer_early_and_alone_settles_it(cast: Cast) -> None:
    assert granted(cast.carol, cast.dave).status == "approved"


def test_who_may_not_decide(cast: Cast) -> None:
    row = wish(cast.carol)
    for who in (cast.carol, cast.bob, cast.mallory):
        with pytest.raises(NotYourTurn):
            approve_ask(request=row, by=who, now=NOON, yes=NOTE)
    own = wish(cast.dave)
    with pytest.raises(NotYourTurn):
        approve_ask(request=own, by=cast.dave, now=NOON, yes=NOTE, is_confirmed=True)


def test_in_a_company_of_one_a_fresh_proof_stands_in(cast: Cast) -> None:
    row = ask(by=cast.mallory, wanted=Wanted("A chair", Money(100, "EUR"), TODAY), client_key="k", now=NOON)
    with pytest.raises(ProofWanted):
        approve_ask(request=row, by=cast.mallory, now=NOON, yes=NOTE)
    approve_ask(request=row, by=cast.mallory, now=NOON, yes=NOTE, is_confirmed=True)
    assert AskDecision.objects.get().no_one_else_eligible
    with pytest.raises(IntegrityError), transaction.atomic():
        AskDecision.objects.update(no_one_else_eligible=False)


@pytest.mark.parametrize(
    ("refusal", "yes"),
    [
        (DeedMissing, Yes()), (DeedMissing, Yes(deed="gift")), (GrantWrong, Yes(Money(0, "DKK"), "note")),
        (GrantWrong, Yes(Money(1, "EUR"), "note")), (CardUnfit, Yes(deed="raise")),
    ],
)  # fmt: skip
def test_a_refused_answer_leaves_it_as_it_was(cast: Cast, refusal: type[Exception], yes: Yes) -> None:
    row = wish(cast.carol)
    with pytest.raises(refusal):
        approve_ask(request=row, by=cast.dave, now=NOON, yes=yes)
    row.refresh_from_db()
    assert row.status == "open" and row.stage == "manager" and not AskDecision.objects.exists()


def test_a_no_has_words_and_can_be_taken_back(cast: Cast) -> None:
    row = wish(cast.carol)
    with pytest.raises(CommentMissing):
        decline_ask(request=row, by=cast.lena, now=NOON, comment=" ")
    row = decline_ask(request=row, by=cast.lena, now=NOON, comment="Not this year")
    with pytest.raises(WrongState):
        approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE)
    row = undo_ask(request=row, by=cast.lena, now=NOON)
    assert (row.status, row.stage) == ("open", "manager")
    assert approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE).status == "approved"


# ---- what a yes does


def caps(card: Card) -> dict[str, int]:
    return {row.interval: row.cap.amount for row in live_limits(card, LATER)}


def test_a_raise_lasts_until_the_day_and_undoing_ends_it(cast: Cast) -> None:
    card = make_card(cast.carol)
    set_limit(card=card, interval=Interval.PURCHASE, amount=Money(5_000, "DKK"), by=cast.dave, now=NOON)
    set_limit(card=card, interval=Interval.MONTH, amount=Money(100_000, "DKK"), by=cast.dave, now=NOON)
    row = granted(cast.carol, cast.dave, yes=Yes(deed=Deed.RAISE, card=card))
    assert caps(card) == {"purchase": 40_000, "month": 140_000} and row.raised.count() == 2
    after = datetime.combine(row.until + timedelta(days=1), datetime.min.time(), tzinfo=cast.company.zone)
    assert {each.cap.amount for each in live_limits(card, after + timedelta(seconds=1))} == {5_000, 100_000}
    with pytest.raises(RaisedAlready):
        granted(cast.carol, cast.dave, yes=Yes(deed=Deed.RAISE, card=card), title="More")
    undo_ask(request=row, by=cast.dave, now=NOON)
    assert caps(card) == {"purchase": 5_000, "month": 100_000}


def test_a_raise_needs_a_limit_and_the_own_card(cast: Cast) -> None:
    with pytest.raises(NoLimitInTheWay):
        granted(cast.carol, cast.dave, yes=Yes(deed=Deed.RAISE, card=make_card(cast.carol)))
    with pytest.raises(CardUnfit):
        granted(cast.carol, cast.dave, yes=Yes(deed=Deed.RAISE, card=make_card(cast.lena)))


@pytest.mark.parametrize("deed", [Deed.TEMPORARY, Deed.SINGLE_USE])
def test_a_card_is_made_and_closed_with_it(cast: Cast, deed: str) -> None:
    now = timezone.now()
    row = approve_ask(request=wish(cast.carol), by=cast.dave, now=now, yes=Yes(deed=deed))
    assert row.made is not None and row.made.kind == CardKind(deed) and row.made.cardholder == cast.carol
    assert {each.cap.amount for each in live_limits(row.made)} == {40_000}
    closed = close_ask(request=row, by=cast.carol, now=timezone.now())
    row.made.refresh_from_db()
    assert closed.end == "by_hand" and row.made.state == CardState.CLOSED


# ---- matching and closing


def test_what_was_bought_is_found_and_closes_it(cast: Cast) -> None:
    row = granted(cast.carol, cast.dave, merchant="Ikea")
    buy(cast.carol, 30_000, "Netto", occurred_at=LATER)
    expense = buy(cast.carol, 41_500, "IKEA Taastrup", occurred_at=LATER)
    assert match_all(now=LATER) == 1 and match_all(now=LATER) == 0
    found = request_of(expense)
    assert found == row and found.approved_by == "Dave" and found.over == 1_500  # type: ignore[union-attr]
    assert close_due(now=LATER) == 1
    row.refresh_from_db()
    assert (row.status, row.end) == ("closed", "used")


def test_two_that_would_fit_are_left_to_people(cast: Cast) -> None:
    first, second = granted(cast.carol, cast.dave), granted(cast.carol, cast.dave, title="Another")
    expense = buy(cast.carol, 39_000, occurred_at=LATER)
    assert match_all(now=LATER) == 0
    spend = match_by_hand(request=first, expense=expense, by=cast.carol, now=LATER)
    with pytest.raises(AskedElsewhere):
        match_by_hand(request=second, expense=expense, by=cast.carol, now=LATER)
    with pytest.raises(NotYourTurn):
        unmatch(spend=spend, by=cast.lena, now=LATER)
    assert unmatch(spend=spend, by=cast.carol, now=LATER) and not unmatch(spend=spend, by=cast.carol, now=LATER)
    withdraw_ask(request=second, by=cast.carol, now=LATER)
    assert match_all(now=LATER) == 0, "what a person took apart is not put together again"
    assert spent_on([first]) == {}


def test_what_is_not_its_purchase_is_refused(cast: Cast) -> None:
    row = granted(cast.carol, cast.dave)
    for expense in (buy(cast.lena, occurred_at=LATER), buy(cast.carol, occurred_at=NOON - timedelta(days=3))):
        with pytest.raises(ExpenseUnfit):
            match_by_hand(request=row, expense=expense, by=cast.dave, now=LATER)
    with pytest.raises(WrongState):
        match_by_hand(request=wish(cast.carol), expense=buy(cast.carol, occurred_at=LATER), by=cast.carol, now=LATER)


def test_purchases_of_the_card_that_was_made_are_its_own(cast: Cast) -> None:
    now = timezone.now()
    row = approve_ask(request=wish(cast.carol), by=cast.dave, now=now, yes=Yes(deed=Deed.TEMPORARY))
    authorization = authorize(cast.carol, 900, occurred_at=now + timedelta(minutes=1), card=row.made)
    record_authorization.record(authorization=authorization)
    record_clearing.record(clearing=clear(authorization, 900, days=0))
    assert match_all(now=now) == 1 and spent_on([row]) == {row.pk: 900}
    with pytest.raises(SpentAlready):
        undo_ask(request=row, by=cast.dave, now=now)
    with pytest.raises(SpentAlready):
        withdraw_ask(request=row, by=cast.carol, now=now)


def test_time_ends_what_nobody_answered_and_what_nobody_used(cast: Cast) -> None:
    asked, unused = wish(cast.carol, until=TODAY), granted(cast.carol, cast.dave, until=TODAY)
    assert close_due(now=NOON + timedelta(hours=10)) == 0
    assert close_due(now=NOON + timedelta(days=1)) == 2 and close_due(now=NOON + timedelta(days=1)) == 0
    for row in (asked, unused):
        row.refresh_from_db()
    assert (asked.status, unused.status, unused.end) == ("expired", "closed", "ended")
    with pytest.raises(WrongState):
        undo_ask(request=unused, by=cast.dave, now=NOON + timedelta(days=1))


# ---- budgets


def test_what_was_granted_counts_until_it_is_spent(cast: Cast) -> None:
    meals = category_of(cast.dave, "meals")
    budget, other = (
        budget_of(cast.dave, category=meals),
        budget_of(cast.dave, category=category_of(cast.dave, "travel")),
    )
    ahead = budget_of(cast.dave, starts_on=date(2026, 12, 1))
    row = granted(cast.carol, cast.dave, category=meals, until=date(2026, 12, 5))
    assert use_of(budget).parts["asked"] == 40_000 and use_of(other).used.amount == 0
    assert use_of(ahead).parts["asked"] == 40_000 and [each.pk for each in granted_for(budget)] == [row.pk]
    expense = buy(cast.carol, 15_000, occurred_at=LATER)
    code_expense(expense=expense, by=cast.dave, category=meals, now=LATER)
    match_by_hand(request=row, expense=expense, by=cast.carol, now=LATER)
    use = use_of(budget)
    assert use.parts["asked"] == 25_000 and use.used.amount == 40_000
    close_ask(request=row, by=cast.carol, now=LATER)
    assert use_of(budget).used.amount == 15_000


def test_a_hard_budget_refuses_what_does_not_fit(cast: Cast) -> None:
    budget_of(cast.dave, 50_000, is_hard=True)
    granted(cast.carol, cast.dave, 30_000)
    row = wish(cast.carol, 20_001)
    with pytest.raises(OverBudget):
        approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE)
    assert not row.decisions.exists()
    done = approve_ask(
        request=row, by=cast.dave, now=NOON, yes=Yes(deed=Deed.NOTE, over_reason="Agreed with the board")
    )
    assert done.decisions.get().over_reason == "Agreed with the board"


def test_a_soft_or_foreign_budget_refuses_nothing(cast: Cast) -> None:
    budget_of(cast.dave, 1)
    budget_of(cast.mallory, 1, is_hard=True)
    budget_of(cast.dave, 1, is_hard=True, category=category_of(cast.dave, "travel"))
    assert granted(cast.carol, cast.dave).decisions.get().over_reason == ""


def test_the_database_refuses_a_broken_request(cast: Cast) -> None:
    rows = SpendRequest.objects.filter(pk=granted(cast.carol, cast.dave).pk)
    for change in (
        {"granted": 0}, {"granted": None}, {"deed": ""}, {"status": "closed"}, {"status": "open"}, {"stage": "finance"},
        {"amount": 0}, {"status": "lost"}, {"deed": "gift"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    AskSpend.objects.create(company=cast.company, request=rows.get(), expense=buy(cast.carol))
    with pytest.raises(IntegrityError), transaction.atomic():
        AskSpend.objects.create(company=cast.company, request=wish(cast.carol), expense=AskSpend.objects.get().expense)


# ---- pages


FORM = {"key": "k1", "title": "A chair", "amount": "400", "currency": "DKK", "until": "", "reason": ""}


def asked_by_page(client: Any, who: Membership, **fields: Any) -> Any:
    until = (who.company.day_of(timezone.now()) + timedelta(days=5)).isoformat()
    return client.post(url("ask-create", who), {**FORM, "until": until, **fields})


def test_from_asking_to_approval_by_page(cast: Cast, sign_in: Any) -> None:
    carol, dave, lena = (sign_in(who) for who in (cast.carol, cast.dave, cast.lena))
    assert carol.get(url("ask-create", cast.carol)).status_code == 200
    paper = SimpleUploadedFile("offer.pdf", b"%PDF-1.4 offer", "application/pdf")
    assert asked_by_page(carol, cast.carol, file=paper).status_code == 303
    assert asked_by_page(carol, cast.carol).status_code == 303 and SpendRequest.objects.count() == 1
    row = SpendRequest.objects.get()
    assert carol.get(url("ask-file", cast.carol, ask_id=row.pk, paper_id=row.files.get().pk)).status_code == 302
    assert "Manager’s turn" in carol.get(url("ask", cast.carol, ask_id=row.pk)).content.decode()
    assert "A chair" in lena.get(url("asks", cast.lena, "?status=mine")).content.decode()
    answer = url("ask-answer", cast.lena, ask_id=row.pk)
    assert lena.post(answer, {"do": "approve", "amount": "350", "comment": "Fine"}).status_code == 303
    page = dave.get(url("ask", cast.dave, ask_id=row.pk)).content.decode()
    assert "Fine" in page and 'value="350' in page
    assert dave.post(answer, {"do": "approve", "amount": "x", "deed": "note"}).status_code == 422
    assert dave.post(answer, {"do": "approve", "amount": "350", "deed": "raise"}).status_code == 422
    assert dave.post(answer, {"do": "approve", "amount": "350", "deed": "note"}).status_code == 303
    assert dave.post(answer, {"do": "approve", "amount": "350", "deed": "note"}).status_code == 409
    row.refresh_from_db()
    assert row.status == AskStatus.APPROVED and row.granted == 35_000
    expense = buy(cast.carol, 34_000, occurred_at=timezone.now())
    found = carol.get(url("ask", cast.carol, ask_id=row.pk)).content.decode()
    assert "It was this" in found
    match = {"expense": str(expense.pk)}
    assert carol.post(url("ask-match", cast.carol, ask_id=row.pk), match).status_code == 303
    shown = carol.get(url("expense", cast.carol, expense_id=expense.pk)).content.decode()
    assert "Asked for and approved by Dave" in shown
    spend = AskSpend.objects.get()
    assert carol.post(url("ask-unmatch", cast.carol, ask_id=row.pk, spend_id=spend.pk)).status_code == 303
    assert dave.post(url("ask-undo", cast.dave, ask_id=row.pk)).status_code == 303
    assert carol.post(url("ask-withdraw", cast.carol, ask_id=row.pk)).status_code == 303
    assert carol.post(url("ask-close", cast.carol, ask_id=row.pk)).status_code == 409
    for query in ("", "?status=all&sort=-amount", "?status=all&sort=until", "?status=zzz", "?q=chair&status=all"):
        assert dave.get(url("asks", cast.dave, query)).status_code == 200
    file = b"".join(dave.get(url("asks-export", cast.dave, "?status=all")).streaming_content).decode()
    assert "A chair" in file


def test_hostile_input_is_answered_beside_its_field(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.carol)
    for wrong in (
        {"amount": "0"}, {"amount": "-5"}, {"currency": "XXX"}, {"until": "2020-01-01"}, {"until": "soon"}, {"title": ""},
        {"title": "\x00"}, {"key": ""}, {"category": str(uuid4())}, {"title": "x" * 121},
        {"file": SimpleUploadedFile("a.pdf", b"<svg>")},
    ):  # fmt: skip
        assert asked_by_page(client, cast.carol, **wrong).status_code == 422, wrong
    assert not SpendRequest.objects.exists()
    assert client.get(url("ask", cast.carol, ask_id=uuid4())).status_code == 404


def test_files_are_pdfs_and_pictures(cast: Cast) -> None:
    from cards.evidence import Evidence

    wanted = Wanted("A chair", Money(1, "DKK"), TODAY)
    for papers in ([Evidence("a.html", b"<html>")], [Evidence("a.pdf", b"%PDF-")] * 4):
        with pytest.raises(FileRefused):
            ask(by=cast.carol, wanted=wanted, client_key="k", now=NOON, papers=papers)


def test_who_sees_requests(cast: Cast, sign_in: Any) -> None:
    row, other = wish(cast.carol), join(cast.company, "erik", Role.EMPLOYEE)
    for who, status in ((cast.carol, 200), (cast.lena, 200), (cast.dave, 200), (cast.bob, 200), (other, 404)):
        assert sign_in(who).get(url("ask", who, ask_id=row.pk)).status_code == status, who


def test_the_list_asks_a_fixed_number_of_questions(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(cast.dave)
    counts = []
    for number in range(2):
        for _ in range(1 + 8 * number):
            granted(cast.carol, cast.dave)
        client.get(url("asks", cast.dave))
        with django_assert_max_num_queries(22) as found:
            client.get(url("asks", cast.dave))
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_over_the_api(cast: Cast) -> None:
    carol, dave = Api(cast.carol), Api(cast.dave)
    until = (cast.company.day_of(timezone.now()) + timedelta(days=3)).isoformat()
    body = {"key": "k", "title": "A chair", "amount": 40_000, "currency": "DKK", "until": until}
    made = carol.call("post", "api-asks", body).json()
    assert carol.call("post", "api-asks", body).json()["id"] == made["id"] and made["stage"] == "manager"
    for wrong in ({"amount": 0}, {"currency": "XXX"}, {"until": "2020-01-01"}, {"tag": str(uuid4())}, {"title": ""}):
        assert carol.call("post", "api-asks", {**body, "key": "l", **wrong}).status_code == 422, wrong
    assert (
        carol.call("post", "api-ask-approval", {"deed": "note"}, ask_id=made["id"]).json()["error"]["code"]
        == "not_your_turn"
    )
    assert Api(cast.mallory).call("get", "api-ask", ask_id=made["id"]).status_code == 404
    done = Api(cast.dave).call("post", "api-ask-approval", {"deed": "note", "amount": 30_000}, ask_id=made["id"]).json()
    assert (done["status"], done["granted"], done["decisions"][0]["verdict"]) == ("approved", 30_000, "approved")
    expense = buy(cast.carol, 10_000, occurred_at=timezone.now())
    spent = Api(cast.carol).call("post", "api-ask-expenses", {"expense": str(expense.pk)}, ask_id=made["id"]).json()
    assert spent["spent"] == 10_000
    dave = Api(cast.dave)
    assert dave.call("post", "api-ask-undo", {}, ask_id=made["id"]).json()["error"]["code"] == "spent_already"
    assert dave.call("post", "api-ask-closing", {}, ask_id=made["id"]).json()["status"] == "closed"
    assert dave.call("get", "api-asks", query="?status=closed").json()["results"][0]["id"] == made["id"]
    assert dave.call("post", "api-ask-refusal", {"comment": "No"}, ask_id=made["id"]).status_code == 409


# ---- by a workflow that names requests


def routed(cast: Cast, *stages: Stage, kinds: tuple[str, ...] = (SPEND_REQUEST,), **asked: Any) -> Any:
    wanted = Written("Requests", Conditions(kinds=kinds, **asked), stages)
    return keep_workflow(by=cast.dave, wanted=wanted, now=NOON)


def person(*people: Membership, mode: str = "any") -> Stage:
    return Stage(mode, tuple(Approver("person", one.pk) for one in people))


MANAGER_, FINANCE_ = Stage("any", (Approver("manager"),)), Stage("any", (Approver("finance"),))
DECIDERS = {"owner", "admin", "controller"}


@pytest.mark.parametrize("asker", ["carol", "lena", "dave", "alice"])
@pytest.mark.parametrize("mode", ["any", "all"])
@pytest.mark.parametrize(
    "kinds",
    [("manager",), ("finance",), ("manager", "finance"), ("managers_manager",), ("person",), ("person", "manager")],
)
def test_who_may_decide_is_what_the_rules_say(cast: Cast, asker: str, mode: str, kinds: tuple[str, ...]) -> None:
    """For every asker and approver: exactly the people of the rules may decide, never who asks, and lists say the same."""
    by, frank = getattr(cast, asker), join(cast.company, "Frank", Role.EMPLOYEE)
    stage = Stage(mode, tuple(Approver(kind, frank.pk if kind == "person" else None) for kind in kinds))
    routed(cast, stage)
    row = wish(by)
    people = people_of(cast.company)
    wanted = set()
    for group in step_of(stage, ask_turns.facts_of(row), people).groups:
        finance = (
            Membership.objects.active().filter(company=cast.company, role__in=DECIDERS).values_list("pk", flat=True)
        )
        wanted |= set(group.people) if group.people else set(finance)
    wanted -= {by.pk}
    everybody = list(Membership.objects.active().filter(company=cast.company))
    assert wanted and {one.pk for one in everybody if ask_turns.may_decide(row, one, now=NOON)} == wanted
    assert {one.pk for one in ask_turns.turn_of(row, now=NOON)} == wanted
    for one in everybody:
        listed = SpendRequest.objects.visible_to(one).filter(ask_turns.waits_for(one, now=NOON))
        assert [each.pk for each in listed] == ([row.pk] if one.pk in wanted else []), one.name
        if one.pk not in wanted:
            with pytest.raises((NotYourTurn, ProofWanted)):
                approve_ask(request=row, by=one, now=NOON, yes=NOTE)
    assert not AskDecision.objects.exists() and not ask_turns.may_decide(row, cast.mallory, now=NOON)


def test_the_stages_of_a_workflow_are_asked_in_their_order(cast: Cast) -> None:
    frank, gina = join(cast.company, "Frank", Role.EMPLOYEE), join(cast.company, "Gina", Role.EMPLOYEE)
    routed(cast, person(frank, gina, mode="all"), FINANCE_)
    row = wish(cast.carol)
    with pytest.raises(NotYourTurn):
        approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE)
    assert ask_turns.next_turn(row, frank, now=NOON) == "manager"
    row = approve_ask(request=row, by=frank, now=NOON)
    assert (row.status, row.stage) == ("open", "manager")
    with pytest.raises(NotYourTurn):
        approve_ask(request=row, by=frank, now=NOON)
    row = approve_ask(request=row, by=gina, now=NOON)
    assert (row.status, row.stage) == ("open", "finance") and ask_turns.next_turn(row, cast.dave, now=NOON) == ""
    with pytest.raises(DeedMissing):
        approve_ask(request=row, by=cast.dave, now=NOON)
    row.refresh_from_db()
    row = approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE)
    assert (row.status, row.deed) == ("approved", "note") and Route.objects.get().state == "done"


def test_whoever_has_the_last_word_only_finance_makes_cards(cast: Cast) -> None:
    routed(cast, MANAGER_)
    row = wish(cast.carol)
    with pytest.raises(DeedMissing):
        approve_ask(request=row, by=cast.lena, now=NOON, yes=Yes(deed=Deed.TEMPORARY))
    assert Route.objects.get().state == "open" and not StageDecision.objects.exists(), "nothing was decided"
    assert approve_ask(request=row, by=cast.lena, now=NOON, yes=NOTE).status == "approved"


def test_a_no_ends_the_way_and_taking_it_back_begins_anew(cast: Cast) -> None:
    routed(cast, MANAGER_, FINANCE_)
    row = wish(cast.carol)
    approve_ask(request=row, by=cast.lena, now=NOON)
    assert decline_ask(request=row, by=cast.dave, now=NOON, comment="No").status == "declined"
    assert not Route.objects.exclude(state="dropped").exists()
    row = undo_ask(request=row, by=cast.dave, now=NOON)
    assert (row.status, row.stage) == ("open", "manager") and Route.objects.exclude(state="dropped").count() == 1
    withdraw_ask(request=row, by=cast.carol, now=NOON)
    assert not Route.objects.exclude(state="dropped").exists()
    late = wish(cast.carol)
    close_due(now=NOON + timedelta(days=30))
    late.refresh_from_db()
    assert late.status == "expired" and not Route.objects.exclude(state="dropped").exists()


def test_only_workflows_that_name_requests_and_fit_are_taken(cast: Cast) -> None:
    routed(cast, person(cast.bob), kinds=())
    routed(cast, person(cast.bob), kinds=("card",))
    routed(cast, person(cast.bob), amount_from=50_000)
    assert wish(cast.carol, 49_999).stage == "manager" and not Route.objects.exists()
    row = wish(cast.carol, 50_000)
    assert [one.name for one in ask_turns.turn_of(row, now=NOON)] == ["Bob"]


def test_a_workflow_in_which_nobody_looks_asks_finance(cast: Cast) -> None:
    routed(cast)
    row = wish(cast.carol)
    assert row.stage == "finance" and not ask_turns.may_decide(row, cast.lena, now=NOON)
    assert approve_ask(request=row, by=cast.dave, now=NOON, yes=NOTE).status == "approved"


def test_who_stands_in_sees_and_decides(cast: Cast) -> None:
    frank, gina = join(cast.company, "Frank", Role.EMPLOYEE), join(cast.company, "Gina", Role.EMPLOYEE)
    routed(cast, person(frank))
    row = wish(cast.carol)
    assert not SpendRequest.objects.visible_to(gina).exists()
    be_absent(person=frank, substitute=gina, starts_on=TODAY, ends_on=TODAY, by=cast.dave, now=NOON)
    gina = Membership.objects.get(pk=gina.pk)
    assert SpendRequest.objects.visible_to(gina).filter(ask_turns.waits_for(gina, now=NOON)).get() == row
    assert {one.name for one in ask_turns.turn_of(row, now=NOON)} == {"Frank", "Gina"}
    assert approve_ask(request=row, by=gina, now=NOON, yes=NOTE).status == "approved"


def test_the_page_names_who_is_asked(cast: Cast, sign_in: Any) -> None:
    frank = join(cast.company, "Frank", Role.EMPLOYEE)
    routed(cast, person(frank))
    row = wish(cast.carol, now=timezone.now(), until=timezone.now().date() + timedelta(days=9))
    page = sign_in(frank).get(url("ask", cast, ask_id=row.pk))
    assert "Now: Frank" in page.content.decode() and [
        word for word, _ in page.context["form"].fields["deed"].choices
    ] == ["note"]
    there = url("ask-answer", cast, ask_id=row.pk)
    sent = {"do": "approve", "amount": "400", "deed": "temporary"}
    assert sign_in(frank).post(there, sent).status_code == 422
    assert sign_in(cast.dave).post(there, {**sent, "deed": "note"}).status_code == 409
    assert sign_in(frank).post(there, {**sent, "deed": "note"}).status_code == 303
