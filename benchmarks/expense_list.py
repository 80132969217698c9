"""The expenses page of a company with 10,000 and of one with 1,000,000 expenses, as a browser asks for it."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.world import NOW, Servers, found_company, milliseconds

SMALL, LARGE = 10_000, 1_000_000
PAGES, WARM_UP = 120, 12
PEOPLE = 40
MONTHS = 36
BATCH = 5_000
SHOPS = ("Kaffeværket", "Netto", "DSB", "Papirhuset", "Hotel Ørsted", "Shell", "Adobe", "SAS", "Bagergården", "Café Å")


def fill(company: Any, count: int) -> None:
    """Give a company SMALL expenses of three years with line and movement, and copies of them up to `count`."""
    from django.db import connection

    from expenses.models import Category, Expense, ExpenseLine, Movement

    owners = [company.memberships.get(), *_hire(company)]
    categories = list(Category.objects.for_company(company))
    chance = random.Random(SMALL)
    for first in range(0, SMALL, BATCH):
        made = [_expense(company, number, chance, owners) for number in range(first, min(first + BATCH, SMALL))]
        Expense.objects.bulk_create(made, batch_size=1_000)
        ExpenseLine.objects.bulk_create(
            (_line(expense, chance.choice(categories) if expense.is_coded else None) for expense in made),
            batch_size=1_000,
        )
        Movement.objects.bulk_create(_movements(made), batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        if count > SMALL:
            for model in (Expense, ExpenseLine, Movement):
                _multiply(cursor, company, model, count // SMALL)
        cursor.execute("VACUUM ANALYZE")


def _hire(company: Any) -> list[Any]:
    from accounts.models import Membership, Team, User

    teams = Team.objects.bulk_create(Team(company=company, name=f"Team {number}") for number in range(5))
    users = User.objects.bulk_create(
        User(email=f"person-{number}@{company.slug}.example", name=f"Person {number}") for number in range(PEOPLE)
    )
    return Membership.objects.bulk_create(
        Membership(
            company=company,
            user=user,
            name=user.name,
            role="employee",
            status="active",
            team=teams[number % len(teams)],
        )
        for number, user in enumerate(users)
    )


def _expense(company: Any, number: int, chance: random.Random, owners: Sequence[Any]) -> Any:
    from expenses.models import Expense
    from pleo.lib.search import search_text

    age = timedelta(days=MONTHS * 30) * (SMALL - number) / SMALL
    is_old = age > timedelta(days=40)
    owner, merchant, amount = chance.choice(owners), chance.choice(SHOPS), chance.randint(500, 500_000)
    if chance.random() < 0.01:
        merchant = f"{merchant} {chance.choice(('Malmø', 'Tromsø', 'Århus'))}"
    return Expense(
        company=company,
        number=number + 1,
        owner=owner,
        kind="card",
        amount=amount,
        lines_total=amount,
        currency="DKK",
        merchant=merchant,
        purchased_at=NOW - age,
        payment="reserved" if age < timedelta(days=2) else "cleared",
        is_coded=is_old or chance.random() < 0.5,
        receipt_count=1 if is_old or chance.random() < 0.6 else 0,
        review="okay" if is_old else "",
        books_lane="exported" if is_old else "unexported",
        locked_at=NOW if is_old else None,
        search_text=search_text(merchant, owner.name, f"#{number + 1}"),
    )


def _line(expense: Any, category: Any) -> Any:
    from expenses.models import ExpenseLine

    return ExpenseLine(
        company_id=expense.company_id,
        expense=expense,
        direction="spend",
        amount=expense.amount,
        currency="DKK",
        category=category,
        tax_code=category.tax_code if category else None,
        tax_amount=expense.amount // 5 if category and category.tax_code else 0,
    )


def _movements(expenses: list[Any]) -> Iterator[Any]:
    from expenses.models import Movement

    for expense in expenses:
        if expense.payment == "cleared":
            yield Movement(
                company_id=expense.company_id,
                expense=expense,
                direction="spend",
                amount=expense.amount,
                currency="DKK",
                booked_date=expense.purchased_at.date(),
            )


def _multiply(cursor: Any, company: Any, model: type[Any], times: int) -> None:
    """Copy the company's rows of a table within the database, `times` - 1 times, with numbers and moments of their own."""

    def copied(name: str) -> str:
        return f"md5({name}::text || turn)::uuid"

    changed = {
        "id": copied("id"),
        "expense_id": copied("expense_id"),
        "number": f"number + {SMALL} * turn",
        "purchased_at": "purchased_at - turn * interval '97 seconds'",
        "search_text": f"replace(search_text, '#' || number, '#' || (number + {SMALL} * turn))",
    }
    columns = [field.column for field in model._meta.concrete_fields]
    picked = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {picked} FROM {table}, generate_series(1, %s) AS turn WHERE company_id = %s",
        [times - 1, company.pk],
    )


def cookie_of(company: Any) -> str:
    """Sign the owner in and return the cookie of the session."""
    from django.conf import settings
    from django.test import Client

    browser = Client()
    browser.force_login(company.memberships.get(role="owner").user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def queries(company: Any) -> dict[str, str]:
    """Return the pages that are asked for, as query strings: the first, one deep inside, filtered, searched and sorted."""
    from expenses.models import Expense
    from pleo.lib.pagination import encode

    middle = Expense.objects.for_company(company).filter(purchased_at__lt=NOW - timedelta(days=MONTHS * 15))
    row = middle.order_by("-purchased_at", "-id").first()
    assert row is not None
    return {
        "first": "",
        "deep": urlencode({"cursor": encode("next", row, ("purchased_at", "id"))}),
        "filtered": urlencode({"step": "receipt_missing"}),
        "searched": urlencode({"q": "malmø"}),
        "by_amount": urlencode({"sort": "-amount"}),
    }


def page_times(port: int, companies: Sequence[Any]) -> list[dict[str, list[float]]]:
    """Ask each company for each page in turn, so that whatever else goes on meets them alike; returns seconds by page."""
    headers = [{"Cookie": cookie_of(company), "Host": f"localhost:{port}"} for company in companies]
    asked = [queries(company) for company in companies]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    seconds: list[dict[str, list[float]]] = [{name: [] for name in each} for each in asked]
    for _ in range(WARM_UP + PAGES):
        for name in asked[0]:
            for number, company in enumerate(companies):
                address = f"/c/{company.slug}/expenses/?{asked[number][name]}".rstrip("?")
                began = time.perf_counter()
                connection.request("GET", address, headers=headers[number])
                answer = connection.getresponse()
                body = answer.read()
                seconds[number][name].append(time.perf_counter() - began)
                assert answer.status == 200, (answer.status, urlsplit(answer.headers.get("Location", "")).path)
                assert any(shop.encode() in body for shop in SHOPS), f"the page {name} lists expenses"
    return [{name: values[WARM_UP:] for name, values in each.items()} for each in seconds]


def bulk_seconds(company: Any) -> float:
    """Return how long coding SMALL expenses in one act takes, from the press to the last row, on a worker's side."""
    from expenses.models import BulkEdit, Category, Expense
    from expenses.run_bulk import run_bulk
    from expenses.start_bulk import start_bulk
    from pleo.lib import work

    rows = Expense.objects.for_company(company)
    rows.update(books_lane="unexported", locked_at=None)
    category = Category.objects.for_company(company).exclude(tax_code=None).order_by("name").first()
    began = time.perf_counter()
    with work.no_bell():
        bulk = start_bulk(by=company.memberships.get(role="owner"), expenses=rows, act="code", category=category)
    run_bulk(bulk.pk)
    assert BulkEdit.objects.get(pk=bulk.pk).done == SMALL
    return time.perf_counter() - began


def measure(servers: Servers) -> dict[str, Any]:
    """Measure both companies through the web server. `ratio_1m_10k` is the worst of the pages' p95 beside the small one's."""
    small, large = found_company(20_000, "Small list"), found_company(20_001, "Large list")
    fill(small, SMALL)
    fill(large, LARGE)
    port = servers.web("web")
    of_small, of_large = page_times(port, [small, large])
    servers.stop()
    pages = {}
    for name, times in of_large.items():
        small_p50, small_p95, _ = milliseconds(of_small[name])
        p50, p95, _ = milliseconds(times)
        pages[name] = {"p50_ms": p50, "p95_ms": p95, "small_p50_ms": small_p50, "small_p95_ms": small_p95}
    first = pages["first"]
    return {
        **first,
        "ratio": round(first["p50_ms"] / first["small_p50_ms"], 2),
        "ratio_1m_10k": max(round(each["p95_ms"] / each["small_p95_ms"], 2) for each in pages.values()),
        "pages": pages,
        "bulk_rows": SMALL,
        "bulk_s": round(bulk_seconds(small), 1),
        "expenses": LARGE,
        "expenses_small": SMALL,
    }
