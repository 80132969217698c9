"""Voucher numbers: no gaps, in one range or one for each fiscal year; and lines booked one by one or together."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.numbering import next_number
from bookkeeping import freeze
from bookkeeping.build import build
from bookkeeping.export import export as begin_export
from bookkeeping.formats.registry import FORMATS
from bookkeeping.invariants import check_invariants
from bookkeeping.journal import sides
from bookkeeping.models import BookItem, BookSettings, Export, ExportStatus, JournalEntry
from bookkeeping.months import Period
from bookkeeping.preview import preview
from bookkeeping.vouchers import fiscal_year, next_voucher, numbered, span_of, voucher_at
from bookkeeping.withdraw import withdraw
from expenses.models import ExpenseKind
from expenses.split import split
from tests.bookkeeping.conftest import NOW, item_of, make_export, purchase, queue_all, stored, top_up
from tests.bookkeeping.formats.test_fec import faults as fec_faults
from tests.bookkeeping.test_corrections import mend, part
from tests.bookkeeping.test_every_item import set_accounts, sides_of
from tests.bookkeeping.test_property import CONTRAS, purchases


def vouchers(batch: Export) -> list[str]:
    return [entry.voucher for entry in batch.entries.order_by("series", "voucher_number")]


def arrived(cast: Any, day: date) -> BookItem:
    """Let money arrive that is booked on a day."""
    item = top_up(cast.company, day=day)
    BookItem.objects.filter(pk=item.pk).update(booked_date=day)
    return item


def agrees(cast: Any) -> bool:
    return all(finding.holds for finding in check_invariants(company=cast.company, with_files=True))


def test_one_range_for_all_until_somebody_says_otherwise(cast):
    arrived(cast, date(2025, 12, 31))
    arrived(cast, date(2026, 1, 1))
    assert vouchers(make_export(cast.bob)) == ["1", "2"]


def test_each_fiscal_year_has_numbers_of_its_own(cast):
    set_accounts(cast, voucher_yearly=True, fiscal_year_start_month=7, voucher_series="K", voucher_start=100)
    for day in (date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 1)):
        arrived(cast, day)
    first = make_export(cast.bob)
    assert vouchers(first) == ["K2025-100", "K2025-101", "K2026-100"] and span_of(first) == "K2025-100 – K2026-100"
    for day in (date(2026, 6, 1), date(2026, 8, 1)):
        arrived(cast, day)
    assert vouchers(make_export(cast.bob)) == ["K2025-102", "K2026-101"] and agrees(cast)
    book = BookSettings.objects.get(company=cast.company)
    assert next_voucher(cast.company, book, date(2027, 7, 1)) == "K2027-100"
    assert next_voucher(cast.company, book, date(2027, 6, 30)) == "K2026-102"


def test_the_start_only_raises_numbers(cast):
    top_up(cast.company)
    set_accounts(cast, voucher_start=2600)
    assert vouchers(make_export(cast.bob)) == ["2600"]
    set_accounts(cast, voucher_start=7)
    top_up(cast.company)
    assert vouchers(make_export(cast.bob)) == ["2601"]


def test_an_undone_export_keeps_its_numbers_in_its_series(cast):
    set_accounts(cast, voucher_yearly=True)
    top_up(cast.company)
    withdraw(export=make_export(cast.bob), by=cast.bob, reason="No", now=NOW)
    assert vouchers(make_export(cast.bob)) == ["2026-2"] and JournalEntry.objects.count() == 2 and agrees(cast)
    entry = JournalEntry.objects.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        JournalEntry.objects.filter(series=entry.series).update(voucher_number=1)


def test_every_format_names_the_series(cast):
    set_accounts(cast, voucher_yearly=True, voucher_series="A")
    arrived(cast, date(2025, 12, 31))
    bought = item_of(purchase(cast.carol, 12500))
    before = list(preview(company=cast.company, formats=["csv"], period=Period(), as_of=NOW).document().entries())
    assert [entry.number for entry in before] == ["A2025-000001", "A2026-000001"]
    batch = make_export(cast.bob, formats=sorted(key for key in FORMATS if key != "custom"))
    assert batch.status == "ready", batch.last_error
    files = defaultdict(list)
    for file in batch.files.all():
        files[file.format].append(stored(file.key))
    rows = list(csv.DictReader(io.StringIO(files["csv"][0].decode("utf-8-sig")), delimiter=";"))
    assert list(dict.fromkeys(row["Voucher"] for row in rows)) == ["A2025-000001", "A2026-000001"]
    for key, datas in files.items():
        if key not in ("", "sie", "beancount", "ofx", "xlsx", "xero_bank", "xero_bills", "fec", "datev"):
            assert b"A2026-000001" in b"".join(datas), key
    assert not [fault for data in files["fec"] for fault in fec_faults(data)]
    assert b'"A2026-000001"' in b"".join(files["datev"])
    entry = JournalEntry.objects.get(book_item=bought)
    assert all(name.startswith("A2026-000001_expense-") for name, _ in entry.receipts) and agrees(cast)


def test_a_correction_names_the_voucher_with_its_series(cast):
    set_accounts(cast, voucher_yearly=True)
    top_up(cast.company)
    item = item_of(purchase(cast.carol, 12500))
    make_export(cast.bob)
    item.refresh_from_db()
    made = mend(cast, item)
    make_export(cast.bob)
    assert JournalEntry.objects.get(book_item=made.item).text.startswith("Correction of voucher 2026-")


@pytest.mark.parametrize(
    "wrong", [{"voucher_series": "å"}, {"voucher_series": "ABCDE"}, {"voucher_start": 0}, {"voucher_start": 10**9}]
)
def test_the_database_refuses_series_that_files_could_not_name(cast, wrong):
    with pytest.raises(Exception, match=r"book_voucher|too long|CHECK"), transaction.atomic():
        BookSettings.objects.filter(company=cast.company).update(**wrong)


@given(
    days=st.lists(st.dates(date(2024, 1, 1), date(2028, 1, 1)), min_size=1, max_size=60).map(sorted),
    month=st.integers(1, 12), yearly=st.booleans(), start=st.integers(1, 50),
    cuts=st.lists(st.integers(1, 59), max_size=3).map(sorted),
)  # fmt: skip
def test_numbers_have_no_gap_whatever_the_batches(days, month, yearly, start, cuts):
    counters: dict[str, int] = {}

    def take(range: str, count: int, first: int) -> int:
        begin = max(counters.get(range, 1), first)
        counters[range] = begin + count
        return begin

    rules = {"series": "X", "start": start, "yearly": yearly, "fiscal_month": month}
    ends = [0, *[cut for cut in cuts if cut < len(days)], len(days)]
    given_out: dict[str, list[int]] = defaultdict(list)
    for begin, end in pairwise(ends):
        batch = days[begin:end]
        runs = numbered(batch, rules, take) if batch else []
        for position, day in enumerate(batch):
            series, number = voucher_at(runs, position)
            assert series == (f"X{fiscal_year(day, month)}" if yearly else "X")
            given_out[series].append(number)
    for numbers in given_out.values():
        assert numbers == list(range(start, start + len(numbers)))


# ---- lines one by one, or together


def test_lines_that_are_coded_alike_are_booked_as_one(cast):
    top_up(cast.company)
    bought = purchase(cast.carol, 12500)
    parts = [part(cast, 5000, text="Chairs"), part(cast, 2500, "office", text="Ink"), part(cast, 5000, text="Tables")]
    split(expense=bought, by=cast.carol, parts=parts, now=NOW)
    item = BookItem.objects.get(expense=bought)
    apart = sides_of(item)
    set_accounts(cast, lines_together=True)
    assert sides_of(item) == apart
    make_export(cast.bob)
    entry = JournalEntry.objects.get(book_item=item)
    costs = [(line.debit, line.text) for line in entry.postings.order_by("position") if line.role == "cost"]
    assert len(costs) == 2 and costs[1][1] == "Ink" and agrees(cast)


@given(facts=purchases(), contra=CONTRAS)
def test_together_changes_no_account(facts, contra):
    for fact in facts:
        if fact.kind == ExpenseKind.CASH or any(line.tax and line.tax.reverse for line in fact.lines):
            continue
        sums = []
        for one in (contra, replace(contra, together=True)):
            found: Counter[str] = Counter()
            for side in sides(fact, one, "EUR"):
                found[side.account.number] += side.debit - side.credit
            sums.append({number: net for number, net in found.items() if net})
        assert sums[0] == sums[1]


def test_settings_page_says_the_next_number_and_refuses_nonsense(cast, sign_in):
    from tests.bookkeeping.test_pages import settings_data, text, url

    client, page = sign_in(cast.alice), url(cast, "books-settings")
    saved = client.post(page, settings_data(cast, voucher_series="k", voucher_yearly="on", lines_together="together"))
    assert saved.status_code == 303
    book = BookSettings.objects.get(company=cast.company)
    assert (book.voucher_series, book.voucher_yearly, book.lines_together) == ("K", True, True)
    assert "The next voucher is K20" in text(client.get(page))
    for wrong in ({"voucher_series": "a-b"}, {"voucher_start": "0"}, {"voucher_start": "x"}, {"lines_together": "x"}):
        assert client.post(page, settings_data(cast, **wrong)).status_code == 422


def test_a_batch_that_is_given_up_half_way_leaves_no_gap(cast, monkeypatch):
    set_accounts(cast, voucher_yearly=True)
    for day in (date(2025, 12, 30), date(2025, 12, 31), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)):
        arrived(cast, day)
    monkeypatch.setattr(freeze, "PIECE", 2)
    insert = freeze._insert

    def broken(export: Export, items: Any, start: int, contra: Any) -> None:
        if start:
            raise OSError
        insert(export, items, start, contra)

    with monkeypatch.context() as patch:
        patch.setattr(freeze, "_insert", broken)
        queue_all(cast.bob)
        lost = begin_export(by=cast.bob, client_key="lost", now=NOW)
        with pytest.raises(OSError):
            build(export_id=lost.pk, now=NOW)
    Export.objects.filter(pk=lost.pk).update(status=ExportStatus.FAILED, lease_until=None)
    batch = make_export(cast.bob)
    assert vouchers(lost) == ["2025-1", "2025-2"]
    assert vouchers(batch) == ["2025-3", "2025-4", "2025-5", "2026-1", "2026-2"] and agrees(cast)


def test_numbers_of_batches_made_at_once_alternate_without_a_gap(cast, monkeypatch):
    for _ in range(4):
        arrived(cast, date(2026, 1, 1))
    monkeypatch.setattr(freeze, "PIECE", 2)
    queue_all(cast.bob)
    slow = begin_export(by=cast.bob, client_key="slow", now=NOW)
    insert = freeze._insert

    def meanwhile(export: Export, items: Any, start: int, contra: Any) -> None:
        insert(export, items, start, contra)
        if start == 0 and export.pk == slow.pk:
            # Another batch takes the number that would have been this one's next.
            next_number(company=cast.company, range="voucher")

    monkeypatch.setattr(freeze, "_insert", meanwhile)
    batch = build(export_id=slow.pk, now=NOW)
    assert batch.status == "ready" and vouchers(batch) == ["1", "2", "4", "5"] and span_of(batch) == "1 – 5"
    assert agrees(cast)
