"""The pages of the books: what they show, what their buttons do, and that nothing posted breaks them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from bookkeeping.build import build
from bookkeeping.models import BookItem, BookSettings, Export, ExportStatus
from expenses.models import ChartAccount, Lane
from tests.bookkeeping.conftest import NOW, item_of, make_export, purchase, queue_all, stored, top_up


def url(cast, name, company=None, **ids):
    return reverse(name, kwargs={"company": (company or cast.company).slug, **ids})


@pytest.fixture
def bob(cast, sign_in) -> Client:
    return sign_in(cast.bob)


def text(response) -> str:
    return response.content.decode()


def test_a_new_company_has_nothing_to_export(cast, bob):
    page = text(bob.get(url(cast, "export")))
    assert "All exported" in page and "The queue is empty" in page and "No export yet" in page


def test_the_three_lanes(cast, bob, month):
    make_export(cast.bob)
    good, bare = purchase(cast.carol, merchant="Good"), purchase(cast.carol, merchant="Bare", receipt=False)
    page = text(bob.get(url(cast, "export")))
    assert "Queue the one that is ready" in page and "2 entries: 1 ready, 1 with a problem" in page
    assert "receipt_missing" in page and "9 of 9 checks passed" in page
    assert Export.objects.get().file_name in page and "5 entries" in page
    queue_all(cast.bob)
    page = text(bob.get(url(cast, "export")))
    assert "Export 1 entry" in page and "5835 Pleo-konto" in page
    assert item_of(good).lane == Lane.QUEUE and item_of(bare).lane == Lane.UNEXPORTED


FILTERS = [
    ("show=problems", {"Bare"}), ("show=ready", {"Good"}), ("q=goo", {"Good"}), ("q=carol", {"Good", "Bare"}),
    ("q=nothing", set()), ("show=reserved", set()), ("show=made-up&cursor=%00", {"Good", "Bare"}), ("q=%00", {"Good", "Bare"}),
]  # fmt: skip


def test_the_lane_is_filtered(cast, bob):
    purchase(cast.carol, merchant="Good")
    purchase(cast.carol, merchant="Bare", receipt=False)
    for query, shown in FILTERS:
        response = bob.get(url(cast, "export") + "?" + query, headers={"HX-Request": "true"})
        page = text(response)
        assert {name for name in ("Good", "Bare") if f">{name}</a>" in page} == shown, query
        assert "<html" not in page and "HX-Request" in response["Vary"]


def test_the_lane_is_sorted(cast, bob):
    for amount in (300, 100, 200):
        top_up(cast.company, amount)

    def amounts(sort):
        return [row.item.amount for row in bob.get(url(cast, "export") + f"?sort={sort}").context["rows"]]

    assert amounts("-amount") == [300, 200, 100] and amounts("amount") == [100, 200, 300]
    assert amounts("date") == list(reversed(amounts("-date"))) == list(reversed(amounts("made-up")))


def test_the_list_is_downloaded_with_what_each_entry_lacks(cast, bob):
    purchase(cast.carol, merchant="=Bare", receipt=False)
    queued = purchase(cast.carol, merchant="Good")
    bob.post(url(cast, "export-queue"), {"expense": queued.pk})

    def lines(query=""):
        return b"".join(bob.get(url(cast, "export-items-csv") + query).streaming_content).decode().splitlines()[1:]

    assert lines() == ["2026-11-20,'=Bare,Carol,3600 Kontorartikler,Spent,125.00,DKK,receipt_missing"]
    assert len(lines("?lane=queue")) == 1 and "Good" in lines("?lane=queue")[0]
    assert lines("?show=ready") == []


def test_reserved_purchases_are_shown_as_waiting(cast, bob):
    from expenses.record_authorization import record
    from tests.expenses.conftest import authorize

    record(authorization=authorize(cast.carol, 8412, "Shell Station"))
    page = text(bob.get(url(cast, "export") + "?show=reserved"))
    assert "Shell Station" in page and "not_settled" in page and "1 purchase has not settled." in page


def test_the_lane_has_pages(cast, bob):
    for number in range(23):
        top_up(cast.company, 100 + number)
    first = bob.get(url(cast, "export"))
    assert len(first.context["rows"]) == 12
    second = bob.get(url(cast, "export") + "?cursor=" + first.context["page"].next)
    assert len(second.context["rows"]) == 11


def test_queueing_all_that_is_ready_and_taking_it_back(cast, bob, month):
    bare = purchase(cast.carol, merchant="Bare", receipt=False)
    response = bob.post(url(cast, "export-queue"), {"all": "ready"}, follow=True)
    assert response.redirect_chain[0][1] == 303
    assert "5 queued." in text(response) and item_of(bare).lane == Lane.UNEXPORTED
    undo = next(message.extra_tags for message in response.context["messages"])
    response = bob.post(undo, follow=True)
    assert "5 taken out of the queue." in text(response)
    assert set(BookItem.objects.values_list("lane", flat=True)) == {Lane.UNEXPORTED}


def test_queueing_some_says_what_was_skipped(cast, bob):
    good, bare = purchase(cast.carol, merchant="Good"), purchase(cast.carol, merchant="Bare", receipt=False)
    ids = {"item": [item_of(good).pk, item_of(bare).pk], "expense": [good.pk]}
    page = text(bob.post(url(cast, "export-queue"), ids, follow=True))
    assert "1 queued. 1 skipped: Bare: No receipt." in page


def test_more_than_a_press_can_do_is_left_to_a_worker(cast, bob, month, monkeypatch):
    from bookkeeping import views

    monkeypatch.setattr(views, "PRESS_LIMIT", 2)
    page = text(bob.post(url(cast, "export-queue"), {"all": "ready"}, follow=True))
    assert "0 of 5" in page and "You can leave this page" in page


@pytest.mark.parametrize(
    ("wanted", "inside"),
    [("/c/{slug}/expenses/?q=1", True), ("https://evil.example/", False), ("//evil", False), ("/c/other/", False)],
)
def test_it_goes_back_only_within_the_company(cast, bob, wanted, inside):
    wanted = wanted.format(slug=cast.company.slug)
    response = bob.post(url(cast, "export-queue"), {"next": wanted})
    assert response.status_code == 303 and response["Location"] == (wanted if inside else url(cast, "export"))
    if not wanted.startswith(("http", "//")):
        came_from = bob.post(url(cast, "export-queue"), headers={"Referer": f"http://testserver{wanted}"})
        assert came_from["Location"] == response["Location"]
    fragment = bob.post(url(cast, "export-queue"), {"next": wanted}, headers={"HX-Request": "true"})
    assert fragment.status_code == 204 and fragment["HX-Redirect"] == response["Location"]


def test_a_way_back_with_control_characters_is_no_fault(cast, bob):
    for strange in ("\r\nX-Evil: 1", "\x00", "ø", "%0a", "\\evil"):
        for headers in ({}, {"HX-Request": "true"}):
            response = bob.post(url(cast, "export-queue"), {"next": url(cast, "export") + strange}, headers=headers)
            assert response.status_code in (204, 303) and "X-Evil" not in response


@pytest.mark.parametrize("referer", ["https://evil.example/c/havblik/expenses/", "http://[::1", "http://testserver/"])
def test_a_strange_referer_leads_to_the_export_page(cast, bob, referer):
    response = bob.post(url(cast, "export-queue"), headers={"Referer": referer})
    assert response.status_code == 303 and response["Location"] == url(cast, "export")


def test_nonsense_moves_nothing(cast, bob, month):
    queue_all(cast.bob)
    bare = item_of(purchase(cast.carol, receipt=False))
    nonsense = [
        {}, {"item": "no id"}, {"item": ["", "\x00", str(uuid4())], "expense": "'"}, {"all": "everything"}, {"item": bare.pk},
    ]  # fmt: skip
    for data in nonsense:
        for name in ("export-queue", "export-unqueue"):
            assert bob.post(url(cast, name), data).status_code == 303, data
    for at in ("", "never", "2026-13-45T99:99", "2026-11-20", "2026-11-20T10:00:00", "0001-01-01T00:00:00%2B14:00"):
        assert bob.post(url(cast, "export-unqueue") + f"?at={at}").status_code == 303, at
    assert BookItem.objects.filter(lane=Lane.QUEUE).count() == 5


def test_looking_through_the_queue(cast, bob, month):
    queue_all(cast.bob)
    page = text(bob.get(url(cast, "export-queue")))
    assert "3600 Kontorartikler" in page and "queued by Bob" in page
    found = text(bob.get(url(cast, "export-queue") + "?q=kaffebar", headers={"HX-Request": "true"}))
    assert "Kaffebar ÆØÅ" in found and "Bauhaus" not in found and "<html" not in found
    bob.post(url(cast, "export-unqueue"), {"item": item_of(month["coffee"]).pk, "next": url(cast, "export-queue")})
    assert item_of(month["coffee"]).lane == Lane.UNEXPORTED


def exported(cast, bob, **data) -> Export:
    queue_all(cast.bob)
    response = bob.post(url(cast, "export-create"), {"formats": "csv", "with_receipts": "on", "key": uuid4(), **data})
    assert response.status_code == 303
    batch = Export.objects.order_by("-number").first()
    assert response["Location"] == url(cast, "export-job", export_id=batch.pk)
    return batch


def test_an_export_from_button_to_file(cast, bob, month):
    batch = exported(cast, bob)
    waiting = text(bob.get(url(cast, "export-job", export_id=batch.pk)))
    assert 'data-tick="1"' in waiting and "Writing entries: 0 of 5" in waiting
    Export.objects.update(progress_done=6, progress_total=8)
    fragment = text(bob.get(url(cast, "export-progress", export_id=batch.pk), headers={"HX-Request": "true"}))
    assert "Packing receipts: 1 of 3" in fragment and "<html" not in fragment
    build(export_id=batch.pk, now=NOW)
    done = text(bob.get(url(cast, "export-progress", export_id=batch.pk), headers={"HX-Request": "true"}))
    batch.refresh_from_db()
    assert "data-tick" not in done and batch.sha256 in done and "5835 Pleo-konto" in done
    assert text(bob.get(url(cast, "export-progress", export_id=batch.pk))).count("<html") == 1


def test_downloads_are_the_stored_bytes_every_time(cast, bob, month):
    batch = make_export(cast.bob)
    for name, key, media in (
        ("export-file", batch.file_key, "text/csv; charset=utf-8"), ("export-receipts", batch.receipts_key, "application/zip"),
    ):  # fmt: skip
        for _ in range(2):
            response = bob.get(url(cast, name, export_id=batch.pk))
            assert response.getvalue() == stored(key)
            assert response["Content-Type"] == media and response["X-Content-Type-Options"] == "nosniff"
            assert response["Content-Disposition"].startswith('attachment; filename="')
            assert "no-store" in response["Cache-Control"]


def test_a_file_that_is_not_there_is_a_404(cast, bob, month):
    from django.core.files.storage import default_storage

    batch = exported(cast, bob)
    assert bob.get(url(cast, "export-file", export_id=batch.pk)).status_code == 404
    build(export_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    default_storage.delete(batch.file_key)
    assert bob.get(url(cast, "export-file", export_id=batch.pk)).status_code == 404


def test_pressing_export_twice_makes_one(cast, bob, month):
    key = uuid4()
    first = exported(cast, bob, key=key)
    again = bob.post(url(cast, "export-create"), {"formats": "csv", "key": key})
    assert again["Location"] == url(cast, "export-job", export_id=first.pk) and Export.objects.count() == 1


def test_an_export_that_cannot_begin_says_so(cast, bob):
    key = str(uuid4())
    for data in (
        {},
        {"formats": "xls", "key": key},
        {"formats": "csv", "key": "no id"},
        {"formats": "csv", "key": key},
    ):
        response = bob.post(url(cast, "export-create"), data, follow=True)
        assert response.status_code == 200 and list(response.context["messages"]), data
    assert not Export.objects.exists()


def test_a_failed_export_says_which_entries_and_is_tried_again(cast, bob, month):
    batch = exported(cast, bob)
    ChartAccount.objects.filter(company=cast.company, number="3600").update(archived_at=NOW)
    build(export_id=batch.pk, now=NOW)
    page = text(bob.get(url(cast, "export-job", export_id=batch.pk)))
    assert "Account 3600 was archived." in page and "Bauhaus Altona" in page and "Nothing left the queue" in page
    assert "not made" in text(bob.get(url(cast, "export")))
    ChartAccount.objects.update(archived_at=None)
    bob.post(url(cast, "export-again", export_id=batch.pk))
    assert build(export_id=batch.pk, now=NOW).status == ExportStatus.READY
    response = bob.post(url(cast, "export-again", export_id=batch.pk), follow=True)
    assert "Someone changed this a moment ago" in text(response)


def test_undo_asks_why(cast, bob, month):
    batch = make_export(cast.bob)
    address = url(cast, "export-undo", export_id=batch.pk)
    assert "The 5 entries can be changed" in text(bob.get(address))
    refused = bob.post(address, {"reason": "  "})
    assert refused.status_code == 422 and "Write why" in text(refused)
    assert bob.post(address, {"reason": "x" * 501}).status_code == 422
    done = bob.post(address, {"reason": "Wrong <month>"}, follow=True)
    assert "is undone" in text(done) and "Wrong &lt;month&gt;" in text(done)
    late = bob.post(address, {"reason": "Again"})
    assert late.status_code == 422 and "undone before" in text(late)


def test_history_is_searched_filtered_and_downloaded(cast, bob, month):
    first = make_export(cast.bob)
    top_up(cast.company, 777)
    second = make_export(cast.alice)
    address = url(cast, "export-history")

    def numbers(query=""):
        return [export.number for export in bob.get(address + query).context["page"].rows]

    assert numbers() == [2, 1] and numbers("?sort=number") == [1, 2]
    assert numbers("?q=%231") == [1] and numbers("?q=alice") == [2] and numbers("?q=%00") == [2, 1]
    assert (
        numbers("?q=99999999999999") == [] and numbers("?state=withdrawn") == [] and numbers("?state=ready") == [2, 1]
    )
    bob.post(url(cast, "export-undo", export_id=first.pk), {"reason": "=cmd()"})
    assert numbers("?state=withdrawn") == [1] and numbers("?state=ready") == [2]
    rows = b"".join(bob.get(url(cast, "export-history-csv")).streaming_content).decode()
    assert second.sha256 in rows and "'=cmd()" in rows and rows.count("\r\n") == 3


def test_the_books_agree_page(cast, bob, month):
    make_export(cast.bob)
    assert text(bob.get(url(cast, "export-agreement"))).count("Holds") == 8
    BookItem.objects.filter(expense=month["paper"]).update(amount=1)
    Export.objects.update(totals={"debit": 1, "credit": 1, "entries": 5, "by_account": [], "tax": []})
    assert "1 wrong" in text(bob.get(url(cast, "export-agreement")))


def settings_data(cast, **changes):
    book = BookSettings.objects.get(company=cast.company)
    names = ("wallet_account", "bank_account", "out_of_pocket_account", "cash_account", "fees_account")
    data = {name: getattr(book, f"{name}_id") for name in names}
    datev = {"datev_consultant": 1001, "datev_client": 1, "datev_account_length": 4, "datev_chart": ""}
    look = {"fiscal_year_start_month": 1, "csv_separator": ";", "csv_decimal_comma": "comma", "formats": ["csv"]}
    numbers = {"voucher_series": "", "voucher_start": 1, "lines_together": "each"}
    return {**data, **datev, **look, **numbers, "method": "journal", "supplier_account": "", **changes}


def test_settings_are_saved(cast, bob):
    other = ChartAccount.objects.get(company=cast.company, number="3660")
    data = settings_data(
        cast, fees_account=other.pk, csv_separator="\t", csv_decimal_comma="point", fiscal_year_start_month=7
    )
    response = bob.post(url(cast, "books-settings"), data, follow=True)
    assert "Book settings saved." in text(response)
    book = BookSettings.objects.get(company=cast.company)
    assert (book.fees_account, book.csv_separator, book.csv_decimal_comma, book.fiscal_year_start_month) == (
        other,
        "\t",
        False,
        7,
    )


def test_the_setup_check_says_what_is_missing(cast, bob):
    BookSettings.objects.filter(company=cast.company).update(bank_account=None)
    for name in ("books-settings", "export"):
        assert "No contra account is chosen for the bank." in text(bob.get(url(cast, name)))


WRONG_SETTINGS = [
    ({"bank_account": ""}, "Choose an account."),
    ({"csv_separator": "x"}, "valid choice"),
    ({"csv_separator": ","}, "cannot part cells and decimals"),
    ({"fiscal_year_start_month": 13}, "valid choice"),
    ({"wallet_account": "no id"}, "Choose an account from the list"),
    ({"wallet_account": str(uuid4())}, "Choose an account from the list"),
]


def test_wrong_settings_are_told_beside_the_field(cast, bob):
    for changes, message in WRONG_SETTINGS:
        response = bob.post(url(cast, "books-settings"), settings_data(cast, **changes))
        assert response.status_code == 422 and message in text(response), changes
    assert BookSettings.objects.get(company=cast.company).csv_separator == ";"


def test_another_companys_account_is_no_choice(cast, bob):
    theirs = ChartAccount.objects.filter(company=cast.other).first()
    assert bob.post(url(cast, "books-settings"), settings_data(cast, wallet_account=theirs.pk)).status_code == 422


def test_another_companys_export_does_not_exist(cast, sign_in, month):
    batch = make_export(cast.bob)
    mallory = sign_in(cast.mallory)
    for name in ("export-job", "export-progress", "export-file", "export-receipts", "export-undo"):
        assert mallory.get(url(cast, name, export_id=batch.pk)).status_code == 404
        assert mallory.get(url(cast, name, company=cast.other, export_id=batch.pk)).status_code == 404
    for name in ("export-undo", "export-again"):
        assert mallory.post(url(cast, name, company=cast.other, export_id=batch.pk), {"reason": "x"}).status_code == 404
    batch.refresh_from_db()
    assert batch.withdrawn_at is None


def test_clients_show_what_is_open_in_each(cast, bob, sign_in, month):
    page = text(bob.get(reverse("clients")))
    assert "Havblik" in page and "Strandgut" not in page and ">5<" in page and "none yet" in page
    make_export(cast.bob)
    assert "none yet" not in text(bob.get(reverse("clients")))
    assert "No client matches" in text(bob.get(reverse("clients") + "?q=nobody"))
    assert bob.get(reverse("clients") + "?sort=-open&q=%00").status_code == 200
    assert "No clients yet" in text(sign_in(cast.carol).get(reverse("clients")))


def test_a_limited_accountant_sees_no_buttons(cast, sign_in, month):
    from tests.conftest import join

    limited = sign_in(join(cast.company, "lars", "accountant_limited"))
    page = text(limited.get(url(cast, "export")))
    assert "Bauhaus Altona" in page and "Queue the" not in page
    assert limited.post(url(cast, "export-queue"), {"all": "ready"}).status_code == 403


def test_the_page_takes_a_fixed_number_of_queries(cast, bob, django_assert_max_num_queries):
    for number in range(3):
        purchase(cast.carol, 100 + number)
    queue_all(cast.bob)
    for number in range(6):
        purchase(cast.carol, 900 + number)
    address = url(cast, "export")
    bob.get(address)
    with django_assert_max_num_queries(60):
        bob.get(address)


def test_everything_is_checked_when_asked_and_kept(cast, bob, month):
    from django.core.files.storage import default_storage

    from bookkeeping import tasks
    from bookkeeping.models import CheckRun

    make_export(cast.bob)
    assert "Not checked yet" in text(bob.get(url(cast, "export-agreement")))
    assert bob.post(url(cast, "export-agreement")).status_code == 303
    tasks.run_check.run(run_id=str(CheckRun.objects.get().pk))
    assert "Everything held." in text(bob.get(url(cast, "export-agreement")))
    default_storage.delete(Export.objects.get().file_key)
    assert bob.post(url(cast, "export-agreement")).status_code == 303
    tasks.run_check.run(run_id=str(CheckRun.objects.order_by("created_at").last().pk))
    assert "Does not hold" in text(bob.get(url(cast, "export-agreement")))


def test_clients_have_pages_and_a_file(cast, bob, monkeypatch):
    from accounts.create_company import create_company
    from bookkeeping import views_clients
    from tests.conftest import make_user

    for number in range(3):
        other = create_company(owner=make_user(f"o{number}"), name=f"Client {number}", country="DK", now=NOW)
        other.memberships.create(user=cast.bob.user, role="accountant", status="active", company=other)
    monkeypatch.setattr(views_clients, "SIZE", 2)
    first = text(bob.get(reverse("clients")))
    assert "1 / 2" in first and "Client 2" not in first
    assert "Client 2" in text(bob.get(reverse("clients") + "?page=2"))
    assert bob.get(reverse("clients") + "?page=soon&q=x").status_code == 200
    lines = b"".join(bob.get(reverse("clients-csv") + "?q=client")).decode("utf-8-sig").splitlines()
    assert len(lines) == 4 and lines[1].startswith("Client 0,Accountant,0,0,")


def test_a_long_queue_is_added_up_when_asked(cast, bob, month, monkeypatch):
    from bookkeeping import overview

    monkeypatch.setattr(overview, "SLIP_LIMIT", 2)
    monkeypatch.setattr(overview, "PIECE", 2)
    queue_all(cast.bob)
    page = text(bob.get(url(cast, "export")))
    assert "Add up the control totals" in page
    fragment = bob.get(url(cast, "export-slip"), headers={"HX-Request": "true"})
    assert b"<html" not in fragment.content and "5835" in text(fragment)
    monkeypatch.setattr(overview, "SLIP_MOST", 3)
    assert "nothing to add up" in text(bob.get(url(cast, "export-slip")))
