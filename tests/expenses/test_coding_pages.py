"""The pages and the API of rules, templates, tags and vendors: they lead somewhere, refuse nonsense, and say what was filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from expenses.code_expense import code_expense
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.keep_vendor import keep_vendor
from expenses.models import AllocationTemplate, CardCoding, CodingRule, Expense, RuleRun, Tag, TagGroup, Vendor
from expenses.suggest import suggestions
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, make_card
from tests.expenses.test_api import Api

pytestmark = pytest.mark.django_db
SignIn = Callable[[Any], Client]


def at(cast: Cast, name: str, **kwargs: Any) -> str:
    return reverse(name, kwargs={"company": cast.company.slug, **kwargs})


def tag(cast: Cast, name: str = "Web", group: str = "Project") -> Tag:
    found = TagGroup.objects.filter(company=cast.company, name=group).first()
    return keep_tag(
        by=cast.alice, group=found or keep_tag_group(by=cast.alice, name=group, now=NOON), name=name, now=NOON
    )


def field(one: Tag) -> str:
    return f"tag_{one.group_id.hex}"


def test_a_rule_is_made_from_an_expense_in_one_tap_and_taken_back(cast: Cast, sign_in: SignIn) -> None:
    client, expense = sign_in(cast.alice), buy(cast.carol)
    code_expense(expense=expense, by=cast.alice, now=NOON, category=category_of(cast.carol, "office"))
    page = client.get(at(cast, "expense", expense_id=expense.pk)).content.decode()
    assert "Always code it so" in page
    assert client.post(at(cast, "expense-rule", expense_id=expense.pk)).status_code == 303
    rule = CodingRule.objects.get()
    assert rule.conditions == {"merchants": ["kaffebar nordhavn"], "merchant_way": "is"} and rule.position == 1
    later = buy(cast.carol)
    shown = client.get(at(cast, "expense", expense_id=later.pk)).content.decode()
    assert "the rule “Kaffebar Nordhavn”" in shown and str(rule.pk) in shown and "Always code it so" not in shown
    own = sign_in(cast.carol).get(at(cast, "expense", expense_id=later.pk)).content.decode()
    assert "the rule “Kaffebar Nordhavn”" in own and str(rule.pk) not in own
    client.post(at(cast, "coding-rule-removal", coding_rule_id=rule.pk))
    assert CodingRule.objects.get().archived_at
    client.post(at(cast, "coding-rule-removal", coding_rule_id=rule.pk) + "?restore=1")
    assert CodingRule.objects.get().archived_at is None


def test_rules_are_previewed_kept_moved_and_run(cast: Cast, sign_in: SignIn) -> None:
    client, expense, web = sign_in(cast.alice), buy(cast.carol), tag(cast)
    place = at(cast, "coding-rule-create")
    assert client.get(place).status_code == 200
    assert client.get(f"{place}?expense={expense.number}").status_code == 200
    assert client.get(f"{place}?expense=%00x").status_code == 404
    values = {
        "merchant_way": "begins", "merchants": "KAFFEBAR", "category": category_of(cast.carol, "office").pk, "is_on": "on",
        field(web): web.pk, "amount_from": "1",
    }  # fmt: skip
    seen = client.post(place, values | {"do": "preview"}).content.decode()
    assert "1 of the last 1 expenses fits" in seen and not CodingRule.objects.exists()
    for wrong in (
        {"mccs": "58"},
        {"merchants": ""},
        {"category": "", field(web): ""},
        {"kinds": "boat"},
        {"amount_to": "0.5"},
    ):
        answer = client.post(place, values | {"amount_from": "1"} | wrong)
        assert answer.status_code in (303, 422)
        if wrong == {"merchants": ""}:
            CodingRule.objects.all().delete()
    assert not CodingRule.objects.exists()
    assert client.post(place, values).status_code == 303
    rule = CodingRule.objects.get()
    assert rule.name == "Kaffebar" and client.get(at(cast, "coding-rule", coding_rule_id=rule.pk)).status_code == 200
    listed = client.get(at(cast, "coding-rules")).content.decode()
    assert "merchant begins with kaffebar" in listed and "Project: Web" in listed and "Run on uncoded" in listed
    for query in ("?q=kaffe", "?q=%00", "?on=0", "?cursor=x"):
        assert client.get(at(cast, "coding-rules") + query).status_code == 200
    assert client.get(at(cast, "coding-rules-export")).status_code == 200
    for to in ("1", "99", "-3", "x", ""):
        assert client.post(at(cast, "coding-rule-place", coding_rule_id=rule.pk), {"to": to}).status_code == 303
    assert client.post(at(cast, "coding-run-start")).status_code == 303
    run = RuleRun.objects.get()
    assert client.get(at(cast, "coding-run", rule_run_id=run.pk)).status_code == 200
    client.post(at(cast, "coding-rule-switch", coding_rule_id=rule.pk), {"on": "0"})
    assert not CodingRule.objects.get().is_on


def test_tags_are_chosen_on_an_expense_and_on_its_lines(cast: Cast, sign_in: SignIn) -> None:
    client, expense, web, it = sign_in(cast.alice), buy(cast.carol, 1000), tag(cast), tag(cast, "IT", "Centre")
    line = expense.lines.get()
    code = at(cast, "expense-code", expense_id=expense.pk)
    office = category_of(cast.carol, "office")
    data = {"version": expense.version, "category": office.pk, field(web): web.pk, "note": ""}
    assert client.post(code, data).status_code == 303
    assert [one.tag for one in line.line_tags.all()] == [web]
    expense.refresh_from_db()
    assert (
        client.post(code, {"version": expense.version, "category": office.pk, field(web): str(it.pk)}).status_code
        == 422
    )
    rows = {
        "rows": 2, "mode": "amounts", "do": "save", "version": expense.version, "line-0-amount": "4", "line-1-amount": "6",
        "line-0-category": office.pk, "line-1-category": office.pk, f"line-0-{field(web)}": web.pk,
        f"line-1-{field(it)}": it.pk,
    }  # fmt: skip
    assert client.post(at(cast, "expense-split", expense_id=expense.pk), rows).status_code == 303
    first, second = expense.lines.order_by("position")
    assert [one.tag for one in first.line_tags.all()] == [web] and [one.tag for one in second.line_tags.all()] == [it]
    assert "IT" in client.get(at(cast, "expense", expense_id=expense.pk)).content.decode()


def test_templates_are_made_and_spread_in_one_tap(cast: Cast, sign_in: SignIn) -> None:
    client, expense, web = sign_in(cast.alice), buy(cast.carol, 1001), tag(cast)
    place = at(cast, "coding-template-create")
    assert client.get(place).status_code == 200
    rows = {
        "name": "60/40",
        "rows": 2,
        "share-0-percent": "60",
        "share-1-percent": "40",
        f"share-0-{field(web)}": web.pk,
    }
    assert client.post(place, rows | {"share-1-percent": "41"}).status_code == 422
    assert client.post(place, rows | {"name": ""}).status_code == 422
    assert client.post(place, rows | {"rows": "x"}).status_code == 303
    template = AllocationTemplate.objects.get()
    assert client.get(at(cast, "coding-template", spread_id=template.pk)).status_code == 200
    for query in ("", "?q=60", "?q=nope", "?archived=1&sort=-name"):
        assert client.get(at(cast, "coding-templates") + query).status_code == 200
    assert b"60" in b"".join(client.get(at(cast, "coding-templates-export")).streaming_content)  # type: ignore[attr-defined]
    allocate = at(cast, "expense-allocate", expense_id=expense.pk)
    assert client.post(allocate, {"template": "x"}).status_code == 404
    assert client.post(allocate, {"template": template.pk}).status_code == 303
    assert [line.amount for line in expense.lines.order_by("position")] == [601, 400]
    client.post(at(cast, "coding-template-archive", spread_id=template.pk))
    assert client.post(allocate, {"template": template.pk}).status_code == 422


def test_vendors_and_tags_have_their_pages(cast: Cast, sign_in: SignIn) -> None:
    client, web = sign_in(cast.alice), tag(cast)
    vendor = keep_vendor(by=cast.alice, name="Lidl", now=NOON)
    other = keep_vendor(by=cast.alice, name="Lidl Danmark", now=NOON)
    for what, row in (("tags", web), ("tag-groups", web.group), ("vendors", vendor)):
        assert client.get(at(cast, "books-accounts") + f"?what={what}").status_code == 200
        assert client.get(at(cast, "books-master-create", what=what)).status_code == 200
        assert client.get(at(cast, "books-master", what=what, master_id=row.pk)).status_code == 200
        assert client.post(at(cast, "books-master-create", what=what), {}).status_code == 422
    form = {
        "name": "Lidl",
        "aliases": "LIDL 12\nLidl Ø",
        "country": "DK",
        "account_number": "40010",
        field(web): web.pk,
    }
    assert client.post(at(cast, "books-master", what="vendors", master_id=vendor.pk), form).status_code == 303
    vendor.refresh_from_db()
    assert vendor.tags == [str(web.pk)] and {one.name for one in vendor.aliases.all()} == {"lidl", "lidl o"}
    merge = at(cast, "vendor-merge", vendor_id=other.pk)
    assert (
        client.post(merge, {"into": "nobody"}).status_code == 303
        and not Vendor.objects.exclude(merged_into=None).exists()
    )
    client.post(merge, {"into": "LIDL"})
    other.refresh_from_db()
    assert other.merged_into == vendor
    client.post(at(cast, "vendor-unmerge", merge_id=other.merges.get().pk))
    other.refresh_from_db()
    assert other.merged_into is None
    assert client.get(at(cast, "start-sets") + "?country=SE&words=en").status_code == 200
    assert client.post(at(cast, "start-sets"), {"country": "FR"}).status_code == 303


def test_a_card_says_what_its_purchases_are(cast: Cast, sign_in: SignIn) -> None:
    client, card = sign_in(cast.alice), make_card(cast.carol)
    place = at(cast, "card-coding", card_id=card.pk)
    assert client.get(place).status_code == 200
    assert client.post(place, {"vendor": "nobody"}).status_code == 422
    assert client.post(place, {"category": category_of(cast.carol, "office").pk}).status_code == 303
    assert CardCoding.objects.get().card == card
    shown = client.get(at(cast, "expense", expense_id=buy(cast.carol).pk)).content.decode()
    assert "the card’s own coding" in shown
    assert client.post(place, {}).status_code == 303 and not CardCoding.objects.exists()


def test_tags_are_offered_as_they_were_chosen_before(cast: Cast, sign_in: SignIn) -> None:
    web, office = tag(cast), category_of(cast.carol, "office")
    for _ in range(6):
        code_expense(expense=buy(cast.lena), by=cast.lena, now=NOON, category=office, tags={web.group_id: web})
    expense = buy(cast.carol, merchant="SumUp *Kaffebar Nordhavn 12")
    found = {one.name: one for one in suggestions(expense, cast.carol)}
    assert found["category"].value == office and found["category"].reason == "As 6 of the last 6 at this place."
    assert found["tags"].value == (web,) and found["tags"].reason == "As 6 of the last 6 at this place."
    client = sign_in(cast.carol)
    client.post(at(cast, "expense-code", expense_id=expense.pk), {"accept_all": "1", "version": expense.version})
    line = expense.lines.get()
    assert line.category == office and [one.tag for one in line.line_tags.all()] == [web]
    assert not [one for one in suggestions(buy(cast.mallory, merchant="Kaffebar Nordhavn")) if one.name == "tags"]


def test_the_api_keeps_tags_vendors_rules_and_templates(cast: Cast) -> None:
    api, office = Api(cast.dave), str(category_of(cast.carol, "office").pk)
    group = api.call("post", "api-tag-groups", {"name": "Project", "dimension": "project"}).json()
    web = api.call("post", "api-tags", {"group": group["id"], "name": "Web", "code": "W"}).json()
    assert web["path"] == "Web"
    assert api.call("post", "api-tags", {"group": group["id"], "name": "web"}).status_code == 409
    moved = api.call("put", "api-tag", {"group": group["id"], "name": "Site"}, tag_id=web["id"])
    assert moved.json()["path"] == "Site"
    vendor = api.call("post", "api-vendors", {"name": "Lidl", "aliases": ["LIDL 1"], "tags": [web["id"]]}).json()
    assert api.call("put", "api-vendor", {"name": "Lidl A"}, vendor_id=vendor["id"]).json()["name"] == "Lidl A"
    other = api.call("post", "api-vendors", {"name": "Aldi"}).json()
    assert api.call("post", "api-vendor-merge", {"into": vendor["id"]}, vendor_id=other["id"]).status_code == 201
    body = {"name": "R", "conditions": {"merchants": ["Kaffebar Nordhavn"]}, "category": office, "tags": [web["id"]]}
    assert api.call("post", "api-coding-rule-preview", {"conditions": body["conditions"]}).json()["fits"] == 0
    rule = api.call("post", "api-coding-rules", body).json()
    assert api.call("post", "api-coding-rules", body | {"conditions": {"mccs": ["x"]}}).status_code == 422
    assert api.call("post", "api-coding-rules", body | {"conditions": {}}).status_code == 422
    changed = api.call("put", "api-coding-rule", body | {"name": "S", "position": 1}, coding_rule_id=rule["id"])
    assert changed.json()["name"] == "S"
    shares = [{"percent": "50", "tags": [web["id"]]}, {"percent": "50"}]
    template = api.call("post", "api-templates", {"name": "Half", "shares": shares}).json()
    expense = buy(cast.carol, 1000)
    whole = api.call("get", "api-expense", expense_id=expense.pk).json()
    assert whole["lines"][0]["tags"] == [web["id"]] and whole["filled"]["category"]["by"] == "rule"
    spread = api.call("post", "api-expense-allocation", {"template": template["id"]}, expense_id=expense.pk).json()
    assert [line["amount"] for line in spread["lines"]] == [500, 500]
    again = buy(cast.carol, 1000)
    kept = api.call("patch", "api-expense", {"vendor": vendor["id"], "tags": [web["id"]]}, expense_id=again.pk).json()
    assert kept["vendor"] == vendor["id"]
    assert api.call("delete", "api-coding-rule", coding_rule_id=rule["id"]).status_code == 200
    run = api.call("post", "api-coding-runs")
    assert run.status_code == 202
    assert api.call("get", "api-coding-run", rule_run_id=run.json()["id"]).status_code == 200
    theirs = Api(cast.mallory)
    assert theirs.call("put", "api-tag", {"group": group["id"], "name": "x"}, tag_id=web["id"]).status_code == 404
    assert Expense.objects.filter(vendor=vendor["id"]).count() == 1
