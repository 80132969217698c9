"""Coding rules: which fit, in which order, what they fill in, and what they never touch."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from expenses.allocation import allocate
from expenses.check_expenses import check_expenses
from expenses.code_expense import code_expense
from expenses.coding_rules import BEGINS, CONTAINS, Conditions, ConditionWrong, Facts, answer, fitting, read
from expenses.fill_in import fill_in, rules_of
from expenses.keep_card_coding import keep_card_coding
from expenses.keep_coding_rule import RuleFitsAll, RuleSaysNothing, keep_rule, move_rule, remove_rule, switch_rule
from expenses.keep_tag import TagPlaceWrong, TagTaken, keep_tag
from expenses.keep_tag_group import GroupNameTaken, keep_tag_group
from expenses.keep_template import Share, TooFewShares, keep_template
from expenses.keep_vendor import AliasTaken, VendorTaken, keep_vendor
from expenses.merge_vendors import NotMergeable, merge_vendors, undo_merge
from expenses.models import Category, CodingRule, Expense, ExpenseLine, LineTag, RuleRun, Tag, TaxCode, VendorAlias
from expenses.rule_preview import preview
from expenses.rule_run import RunOpen, start_rule_run, work_through
from expenses.split import ShareWrong
from expenses.tagging import TagsClash
from pleo.lib.errors import WrongState
from tests.conftest import Cast
from tests.expenses.conftest import NOON, authorize, buy, category_of, clear, freeze, make_card

django_db = pytest.mark.django_db


def rule(cast: Cast, name: str = "R", **fields: Any) -> CodingRule:
    conditions = fields.pop("conditions", {"merchants": ["Kaffebar Nordhavn"]})
    return keep_rule(by=cast.alice, name=name, conditions=read(conditions), now=NOON, **fields)


def tags(cast: Cast) -> dict[str, Tag]:
    project = keep_tag_group(by=cast.alice, name="Project", now=NOON)
    centre = keep_tag_group(by=cast.alice, name="Cost centre", dimension="cost_centre", now=NOON)
    found = {name: keep_tag(by=cast.alice, group=project, name=name, now=NOON) for name in ("Web", "App")}
    for name in ("Sales", "IT"):
        found[name] = keep_tag(by=cast.alice, group=centre, name=name, code=name[:2].upper(), now=NOON)
    return found


def fresh(expense: Expense) -> Expense:
    return Expense.objects.select_related("owner", "company", "authorization").get(pk=expense.pk)


# ---- pure

CONDITIONS = st.builds(
    Conditions,
    merchants=st.lists(st.sampled_from(["lidl", "aldi", "kaffebar"]), max_size=2, unique=True).map(tuple),
    merchant_way=st.sampled_from(["is", BEGINS, CONTAINS]),
    mccs=st.lists(st.sampled_from(["5812", "3000-3299", "5411"]), max_size=2, unique=True).map(tuple),
    people=st.lists(st.sampled_from(["a", "b"]), max_size=1).map(tuple),
    countries=st.lists(st.sampled_from(["DK", "SE"]), max_size=1).map(tuple),
    amount_from=st.none() | st.integers(0, 500),
    amount_to=st.none() | st.integers(500, 1000),
)
FACTS = st.builds(
    Facts,
    merchant=st.sampled_from(["lidl", "lidl nord", "aldi", ""]),
    mcc=st.sampled_from(["5812", "3100", "5411", ""]),
    person=st.sampled_from(["a", "b"]),
    country=st.sampled_from(["DK", "SE", ""]),
    amount=st.integers(0, 1000),
)


class Says:
    def __init__(self, **fields: Any) -> None:
        self.tags: list[str] = fields.pop("tags", [])
        self.__dict__.update(fields)


@given(conditions=CONDITIONS)
def test_conditions_are_read_as_they_are_stored(conditions: Conditions) -> None:
    again = read(conditions.stored())
    assert again.stored() == conditions.stored()
    assert bool(again) == bool(conditions)


@given(rules=st.lists(CONDITIONS, max_size=6), facts=FACTS, says=st.data())
def test_for_each_field_the_first_rule_that_fits_decides(rules: list[Conditions], facts: Facts, says: Any) -> None:
    named = st.none() | st.integers(1, 9)
    ruled = [(one, Says(category=says.draw(named), note=says.draw(named))) for one in rules]
    found = answer(fitting(ruled, facts))
    for name in ("category", "note"):
        wanted = next((getattr(one, name) for fits, one in ruled if fits.fits(facts) and getattr(one, name)), None)
        assert found.values.get(name, (None, None))[0] == wanted
    # Asking twice says the same, and what does not fit may as well not be there.
    assert answer(fitting(ruled, facts)).values.keys() == found.values.keys()
    fits = [pair for pair in ruled if pair[0].fits(facts)]
    assert answer(fitting(fits, facts)).values == found.values


@given(conditions=CONDITIONS, facts=FACTS)
def test_one_more_condition_never_makes_a_rule_fit(conditions: Conditions, facts: Facts) -> None:
    from dataclasses import replace

    narrower = replace(conditions, kinds=("card",))
    if narrower.fits(facts):
        assert conditions.fits(facts)


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        ({"mccs": ["58"]}, "mccs"),
        ({"mccs": ["5999-5000"]}, "mccs"),
        ({"merchant_way": "ends"}, "merchant_way"),
        ({"amount_from": 10, "amount_to": 5}, "amount_to"),
        ({"amount_from": 1.5}, "amount_from"),
        ({"amount_from": True}, "amount_from"),
        ({"merchants": "lidl"}, "merchants"),
        ({"merchants": ["a\x00"]}, "merchants"),
        ({"weather": ["rain"]}, "weather"),
        ({"text": 5}, "text"),
    ],
)
def test_conditions_that_make_no_sense_are_named(stored: Any, field: str) -> None:
    with pytest.raises(ConditionWrong, match=field):
        read(stored)


# ---- filling in


@django_db
def test_a_purchase_is_coded_when_it_comes(cast: Cast) -> None:
    found, office = tags(cast), category_of(cast.carol, "office")
    one = rule(cast, category=office, tags=[found["Web"]], note="By rule")
    rule(cast, "Later", category=category_of(cast.carol, "meals"), tags=[found["App"], found["Sales"]])
    vendor = keep_vendor(by=cast.alice, name="KAFFEBAR Nordhavn ApS", now=NOON)
    expense = buy(cast.carol)
    line = expense.lines.get()
    assert line.category == office and line.tax_code == office.tax_code and line.tax_amount == 2960
    assert {row.tag for row in line.line_tags.all()} == {found["Web"], found["Sales"]}
    assert expense.note == "By rule" and expense.vendor == vendor and expense.is_coded
    assert expense.filled["category"] == {"by": "rule", "id": str(one.pk)}
    assert expense.filled["vendor"] == {"by": "vendor", "id": str(vendor.pk)}
    assert not check_expenses(company=cast.company)


@django_db
def test_asking_again_changes_nothing(cast: Cast) -> None:
    rule(cast, category=category_of(cast.carol, "office"))
    expense = buy(cast.carol)
    version = fresh(expense).version
    assert fill_in(fresh(expense)) is False
    assert fresh(expense).version == version


@django_db
def test_what_a_person_said_is_never_touched(cast: Cast) -> None:
    found, meals = tags(cast), category_of(cast.carol, "meals")
    expense = buy(cast.carol)
    web = found["Web"]
    code_expense(expense=expense, by=cast.carol, now=NOON, category=meals, tags={web.group_id: web})
    code_expense(expense=expense, by=cast.carol, now=NOON, tags={web.group_id: None}, category=None)
    rule(cast, category=category_of(cast.carol, "office"), tags=[web, found["IT"]])
    fill_in(fresh(expense))
    line = expense.lines.get()
    assert line.category is None and not line.line_tags.exists()


@django_db
def test_a_card_s_own_coding_comes_before_the_rules(cast: Cast) -> None:
    meals = category_of(cast.carol, "meals")
    keep_card_coding(by=cast.alice, card=make_card(cast.carol), category=meals, now=NOON)
    rule(cast, category=category_of(cast.carol, "office"), note="N")
    expense = buy(cast.carol)
    assert expense.lines.get().category == meals and expense.note == "N"
    assert expense.filled["category"]["by"] == "card" and expense.filled["note"]["by"] == "rule"
    assert keep_card_coding(by=cast.alice, card=make_card(cast.carol), now=NOON) is None
    assert buy(cast.carol).lines.get().category == category_of(cast.carol, "office")


@django_db
def test_a_vendor_s_usual_coding_comes_last(cast: Cast) -> None:
    meals, found = category_of(cast.carol, "meals"), tags(cast)
    keep_vendor(
        by=cast.alice, name="Nordhavn", aliases=["Kaffebar Nordhavn"], category=meals, tags=[found["IT"]], now=NOON
    )
    expense = buy(cast.carol)
    assert expense.lines.get().category == meals and expense.filled["category"]["by"] == "vendor"
    rule(cast, category=category_of(cast.carol, "office"))
    assert buy(cast.carol).lines.get().category == category_of(cast.carol, "office")


@django_db
def test_locked_frozen_and_split_expenses_stay(cast: Cast) -> None:
    expense = buy(cast.carol)
    freeze(expense)
    rule(cast, category=category_of(cast.carol, "office"))
    assert fill_in(fresh(expense)) is False


@django_db
def test_a_rule_of_another_company_says_nothing(cast: Cast) -> None:
    keep_rule(
        by=cast.mallory, name="Theirs", conditions=read({"kinds": ["card"]}), now=NOON,
        category=category_of(cast.mallory, "office"),
    )  # fmt: skip
    assert buy(cast.carol).lines.get().category is None


@django_db
def test_500_rules_are_one_query_more(cast: Cast) -> None:
    expense = buy(cast.carol)
    with CaptureQueriesContext(
        connection,
    ) as without:
        fill_in(fresh(expense))
    rows = [
        CodingRule(
            company=cast.company, by=cast.alice, name=f"R{number}", position=number, note="n",
            category=category_of(cast.carol, "office"), conditions={"merchants": [f"shop {number}"]},
        )
        for number in range(500)
    ]  # fmt: skip
    CodingRule.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as with_500:
        fill_in(fresh(expense))
    assert len(with_500) <= len(without)
    with CaptureQueriesContext(connection) as loading:
        assert len(rules_of(cast.company)) == 500
    assert len(loading) == 1


# ---- rules as rows


@django_db
def test_a_rule_needs_a_condition_and_a_result(cast: Cast) -> None:
    with pytest.raises(RuleFitsAll):
        rule(cast, conditions={}, note="x")
    with pytest.raises(RuleSaysNothing):
        rule(cast)
    found = tags(cast)
    with pytest.raises(TagsClash):
        rule(cast, tags=[found["Web"], found["App"]])


@django_db
def test_rules_change_places_and_the_order_stays_whole(cast: Cast) -> None:
    made = [rule(cast, name, note=name) for name in "abcd"]
    front = rule(cast, "front", note="f", first=True)

    def order() -> list[str]:
        rows = CodingRule.objects.for_company(cast.company).filter(archived_at=None).order_by("position")
        return [row.name for row in rows]

    assert order() == ["front", "a", "b", "c", "d"]
    move_rule(by=cast.alice, rule=made[3], to=1, now=NOON)
    move_rule(by=cast.alice, rule=front, to=99, now=NOON)
    assert order() == ["d", "a", "b", "c", "front"]
    remove_rule(by=cast.alice, rule=made[0], is_removed=True, now=NOON)
    remove_rule(by=cast.alice, rule=made[0], is_removed=True, now=NOON)
    assert order() == ["d", "b", "c", "front"]
    remove_rule(by=cast.alice, rule=made[0], is_removed=False, now=NOON)
    assert order()[-1] == "a"


@django_db
def test_a_rule_that_is_off_says_nothing(cast: Cast) -> None:
    one = rule(cast, category=category_of(cast.carol, "office"))
    switch_rule(by=cast.alice, rule=one, is_on=False, now=NOON)
    assert buy(cast.carol).lines.get().category is None


@django_db
def test_the_preview_says_what_would_fit_and_writes_nothing(cast: Cast) -> None:
    coded = buy(cast.carol)
    code_expense(expense=coded, by=cast.carol, now=NOON, category=category_of(cast.carol, "meals"))
    buy(cast.carol), buy(cast.carol, merchant="Lidl")
    found = preview(by=cast.alice, conditions=read({"merchants": ["KAFFEBAR Nordhavn ApS"]}))
    assert (found.looked_at, found.fits, found.open) == (3, 2, 1)
    assert len(found.rows) == 2
    assert ExpenseLine.objects.filter(category__isnull=False).count() == 1


@django_db
def test_running_the_rules_fills_in_what_nobody_coded(cast: Cast) -> None:
    mine = buy(cast.carol)
    code_expense(expense=mine, by=cast.carol, now=NOON, category=category_of(cast.carol, "meals"))
    bare = [buy(cast.carol) for _ in range(3)]
    rule(cast, category=category_of(cast.carol, "office"))
    run = start_rule_run(by=cast.alice)
    with pytest.raises(RunOpen):
        start_rule_run(by=cast.alice)
    work_through(run.pk)
    work_through(run.pk)
    run = RuleRun.objects.get(pk=run.pk)
    assert (run.status, run.changed, run.handled) == ("done", 3, 4)
    assert {row.lines.get().category.code for row in bare} == {"office"}
    assert mine.lines.get().category.code == "meals"


# ---- templates


@django_db
def test_a_template_spreads_to_the_last_unit(cast: Cast) -> None:
    found = tags(cast)
    shares = [Share(Decimal("60"), tags=(found["Web"],)), Share(Decimal("40"), tags=(found["App"],))]
    template = keep_template(by=cast.alice, name="60/40", shares=shares, now=NOON)
    expense = buy(cast.carol, 1001)
    code_expense(
        expense=expense,
        by=cast.carol,
        now=NOON,
        category=category_of(cast.carol, "office"),
        tags={found["Sales"].group_id: found["Sales"]},
    )
    allocate(expense=expense, by=cast.carol, template=template, now=NOON)
    lines = list(expense.lines.order_by("position"))
    assert [line.amount for line in lines] == [601, 400] and all(line.category.code == "office" for line in lines)
    assert [{row.tag.name for row in line.line_tags.all()} for line in lines] == [{"Web", "Sales"}, {"App", "Sales"}]
    assert not check_expenses(company=cast.company)


@django_db
@pytest.mark.parametrize(
    ("shares", "error"),
    [(["100"], TooFewShares), (["60", "41"], ShareWrong), (["100", "0"], ShareWrong), (["120", "-20"], ShareWrong)],
)
def test_shares_that_make_no_whole_are_refused(cast: Cast, shares: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        keep_template(by=cast.alice, name="T", shares=[Share(Decimal(share)) for share in shares], now=NOON)


@django_db
def test_a_rule_s_template_follows_the_money(cast: Cast) -> None:
    found = tags(cast)
    shares = [Share(Decimal("50"), tags=(found["Web"],)), Share(Decimal("50"), tags=(found["App"],))]
    template = keep_template(by=cast.alice, name="Half", shares=shares, now=NOON)
    rule(cast, category=category_of(cast.carol, "office"), template=template)
    authorization = authorize(cast.carol, 1000)
    from expenses import record_authorization, record_clearing

    expense = record_authorization.record(authorization=authorization)
    assert expense is not None
    assert [line.amount for line in expense.lines.order_by("position")] == [500, 500]
    record_clearing.record(clearing=clear(authorization, 1101))
    rows = list(expense.lines.order_by("position"))
    assert [line.amount for line in rows] == [551, 550] and not any(line.is_rest for line in rows)
    assert LineTag.objects.filter(line__expense=expense).count() == 2
    assert not check_expenses(company=cast.company)


# ---- tags and vendors


@django_db
def test_a_tree_of_tags_keeps_its_paths(cast: Cast) -> None:
    group = keep_tag_group(by=cast.alice, name="Project", now=NOON)
    top = keep_tag(by=cast.alice, group=group, name="Web", now=NOON)
    low = keep_tag(by=cast.alice, group=group, name="Build", parent=top, now=NOON)
    keep_tag(by=cast.alice, group=group, name="Test", parent=low, now=NOON)
    keep_tag(by=cast.alice, group=group, name="Site", tag=top, now=NOON)
    assert set(Tag.objects.values_list("path", flat=True)) == {"Site", "Site / Build", "Site / Build / Test"}
    with pytest.raises(TagPlaceWrong):
        keep_tag(by=cast.alice, group=group, name="Site", parent=Tag.objects.get(name="Test"), tag=top, now=NOON)
    with pytest.raises(TagTaken):
        keep_tag(by=cast.alice, group=group, name="SITE", now=NOON)
    other = keep_tag_group(by=cast.alice, name="Centre", now=NOON)
    with pytest.raises(TagPlaceWrong):
        keep_tag(by=cast.alice, group=other, name="x", parent=top, now=NOON)
    with pytest.raises(GroupNameTaken):
        keep_tag_group(by=cast.alice, name="PROJECT", now=NOON)
    deep = Tag.objects.get(name="Test")
    four = keep_tag(by=cast.alice, group=group, name="Four", parent=deep, now=NOON)
    with pytest.raises(TagPlaceWrong):
        keep_tag(by=cast.alice, group=group, name="Five", parent=four, now=NOON)


@django_db
def test_vendors_are_merged_and_taken_apart_again(cast: Cast) -> None:
    lidl = keep_vendor(by=cast.alice, name="Lidl", aliases=["LIDL DK 0421"], now=NOON)
    other = keep_vendor(by=cast.alice, name="Lidl Danmark", now=NOON)
    with pytest.raises(VendorTaken):
        keep_vendor(by=cast.alice, name="LIDL", now=NOON)
    with pytest.raises(AliasTaken):
        keep_vendor(by=cast.alice, name="Third", aliases=["lidl danmark"], now=NOON)
    expense = buy(cast.carol, merchant="Lidl Danmark")
    assert expense.vendor == other
    merge = merge_vendors(by=cast.alice, gone=other, kept=lidl, now=NOON)
    assert fresh(expense).vendor.final == lidl and buy(cast.carol, merchant="Lidl Danmark").vendor == lidl
    with pytest.raises(NotMergeable):
        merge_vendors(by=cast.alice, gone=other, kept=lidl, now=NOON)
    with pytest.raises(NotMergeable):
        merge_vendors(by=cast.alice, gone=lidl, kept=lidl, now=NOON)
    undo_merge(by=cast.alice, merge=merge, now=NOON)
    with pytest.raises(WrongState):
        undo_merge(by=cast.alice, merge=merge, now=NOON)
    assert fresh(expense).vendor.final == other
    assert set(VendorAlias.objects.filter(vendor=lidl).values_list("name", flat=True)) == {"lidl", "lidl dk"}
    assert Category.objects.exists() and TaxCode.objects.exists()
