"""The way of an expense through the people: one next step, in order, in place of who is away, and never one's own money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Membership, MembershipStatus, Role
from events.models import Event
from expenses.absent import AbsenceWrong, be_absent, end_absence
from expenses.check_expenses import check_expenses
from expenses.code_expense import code_expense
from expenses.decide_stage import NotYourTurn
from expenses.deciders import waits_for
from expenses.errors import NotYours
from expenses.keep_workflow import (
    Wanted,
    keep_workflow,
    reroute,
)
from expenses.models import (
    Attachment,
    Expense,
    Review,
    Route,
    RouteSeat,
    RouteStage,
    SampleDraw,
    StageDecision,
    Workflow,
    WorkflowVersion,
)
from expenses.next_step import base_step
from expenses.review import OwnExpense, review
from expenses.sweep_routes import sweep_routes
from expenses.withdraw_review import withdraw_review
from expenses.workflow import (
    ALL,
    ANY,
    FINANCE,
    MANAGER,
    MANAGERS_MANAGER,
    PERSON,
    Approver,
    Conditions,
    Stage,
)
from pleo.lib.errors import DomainError, WrongState
from tests.conftest import Cast, join
from tests.expenses.conftest import NOON, buy, category_of, freeze, make_receipt

pytestmark = pytest.mark.django_db

THEN = (Stage(ANY, (Approver(MANAGER),)), Stage(ANY, (Approver(FINANCE),)))


def rule(by: Membership, *stages: Stage, name: str = "Rule", sample: int = 0, days: int = 0, **conditions: Any) -> Any:
    wanted = Wanted(name, Conditions(**conditions), stages, sample_percent=sample, answer_days=days)
    return keep_workflow(by=by, wanted=wanted, now=NOON)


def complete(expense: Expense) -> Expense:
    """Bring a purchase to where only the review is left."""
    if not expense.receipt_count:
        receipt = make_receipt(expense.owner)
        Attachment.objects.create(company=expense.company, expense=expense, receipt=receipt, by=expense.owner)
    expense.lines.filter(category=None).update(category=category_of(expense.owner))
    Expense.objects.filter(pk=expense.pk).update(receipt_count=1, is_coded=True, reading_open=False)
    expense.refresh_from_db()
    return expense


def bought(holder: Membership, amount: int = 50_000) -> Expense:
    return complete(buy(holder, amount))


def say(expense: Expense, by: Membership, outcome: str = "okay", **more: Any) -> Any:
    reason = "" if outcome == "okay" else "Who was there?"
    return review(expense=expense, by=by, outcome=outcome, reason=reason, now=NOON, **more)


def waiting(person: Membership, **more: Any) -> set[Any]:
    fresh = Membership.objects.select_related("company").get(pk=person.pk)
    return set(Expense.objects.filter(waits_for(fresh, now=NOON, **more)).values_list("pk", flat=True))


def open_stage(expense: Expense) -> RouteStage:
    return RouteStage.objects.get(route__expense=expense, state="open")


# ---- stages in their order


def test_manager_then_finance(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    assert (waiting(cast.lena), waiting(cast.dave)) == ({expense.pk}, set())
    with pytest.raises(NotYourTurn) as refused:
        say(expense, cast.dave)
    assert "Lena" in refused.value.message()
    assert isinstance(say(expense, cast.lena), StageDecision)
    expense.refresh_from_db()
    assert (expense.review, base_step(expense), Review.objects.count()) == ("", "to_review", 0)
    assert (waiting(cast.lena), waiting(cast.dave)) == (set(), {expense.pk})
    assert isinstance(say(expense, cast.dave), Review)
    expense.refresh_from_db()
    assert (expense.review, base_step(expense)) == ("okay", "ready")
    assert Route.objects.get().state == "done" and not waiting(cast.dave)
    verbs = Event.objects.filter(subject_id=expense.pk, verb__contains="okayed").values_list("verb", flat=True)
    assert list(verbs) == ["expense.stage_okayed"] and check_expenses() == []


def test_without_workflows_nothing_is_kept_and_manager_or_finance_decides(cast: Cast) -> None:
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    assert not Route.objects.exists()
    assert waiting(cast.lena) == waiting(cast.dave) == waiting(cast.alice) == {expense.pk}
    assert waiting(cast.carol) == waiting(cast.bob) == set()
    say(expense, cast.lena)
    assert Expense.objects.get().review == "okay"


def test_the_lead_of_another_team_decides_nothing_here(cast: Cast) -> None:
    other = join(cast.company, "olaf", Role.EMPLOYEE)
    team = type(cast.team).objects.create(company=cast.company, name="Projects")
    team.leads.add(other)
    with pytest.raises(NotYours):
        say(bought(cast.carol), other)


def test_what_no_workflow_fits_goes_the_usual_way(cast: Cast) -> None:
    rule(cast.dave, *THEN, amount_from=100_000)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    assert Route.objects.get().version is None
    assert waiting(cast.lena) == waiting(cast.dave) == {expense.pk}
    say(expense, cast.dave)
    assert Expense.objects.get().review == "okay"


def test_all_of_a_stage(cast: Cast) -> None:
    rule(cast.dave, Stage(ALL, (Approver(MANAGER), Approver(FINANCE))))
    expense = bought(cast.carol)
    say(expense, cast.dave)
    assert Expense.objects.get().review == "" and waiting(cast.lena) == {expense.pk}
    assert not waiting(cast.dave) and not waiting(cast.alice), "one of finance is enough"
    with pytest.raises(NotYourTurn):
        say(expense, cast.dave)
    say(expense, cast.lena)
    assert Expense.objects.get().review == "okay"


def test_one_person_does_not_speak_for_two_while_another_is_there(cast: Cast) -> None:
    rule(cast.dave, Stage(ALL, (Approver(PERSON, cast.dave.pk), Approver(FINANCE))))
    expense = bought(cast.carol)
    say(expense, cast.dave)
    assert Expense.objects.get().review == "" and waiting(cast.alice) == {expense.pk}
    with pytest.raises(NotYourTurn):
        say(expense, cast.dave)
    say(expense, cast.alice)
    assert Expense.objects.get().review == "okay"


def test_one_person_speaks_for_two_where_nobody_else_is_left(cast: Cast) -> None:
    rule(cast.dave, Stage(ALL, (Approver(PERSON, cast.dave.pk), Approver(FINANCE))))
    Membership.objects.filter(pk=cast.alice.pk).update(role=Role.EMPLOYEE)
    say(bought(cast.carol), cast.dave)
    assert Expense.objects.get().review == "okay"


def test_the_managers_manager_is_the_manager_of_who_is_named(cast: Cast) -> None:
    Membership.objects.filter(pk=cast.lena.pk).update(manager=cast.bob)
    rule(cast.dave, Stage(ANY, (Approver(MANAGERS_MANAGER),)))
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    bob = Membership.objects.get(pk=cast.bob.pk)
    assert waiting(bob) == {expense.pk} and bob.is_reviewer and bob.can("expenses.review")
    say(expense, bob)
    assert Expense.objects.get().review == "okay"


def test_who_is_named_sees_what_they_decide_and_nothing_else(cast: Cast) -> None:
    freja = join(cast.company, "freja", Role.EMPLOYEE)
    rule(cast.dave, Stage(ANY, (Approver(PERSON, freja.pk),)), amount_from=10_000)
    dear, cheap = bought(cast.carol), bought(cast.carol, 500)
    sweep_routes(now=NOON)
    freja.refresh_from_db()
    assert set(Expense.objects.visible_to(freja)) == {dear}
    assert freja.can("expenses.review") and not freja.can("expenses.edit_all")
    with pytest.raises(NotYourTurn):
        say(cheap, freja)
    say(dear, freja)
    assert set(Expense.objects.visible_to(freja)) == {dear}, "what one decided stays in sight"


# ---- nobody's own money


def test_the_spender_is_passed_over(cast: Cast) -> None:
    rule(cast.alice, Stage(ANY, (Approver(PERSON, cast.dave.pk),)))
    expense = bought(cast.dave)
    sweep_routes(now=NOON)
    seat = RouteSeat.objects.get()
    assert (seat.kind, seat.approver, seat.is_fallback) == (FINANCE, None, True)
    assert waiting(cast.dave) == set() and waiting(cast.alice) == {expense.pk}
    with pytest.raises(OwnExpense):
        say(expense, cast.dave, is_confirmed=True)
    say(expense, cast.alice)


def test_where_nobody_is_left_the_admins_are_told(cast: Cast) -> None:
    Membership.objects.exclude(pk__in=[cast.alice.pk, cast.mallory.pk]).update(status=MembershipStatus.LEFT)
    rule(cast.alice, *THEN)
    expense = bought(cast.alice)
    sweep_routes(now=NOON)
    assert not RouteSeat.objects.exists()
    assert Event.objects.filter(verb="expense.nobody_to_review", subject_id=expense.pk).count() == 1
    sweep_routes(now=NOON)
    assert Event.objects.filter(verb="expense.nobody_to_review").count() == 1, "said once"
    Membership.objects.filter(pk=cast.dave.pk).update(status=MembershipStatus.ACTIVE)
    sweep_routes(now=NOON)
    assert waiting(cast.dave) == {expense.pk}


def test_the_database_refuses_a_seat_and_a_decision_on_ones_own_money(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    say(bought(cast.carol), cast.lena)
    rows: list[tuple[Any, dict[str, Any]]] = [
        (RouteSeat, {"approver": cast.carol}),
        (RouteSeat, {"approver": None, "kind": "manager"}),
        (StageDecision, {"by": cast.carol}),
        (RouteStage, {"state": "open"}),
        (RouteStage, {"mode": "most"}),
        (Route, {"state": "lost"}),
        (Route, {"amount": -1}),
        (Route, {"subject_id": cast.carol.pk}),
        (Route, {"state": "done"}),
    ]
    for model, wrong in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**wrong)
    copy = Route.objects.get()
    copy.pk = None
    copy.id = type(copy)._meta.pk.get_default()
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkflowVersion.objects.update(name="Changed")


# ---- away


def test_a_substitute_decides_in_the_place_of_who_is_away(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    freja = join(cast.company, "freja", Role.EMPLOYEE)
    day = NOON.date()
    away = be_absent(person=cast.lena, substitute=freja, starts_on=day, ends_on=day, by=cast.lena, now=NOON)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    freja.refresh_from_db()
    assert waiting(freja) == waiting(freja, instead=True) == {expense.pk} and not waiting(freja, instead=False)
    assert waiting(cast.lena) == {expense.pk}, "who is away can still decide"
    assert list(Expense.objects.filter(waits_for(freja, now=NOON + timedelta(days=2)))) == []
    decision = say(expense, freja)
    assert decision.for_whom == cast.lena
    withdraw_review(expense=expense, by=freja, now=NOON)
    end_absence(absence=away, by=cast.lena, now=NOON)
    with pytest.raises(NotYourTurn):
        say(expense, Membership.objects.get(pk=freja.pk))


def test_a_substitute_who_spent_the_money_is_passed_over_for_finance(cast: Cast) -> None:
    rule(cast.dave, Stage(ANY, (Approver(MANAGER),)))
    be_absent(
        person=cast.lena, substitute=cast.carol, starts_on=NOON.date(), ends_on=NOON.date(), by=cast.dave, now=NOON
    )
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    carol = Membership.objects.get(pk=cast.carol.pk)
    assert not waiting(carol) and waiting(cast.dave) == {expense.pk}
    with pytest.raises(OwnExpense):
        say(expense, carol)
    say(expense, cast.alice)


def test_a_substitute_who_is_away_too_passes_it_on_and_a_circle_ends(cast: Cast) -> None:
    rule(cast.dave, Stage(ANY, (Approver(MANAGER),)))
    freja, emil = join(cast.company, "freja", Role.EMPLOYEE), join(cast.company, "emil", Role.EMPLOYEE)
    days = {"starts_on": NOON.date(), "ends_on": NOON.date() + timedelta(days=3), "by": cast.dave, "now": NOON}
    be_absent(person=cast.lena, substitute=freja, **days)
    back = be_absent(person=freja, substitute=emil, **days)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    assert waiting(emil) == {expense.pk} and not waiting(freja)
    end_absence(absence=back, by=freja, now=NOON)
    be_absent(person=freja, substitute=cast.lena, **days)
    assert not waiting(emil) and not waiting(freja) and waiting(cast.lena) == {expense.pk}


def test_the_usual_way_knows_substitutes_too(cast: Cast) -> None:
    freja = join(cast.company, "freja", Role.EMPLOYEE)
    be_absent(person=cast.lena, substitute=freja, starts_on=NOON.date(), ends_on=NOON.date(), by=cast.lena, now=NOON)
    expense = bought(cast.carol)
    assert waiting(freja) == {expense.pk}
    say(expense, Membership.objects.get(pk=freja.pk))
    assert Expense.objects.get().review == "okay"


@pytest.mark.parametrize(
    ("first", "last", "who", "what"),
    [(3, 1, "dave", "order"), (-5, -1, "dave", "past"), (0, 400, "dave", "long"), (0, 1, "lena", "substitute"),
     (0, 1, "mallory", "substitute"), (2, 4, "dave", "overlap")],
)  # fmt: skip
def test_absences_that_make_no_sense(cast: Cast, first: int, last: int, who: str, what: str) -> None:
    day = NOON.date()
    two = {"starts_on": day + timedelta(days=2), "ends_on": day + timedelta(days=5)}
    if what == "overlap":
        be_absent(person=cast.lena, substitute=cast.dave, by=cast.lena, now=NOON, **two)
    with pytest.raises(AbsenceWrong) as refused:
        be_absent(
            person=cast.lena, substitute=getattr(cast, who), starts_on=day + timedelta(days=first),
            ends_on=day + timedelta(days=last), by=cast.lena, now=NOON,
        )  # fmt: skip
    assert refused.value.params["what"] == what and refused.value.message()


def test_nobody_sends_somebody_else_away(cast: Cast) -> None:
    with pytest.raises(NotYours):
        be_absent(
            person=cast.lena, substitute=cast.carol, starts_on=NOON.date(), ends_on=NOON.date(), by=cast.carol, now=NOON
        )


# ---- nobody answers


def test_finance_is_asked_when_nobody_answers(cast: Cast) -> None:
    rule(cast.dave, *THEN, days=3)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    sweep_routes(now=NOON + timedelta(days=2))
    assert not waiting(cast.dave)
    sweep_routes(now=NOON + timedelta(days=3))
    assert waiting(cast.dave) == waiting(cast.lena) == {expense.pk}
    say(expense, cast.dave)
    stage = open_stage(expense)
    assert stage.position == 2
    assert Event.objects.filter(verb="expense.asked_finance").count() == 1


def test_a_question_stops_the_clock(cast: Cast) -> None:
    rule(cast.dave, *THEN, days=3)
    expense = bought(cast.carol)
    say(expense, cast.lena, "needs_details")
    sweep_routes(now=NOON + timedelta(days=9))
    assert not RouteSeat.objects.filter(approver=None).exists()


def test_who_left_is_replaced(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    Membership.objects.filter(pk=cast.lena.pk).update(status=MembershipStatus.LEFT)
    sweep_routes(now=NOON)
    assert waiting(cast.dave) == {expense.pk}


# ---- samples


def test_what_nobody_looks_at_passes_once_it_is_complete(cast: Cast) -> None:
    rule(cast.dave, name="Small", amount_below=10_000)
    expense = buy(cast.carol, 900)
    sweep_routes(now=NOON)
    assert Expense.objects.get().review == ""
    complete(expense)
    sweep_routes(now=NOON)
    sweep_routes(now=NOON)
    expense.refresh_from_db()
    row = Review.objects.get()
    assert (expense.review, row.by, row.rule.name) == ("okay", None, "Small") and check_expenses() == []


def test_a_sample_is_drawn_once(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr("expenses.follow_route.drawn", lambda pk: 499)
    workflow = rule(cast.dave, amount_below=10_000, sample=5)
    expense = bought(cast.carol, 900)
    sweep_routes(now=NOON)
    assert Route.objects.get().is_sample and waiting(cast.dave) == {expense.pk} and not waiting(cast.lena)
    monkeypatch.setattr("expenses.follow_route.drawn", lambda pk: 9999)
    keep_workflow(
        by=cast.dave, wanted=Wanted("Other", Conditions(amount_below=20_000), (), 5), now=NOON, workflow=workflow
    )
    reroute(workflow=Workflow.objects.get(), by=cast.dave, now=NOON)
    sweep_routes(now=NOON)
    assert SampleDraw.objects.get().number == 499 and waiting(cast.dave) == {expense.pk}


def test_what_a_policy_wants_looked_at_never_passes(cast: Cast) -> None:
    rule(cast.dave, amount_below=10_000)
    expense = bought(cast.carol, 900)
    Expense.objects.filter(pk=expense.pk).update(flag_level="review")
    sweep_routes(now=NOON)
    assert Expense.objects.get().review == "" and waiting(cast.dave) == {expense.pk}


def test_an_okay_by_rule_that_was_taken_back_is_looked_at(cast: Cast) -> None:
    rule(cast.dave, amount_below=10_000)
    expense = bought(cast.carol, 900)
    sweep_routes(now=NOON)
    withdraw_review(expense=expense, by=cast.dave, now=NOON)
    sweep_routes(now=NOON)
    assert Expense.objects.get().review == "" and waiting(cast.dave) == {expense.pk}


# ---- when things change


def test_what_is_on_its_way_stays_with_its_version(cast: Cast) -> None:
    workflow = rule(cast.dave, *THEN)
    first = bought(cast.carol)
    sweep_routes(now=NOON)
    keep_workflow(by=cast.dave, wanted=Wanted("Only finance", Conditions(), THEN[1:]), now=NOON, workflow=workflow)
    second = bought(cast.carol)
    sweep_routes(now=NOON)
    assert waiting(cast.lena) == {first.pk} and waiting(cast.dave) == {second.pk}
    workflow.refresh_from_db()
    assert reroute(workflow=workflow, by=cast.dave, now=NOON) == 1
    sweep_routes(now=NOON)
    assert waiting(cast.dave) == {first.pk, second.pk}
    assert reroute(workflow=workflow, by=cast.dave, now=NOON) == 0


def grown(expense: Expense, amount: int) -> None:
    from expenses import lines

    expense.movements.update(amount=amount)
    locked = Expense.objects.select_related("owner", "company").get(pk=expense.pk)
    lines.follow_money(locked)
    complete(expense)


@pytest.mark.parametrize(("amount", "falls"), [(54_000, False), (55_000, False), (55_001, True), (10_000, False)])
def test_an_okay_on_the_way_covers_a_tenth_more(cast: Cast, amount: int, falls: bool) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)
    grown(expense, amount)
    sweep_routes(now=NOON)
    assert open_stage(expense).position == (1 if falls else 2)
    assert waiting(cast.lena if falls else cast.dave) == {expense.pk}


def test_many_small_steps_do_not_add_up(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)
    for amount in (53_000, 55_000, 57_000):
        grown(expense, amount)
        sweep_routes(now=NOON)
    assert waiting(cast.lena) == {expense.pk}


def test_another_amount_takes_another_workflow_while_nobody_said_anything(cast: Cast) -> None:
    rule(cast.dave, Stage(ANY, (Approver(FINANCE),)), amount_from=50_500)
    rule(cast.dave, Stage(ANY, (Approver(MANAGER),)))
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    assert waiting(cast.lena) == {expense.pk}
    grown(expense, 50_600)
    sweep_routes(now=NOON)
    assert waiting(cast.dave) == {expense.pk} and not waiting(cast.lena)


def test_another_category_takes_another_workflow_even_after_the_okay(cast: Cast) -> None:
    """Coding it as meals, and as a hotel once it is okay, gets round nobody."""
    hotel = category_of(cast.carol, "hotel")
    rule(cast.dave, *THEN, name="Travel", categories=(hotel.pk,))
    expense = bought(cast.carol)
    code_expense(expense=expense, by=cast.carol, now=NOON, category=category_of(cast.carol))
    sweep_routes(now=NOON)
    say(expense, cast.lena)
    assert Expense.objects.get().review == "okay"
    code_expense(expense=expense, by=cast.carol, now=NOON, category=hotel)
    sweep_routes(now=NOON)
    assert Expense.objects.get().review == ""
    sweep_routes(now=NOON)
    assert waiting(cast.lena) == {expense.pk} and check_expenses() == []
    say(expense, cast.lena)
    assert Expense.objects.get().review == "" and waiting(cast.dave) == {expense.pk}


def test_another_team_asks_its_own_lead(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    olaf = join(cast.company, "olaf", Role.EMPLOYEE)
    team = type(cast.team).objects.create(company=cast.company, name="Projects")
    team.leads.add(olaf)
    Membership.objects.filter(pk=cast.carol.pk).update(team=team)
    say(expense, olaf)
    assert waiting(cast.dave) == {expense.pk}


# ---- questions, no, undo


def test_an_answer_comes_back_to_whoever_asked(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)
    say(expense, cast.dave, "needs_details")
    expense.refresh_from_db()
    assert expense.review == "needs_details" and not waiting(cast.dave)
    code_expense(expense=expense, by=cast.carol, now=NOON, note="Two guests", category=category_of(cast.carol))
    expense.refresh_from_db()
    assert expense.review == "" and waiting(cast.dave) == {expense.pk} and not waiting(cast.lena)
    say(expense, cast.dave)
    assert check_expenses() == []


def test_undo_goes_back_one_stage_at_a_time(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)
    withdraw_review(expense=expense, by=cast.lena, now=NOON)
    assert waiting(cast.lena) == {expense.pk} and not waiting(cast.dave)
    say(expense, cast.lena)
    say(expense, cast.dave)
    with pytest.raises(NotYourTurn):
        withdraw_review(expense=expense, by=cast.lena, now=NOON)
    withdraw_review(expense=expense, by=cast.dave, now=NOON)
    assert Expense.objects.get().review == "" and waiting(cast.dave) == {expense.pk} and check_expenses() == []
    withdraw_review(expense=expense, by=cast.alice, now=NOON)
    assert waiting(cast.lena) == {expense.pk}
    with pytest.raises(WrongState):
        withdraw_review(expense=expense, by=cast.alice, now=NOON)


def test_an_objection_after_the_last_okay_opens_the_last_stage(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)
    say(expense, cast.dave)
    say(expense, cast.lena, "not_okay")
    assert Expense.objects.get().review == "not_okay" and open_stage(expense).position == 2
    assert check_expenses() == []


def test_nobody_takes_a_no_on_their_own_money_back(cast: Cast) -> None:
    expense = bought(cast.dave)
    say(expense, cast.alice, "not_okay")
    with pytest.raises(OwnExpense):
        withdraw_review(expense=expense, by=cast.dave, now=NOON)


def test_a_stage_that_is_over_is_not_decided_for_the_next_one(cast: Cast) -> None:
    """Who had the first stage in front of them does not say okay to the second by a late press."""
    rule(cast.dave, Stage(ANY, (Approver(FINANCE),)), Stage(ANY, (Approver(FINANCE),)))
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    seen = open_stage(expense).pk
    say(expense, cast.dave, stage_id=seen)
    with pytest.raises(WrongState):
        say(expense, cast.alice, stage_id=seen)
    say(expense, cast.alice, stage_id=open_stage(expense).pk)


def test_what_is_in_the_books_is_not_followed(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    say(expense, cast.lena)
    say(expense, cast.dave)
    freeze(expense)
    with pytest.raises(DomainError):
        withdraw_review(expense=expense, by=cast.dave, now=NOON)
    sweep_routes(now=NOON)
    assert Route.objects.get().state == "done"
