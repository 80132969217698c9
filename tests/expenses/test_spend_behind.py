"""Every figure of the analytics is the sum of the lines behind it: by category, team, person, merchant and tag, by month, per cent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from zipfile import ZipFile

import pytest
from django.utils import timezone

from accounts.models import Membership, Team
from cards.models import ClearingKind
from expenses import record_clearing
from expenses.budget_forecast import forecast, reckon
from expenses.code_expense import code_expense
from expenses.keep_tag import keep_tag
from expenses.keep_tag_group import keep_tag_group
from expenses.models import ExpenseLine, LineTag
from expenses.spend import BEFORE, GROUPS, MISSING, NONE, OF, OWN, Cut, Period, by_group, figures, lines_of
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, category_of, clear, pay_privately
from tests.expenses.test_acts import url
from tests.expenses.test_api import Api
from tests.expenses.test_budgets import budget_of, use_of
from tests.expenses.test_spend import YEAR, at

pytestmark = pytest.mark.django_db
HERE = {"date_from": "2026-01-01", "date_to": "2026-12-31"}


def tag_it(expense: Any, *tags: Any) -> None:
    line = ExpenseLine.objects.filter(expense=expense).order_by("position")[0]
    for tag in tags:
        LineTag.objects.create(company_id=expense.company_id, line=line, tag=tag, group=tag.group)


@pytest.fixture
def tree(cast: Cast) -> dict[str, Any]:
    """Web with Build below it and Deep below that; Press beside it; another group, of which some lines have a tag too."""
    project = keep_tag_group(by=cast.alice, name="Project", now=NOON)
    centre = keep_tag_group(by=cast.alice, name="Centre", now=NOON)
    tags: dict[str, Any] = {"project": project, "centre": centre}
    tags["web"] = keep_tag(by=cast.alice, group=project, name="Web", now=NOON)
    tags["build"] = keep_tag(by=cast.alice, group=project, name="Build", parent=tags["web"], now=NOON)
    tags["deep"] = keep_tag(by=cast.alice, group=project, name="Deep", parent=tags["build"], now=NOON)
    tags["press"] = keep_tag(by=cast.alice, group=project, name="Press", now=NOON)
    tags["north"] = keep_tag(by=cast.alice, group=centre, name="North", now=NOON)
    Membership.objects.filter(pk=cast.carol.pk).update(
        team=Team.objects.create(company=cast.carol.company, name="Field")
    )
    for number, (names, month) in enumerate(
        [(("web",), 2), (("build", "north"), 2), (("deep",), 3), (("press",), 5), ((), 5), (("north",), 7)], 1
    ):
        who = cast.carol if number % 2 else cast.dave
        tag_it(
            buy(who, 1000 * number + number, f"Shop {number % 3}", occurred_at=at(2026, month)),
            *(tags[n] for n in names),
        )
    refund = record_clearing.record(
        clearing=clear(
            None, 333, kind=ClearingKind.REFUND, holder=cast.carol, merchant="Shop 1", cleared_at=at(2026, 5)
        )
    ).expense
    tag_it(refund, tags["build"])
    past = buy(cast.carol, 500, "Shop 1", occurred_at=at(2025, 3))
    tag_it(past, tags["build"])
    coded = buy(cast.carol, 700, "Shop 2", occurred_at=at(2026, 8))
    code_expense(expense=coded, by=cast.dave, category=category_of(cast.dave), now=timezone.now())
    ExpenseLine.objects.filter(expense=buy(cast.carol, 90, occurred_at=at(2026, 8))).update(is_private=True)
    pay_privately(cast.carol, 4_400)
    return tags


def behind(client: Any, viewer: Membership, **asked: Any) -> tuple[int, int]:
    """Return what the downloaded lines of a figure sum to, and the sum that their page names."""
    query = "?" + urlencode({**HERE, **asked})
    file = b"".join(client.get(url("analytics-rows-export", viewer, query)).streaming_content).decode()
    rows = list(csv.DictReader(StringIO(file.lstrip("\ufeff"))))
    summed = sum(round(float(row["Amount"]) * 100) for row in rows)
    page = client.get(url("analytics-rows", viewer, query))
    assert page.status_code == 200, query
    return summed, page.context["total"].amount


def addresses(page: Any) -> Iterator[tuple[int, str]]:
    """Yield each figure of the page that leads to its lines, with the query of the address."""
    yield page.context["figures"].total.amount, urlsplit(page.context["all_rows"]).query
    yield page.context["figures"].missing.amount, urlsplit(page.context["missing_rows"]).query
    for rank in page.context["ranks"]:
        yield rank.row.amount, urlsplit(rank.address).query
    for line in page.context["table"]:
        for money, there in line.cells:
            if there:
                yield money.amount, urlsplit(there).query


def test_every_figure_of_the_page_is_the_sum_of_the_lines_it_leads_to(tree: Any, cast: Cast, sign_in: Any) -> None:
    for viewer in (cast.dave, cast.carol):
        client = sign_in(viewer)
        for by in [*GROUPS, str(tree["project"].pk), str(tree["centre"].pk)]:
            page = client.get(url("analytics", viewer, "?" + urlencode({**HERE, "by": by})))
            shown = list(addresses(page))
            assert len(shown) > 12, by
            for figure, query in shown:
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                assert behind(client, viewer, **asked) == (figure, figure), (by, query)


def test_tags_roll_up_and_each_level_sums_to_the_one_above(tree: Any, cast: Cast) -> None:
    group = str(tree["project"].pk)

    def named(**kinds: Any) -> dict[tuple[str, str], int]:
        return {(row.name, row.part): row.amount for row in by_group(cast.dave, YEAR, group, **kinds)}

    whole = figures(cast.dave, YEAR).total.amount
    top = named()
    assert top["Web", OF] == 1001 + 2002 + 3003 - 333 and top["Press", OF] == 4004
    assert sum(top.values()) == whole and top["", NONE] == whole - top["Web", OF] - 4004
    below = named(under=tree["web"].pk)
    assert below == {("Web", OWN): 1001, ("Build", OF): 2002 + 3003 - 333} and sum(below.values()) == top["Web", OF]
    assert named(under=tree["build"].pk) == {("Build", OWN): 2002 - 333, ("Deep", OF): 3003}
    assert named(under=tree["deep"].pk) == {("Deep", OWN): 3003}
    cut = Cut(group, OF, str(tree["web"].pk))
    assert (
        figures(cast.dave, YEAR, cut).total.amount == top["Web", OF]
        and figures(cast.dave, YEAR, cut).past.amount == 500
    )


def test_what_was_spent_only_before_stands_there_too(tree: Any, cast: Cast) -> None:
    buy(cast.carol, 800, "Closed since", occurred_at=at(2025, 4))
    for group in (*GROUPS, str(tree["project"].pk)):
        rows = by_group(cast.dave, YEAR, group)
        assert sum(row.past for row in rows) == figures(cast.dave, YEAR).past.amount == 1_300, group


def test_the_time_before() -> None:
    def before(first: date, last: date) -> tuple[date, date]:
        found = Period(first, last).just_before()
        return found.first, found.last

    assert before(date(2026, 3, 1), date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert before(date(2026, 1, 1), date(2026, 12, 31)) == (date(2025, 1, 1), date(2025, 12, 31))
    assert before(date(2026, 1, 1), date(2026, 2, 28)) == (date(2025, 11, 1), date(2025, 12, 31))
    assert before(date(2026, 3, 10), date(2026, 3, 10)) == (date(2026, 3, 9), date(2026, 3, 9))
    assert before(date(2026, 1, 1), date(2026, 1, 20)) == (date(2025, 12, 12), date(2025, 12, 31))


def test_compared_with_the_time_before(tree: Any, cast: Cast, sign_in: Any) -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    rows = by_group(cast.dave, march, "merchant", than=BEFORE)
    assert sum(row.past for row in rows) == 1001 + 2002
    page = sign_in(cast.dave).get(url("analytics", cast.dave, "?date_from=2026-03-01&date_to=2026-03-31&than=before"))
    assert page.context["figures"].past.amount == 3003 and "change on the time before" in page.content.decode()


def test_downloads_hold_what_is_shown(tree: Any, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    query = "?" + urlencode({**HERE, "by": tree["project"].pk, "under": tree["web"].pk})
    file = b"".join(client.get(url("analytics-export", cast.dave, query)).streaming_content).decode()
    rows = list(csv.DictReader(StringIO(file.lstrip("\ufeff"))))
    assert [(row["Name"], row["Sum"], row["A year before"]) for row in rows] == [
        ("Build", "46.72", "5.00"), ("Web itself", "10.01", "0.00"),
    ]  # fmt: skip
    sheet = b"".join(client.get(url("analytics-sheet", cast.dave, query)).streaming_content)
    with ZipFile(BytesIO(sheet)) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>46.72</v>" in text and "Web itself" in text


@pytest.mark.parametrize(
    "query",
    ["part=own&by=category&key=x", "part=of&by=team&key=x", "part=nonsense", "by=nonsense", "date_from=2026-05-01&date_to=2026-01-01",
     "part=of&by=category", "under=00000000-0000-0000-0000-000000000000", "q=%00", "key=%00&part=of&by=merchant"],
)  # fmt: skip
def test_a_senseless_address_is_named_and_shows_no_lines(tree: Any, cast: Cast, sign_in: Any, query: str) -> None:
    client = sign_in(cast.dave)
    page = client.get(url("analytics-rows", cast.dave, f"?{query}"))
    assert page.status_code == 422 or query == "q=%00"
    assert page.status_code == 200 or not page.context["page"].rows
    file = client.get(url("analytics-rows-export", cast.dave, f"?{query}"))
    assert file.status_code == 200 and (b"".join(file.streaming_content).count(b"\n") == 1 or page.status_code == 200)


def test_another_company_s_groups_and_tags_are_none_of_ours(tree: Any, cast: Cast, sign_in: Any) -> None:
    group = keep_tag_group(by=cast.mallory, name="Secret", now=NOON)
    tag = keep_tag(by=cast.mallory, group=group, name="Plan", now=NOON)
    client = sign_in(cast.dave)
    for asked in ({"by": group.pk}, {"by": group.pk, "under": tag.pk}, {"by": tree["project"].pk, "under": tag.pk}):
        page = client.get(url("analytics", cast.dave, f"?{urlencode(asked)}"))
        assert page.status_code == 422 and "Secret" not in page.content.decode() and "Plan" not in page.content.decode()
    rows = client.get(url("analytics-rows", cast.dave, f"?by={tree['project'].pk}&part=of&key={tag.pk}"))
    assert not rows.context["page"].rows and "Plan" not in rows.content.decode()
    assert not lines_of(cast.mallory, YEAR, Cut(str(tree["project"].pk), OF, str(tree["web"].pk))).exists()


def test_an_employee_sees_only_own_lines_behind_a_figure(tree: Any, cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.carol).get(url("analytics-rows", cast.carol, "?" + urlencode(HERE)))
    assert {line.expense.owner_id for line in page.context["page"].rows} == {cast.carol.pk}


def test_lines_are_searched_and_ordered(tree: Any, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.dave)
    page = client.get(url("analytics-rows", cast.dave, "?" + urlencode({**HERE, "q": "shop 1"})))
    assert {line.expense.merchant for line in page.context["page"].rows} == {"Shop 1"}
    page = client.get(url("analytics-rows", cast.dave, "?" + urlencode({**HERE, "sort": "amount"})))
    signed = [line.signed for line in page.context["page"].rows]
    assert signed == sorted(signed) and signed[0] == -333


def test_what_lacks_its_receipt_is_the_sum_of_its_lines(tree: Any, cast: Cast) -> None:
    found = figures(cast.dave, YEAR)
    rows = lines_of(cast.dave, YEAR, Cut(part=MISSING))
    signed = sum(row.amount if row.direction == "spend" else -row.amount for row in rows)
    assert (found.missing.amount, found.missing_count) == (signed, len({row.expense_id for row in rows}))


def test_the_api_takes_groups_of_tags(tree: Any, cast: Cast) -> None:
    api = Api(cast.dave)
    asked = {**HERE, "by": tree["project"].pk, "under": tree["web"].pk, "than": "before"}
    rows = api.call("get", "api-spend", query="?" + urlencode(asked)).json()
    assert [(row["name"], row["part"], row["amount"]) for row in rows] == [("Build", "of", 4672), ("Web", "own", 1001)]
    assert api.call("get", "api-spend", query="?than=never").status_code == 422


def test_the_page_and_its_lines_cost_a_fixed_number_of_queries(
    tree: Any, cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client, group = sign_in(cast.dave), tree["project"].pk
    client.get(url("analytics", cast.dave))
    for more in (0, 12):
        for number in range(more):
            tag = keep_tag(by=cast.alice, group=tree["project"], name=f"Tag {number}", now=NOON)
            tag_it(buy(cast.carol, 100, f"Place {number}", occurred_at=at(2026, 9)), tag)
        with django_assert_max_num_queries(30):
            client.get(url("analytics", cast.dave, "?" + urlencode({**HERE, "by": group})))
        with django_assert_max_num_queries(15):
            client.get(url("analytics-rows", cast.dave, "?" + urlencode(HERE)))


def test_budgets_stand_beside_with_how_their_end_is_reckoned(cast: Cast, sign_in: Any) -> None:
    budget = budget_of(cast.dave, starts_on=date(2026, 11, 1))
    buy(cast.carol, 20_000)
    use, today = use_of(budget), date(2026, 11, 20)
    found = reckon(budget, use, [], today)
    assert found is not None and found.ends_at == forecast(budget, use, [], today)
    assert (found.once.amount, found.gone, found.length, found.paced.amount) == (20_000, 20, 30, 30_000)
    assert found.ends_at == found.paced + found.charged + found.due + found.granted
    client = sign_in(cast.dave)
    page = client.get(url("analytics", cast.dave))
    assert [each.budget for each in page.context["budgets"]] == [budget]
    text = client.get(url("budget", cast.dave, budget_id=budget.pk)).content.decode()
    assert "How this is reckoned" in text or not page.context["budgets"][0].ends_at
    assert not sign_in(cast.carol).get(url("analytics", cast.carol)).context["budgets"]
