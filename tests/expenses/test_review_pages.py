"""The review inbox, the settings of workflows, and absences, as people press them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role
from expenses.models import Absence, Category, Expense, StageDecision, Workflow, WorkflowVersion
from expenses.sweep_routes import sweep_routes
from expenses.workflow import Approver, Stage
from tests.conftest import Cast, join
from tests.expenses.conftest import NOON, category_of
from tests.expenses.test_review_routes import THEN, bought, rule, say

pytestmark = pytest.mark.django_db


def url(name: str, cast: Cast, **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": cast.company.slug, **kwargs})


# ---- the inbox


def test_the_inbox_shows_what_waits_and_goes_on_to_the_next(cast: Cast, sign_in: Any) -> None:
    first, second = bought(cast.carol), bought(cast.carol, 7_000)
    dave = sign_in(cast.dave)
    page = dave.get(url("review", cast))
    assert [row.pk for row in page.context["page"].rows] == [first.pk, second.pk]
    assert page.context["expense"] == first and b"Okay, next" in page.content
    done = dave.post(url("review-decision", cast, expense_id=first.pk), {"outcome": "okay"})
    assert (done.status_code, done.url.split("?")[0]) == (303, url("review-expense", cast, expense_id=second.pk))
    page = dave.get(url("review", cast) + "?queue=decided")
    assert [row.pk for row in page.context["page"].rows] == [first.pk]
    assert dave.get(url("review-count", cast)).context["count"] == 1


def test_a_question_needs_words_and_keeps_what_was_typed(cast: Cast, sign_in: Any) -> None:
    expense, dave = bought(cast.carol), sign_in(cast.dave)
    there = url("review-decision", cast, expense_id=expense.pk)
    refused = dave.post(there, {"outcome": "not_okay", "reason": "  "})
    assert refused.status_code == 422 and b"Write what is missing" in refused.content
    assert dave.post(there, {"outcome": "perhaps"}).status_code == 422
    assert dave.post(there, {"outcome": "needs_details", "reason": "Who?"}).status_code == 303
    assert dave.post(there, {"outcome": "needs_details", "reason": "Who?\x00"}).status_code == 422
    assert Expense.objects.get().review == "needs_details"


def test_queues_filters_and_orders(cast: Cast, sign_in: Any) -> None:
    rule(cast.dave, *THEN)
    small, large = bought(cast.carol, 900), bought(cast.carol, 90_000)
    sweep_routes(now=NOON)
    say(large, cast.lena)
    dave, lena = sign_in(cast.dave), sign_in(cast.lena)

    def shown(client: Any, query: str) -> list[Any]:
        return [row.pk for row in client.get(f"{url('review', cast)}?{query}").context["page"].rows]

    assert shown(dave, "") == [large.pk] and shown(dave, "queue=others") == [small.pk]
    assert shown(lena, "") == [small.pk] and shown(lena, "queue=decided") == [large.pk]
    assert shown(lena, "queue=others") == [small.pk], "a lead has no such queue, so it is their own"
    assert shown(dave, "q=nothing") == [] and shown(dave, "kind=mileage&sort=-amount&cursor=%00") == []
    assert shown(dave, "kind=nonsense&sort=nonsense&queue=nonsense") == [large.pk]


def test_a_stage_that_went_on_is_not_decided_by_a_late_press(cast: Cast, sign_in: Any) -> None:
    rule(cast.dave, *THEN, *THEN[1:])
    expense = bought(cast.carol)
    say(expense, cast.lena)
    dave = sign_in(cast.dave)
    seen = dave.get(url("review", cast)).context["page_of"].stage.pk
    say(expense, cast.alice)
    late = dave.post(url("review-decision", cast, expense_id=expense.pk), {"outcome": "okay", "stage_id": str(seen)})
    assert late.status_code == 409 and not StageDecision.objects.filter(by=cast.dave).exists()


def test_who_is_not_asked_sees_no_buttons_and_cannot_press(cast: Cast, sign_in: Any) -> None:
    rule(cast.dave, *THEN)
    expense = bought(cast.carol)
    sweep_routes(now=NOON)
    dave = sign_in(cast.dave)
    page = dave.get(url("review-expense", cast, expense_id=expense.pk))
    assert b"Okay, next" not in page.content and b"Waits for Lena" in page.content
    assert dave.post(url("review-decision", cast, expense_id=expense.pk), {"outcome": "okay"}).status_code == 403
    assert sign_in(cast.carol).get(url("review", cast)).status_code == 403
    assert sign_in(cast.mallory).get(url("review", cast)).status_code == 404


def test_the_inbox_asks_the_same_few_questions(cast: Cast, sign_in: Any, django_assert_max_num_queries: Any) -> None:
    rule(cast.dave, *THEN[1:])
    for amount in range(3):
        bought(cast.carol, 1_000 + amount)
    sweep_routes(now=NOON)
    dave = sign_in(cast.dave)
    dave.get(url("review", cast))
    with django_assert_max_num_queries(37) as few:
        dave.get(url("review", cast))
    for amount in range(6):
        bought(cast.carol, 2_000 + amount)
    sweep_routes(now=NOON)
    with django_assert_max_num_queries(len(few)):
        dave.get(url("review", cast))


# ---- settings


def fields(**changed: Any) -> dict[str, Any]:
    return {"name": "Travel", "amount_from": "500,00", "who_1": ["manager"], "mode_1": "any", "who_2": ["finance"],
            "mode_2": "all", "answer_days": "5", **changed}  # fmt: skip


def test_a_workflow_is_written_read_and_changed(cast: Cast, sign_in: Any) -> None:
    dave, hotel = sign_in(cast.dave), category_of(cast.carol, "hotel")
    new = url("workflow-create", cast)
    assert dave.get(new).status_code == 200
    assert dave.post(new, fields(categories=[str(hotel.pk)])).status_code == 303
    version = WorkflowVersion.objects.get()
    assert version.plan.conditions.amount_from == 50_000 and [stage.mode for stage in version.plan.stages] == [
        "any",
        "all",
    ]
    page = dave.get(url("settings-workflows", cast)).content.decode()
    assert f"{hotel.name}, from 500,00 kr." in page.replace("\xa0", " ") and "manager, then finance" in page
    one = url("workflow", cast, workflow_id=version.workflow_id)
    shown = dave.get(one).content.decode()
    assert 'value="500,00"' in shown and "selected" in shown
    assert dave.post(one, fields(name="Trips", who_1=[], who_2=[], sample_percent="10")).status_code == 303
    assert Workflow.objects.get().version == 2
    assert "finance checks 10" in dave.get(url("settings-workflows", cast)).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"amount_from": "-5"}, {"amount_from": "x"}, {"amount_below": "1,00"}, {"who_1": ["somebody"]},
     {"teams": ["1"]}, {"sample_percent": "10"}, {"answer_days": "1000"}, {"name": "x" * 200}, {"mode_1": "most"}],
)  # fmt: skip
def test_what_makes_no_workflow_is_refused_and_nothing_is_lost(cast: Cast, sign_in: Any, wrong: dict[str, Any]) -> None:
    answer = sign_in(cast.dave).post(url("workflow-create", cast), fields(**wrong))
    assert answer.status_code == 422 and not Workflow.objects.exists()


def test_the_form_shows_every_step_and_saving_loses_none(cast: Cast, sign_in: Any) -> None:
    lena, dave_id = str(cast.lena.pk), str(cast.dave.pk)
    steps = [
        Stage(mode, (Approver("person", who),))
        for who in (cast.lena.pk, cast.dave.pk)
        for mode in ("any", "all", "any")
    ]
    row = rule(cast.dave, *steps)
    category = category_of(cast.carol, "hotel")
    dave, one = sign_in(cast.dave), url("workflow", cast, workflow_id=row.pk)
    form = dave.get(one).context["form"]
    assert [who.value() for who, _ in form.stages] == [[lena]] * 3 + [[dave_id]] * 3 and not form.may_grow

    def typed(form: Any, **more: Any) -> dict[str, Any]:
        shown = {bound.html_name: bound.value() for pair in form.stages for bound in pair}
        return {"name": "Travel", "answer_days": "7", **shown, **more}

    assert dave.post(one, typed(form, do="save", categories=[str(category.pk)])).status_code == 303
    assert WorkflowVersion.objects.get(number=2).plan.stages == tuple(steps)
    # A step is taken out of the middle, and nothing is kept before it is saved.
    form = dave.post(one, typed(form, do="remove-2", name="", amount_from="a lot")).context["form"]
    assert form.shown == 5 and form["amount_from"].value() == "a lot" and not form.errors
    assert [mode.value() for _, mode in form.stages] == ["any", "any", "any", "all", "any"]
    form = dave.post(one, typed(form, do="add")).context["form"]
    assert form.shown == 6 and form["who_6"].value() == [] and Workflow.objects.get().version == 2
    for nonsense in ("remove-99", "remove-x", "remove--1", "add", ""):
        assert dave.post(one, typed(form, do=nonsense)).context["form"].shown == 6
    # What a condition names is kept when it was archived meanwhile: the workflow must not come to mean everything.
    Category.objects.filter(pk=category.pk).update(archived_at=NOON)
    form = dave.get(one).context["form"]
    assert form["categories"].value() == [str(category.pk)]
    assert dave.post(one, typed(form, categories=form["categories"].value())).status_code == 303
    assert WorkflowVersion.objects.get(number=3).plan.conditions.categories == (category.pk,)
    # Somebody who left stays chosen, and says why it cannot be saved.
    Membership.objects.filter(pk=cast.lena.pk).update(status="left")
    form = dave.get(one).context["form"]
    assert form["who_1"].value() == [lena]
    assert b"active person of this company" in dave.post(one, typed(form)).content


def test_order_end_return_and_start_anew(cast: Cast, sign_in: Any) -> None:
    one, two = rule(cast.dave, *THEN, name="One"), rule(cast.dave, *THEN, name="Two")
    dave = sign_in(cast.dave)
    dave.post(url("workflow-move", cast, workflow_id=two.pk), {"to": "up"})
    dave.post(url("workflow-move", cast, workflow_id=two.pk), {"to": "up"})
    assert list(Workflow.objects.order_by("position").values_list("pk", flat=True)) == [two.pk, one.pk]
    for query in ("", "?back=1"):
        assert dave.post(url("workflow-archive", cast, workflow_id=one.pk) + query).status_code == 303
        assert (Workflow.objects.get(pk=one.pk).archived_at is None) == bool(query)
    bought(cast.carol)
    sweep_routes(now=NOON)
    dave.post(url("workflow", cast, workflow_id=two.pk), fields())
    assert "older version" in dave.get(url("workflow", cast, workflow_id=two.pk)).content.decode()
    assert dave.post(url("workflow-reroute", cast, workflow_id=two.pk)).status_code == 303


def test_the_box_says_who_would_decide(cast: Cast, sign_in: Any) -> None:
    rule(cast.dave, *THEN, amount_from=50_000)
    dave, there = sign_in(cast.dave), url("settings-workflows", cast)
    asked = {"person": str(cast.carol.pk), "kind": "card", "amount": "600,00", "category": ""}
    assert dave.get(there, asked).context["tried"].stages == ["Lena", "finance"]
    assert dave.get(there, asked | {"amount": "5"}).context["tried"].name == "The usual way"
    for wrong in ({"amount": "x"}, {"person": str(cast.mallory.pk)}, {"kind": "gift"}, {"category": "1"}):
        page = dave.get(there, asked | wrong)
        assert page.status_code == 200 and page.context["tried"] is None


def test_an_absence_is_noted_and_ended(cast: Cast, sign_in: Any) -> None:
    freja = join(cast.company, "freja", Role.EMPLOYEE)
    lena, today = sign_in(cast.lena), timezone.now().date()
    there = url("absence", cast, person_id=cast.lena.pk)
    days = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=7)).isoformat()}
    assert lena.post(there, days).status_code == 422
    assert lena.post(there, days | {"substitute": str(cast.mallory.pk)}).status_code == 422
    assert lena.post(there, days | {"substitute": str(freja.pk)}).status_code == 303
    assert lena.post(there, days | {"substitute": str(freja.pk)}).status_code == 422, "twice is once"
    assert b"Freja decides" in lena.get(there).content
    assert sign_in(cast.carol).get(there).status_code == 404
    row = Absence.objects.get()
    assert sign_in(cast.carol).post(url("absence-end", cast, absence_id=row.pk)).status_code == 404
    assert sign_in(cast.dave).post(url("absence-end", cast, absence_id=row.pk)).status_code == 303
    assert lena.post(url("absence-end", cast, absence_id=row.pk)).status_code == 303
    assert Absence.objects.get().ended_at
