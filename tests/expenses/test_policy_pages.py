"""Writing rules, trying them on the past, switching them on; and the guidelines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from expenses.archive_rule import archive_rule
from expenses.evaluate_policies import evaluate_policies
from expenses.guidelines import rendered, sections_in
from expenses.keep_rule import Wording, keep_rule
from expenses.models import Guideline, PolicyFlag, PolicyRule, PolicyRun, PolicyVersion
from expenses.move_rule import move_rule
from expenses.policy_flags import open_flags
from expenses.run_policy import run_policy
from expenses.start_policy_run import start_run
from expenses.switch_on_rule import FirstDayPast, switch_on_rule
from pleo.lib.errors import WrongState
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, pay_privately

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def url(name: str, cast: Cast, **ids: Any) -> str:
    return reverse(name, kwargs={"company": cast.company.slug, **ids})


def written(cast: Cast, days: int = -90, **more: Any) -> PolicyVersion:
    words = {"check": "over_amount", "effect": "review", "parameters": {"limit": 10000}, **more}
    day = cast.company.day_of(NOW) + timedelta(days=days)
    return keep_rule(by=cast.dave, wording=Wording(name="Large", valid_from=day, **words), now=NOW)


def day(cast: Cast, days: int = 0) -> str:
    return (cast.company.day_of(NOW) + timedelta(days=days)).isoformat()


def test_from_the_first_word_to_flags(cast: Cast, sign_in: Any) -> None:
    recent = NOW - timedelta(days=3)
    large = buy(cast.carol, 14800, "Dear place", occurred_at=recent)
    buy(cast.carol, 900, "Cheap place", occurred_at=recent)
    client = sign_in(cast.dave)
    assert "What should the rule look at?" in client.get(url("expense-policy-create", cast)).content.decode()
    new = f"{url('expense-policy-create', cast)}?check=over_amount"
    wrong = client.post(new, {"name": "Large", "limit": "much", "effect": "review", "valid_from": day(cast)})
    assert wrong.status_code == 422 and "Large" in wrong.content.decode() and not PolicyRule.objects.exists()
    form = {
        "name": "Large",
        "limit": "100",
        "effect": "review",
        "valid_from": day(cast, -10),
        "above": "5",
        "kinds": ["card"],
    }
    assert client.post(new, form).status_code == 303
    version = PolicyVersion.objects.get()
    assert version.parameters == {"limit": 10000} and version.scope == {"kinds": ["card"], "above": 500}
    assert version.switched_on_at is None and not PolicyFlag.objects.exists()

    tried = client.post(url("expense-policy-preview", cast, rule_id=version.rule_id))
    page = client.get(tried["Location"]).content.decode()
    assert "It would have flagged 1 expense" in page and "Dear place" in page and "Cheap place" not in page
    assert not PolicyFlag.objects.exists()

    refused = client.post(url("expense-policy-switch", cast, rule_id=version.rule_id))
    assert refused.status_code == 422 and "It begins in the past" in refused.content.decode()
    assert (
        client.post(url("expense-policy-switch", cast, rule_id=version.rule_id), {"open_too": "1"}).status_code == 303
    )
    assert [flag.expense_id for flag in PolicyFlag.objects.all()] == [large.pk]
    assert "Dear place" in client.get(url("expense-policy", cast, rule_id=version.rule_id)).content.decode()
    assert "Large" in client.get(url("expense-policies", cast)).content.decode()
    assert "Large" in b"".join(client.get(url("expense-policies-export", cast)).streaming_content).decode()
    assert client.post(url("expense-policy-switch", cast, rule_id=version.rule_id)).status_code == 404


@pytest.mark.parametrize(
    ("check", "fields", "at"),
    [
        ("over_amount", {"limit": "10", "above": "20", "upto": "20"}, "upto"),
        ("over_amount", {"limit": "10", "valid_upto": "2020-01-01"}, "valid_upto"),
        ("day_off", {}, "weekdays"),
        ("day_off", {"holidays": "Christmas"}, "holidays"),
        ("currency", {"currencies": "DKK, XXQ"}, "currencies"),
        ("merchant", {"merchants": "\n"}, "merchants"),
        ("tip", {"percent": "a lot"}, "percent"),
        ("late", {"days": "-1"}, "days"),
        ("distance", {"distance": "0"}, "distance"),
        ("over_amount", {"limit": "10", "categories": ["no-id"]}, "categories"),
        ("over_amount", {"limit": "9" * 40}, "limit"),
        ("over_amount", {"limit": "10", "effect": "require"}, "effect"),
    ],
)
def test_a_wrong_value_is_named_beside_its_field(
    cast: Cast, sign_in: Any, check: str, fields: dict[str, Any], at: str
) -> None:
    form = {"name": "Odd", "effect": "warn", "valid_from": day(cast), **fields}
    answer = sign_in(cast.dave).post(f"{url('expense-policy-create', cast)}?check={check}", form)
    assert answer.status_code == 422 and at in answer.context["form"].errors
    assert not PolicyRule.objects.exists()


def test_a_category_of_another_company_is_refused(cast: Cast, sign_in: Any) -> None:
    from expenses.models import Category

    theirs = Category.objects.filter(company=cast.other)[0]
    form = {"name": "X", "limit": "10", "effect": "warn", "valid_from": day(cast), "categories": [str(theirs.pk)]}
    answer = sign_in(cast.dave).post(f"{url('expense-policy-create', cast)}?check=over_amount", form)
    assert answer.status_code == 422 and "categories" in answer.context["form"].errors


def test_a_new_version_takes_over_and_the_old_is_kept(cast: Cast, sign_in: Any) -> None:
    version = written(cast)
    switch_on_rule(version=version, by=cast.dave, now=NOW, open_too=True)
    client = sign_in(cast.dave)
    edit = url("expense-policy-edit", cast, rule_id=version.rule_id)
    assert "100.00" in client.get(edit).content.decode() or "100,00" in client.get(edit).content.decode()
    form = {"name": "Larger", "limit": "200", "effect": "warn", "valid_from": day(cast)}
    assert client.post(edit, form).status_code == 303 and client.post(edit, form).status_code == 303
    assert list(PolicyVersion.objects.order_by("number").values_list("number", "name")) == [(1, "Large"), (2, "Larger")]
    page = client.get(url("expense-policy", cast, rule_id=version.rule_id)).content.decode()
    assert "Larger" in page and "switched on by" in page


def test_archiving_takes_the_flags_and_restoring_does_not_bring_them(cast: Cast, run_now: Any) -> None:
    version = written(cast)
    switch_on_rule(version=version, by=cast.dave, now=NOW, open_too=True)
    expense = buy(cast.carol, 14800, occurred_at=NOW - timedelta(days=1))
    assert open_flags(expense)
    archive_rule(rule=version.rule, by=cast.dave, now=NOW)
    run_policy(PolicyRun.objects.latest("id").pk)
    assert not open_flags(expense)
    with pytest.raises(WrongState):
        archive_rule(rule=version.rule, by=cast.dave, now=NOW)
    archive_rule(rule=version.rule, by=cast.dave, now=NOW, archived=False)
    assert not open_flags(expense)
    evaluate_policies(expense, now=NOW)
    assert open_flags(expense)


def test_without_asking_open_expenses_stay_as_they_are(cast: Cast) -> None:
    expense = buy(cast.carol, 14800, occurred_at=NOW)
    with pytest.raises(FirstDayPast):
        switch_on_rule(version=written(cast, -1), by=cast.dave, now=NOW)
    run = switch_on_rule(version=written(cast, 0), by=cast.dave, now=NOW)
    run_policy(run.pk)
    assert not open_flags(expense)


def test_a_run_that_died_goes_on_where_it_stopped(cast: Cast, monkeypatch: Any) -> None:
    from expenses import run_policy as module

    monkeypatch.setattr(module, "LOT", 2)
    for number in range(5):
        buy(cast.carol, 11000 + number, f"Place {number}", occurred_at=NOW - timedelta(days=2))
    version = written(cast)
    run = start_run(version=version, by=cast.dave, kind="preview", since=cast.company.day_of(NOW) - timedelta(days=90))
    claimed = PolicyRun.claim(run.pk, now=NOW)
    assert claimed is not None and claimed.one_lot(module._lot)
    PolicyRun.objects.filter(pk=run.pk).update(lease_until=NOW - timedelta(minutes=1))
    run_policy(run.pk)
    run.refresh_from_db()
    assert (run.status, run.done, run.found, run.amount) == ("done", 5, 5, 55010) and len(run.examples) == 5
    run_policy(run.pk)
    run.refresh_from_db()
    assert run.done == 5


def test_order_copies_and_other_companies(cast: Cast, sign_in: Any) -> None:
    first, second = written(cast), written(cast)
    move_rule(rule=second.rule, by=cast.dave, up=True)
    move_rule(rule=second.rule, by=cast.dave, up=True)
    assert list(PolicyRule.objects.order_by("position").values_list("pk", flat=True)) == [second.rule_id, first.rule_id]
    client = sign_in(cast.dave)
    assert client.post(url("expense-policy-copy", cast, rule_id=first.rule_id)).status_code == 303
    assert PolicyVersion.objects.filter(name="Copy of Large", parameters={"limit": 10000}).exists()
    assert client.post(url("expense-policy-archive", cast, rule_id=first.rule_id)).status_code == 303
    assert client.get(url("expense-policies", cast), {"state": "archived"}).content.decode().count("data-row") == 1
    assert (
        client.get(url("expense-policies", cast), {"q": "copy of", "cursor": "junk"}).content.decode().count("data-row")
        == 1
    )
    assert sign_in(cast.mallory).get(url("expense-policy", cast, rule_id=first.rule_id)).status_code == 404
    assert sign_in(cast.carol).get(url("expense-policies", cast)).status_code == 403


def test_the_list_of_rules_asks_a_fixed_number_of_questions(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    for _number in range(12):
        written(cast)
    client = sign_in(cast.dave)
    client.get(url("expense-policies", cast))
    with django_assert_max_num_queries(12):
        assert client.get(url("expense-policies", cast)).content.decode().count("data-row") == 12


def test_a_refused_claim_keeps_what_was_typed(cast: Cast, sign_in: Any) -> None:
    from tests.expenses.conftest import make_receipt

    version = written(cast, check="attendees", effect="require", parameters={})
    switch_on_rule(version=version, by=cast.dave, now=NOW, open_too=True)
    client, receipt = sign_in(cast.carol), make_receipt(cast.carol)
    where = f"{url('expense-create', cast)}?receipt={receipt.pk}"
    form = {"merchant": "Noma", "date": day(cast), "amount": "400", "currency": "DKK", "note": "Guests"}
    answer = client.post(where, form)
    assert (
        answer.status_code == 422 and "attendees" in answer.context["form"].errors and "Noma" in answer.content.decode()
    )
    assert client.post(where, {**form, "attendees": "Jane Roe, Acme\nCarol"}).status_code == 303
    from expenses.models import Expense

    assert Expense.objects.get().attendee_count == 2


HOSTILE = [
    "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,x)",
    "# <img src=x onerror=alert(1)>", "[<b>](https://a.example/\"onmouseover=alert(1))", "**<i>**", "![x](https://a.example/x.png)",
    "[x](//evil.example)", "[x](https://a.example/%22%3E)", "- <svg/onload=alert(1)>", "[x]( javascript:alert(1))",
    "[x](java\tscript:alert(1))", "`<b>`", "[x](#\" onclick=\"y)",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_the_writer_s_own_html_comes_through(text: str) -> None:
    import re

    html = rendered(text)
    tags = re.findall(r"<[^>]*>", html)
    allowed = (
        r'<(/?(p|ul|ol|li|strong|em|br|h[2-4]|hr|a)|h[2-4] id="[^"<>]*"|a href="(https://|#)[^"<>]*"( rel="[a-z ]*")?)>'
    )
    assert all(re.fullmatch(allowed, tag) for tag in tags), html
    assert html.count("<") == len(tags)


def test_markdown_that_people_write() -> None:
    text = "# Meals\nUp to **300 kr.** a head, _tip_ included.\n\n- Lunch\n- Dinner\n  with guests\n\n1. Ask\n2. Buy\n\n---\n## Meals\n[Rules](https://a.example/x)"
    html = rendered(text)
    assert '<h2 id="meals">Meals</h2>' in html and '<h3 id="meals-2">Meals</h3>' in html
    assert "<strong>300 kr.</strong>" in html and "<em>tip</em>" in html
    assert "<ul><li>Lunch</li><li>Dinner with guests</li></ul>" in html and "<ol><li>Ask</li><li>Buy</li></ol>" in html
    assert [one.slug for one in sections_in(text)] == ["meals", "meals-2"]


def test_long_text_is_rendered_in_no_time() -> None:
    import time

    began = time.monotonic()
    for text in ("[" * 20000, "*" * 20000, "[a](" * 9000, "_a" * 15000, "# " * 15000, "- " * 15000):
        rendered(text)
    assert time.monotonic() - began < 10


def test_guidelines_are_written_published_and_kept(cast: Cast, sign_in: Any) -> None:
    dave, carol = sign_in(cast.dave), sign_in(cast.carol)
    assert "has not published any" in carol.get(url("guidelines", cast)).content.decode()
    assert dave.post(url("guidelines-edit", cast), {"text": " \n"}).status_code == 422
    assert dave.post(url("guidelines-edit", cast), {"text": "# Meals\nOne", "do": "look"}).status_code == 303
    assert "Meals" not in carol.get(url("guidelines", cast)).content.decode()
    assert dave.post(url("guidelines-edit", cast), {"text": "# Meals\nTwo", "do": "publish"}).status_code == 303
    assert '<h2 id="meals">' in carol.get(url("guidelines", cast)).content.decode()
    assert dave.post(url("guidelines-edit", cast), {"text": "# Meals\nThree", "do": "publish"}).status_code == 303
    assert list(Guideline.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    first = Guideline.objects.get(number=1)
    assert "Two" in dave.get(url("guideline-version", cast, guideline_id=first.pk)).content.decode()
    assert carol.get(url("guidelines-edit", cast)).status_code == 403


def test_a_flag_points_at_its_section(cast: Cast, sign_in: Any) -> None:
    Guideline.objects.create(
        company=cast.company, number=1, text="# Meals", published_at=NOW, published_by=cast.dave, by=cast.dave
    )
    version = written(cast, section="meals")
    switch_on_rule(version=version, by=cast.dave, now=NOW, open_too=True)
    expense = buy(cast.carol, 14800, occurred_at=NOW)
    page = sign_in(cast.carol).get(url("expense", cast, expense_id=expense.pk)).content.decode()
    assert f"{url('guidelines', cast)}#meals" in page


def test_late_is_counted_to_the_day_of_the_claim(cast: Cast) -> None:
    version = written(cast, check="late", effect="note", parameters={"days": 30}, days=-200)
    switch_on_rule(version=version, by=cast.dave, now=NOW, open_too=True)
    today = cast.company.day_of(NOW)
    assert not open_flags(pay_privately(cast.carol, purchased_on=today - timedelta(days=30), now=NOW))
    late = pay_privately(cast.carol, purchased_on=today - timedelta(days=31), now=NOW, merchant="Other")
    assert open_flags(late)[0].parameters == {"days": 31, "most": 30}
    assert NOON
