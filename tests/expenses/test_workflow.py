"""Who decides, by rules alone: whatever the plan and the people, nobody decides about their own money and every way ends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expenses.workflow import (
    ALL,
    ANY,
    FINANCE,
    MANAGER,
    MANAGERS_MANAGER,
    PERSON,
    TAG_OWNER,
    USUAL,
    Approver,
    Conditions,
    Facts,
    Group,
    People,
    Plan,
    Stage,
    fitting,
    step_of,
    steps_of,
)

CAROL, LENA, DAVE, ALICE, FREJA, MADS = (UUID(int=number) for number in range(1, 7))
TEAM, TRAVEL, MEALS, TAG = (UUID(int=number) for number in range(11, 15))
PEOPLE = People(
    managers={CAROL: (LENA,), LENA: (DAVE,), DAVE: (ALICE,)},
    finance=frozenset({DAVE, ALICE}),
    active=frozenset({CAROL, LENA, DAVE, ALICE, FREJA}),
    tag_owners={TAG: (FREJA,)},
)


def facts(**changed: Any) -> Facts:
    return Facts(**{"kind": "card", "amount": 50_000, "owner": CAROL, "team": TEAM, **changed})


@pytest.mark.parametrize(
    ("conditions", "changed", "holds"),
    [
        ({}, {}, True),
        ({"kinds": ("card", "cash")}, {}, True),
        ({"kinds": ("mileage",)}, {}, False),
        ({"amount_from": 50_000}, {}, True),
        ({"amount_from": 50_001}, {}, False),
        ({"amount_below": 50_000}, {}, False),
        ({"amount_from": 0, "amount_below": 50_001}, {}, True),
        ({"teams": (TEAM,)}, {}, True),
        ({"teams": (TEAM,)}, {"team": None}, False),
        ({"categories": (TRAVEL,)}, {"categories": frozenset({MEALS, TRAVEL})}, True),
        ({"categories": (TRAVEL,)}, {"categories": frozenset({MEALS})}, False),
        ({"tags": (TAG,)}, {"tags": frozenset({TAG})}, True),
        ({"tags": (TAG,)}, {}, False),
        ({"people": (CAROL,)}, {}, True),
        ({"people": (LENA,)}, {}, False),
        ({"is_flagged": True}, {}, False),
        ({"is_flagged": True}, {"flags": frozenset({"late"})}, True),
        ({"is_flagged": False}, {"flags": frozenset({"late"})}, False),
        ({"kinds": ("card",), "amount_from": 60_000}, {}, False),
    ],
)
def test_when_a_plan_applies(conditions: dict[str, Any], changed: dict[str, Any], holds: bool) -> None:
    asked = Conditions(**conditions)
    assert asked.hold(facts(**changed)) is holds
    assert Conditions.load(asked.dump()) == asked


def test_the_first_that_fits_applies() -> None:
    dear, cheap = Plan("Dear", Conditions(amount_from=10_000), ()), Plan("All", Conditions(), ())
    assert fitting([dear, cheap], facts()) is dear
    assert fitting([cheap, dear], facts()) is cheap
    assert fitting([dear, cheap], facts(amount=5)) is cheap
    assert fitting([dear], facts(amount=5)) is None


def groups(*approvers: Approver, owner: UUID = CAROL, mode: str = ANY, people: People = PEOPLE, **changed: Any) -> Any:
    return step_of(Stage(mode, approvers), facts(owner=owner, **changed), people).groups


def test_approvers_are_people() -> None:
    assert groups(Approver(MANAGER)) == (Group(MANAGER, (LENA,)),)
    assert groups(Approver(MANAGERS_MANAGER)) == (Group(MANAGERS_MANAGER, (DAVE,)),)
    assert groups(Approver(FINANCE)) == (Group(FINANCE),)
    assert groups(Approver(PERSON, FREJA)) == (Group(PERSON, (FREJA,)),)
    assert groups(Approver(TAG_OWNER), tags=frozenset({TAG})) == (Group(TAG_OWNER, (FREJA,)),)


def test_nobody_decides_about_their_own_money() -> None:
    """The spender's place is taken by their own manager, and by finance at the end of the line."""
    assert groups(Approver(PERSON, CAROL)) == (Group(PERSON, (LENA,), is_fallback=True),)
    assert groups(Approver(TAG_OWNER), owner=FREJA, tags=frozenset({TAG})) == (Group(FINANCE, (), is_fallback=True),)
    assert groups(Approver(PERSON, ALICE), owner=ALICE) == (Group(FINANCE, (), is_fallback=True),)
    alone = People(finance=frozenset({ALICE}), active=frozenset({ALICE, CAROL}))
    assert groups(Approver(FINANCE), owner=ALICE, people=alone) == ()
    assert groups(Approver(FINANCE), owner=CAROL, people=alone) == (Group(FINANCE),)


def test_who_left_is_passed_over() -> None:
    left = People(managers={CAROL: (MADS,), MADS: (DAVE,)}, finance=PEOPLE.finance, active=PEOPLE.active)
    assert groups(Approver(MANAGER), people=left) == (Group(MANAGER, (DAVE,), is_fallback=True),)
    assert groups(Approver(PERSON, MADS), people=left) == (Group(PERSON, (DAVE,), is_fallback=True),)


def test_managers_in_a_circle_end_at_finance() -> None:
    circle = People(
        managers={CAROL: (MADS,), MADS: (CAROL,)}, finance=frozenset({DAVE}), active=frozenset({CAROL, DAVE})
    )
    assert groups(Approver(MANAGER), people=circle) == (Group(FINANCE, (), is_fallback=True),)


def test_the_same_people_are_asked_once() -> None:
    twice = groups(Approver(MANAGER), Approver(PERSON, LENA), Approver(FINANCE), Approver(FINANCE), mode=ALL)
    assert [group.kind for group in twice] == [MANAGER, FINANCE]


def test_a_sample_is_drawn_from_what_nobody_has_to_look_at() -> None:
    plan = Plan("Small", Conditions(), (), sample_percent=10)
    assert steps_of(plan, facts(), PEOPLE, draw=999).is_sample
    assert not steps_of(plan, facts(), PEOPLE, draw=1000).is_sample
    assert steps_of(plan, facts(), PEOPLE, draw=1000).stages == ()
    assert not steps_of(USUAL, facts(), PEOPLE, draw=0).is_sample


ids = st.sampled_from([CAROL, LENA, DAVE, ALICE, FREJA, MADS])
approvers = st.sampled_from([MANAGER, MANAGERS_MANAGER, TAG_OWNER, FINANCE]).map(Approver) | ids.map(
    lambda one: Approver(PERSON, one)
)
stages = st.builds(Stage, st.sampled_from([ANY, ALL]), st.lists(approvers, min_size=1, max_size=5).map(tuple))
people = st.builds(
    People,
    managers=st.dictionaries(ids, st.lists(ids, max_size=3)),
    finance=st.frozensets(ids),
    active=st.frozensets(ids),
    tag_owners=st.dictionaries(st.just(TAG), st.lists(ids, max_size=2)),
)


@given(stages, people, ids, st.booleans())
def test_whatever_the_plan_and_the_people(stage: Stage, people: People, owner: UUID, is_tagged: bool) -> None:
    """No group holds the spender or somebody who left; a stage has nobody only where finance has nobody but the spender."""
    known = facts(owner=owner, tags=frozenset({TAG}) if is_tagged else frozenset())
    found = step_of(stage, known, people).groups
    for group in found:
        assert owner not in group.people
        assert set(group.people) <= people.active
        assert group.people or group.kind == FINANCE
    if people.finance - {owner}:
        assert found
    assert Stage.load(stage.dump()) == stage
