"""The month's report: every table sums to what was spent, the journal and the expenses agree with it, the wallet adds up."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookkeeping.close_period import close_period
from bookkeeping.models import BookItem
from bookkeeping.month_report import GROUPS, Report, exported_lines, month_report, open_items
from bookkeeping.month_report_pdf import month_report_pdf
from bookkeeping.months import Month
from expenses.models import Movement
from tests.bookkeeping.conftest import NOW, claim, make_export, purchase, queue_all, settle, top_up
from wallet.models import LedgerAccount

NOVEMBER, DECEMBER = Month(date(2026, 11, 1)), Month(date(2026, 12, 1))
DECEMBER_2 = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


def signed(rows: Any) -> int:
    return sum(amount if way == "spend" else -amount for way, amount in rows.values_list("direction", "amount"))


def held(report: Report) -> None:
    """Assert what holds in every report."""
    for group in GROUPS:
        assert sum(one.amount.amount for one in report.slices[group]) == report.spent.amount, group
        assert sum(one.tax.amount for one in report.slices[group]) == report.tax.amount, group
        assert sum(one.before.amount for one in report.slices[group]) == report.before.amount, group
    assert report.exported + report.open == report.spent
    assert report.opening.amount + sum(line.amount.amount for line in report.wallet) == report.closing.amount


def test_a_month_by_everything(cast: Any, month: Any) -> None:
    report = month_report(cast.bob, NOVEMBER)
    held(report)
    assert report.spent.amount == 12500 + 4200 + 5000 - 2500 and report.count == 4
    assert {one.label: one.amount.amount for one in report.slices["person"]} == {"Carol": 15000, "Dave": 4200}
    assert {one.label: one.amount.amount for one in report.slices["team"]} == {"Studio": 15000, "No team": 4200}
    assert report.slices["merchant"][0].label and len(report.slices["category"]) >= 2
    assert report.opening.amount == 0
    ledger = LedgerAccount.objects.get(company=cast.company, kind="wallet", name="")
    assert report.closing.amount == ledger.credits_posted - ledger.debits_posted


def test_exporting_changes_no_figure(cast: Any, month: Any) -> None:
    purchase(cast.carol, 700, category="")
    before = month_report(cast.bob, NOVEMBER)
    make_export(cast.bob)
    after = month_report(cast.bob, NOVEMBER)
    held(after)
    assert after.slices == before.slices and after.spent == before.spent and after.tax == before.tax
    assert before.exported.amount == 0 and after.open.amount == 700
    journal = exported_lines(cast.company, NOVEMBER).aggregate(sum=Sum(F("debit") - F("credit")))["sum"]
    assert journal == after.exported.amount


def test_late_items_stand_in_the_month_that_books_them(cast: Any) -> None:
    top_up(cast.company)
    make_export(cast.bob)
    close_period(by=cast.bob, month=NOVEMBER, now=DECEMBER_2)
    purchase(cast.carol, 900)
    assert month_report(cast.bob, NOVEMBER).spent.amount == 0
    held(december := month_report(cast.bob, DECEMBER))
    assert december.spent.amount == 900
    make_export(cast.bob, now=DECEMBER_2)
    assert month_report(cast.bob, DECEMBER).slices == december.slices
    assert month_report(cast.bob, Month(date(2027, 1, 1))).before.amount == 900


def test_merchants_beyond_the_largest_are_one_line(cast: Any) -> None:
    for number in range(12):
        purchase(cast.carol, 100 + number, merchant=f"Shop {number}")
    report = month_report(cast.bob, NOVEMBER)
    held(report)
    assert len(report.slices["merchant"]) == 11 and report.slices["merchant"][-1].count == 2


def test_another_company_sees_nothing_of_it(cast: Any, month: Any) -> None:
    report = month_report(cast.mallory, NOVEMBER)
    held(report)
    assert report.spent.amount == report.closing.amount == report.count == 0


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    facts=st.lists(
        st.tuples(
            st.integers(1, 10**7), st.sampled_from(["office", "travel", ""]), st.booleans(), st.booleans(),
            st.lists(st.tuples(st.sampled_from(["purchase", "correction_credit", "correction_debit"]), st.integers(1, 999)), max_size=2),
        ), min_size=1, max_size=4,
    ),
    exported=st.booleans(),
)  # fmt: skip
def test_the_figures_are_the_journals_and_the_expenses(cast: Any, facts: Any, exported: bool) -> None:
    """Whatever happened, the report is what the movements of its items sum to, exported or not."""
    for amount, category, receipt, okay, more in facts:
        expense = purchase(cast.carol, amount + 2000, category=category, receipt=receipt, okay=okay)
        for kind, part in more:
            settle(expense.authorization, part, kind=kind)
    if exported:
        queue_all(cast.bob)
        if BookItem.objects.filter(company=cast.company, lane="queue").exists():
            make_export(cast.bob)
    report = month_report(cast.bob, NOVEMBER)
    held(report)
    dated = {"booked_date__gte": NOVEMBER.first, "booked_date__lte": NOVEMBER.last}
    assert report.spent.amount == signed(Movement.objects.filter(company=cast.company, **dated))
    assert report.open.amount == signed(open_items(cast.bob, NOVEMBER))


def test_the_pdf_says_the_same_and_is_the_same_twice(cast: Any, month: Any) -> None:
    report = month_report(cast.bob, NOVEMBER)
    content = month_report_pdf(report, cast.company)
    assert content == month_report_pdf(month_report(cast.bob, NOVEMBER), cast.company)
    pages = pypdfium2.PdfDocument(io.BytesIO(content))
    words = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "November 2026" in words and "Kaffebar ÆØÅ" in words and "Balance when it ended" in words


def test_a_long_report_breaks_into_pages(cast: Any) -> None:
    for number in range(60):
        claim(cast.carol, 100 + number)
    BookItem.objects.update(person=None)
    content = month_report_pdf(month_report(cast.bob, NOVEMBER), cast.company)
    assert len(pypdfium2.PdfDocument(io.BytesIO(content))) >= 1


@pytest.mark.parametrize("page", ["report/", "report.pdf", "report.csv"])
def test_the_pages(cast: Any, month: Any, sign_in: Any, page: str) -> None:
    client, base = sign_in(cast.bob), f"/c/{cast.company.slug}/months"
    answer = client.get(f"{base}/2026-11/{page}")
    assert answer.status_code == 200
    if answer.streaming:
        assert "Studio" in b"".join(answer.streaming_content).decode()
    assert client.get(f"{base}/2026-1/{page}").status_code == 404
    assert client.get(f"{base}/2031-01/{page}").status_code == 200
    assert sign_in(cast.carol).get(f"{base}/2026-11/{page}").status_code == 403
    assert NOW
