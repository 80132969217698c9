"""Workflows as they are kept, and the grid: whoever spends, however much, whoever is away."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from accounts.models import Membership, Role
from events.models import Notification
from expenses.absent import be_absent, end_absence
from expenses.check_expenses import check_expenses
from expenses.errors import NotYours
from expenses.keep_workflow import Wanted, WorkflowWrong, archive_workflow, keep_workflow, order_workflows
from expenses.models import Expense, Review, Route, RouteStage, StageDecision, Workflow
from expenses.next_step import STEPS, base_step
from expenses.sweep_routes import sweep_routes
from expenses.workflow import ALL, ANY, FINANCE, MANAGER, PERSON, Approver, Conditions, Stage
from pleo.lib.errors import DomainError, WrongState
from tests.conftest import Cast, join
from tests.expenses.conftest import NOON, buy, make_receipt, pay_privately
from tests.expenses.test_review_routes import THEN, bought, complete, rule, say, waiting

pytestmark = pytest.mark.django_db


# ---- keeping workflows


def test_workflows_are_kept_in_versions_and_in_order(cast: Cast) -> None:
    one, two = rule(cast.dave, *THEN, name="One"), rule(cast.dave, *THEN, name="Two")
    order_workflows(by=cast.dave, ids=[two.pk, one.pk], now=NOON)
    assert list(Workflow.objects.order_by("position").values_list("pk", flat=True)) == [two.pk, one.pk]
    with pytest.raises(WrongState):
        order_workflows(by=cast.dave, ids=[two.pk], now=NOON)
    archive_workflow(workflow=one, by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        archive_workflow(workflow=one, by=cast.dave, now=NOON)
    archive_workflow(workflow=one, by=cast.dave, now=NOON, back=True)
    for stranger in (cast.carol, cast.bob, cast.lena):
        with pytest.raises(NotYours):
            rule(stranger, *THEN)


def test_workflows_that_make_no_sense(cast: Cast) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("name", {"name": "  "}),
        ("amounts", {"conditions": Conditions(amount_from=5, amount_below=5)}),
        ("stages", {"stages": (Stage(ANY, ()),)}),
        ("stages", {"stages": THEN * 4}),
        ("person", {"stages": (Stage(ANY, (Approver(PERSON, cast.mallory.pk),)),)}),
        ("sample", {"stages": THEN, "sample_percent": 5}),
        ("sample", {"sample_percent": 101}),
        ("days", {"answer_days": 91}),
    ]
    for what, fields in wrong:
        wanted = Wanted(**{"name": "Rule", "conditions": Conditions(), "stages": (), **fields})
        with pytest.raises(WorkflowWrong) as refused:
            keep_workflow(by=cast.dave, wanted=wanted, now=NOON)
        assert refused.value.params["what"] == what and refused.value.message()


# ---- the grid


AWAY = [None, "lena", "dave", "both"]


@pytest.mark.parametrize(
    ("spender", "kind"), list(product(["carol", "lena", "dave", "alice", "freja"], ["card", "claim"]))
)
def test_the_grid(cast: Cast, spender: str, kind: str) -> None:
    """Whoever spends, however much, whoever is away: never one's own money, one next step, and every way ends."""
    people = {name: getattr(cast, name) for name in ("alice", "bob", "carol", "dave", "lena")}
    people["freja"] = join(cast.company, "freja", Role.EMPLOYEE, team=cast.team, manager=cast.lena)
    rule(cast.dave, *THEN, Stage(ALL, (Approver(PERSON, people["alice"].pk), Approver(MANAGER))), amount_from=100_000)
    rule(cast.dave, Stage(ALL, (Approver(MANAGER), Approver(FINANCE))), amount_from=10_000)
    rule(cast.dave, name="Small", amount_below=1_000)
    owner = people[spender]
    for amount, away in product([500, 5_000, 50_000, 500_000], AWAY):
        days = {"starts_on": NOON.date(), "ends_on": NOON.date(), "by": cast.alice, "now": NOON}
        gone = [
            be_absent(person=people[one], substitute=people["freja"], **days)
            for one in {"both": ["lena", "dave"], None: []}.get(away, [away])
        ]
        expense = bought(owner, amount) if kind == "card" else complete(pay_privately(owner, amount))
        _walk(expense, [Membership.objects.get(pk=one.pk) for one in people.values()])
        for absence in gone:
            end_absence(absence=absence, by=cast.alice, now=NOON)
    assert not StageDecision.objects.filter(by=owner).exists()
    assert not Review.objects.filter(by=owner).exists() and check_expenses() == []


def _walk(expense: Expense, people: list[Membership]) -> None:
    """Let everybody press okay until it is done; at each step it stands at one step, and somebody can go on."""
    owner = next(person for person in people if person.pk == expense.owner_id)
    for _ in range(12):
        sweep_routes(now=NOON)
        expense.refresh_from_db()
        assert base_step(expense) in STEPS
        assert RouteStage.objects.filter(route__expense=expense, route__state="open", state="open").count() <= 1
        if expense.review == "okay":
            return
        with pytest.raises(DomainError):
            say(expense, owner)
        asked = [one for one in people if expense.pk in waiting(one)]
        assert asked and owner not in asked, "somebody else can always go on"
        say(expense, asked[0])
    raise AssertionError("the way did not end")


def test_news_goes_to_who_comes_next(cast: Cast) -> None:
    freja = join(cast.company, "freja", Role.EMPLOYEE)
    rule(cast.dave, THEN[0], Stage(ANY, (Approver(PERSON, freja.pk),)))
    say(bought(cast.carol), cast.lena)
    told = Notification.objects.filter(event__verb="expense.stage_okayed")
    assert [row.membership for row in told] == [freja]


def test_a_receipt_and_a_code_alone_make_no_way(cast: Cast) -> None:
    rule(cast.dave, *THEN)
    buy(cast.carol)
    make_receipt(cast.carol)
    sweep_routes(now=NOON)
    assert not Route.objects.exists()
