"""The expenses page of a company with 1,000 and of one with 200,000 expenses, as a browser asks for it."""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from benchmarks.world import NOW, Servers, found_company, milliseconds

SMALL, LARGE = 1_000, 200_000
PAGES, WARM_UP = 120, 12
BATCH = 5_000
SHOPS = ("Kaffeværket", "Netto", "DSB", "Papirhuset", "Hotel Ørsted", "Shell", "Adobe", "SAS", "Bagergården", "Café Å")


def fill(company: Any, count: int) -> None:
    """Give a company expenses of three years, each with its line and, unless the money is only reserved, its movement."""
    from django.db import connection

    from expenses.models import Category, Expense, ExpenseLine, Movement

    owner = company.memberships.get()
    categories = list(Category.objects.for_company(company))
    chance = random.Random(count)
    for first in range(0, count, BATCH):
        made = [_expense(company, owner, number, count, chance) for number in range(first, min(first + BATCH, count))]
        Expense.objects.bulk_create(made, batch_size=1_000)
        ExpenseLine.objects.bulk_create(
            (_line(expense, chance.choice(categories)) for expense in made if expense.is_coded), batch_size=1_000
        )
        ExpenseLine.objects.bulk_create(
            (_line(expense, None) for expense in made if not expense.is_coded), batch_size=1_000
        )
        Movement.objects.bulk_create(_movements(made), batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _expense(company: Any, owner: Any, number: int, count: int, chance: random.Random) -> Any:
    from expenses.models import Expense
    from pleo.lib.search import search_text

    age = timedelta(minutes=int((count - number) * 1_500_000 / count))
    is_old = age > timedelta(days=40)
    merchant, amount = chance.choice(SHOPS), chance.randint(500, 500_000)
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


def cookie_of(company: Any) -> str:
    """Sign the owner in and return the cookie of the session."""
    from django.conf import settings
    from django.test import Client

    browser = Client()
    browser.force_login(company.memberships.get().user)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


def page_times(port: int, companies: Sequence[Any]) -> list[list[float]]:
    """Ask for the page of each company in turn, so that whatever else goes on meets them alike; returns seconds by company."""
    headers = [{"Cookie": cookie_of(company), "Host": f"localhost:{port}"} for company in companies]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    seconds: list[list[float]] = [[] for _ in companies]
    for _ in range(WARM_UP + PAGES):
        for number, company in enumerate(companies):
            began = time.perf_counter()
            connection.request("GET", f"/c/{company.slug}/expenses/", headers=headers[number])
            answer = connection.getresponse()
            body = answer.read()
            seconds[number].append(time.perf_counter() - began)
            assert answer.status == 200, (answer.status, urlsplit(answer.headers.get("Location", "")).path)
            assert any(shop.encode() in body for shop in SHOPS), "the page lists expenses"
    return [each[WARM_UP:] for each in seconds]


def measure(servers: Servers) -> dict[str, Any]:
    """Measure both companies through the web server."""
    small, large = found_company(20_000, "Small list"), found_company(20_001, "Large list")
    fill(small, SMALL)
    fill(large, LARGE)
    port = servers.web("web")
    of_small, of_large = page_times(port, [small, large])
    small_p50, small_p95, _ = milliseconds(of_small)
    p50, p95, _ = milliseconds(of_large)
    servers.stop()
    return {
        "p50_ms": p50,
        "p95_ms": p95,
        "ratio": round(p50 / small_p50, 2),
        "small_p50_ms": small_p50,
        "small_p95_ms": small_p95,
        "expenses": LARGE,
        "expenses_small": SMALL,
    }
