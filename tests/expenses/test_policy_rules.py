"""The rules themselves: pure, whatever the order, exact at their edges."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expenses import owed
from expenses.policy_rules import CHECKS, CLAIMED, Facts, Rule, Scope, considered, evaluate
from expenses.policy_words import sentence

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
MEALS, HOTEL = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "kind": "card", "direction": "spend", "amount": 50000, "currency": "DKK", "merchant": "Kaffebar Nordhavn",
        "purchased_on": FRIDAY, "paid_currency": "DKK", "by_category": {MEALS: 50000},
    }  # fmt: skip
    return Facts(**{**values, **changes})


def rule(check: str, effect: str = "warn", number: int = 1, scope: Scope | None = None, **parameters: Any) -> Rule:
    return Rule(UUID(int=number), UUID(int=number + 100), check, effect, scope or Scope(), parameters)


def met(one: Rule, seen: Facts) -> Any:
    found = evaluate(seen, [one]).found
    return dict(found[one.rule].parameters) if found else None


@pytest.mark.parametrize(
    ("one", "changes", "expected"),
    [
        (rule("over_amount", limit=50000), {}, None),
        (rule("over_amount", limit=49999), {}, {"amount": 50000, "limit": 49999}),
        (rule("over_per_person", limit=25000), {"attendees": 2}, None),
        (
            rule("over_per_person", limit=24999),
            {"attendees": 2},
            {"amount": 50000, "people": 2, "limit": 24999},
        ),
        (rule("over_per_person", limit=49999), {}, {"amount": 50000, "people": 1, "limit": 49999}),
        (rule("day_off", weekdays=[5, 6]), {}, None),
        (rule("day_off", weekdays=[5, 6]), {"purchased_on": SATURDAY}, {"date": "2026-11-21"}),
        (rule("day_off", weekdays=[], holidays=["2026-11-20"]), {}, {"date": "2026-11-20"}),
        (rule("duplicate", days=0), {"twins": ((4, 0), (3, 1))}, {"twins": [4]}),
        (rule("duplicate", days=1), {"twins": ((4, 0), (3, 1))}, {"twins": [3, 4]}),
        (rule("currency", currencies=["DKK", "EUR"]), {"paid_currency": "EUR"}, None),
        (rule("currency", currencies=["DKK"]), {"paid_currency": "EUR"}, {"currency": "EUR"}),
        (rule("merchant", merchants=["NORDHAVN"]), {}, {"merchant": "Kaffebar Nordhavn", "word": "NORDHAVN"}),
        (rule("merchant", merchants=["casino"]), {}, None),
        (rule("not_itemised"), {"lines": 1}, {"amount": 50000}),
        (rule("not_itemised"), {"lines": 2}, None),
        (rule("tip", percent="10"), {"tip": 1000, "bill": 10000}, None),
        (
            rule("tip", percent="10"),
            {"tip": 1001, "bill": 10000},
            {"tip": 1001, "bill": 10000, "currency": "DKK", "percent": "10"},
        ),
        (rule("late", days=30), {"submitted_on": date(2026, 12, 20)}, None),
        (
            rule("late", days=30),
            {"submitted_on": date(2026, 12, 21), "kind": "out_of_pocket"},
            {"days": 31, "most": 30},
        ),
        (rule("late", days=30), {"submitted_on": date(2026, 12, 20), "kind": "out_of_pocket"}, None),
        (
            rule("distance", distance="400"),
            {"kind": "mileage", "distance": Decimal("400.1"), "unit": "km"},
            {"distance": "400.1", "most": "400", "unit": "km"},
        ),
        (rule("distance", distance="400"), {"kind": "mileage", "distance": Decimal("400.0"), "unit": "km"}, None),
        (rule("journey", days=5), {"kind": "per_diem", "days": 6}, {"days": 6, "most": 5}),
        (rule("note", "require"), {"note": "  "}, {}),
        (rule("note", "require"), {"note": "Team lunch"}, None),
        (rule("attendees", "require"), {}, {}),
        (rule("attendees", "require"), {"attendees": 1}, None),
    ],
)
def test_each_check(one: Rule, changes: dict[str, Any], expected: Any) -> None:
    assert met(one, facts(**changes)) == expected
    if expected is not None:
        assert sentence(one.check, expected, "DKK")


def test_every_check_is_tested_and_claims_are_the_same_everywhere() -> None:
    assert set(CHECKS) == {
        "note", "attendees", "over_amount", "over_per_person", "day_off", "duplicate", "currency", "merchant",
        "not_itemised", "tip", "late", "distance", "journey",
    }  # fmt: skip
    assert set(CLAIMED) == {str(kind) for kind in owed.CLAIMED}


@pytest.mark.parametrize(
    ("scope", "amount"),
    [
        (Scope(above=49999), 50000),
        (Scope(above=50000), None),
        (Scope(upto=50000), 50000),
        (Scope(upto=49999), None),
        (Scope(kinds=frozenset({"mileage"})), None),
        (Scope(teams=frozenset({"x"})), None),
        (Scope(categories=frozenset({HOTEL})), None),
        (Scope(categories=frozenset({MEALS})), 50000),
        (Scope(except_merchants=("nordhavn",)), None),
    ],
)
def test_the_edges_of_a_scope(scope: Scope, amount: int | None) -> None:
    assert considered(scope, facts()) == amount


def test_a_category_weighs_its_own_lines() -> None:
    seen = facts(by_category={MEALS: 20000, HOTEL: 30000})
    assert considered(Scope(categories=frozenset({MEALS})), seen) == 20000
    assert considered(Scope(categories=frozenset({MEALS}), above=20000), seen) is None


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_bands_that_meet_cover_every_amount_once(amount: int, edge: int) -> None:
    seen = facts(amount=amount, by_category={MEALS: amount})
    assert (considered(Scope(upto=edge), seen) is None) != (considered(Scope(above=edge), seen) is None)


def test_receipts_are_wanted_where_no_rule_speaks_of_them() -> None:
    about = rule("receipt", "require", scope=Scope(above=50000))
    assert evaluate(facts(), []).receipt_wanted
    assert not evaluate(facts(), [about]).receipt_wanted
    assert evaluate(facts(amount=50001, by_category={}), [about]).receipt_wanted
    assert not evaluate(facts(kind="mileage", amount=90000), [about]).receipt_wanted


def test_money_that_came_back_meets_no_rule() -> None:
    everything = [rule("over_amount", limit=0), rule("note", "require", 2)]
    for changes in ({"direction": "refund"}, {"kind": "refund"}, {"kind": "fee"}, {"amount": 0}):
        assert not evaluate(facts(**changes), everything).found


SOME = st.lists(
    st.sampled_from(
        [
            rule("over_amount", "review", 1, limit=100),
            rule("day_off", "note", 2, weekdays=[5, 6]),
            rule("merchant", "block", 3, merchants=["kaffe"]),
            rule("note", "require", 4),
            rule("receipt", "require", 5, scope=Scope(above=2500)),
            rule("not_itemised", "warn", 6, scope=Scope(categories=frozenset({HOTEL}))),
        ]
    ),
    unique_by=lambda one: one.rule,
)


@settings(max_examples=60)
@given(SOME, st.randoms(use_true_random=False), st.sampled_from([FRIDAY, SATURDAY]), st.integers(0, 9000))
def test_the_order_of_rules_changes_nothing(rules: list[Rule], chance: Any, day: date, amount: int) -> None:
    seen = facts(purchased_on=day, amount=amount, by_category={MEALS: amount})
    shuffled = list(rules)
    chance.shuffle(shuffled)
    assert evaluate(seen, rules) == evaluate(seen, shuffled) == evaluate(seen, shuffled)
