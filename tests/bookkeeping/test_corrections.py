"""What is in the books is corrected by an entry of its own: the old lines turned round, the right ones booked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.test import Client
from django.urls import reverse

from accounts.create_token import create_token
from bookkeeping import checks, facts
from bookkeeping.booked_coding import booked_coding, newest_items
from bookkeeping.close_period import close_period
from bookkeeping.correct import (
    CorrectedAlready,
    CorrectionSame,
    CorrectionWaits,
    NothingCoded,
    NotInBooks,
    PartUncoded,
    correct,
)
from bookkeeping.drop_correction import CorrectionBooked, drop_correction
from bookkeeping.formats.registry import FORMATS
from bookkeeping.invariants import check_invariants
from bookkeeping.models import BookItem, BookSettings, Correction, Export, JournalEntry, Posting
from bookkeeping.month_report import month_report
from bookkeeping.months import Month
from bookkeeping.unqueue import unqueue
from bookkeeping.withdraw import CorrectedSince, ReasonMissing, withdraw
from cards.models import ClearingKind
from expenses.lines import Part, TaxTooLarge
from expenses.models import Category, Expense, ExpenseLine, Lane, Tag, TagGroup, TaxCode
from expenses.split import SplitDiffers
from pleo.lib.errors import WrongState
from pleo.lib.format import region
from pleo.lib.money import Money
from tests.bookkeeping.conftest import (
    NOW,
    add_receipt,
    claim,
    item_of,
    make_export,
    make_ready,
    purchase,
    queue_all,
    settle,
    stored,
    top_up,
)


def part(cast: Any, amount: int, code: str = "travel", **fields: Any) -> Part:
    category = Category.objects.get(company=cast.company, code=code)
    return Part(Money(amount, "DKK"), category, fields.pop("tax_code", category.tax_code), **fields)


def mend(cast: Any, item: BookItem, *parts: Part, key: str = "", reason: str = "Wrong account") -> Correction:
    wanted = parts or (part(cast, item.amount),)
    return correct(
        item=item, by=cast.bob, parts=wanted, reason=reason, client_key=key or uuid4().hex, now=NOW
    )  # fmt: skip


def agrees(cast: Any) -> bool:
    found = [str(finding) for finding in check_invariants(company=cast.company, with_files=True) if not finding.holds]
    assert not found, found
    return True


def booked(cast: Any, expense: Expense) -> dict[tuple[str, str], int]:
    """Return what counts in the books for an expense: {(account, VAT code): debit less credit}."""
    rows = Posting.objects.filter(
        entry__book_item__expense=expense, entry__export__withdrawn_at=None, entry__export__status="ready"
    )
    sums = rows.values_list("account_number", "tax_code_name").annotate(net=Sum(F("debit") - F("credit"))).order_by()
    return {(number, code): net for number, code, net in sums if net}


def would_book(cast: Any, amount: int, code: str) -> dict[tuple[str, str], int]:
    """Return what a purchase of another category is booked as."""
    other = purchase(cast.carol, amount, category=code, merchant="Twin")
    make_export(cast.bob)
    return booked(cast, other)


@pytest.fixture
def exported(cast: Any) -> BookItem:
    """A purchase that is in the books."""
    top_up(cast.company)
    item = item_of(purchase(cast.carol, 12500))
    make_export(cast.bob)
    item.refresh_from_db()
    return item


def bytes_of(cast: Any) -> Counter[bytes]:
    batches = Export.objects.filter(company=cast.company, status="ready").prefetch_related("files")
    return Counter(stored(file.key) for batch in batches for file in batch.files.all())


def test_a_correction_turns_the_old_lines_round_and_books_the_new(cast, exported):
    before, old = bytes_of(cast), booked(cast, exported.expense)
    lines = list(exported.expense.lines.values())
    made = mend(cast, exported)
    assert made.item.lane == Lane.UNEXPORTED and made.item.kind == "correction" and made.item.revision == 2
    assert booked(cast, exported.expense) == old and agrees(cast)
    batch = make_export(cast.bob)
    assert batch.status == "ready", batch.last_error
    assert booked(cast, exported.expense) == would_book(cast, 12500, "travel") and agrees(cast)
    entry = JournalEntry.objects.get(book_item=made.item)
    first = JournalEntry.objects.get(book_item=exported)
    assert entry.adjusts == first and entry.date == first.date and entry.debit_total == 2 * first.debit_total
    assert entry.text == f"Correction of voucher {first.voucher_number}: {first.text}"
    assert not entry.postings.filter(is_wallet=True).exists(), "the wallet's money did not move again"
    assert before <= bytes_of(cast) and list(exported.expense.lines.values()) == lines
    exported.expense.refresh_from_db()
    assert exported.expense.books_lane == Lane.EXPORTED


def test_corrections_form_a_chain_and_the_newest_counts(cast, exported):
    mend(cast, exported)
    make_export(cast.bob)
    (newest,) = newest_items(exported.expense_id)
    vat = TaxCode.objects.filter(company=cast.company, rate=25).first()
    rent = part(cast, 10000, "office", tax_code=vat, tax=Money(1999, "DKK"), text="Chairs")
    mend(cast, newest, rent, part(cast, 2500, "travel", tax_code=None))
    make_export(cast.bob)
    (last,) = newest_items(exported.expense_id)
    coding = booked_coding(last)
    assert [(one.amount.amount, one.text, one.tax.amount) for one in coding.open] == [
        (10000, "Chairs", 1999),
        (2500, "", 0),
    ]
    sums = booked(cast, exported.expense)
    assert sum(net for net in sums.values()) == 0 and sums["5835", ""] == -12500
    mend(cast, last, part(cast, 12500, "office"))
    make_export(cast.bob)
    assert booked(cast, exported.expense) == would_book(cast, 12500, "office") and agrees(cast)
    assert [item.revision for item in BookItem.objects.filter(movement=exported.movement).order_by("revision")] == [
        1,
        2,
        3,
        4,
    ]


@pytest.mark.parametrize("payable", [False, True])
def test_every_format_takes_a_correction(cast, exported, payable):
    if payable:
        BookSettings.objects.filter(company=cast.company).update(method="payable")
    mend(cast, exported, part(cast, 2500), part(cast, 10000, "office", text="Lamps"))
    batch = make_export(cast.bob, formats=sorted(key for key in FORMATS if key != "custom"))
    assert batch.status == "ready", batch.last_error
    assert batch.totals["debit"] == batch.totals["credit"] == 25000 and agrees(cast)


def test_claims_refunds_and_later_parts_are_corrected_each_by_itself(cast):
    top_up(cast.company)
    paid = claim(cast.carol, 5000)
    refund = make_ready(
        settle(None, 2500, kind=ClearingKind.REFUND, holder=cast.carol, merchant="Bauhaus").expense, receipt=False
    )
    make_export(cast.bob)
    for expense in (paid, refund):
        mend(cast, item_of(expense))
    make_export(cast.bob)
    for expense, amount in ((paid, 5000), (refund, -2500)):
        sums = booked(cast, expense)
        account = Category.objects.get(company=cast.company, code="travel").account.number
        assert sum(net for (number, _), net in sums.items() if number == account) in (amount, amount * 4 // 5)
        assert sum(sums.values()) == 0
    assert agrees(cast)


def test_what_is_private_stays_as_it_was_booked(cast):
    from expenses.mark_private import mark_private

    top_up(cast.company)
    bought = purchase(cast.carol, 10000)
    mark_private(expense=bought, by=cast.carol, amount=Money(4000, "DKK"), now=NOW)
    make_ready(bought, receipt=False)
    make_export(cast.bob)
    item = item_of(bought)
    with pytest.raises(SplitDiffers):
        mend(cast, item, part(cast, 10000))
    mend(cast, item, part(cast, 6000, tax_code=None))
    make_export(cast.bob)
    account = Category.objects.get(company=cast.company, code="travel").account.number
    assert booked(cast, bought) == {(account, ""): 6000, ("5650", ""): 4000, ("5835", ""): -10000} and agrees(cast)


def test_a_movement_of_several_is_corrected_with_its_own_lines(cast):
    from expenses import record_authorization
    from tests.expenses.conftest import authorize

    top_up(cast.company)
    authorization = authorize(cast.carol, 9000, "Hotel")
    record_authorization.record(authorization=authorization)
    first = settle(authorization, 3000)
    settle(authorization, 6001)
    expense = make_ready(first.expense)
    make_export(cast.bob)
    one, two = sorted(newest_items(expense.pk), key=lambda item: item.amount)
    assert (booked_coding(one).whole.amount, booked_coding(two).whole.amount) == (3000, 6001)
    mend(cast, one, part(cast, 3000))
    make_export(cast.bob)
    assert (
        booked_coding(next(i for i in newest_items(expense.pk) if i.amount == 6001)).open[0].category.code == "office"
    )
    assert agrees(cast)


def test_refusals(cast, exported):
    other = item_of(purchase(cast.carol, 700))
    money = BookItem.objects.get(transfer__isnull=False)
    with pytest.raises(NotInBooks):
        mend(cast, other)
    with pytest.raises(NothingCoded):
        mend(cast, money)
    with pytest.raises(SplitDiffers):
        mend(cast, exported, part(cast, 12499))
    with pytest.raises(CorrectionSame):
        mend(cast, exported, part(cast, 12500, "office"))
    with pytest.raises(PartUncoded):
        mend(cast, exported, Part(Money(12500, "DKK")))
    with pytest.raises(TaxTooLarge):
        mend(cast, exported, part(cast, 12500, tax=Money(12501, "DKK")))
    with pytest.raises(ReasonMissing):
        mend(cast, exported, reason=" \x00 ")
    assert not Correction.objects.exists()


def test_a_tag_that_every_line_needs_is_asked_for(cast, exported):
    group = TagGroup.objects.create(company=cast.company, name="Cost centre", is_required=True)
    site = Tag.objects.create(company=cast.company, group=group, name="Site", path="Site", code="S1")
    with pytest.raises(PartUncoded, match="Cost centre"):
        mend(cast, exported)
    mend(cast, exported, part(cast, 12500, "office", tags=(site,)))
    make_export(cast.bob)
    (item,) = newest_items(exported.expense_id)
    assert booked_coding(item).open[0].tags == (site,) and agrees(cast)


def test_the_same_press_twice_is_one_correction_another_press_waits(cast, exported):
    first = mend(cast, exported, key="press")
    assert mend(cast, exported, key="press") == first
    with pytest.raises(CorrectionWaits):
        mend(cast, exported)
    make_export(cast.bob)
    with pytest.raises(CorrectedAlready):
        mend(cast, exported, part(cast, 12500, "meals"))
    assert Correction.objects.count() == 1


def test_the_database_refuses_a_second_line_of_corrections(cast, exported):
    made = mend(cast, exported)
    twin = BookItem.objects.create(
        company=cast.company, movement=exported.movement, expense=exported.expense, revision=3, kind="correction",
        booked_date=exported.booked_date, direction="spend", amount=12500, currency="DKK", text="",
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(
            company=cast.company, item=twin, corrects=exported, by=cast.bob, client_key="x", reason="x"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        BookItem.objects.filter(pk=exported.pk).update(lane="", queued_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.lines.update(category=None)


# ---- taken back, undone, closed


def test_a_correction_is_taken_back_and_made_anew(cast, exported):
    made = drop_correction(correction=mend(cast, exported), by=cast.bob, now=NOW)
    assert made.dropped_at and not BookItem.objects.visible_to(cast.bob).filter(pk=made.item_id).exists()
    with pytest.raises(WrongState):
        drop_correction(correction=made, by=cast.bob, now=NOW)
    again = mend(cast, exported)
    assert again.item.revision == 3 and queue_all(cast.bob) == [again.item] and agrees(cast)
    with pytest.raises(CorrectionBooked, match="queue"):
        drop_correction(correction=again, by=cast.bob, now=NOW)
    make_export(cast.bob)
    with pytest.raises(CorrectionBooked, match="books"):
        drop_correction(correction=again, by=cast.bob, now=NOW)


def test_undoing_the_correction_brings_the_old_coding_back(cast, exported):
    old = booked(cast, exported.expense)
    made = mend(cast, exported)
    batch = make_export(cast.bob)
    withdraw(export=batch, by=cast.bob, reason="No", now=NOW)
    assert booked(cast, exported.expense) == old and agrees(cast)
    made.refresh_from_db()
    drop_correction(correction=made, by=cast.bob, now=NOW)
    assert booked(cast, exported.expense) == old and agrees(cast)
    assert JournalEntry.objects.filter(book_item=made.item).count() == 1, "its voucher stays"


def test_the_original_is_undone_after_its_correction(cast, exported):
    original = Export.objects.get(items__book_item=exported)
    mend(cast, exported)
    batch = make_export(cast.bob)
    with pytest.raises(CorrectedSince, match=f"#{batch.number}"):
        withdraw(export=original, by=cast.bob, reason="All of it", now=NOW)
    assert agrees(cast)
    withdraw(export=batch, by=cast.bob, reason="First this", now=NOW)
    withdraw(export=original, by=cast.bob, reason="Then this", now=NOW)
    correction = Correction.objects.get()
    found = BookItem.objects.with_facts().get(pk=correction.item_id)
    contra = facts.contra_of(BookSettings.objects.get(company=cast.company))
    assert [one.code for one in checks.failures(found, contra)] == ["corrected_gone"]
    assert correction.item not in checks.ready(BookItem.objects.all(), contra)
    make_export(cast.bob)
    assert correction.item in checks.ready(BookItem.objects.all(), contra)
    make_export(cast.bob)
    assert booked(cast, exported.expense) == would_book(cast, 12500, "travel") and agrees(cast)


def test_undoing_the_original_takes_a_queued_correction_out_of_the_queue(cast, exported):
    original = Export.objects.get(items__book_item=exported)
    made = mend(cast, exported)
    queue_all(cast.bob)
    withdraw(export=original, by=cast.bob, reason="All of it", now=NOW)
    made.item.refresh_from_db()
    assert made.item.lane == Lane.UNEXPORTED and agrees(cast)
    assert not ExpenseLine.objects.exclude(locked_at=None).exists(), "the expense itself can be edited again"
    assert unqueue(by=cast.bob, items=[made.item_id], now=NOW).done == []


def test_a_correction_of_a_closed_month_is_dated_to_the_first_open_day(cast, exported):
    queue_all(cast.bob)
    month = Month.of(exported.booked_date)
    close_period(by=cast.alice, month=month, reason="Done", now=NOW + timedelta(days=30))
    made = mend(cast, exported)
    make_export(cast.bob)
    entry = JournalEntry.objects.get(book_item=made.item)
    assert entry.date == month.next.first and made.item.booked_date == exported.booked_date and agrees(cast)


def test_the_months_report_moves_the_cost_and_keeps_the_sum(cast, exported):
    month = Month.of(exported.booked_date)

    def costs() -> dict[str, int]:
        return {one.label: one.amount.amount for one in month_report(cast.bob, month).slices["category"] if one.amount}

    assert costs() == {"Office supplies": 12500} or len(costs()) == 1
    name = Category.objects.get(company=cast.company, code="travel").name
    mend(cast, exported)
    assert costs() == {name: 12500}
    make_export(cast.bob)
    assert costs() == {name: 12500} and month_report(cast.bob, month).spent.amount == 12500


# ---- pages and API


def address(cast: Any, expense: Expense) -> str:
    return reverse("expense-correction", kwargs={"company": cast.company.slug, "expense_id": expense.pk})


def form_of(page: Any, **changes: Any) -> dict[str, Any]:
    form = page.context["form"]
    data = {
        "item": form.item.pk,
        "rows": len(form.rows),
        "key": form.head["key"].value(),
        "reason": "Wrong",
        "do": "save",
    }
    # As the page was written: amounts in the company's region.
    with region("DK"):
        for row in form.rows:
            data |= {bound.html_name: "" if bound.value() is None else bound.value() for bound in row}
    return data | changes


def test_the_page_corrects_and_takes_back(cast, exported, sign_in):
    client: Client = sign_in(cast.bob)
    page = client.get(address(cast, exported.expense))
    assert page.status_code == 200 and b"Correct in the books" in page.content
    travel = Category.objects.get(company=cast.company, code="travel")
    unchanged = client.post(address(cast, exported.expense), form_of(page))
    assert unchanged.status_code == 422 and b"Nothing is different" in unchanged.content
    data = form_of(page, **{"line-0-category": str(travel.pk), "line-0-tax_code": ""})
    assert client.post(address(cast, exported.expense), data | {"reason": ""}).status_code == 422
    more = client.post(address(cast, exported.expense), data | {"do": "add"})
    assert len(more.context["form"].rows) == 2
    done = client.post(address(cast, exported.expense), data)
    assert done.status_code == 303 and client.post(address(cast, exported.expense), data).status_code == 200
    made = Correction.objects.get()
    assert made.lines.get().tax_amount == 0 and b"Take it back" in client.get(done.url).content
    drop = reverse("correction-drop", kwargs={"company": cast.company.slug, "correction_id": made.pk})
    assert client.post(drop).status_code == 303 and b"Taken back" in client.get(done.url).content
    assert b"Correct in the books" in client.get(
        reverse("expense", kwargs={"company": cast.company.slug, "expense_id": exported.expense_id})
    ).content  # fmt: skip


@pytest.mark.parametrize(
    "hostile",
    [
        {"rows": "9" * 40}, {"rows": "-1"}, {"item": "x"}, {"key": "x"}, {"line-0-amount": "1e9"}, {"line-0-amount": ""},
        {"line-0-category": "x"}, {"line-0-tax_code": str(uuid4())}, {"reason": "\x00"}, {"line-0-tax": "-1"},
    ],
)  # fmt: skip
def test_nonsense_corrects_nothing(cast, exported, sign_in, hostile):
    client = sign_in(cast.bob)
    data = form_of(client.get(address(cast, exported.expense)))
    answer = client.post(address(cast, exported.expense), data | hostile)
    assert answer.status_code in (200, 409, 422) and not Correction.objects.exists()


def test_an_expense_that_is_not_in_the_books_says_so(cast, sign_in):
    page = sign_in(cast.bob).get(address(cast, purchase(cast.carol)))
    assert page.status_code == 200 and b"nothing to correct" in page.content


def test_the_api_corrects_lists_and_takes_back(cast, exported):
    secret = create_token(membership=cast.bob, name="R", scopes=["books.see", "books.queue"], by=cast.bob).secret
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    travel = Category.objects.get(company=cast.company, code="travel")
    body = {"reason": "Wrong", "lines": [{"amount": 12500, "category": str(travel.pk)}]}
    path = f"/api/v1/book-items/{exported.pk}/correction"
    made = client.post(path, body, content_type="application/json")
    assert made.status_code == 201, made.content
    again = client.post(path, body, content_type="application/json")
    assert again.status_code == 409 and again.json()["error"]["code"] == "correction_waits"
    row = made.json()
    assert row["corrects"] == str(exported.pk) and row["lane"] == "unexported" and len(row["lines"]) == 1
    listed = client.get(f"/api/v1/corrections?expense={exported.expense_id}").json()["results"]
    assert [one["id"] for one in listed] == [row["id"]]
    assert client.delete(f"/api/v1/corrections/{row['id']}").status_code == 204
    assert client.get(f"/api/v1/corrections/{row['id']}").json()["dropped_at"]
    theirs = Category.objects.filter(company=cast.other).first()
    foreign = {"reason": "Wrong", "lines": [{"amount": 12500, "category": str(theirs.pk)}]}
    assert client.post(path, foreign, content_type="application/json").status_code == 422


def test_the_number_of_queries_does_not_grow_with_corrections(cast, django_assert_max_num_queries):
    top_up(cast.company)
    for number in range(6):
        add_receipt(purchase(cast.carol, 1000 + number, receipt=False))
    make_export(cast.bob)
    for item in BookItem.objects.filter(expense__isnull=False):
        mend(cast, item)
    with django_assert_max_num_queries(30):
        rows = BookItem.objects.filter(kind="correction").with_facts()
        contra = facts.contra_of(BookSettings.objects.get(company=cast.company))
        assert len([facts.fact_of(item) for item in rows if not checks.failures(item, contra)]) == 6
