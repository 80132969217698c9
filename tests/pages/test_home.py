"""Home in its three forms, and the first run that comes before it."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from cards.freeze import freeze
from cards.limits import set_limit
from cards.models import Interval
from expenses import record_authorization
from expenses.models import Expense
from pleo.lib.money import Money
from pleo.pages import charts, dashboard, employee
from tests.cards import play
from tests.conftest import join

HOME = "/c/havblik/"
LIVE = {"HX-Request": "true"}


@pytest.fixture
def card(cast):
    play.fund(cast.company, 1_000_000)
    return play.new_card(cast.carol)


def buy(card, amount, **changes):
    changes.setdefault("occurred_at", timezone.now())
    authorization = play.buy(card, amount, **changes)
    return record_authorization.record(authorization=authorization) or authorization


def page(client, url=HOME, **options):
    response = client.get(url, **options)
    assert response.status_code == 200, response
    return response.content.decode()


@pytest.mark.parametrize(
    ("who", "where"),
    [("carol", "/c/havblik/"), ("dave", "/c/havblik/"), ("bob", "/c/havblik/")],
)
def test_the_start_leads_to_the_only_company(cast, sign_in, who, where):
    assert sign_in(getattr(cast, who)).get("/")["Location"] == where


def test_the_start_leads_strangers_to_the_login_page(db):
    assert Client().get("/")["Location"] == "/login/"


def test_the_start_lets_people_with_several_companies_choose(cast, sign_in):
    join(cast.other, "carol", Role.EMPLOYEE)
    assert sign_in(cast.carol).get("/")["Location"] == "/companies/"
    join(cast.other, "bob", Role.ACCOUNTANT)
    assert sign_in(cast.bob).get("/")["Location"] == "/clients/"


def test_an_accountant_s_home_is_the_export(cast, sign_in):
    assert sign_in(cast.bob).get(HOME)["Location"] == "/c/havblik/export/"


def test_an_employee_sees_the_card_and_what_is_left_of_it(cast, card, sign_in):
    set_limit(card=card, interval=Interval.MONTH, amount=Money(80_000, "DKK"), by=cast.dave)
    buy(card, 30_000)
    shown = page(sign_in(cast.carol))
    assert "Hi Carol" in shown
    assert 'money--lg">500<' in shown
    assert f"300,00{chr(160)}kr. of 800,00{chr(160)}kr. used" in shown
    assert "Kaffebar Nordhavn" in shown
    assert "Add the receipt" in shown


def test_what_is_left_is_the_least_of_limits_and_wallet(cast, card, sign_in):
    set_limit(card=card, interval=Interval.MONTH, amount=Money(900_000_000, "DKK"), by=cast.dave)
    assert employee.slides(cast.carol, timezone.now())[0].left == Money(1_000_000, "DKK")
    set_limit(card=card, interval=Interval.PURCHASE, amount=Money(4_000, "DKK"), by=cast.dave)
    [slide] = employee.slides(cast.carol, timezone.now())
    assert slide.left == Money(1_000_000, "DKK"), "what one purchase may cost is not what is left"
    assert slide.each is not None and slide.each.limit.cap == Money(4_000, "DKK")
    assert "each purchase" in page(sign_in(cast.carol))


def test_without_a_card_the_page_says_who_hands_them_out(cast, sign_in):
    shown = page(sign_in(cast.carol))
    assert "No card yet" in shown
    assert "Nothing waits for you" in shown


def test_a_frozen_card_can_be_thawed_by_who_froze_it(cast, card, sign_in):
    freeze(card=card, by=cast.carol)
    assert "Thaw" in page(sign_in(cast.carol))
    freeze(card=card, by=cast.dave)
    assert "Thaw" not in page(sign_in(cast.carol))


def mark(shown):
    return re.search(r'seen=([0-9a-f]+)"', shown)[1]


def test_a_purchase_arrives_without_loading_the_page_again(cast, card, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.carol)
    seen = mark(page(client))
    with django_assert_max_num_queries(5):
        assert client.get(f"{HOME}?seen={seen}", headers=LIVE).status_code == 204
    buy(card, 14_800)
    fragment = page(client, f"{HOME}?seen={seen}", headers=LIVE)
    assert "<h1" not in fragment
    assert "Kaffebar Nordhavn" in fragment
    assert client.get(f"{HOME}?seen={mark(fragment)}", headers=LIVE).status_code == 204


def test_nobody_sees_another_one_s_purchases_on_their_home(cast, card, sign_in):
    buy(card, 14_800)
    assert "Kaffebar" not in page(sign_in(cast.lena))


@pytest.mark.parametrize("query", ["seen=", "seen=%00", "seen=" + "x" * 900])
def test_a_made_up_mark_shows_the_page(cast, sign_in, query):
    assert sign_in(cast.carol).get(f"{HOME}?{query}", headers=LIVE).status_code == 200


def test_a_new_company_begins_with_the_first_run(cast, sign_in):
    response = sign_in(cast.alice).get(HOME)
    assert response["Location"] == "/c/havblik/start/"
    shown = page(sign_in(cast.alice), "/c/havblik/start/")
    assert "of 5 done" in shown
    assert "Put money in the wallet" in shown


def test_the_first_run_is_over_with_the_first_purchase(cast, card, sign_in):
    buy(card, 14_800)
    shown = page(sign_in(cast.alice))
    assert "Available to spend" in shown
    assert "receipt missing" in shown


def test_finance_sees_what_waits_and_what_was_declined(cast, card, sign_in):
    set_limit(card=card, interval=Interval.PURCHASE, amount=Money(20_000, "DKK"), by=cast.dave)
    set_limit(card=card, interval=Interval.MONTH, amount=Money(16_000, "DKK"), by=cast.dave)
    buy(card, 14_800)
    buy(card, 90_000)
    shown = page(sign_in(cast.alice))
    assert "Close to their limit" in shown
    assert "Carol" in shown
    assert shown.count("Kaffebar Nordhavn") >= 1
    assert "1 in 30 days" in shown


def test_the_number_of_queries_does_not_grow_with_the_purchases(cast, card, sign_in, django_assert_max_num_queries):
    client = sign_in(cast.alice)
    for _ in range(3):
        buy(card, 100)
    page(client)
    for _ in range(20):
        buy(card, 100)
    with django_assert_max_num_queries(30):
        page(client)


def test_spending_adds_up_day_by_day(cast, card):
    today = timezone.localdate(timezone=cast.company.zone)
    now = timezone.now()
    buy(card, 10_000, occurred_at=now)
    Expense.objects.update(purchased_at=now)
    found = dashboard.spend(cast.alice, today)
    assert found.so_far == Money(10_000, "DKK")
    assert found.past_whole == Money(0, "DKK")
    assert found.is_more
    Expense.objects.update(direction="refund")
    assert dashboard.spend(cast.alice, today).so_far == Money(-10_000, "DKK")
    Expense.objects.update(payment="reversed")
    assert not dashboard.spend(cast.alice, today).difference


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 31), date(2024, 2, 29), date(2026, 12, 31)])
def test_months_of_any_length_compare(cast, today):
    found = dashboard.spend(cast.alice, today)
    assert len(found.lines.this) == today.day
    assert found.past_first == (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    assert found.table


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [(0, 12), (11, 12), (13, 15), (99, 120), (100, 120), (130, 150), (301_905, 360_000), (10**15, 12 * 10**14)],
)
def test_an_axis_ends_at_a_round_number(value, ceiling):
    assert charts.nice_ceiling(value) == ceiling


def test_a_line_stays_inside_its_drawing():
    lines = charts.Lines([0, 50, 100], [10, -20, 100, 100])
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", f"{lines.this_points} {lines.past_points}")]
    assert min(numbers) >= 0
    assert max(numbers) <= 100
    assert lines.now_y == 45
    assert charts.Lines([], []).this_points == ""
    assert charts.hundredths(-5834) == "-58.34"


@pytest.mark.parametrize(("hour", "word"), [(0, "evening"), (5, "morning"), (12, "afternoon"), (18, "evening")])
def test_the_greeting_knows_the_hour(hour, word):
    from pleo.pages.views import _greeting

    assert word in _greeting(hour)
