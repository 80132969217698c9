"""Formats in the settings, tables of one's own, and names of VAT codes in other systems."""

from __future__ import annotations

from html import unescape
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bookkeeping.formats import custom
from bookkeeping.models import BookLayout, BookSettings, Export, ExportFile, TaxName
from events.models import Event
from expenses.models import ChartAccount
from tests.bookkeeping.conftest import NOW, make_export, queue_all, stored
from tests.bookkeeping.test_pages import settings_data


@pytest.fixture
def bob(cast, sign_in):
    return sign_in(cast.bob)


def url(cast, name, **ids):
    return reverse(name, kwargs={"company": cast.company.slug, **ids})


def text(response) -> str:
    return unescape(response.content.decode())


def designed(columns, **changes):
    """What the designer sends."""
    data = {
        "name": "Mit ark", "kind": "csv", "rows": "one", "date_format": "%d-%m-%Y", "decimals": "comma", "separator": ";",
        "encoding": "utf-8", "with_headings": "on", **changes,
    }  # fmt: skip
    for place, (field, heading, order) in enumerate(columns):
        data |= {f"field_{place}": field, f"heading_{place}": heading, f"order_{place}": order}
    return data


COLUMNS = [("amount", "Beløb", 2), ("voucher", "Bilag", 1), ("", "ignored", 3), ("text", "", 3)]


def test_a_table_is_designed_shown_and_exported(cast, bob, month):
    page = text(bob.get(url(cast, "books-layout-new") + "?from=e-conomic"))
    assert "Bilagsnr" in page and "Bauhaus Altona" in page and "125,00" in page
    looked = bob.post(url(cast, "books-layout-new"), designed(COLUMNS, look="1"))
    assert looked.status_code == 200 and "Beløb" in text(looked) and not BookLayout.objects.exists()
    assert bob.post(url(cast, "books-layout-new"), designed(COLUMNS)).status_code == 303
    kept = BookLayout.objects.get()
    assert kept.look["columns"] == [["voucher", "Bilag"], ["amount", "Beløb"], ["text", "Text"]]
    assert Event.objects.get(verb="books.layout_kept").subject_label == "Mit ark"
    key = f"custom:{kept.pk}"
    saved = bob.post(url(cast, "books-settings"), settings_data(cast, formats=[key, "sie"]))
    assert saved.status_code == 303
    queue_all(cast.bob)
    lane = text(bob.get(url(cast, "export")))
    assert "Mit ark" in lane and "SIE 4I" in lane and 'value="csv"' not in lane
    bob.post(url(cast, "export-create"), {"formats": [key, "sie"], "key": uuid4()})
    batch = Export.objects.get()
    assert batch.formats == [key, "sie"] and batch.format == "custom"
    from bookkeeping.build import build

    build(export_id=batch.pk, now=NOW)
    first = batch.files.get(position=1)
    assert stored(first.key).decode().startswith("Bilag;Beløb;Text\r\n1;")
    page = text(bob.get(url(cast, "export-job", export_id=batch.pk)))
    assert "Mit ark" in page and ("text written differently" in page or "texts written differently" in page)
    for file in batch.files.all():
        response = bob.get(url(cast, "export-one-file", export_id=batch.pk, file_id=file.pk))
        assert b"".join(response.streaming_content) == stored(file.key)


def test_a_changed_table_leaves_old_exports_as_they_are(cast, bob, month):
    layout = BookLayout.objects.create(company=cast.company, name="T", look=custom.PRESETS["billy"].dump())
    batch = make_export(cast.bob, formats=[f"custom:{layout.pk}"])
    before = stored(batch.file_key)
    assert bob.post(url(cast, "books-layout", layout_id=layout.pk), designed(COLUMNS)).status_code == 303
    from tests.bookkeeping.test_export import again

    batch.refresh_from_db()
    assert dict(again(batch))[batch.file_name] == before


WRONG = [
    (designed([]), "Choose between 1 and 40 columns"), (designed(COLUMNS, separator=","), "cannot part cells"),
    (designed(COLUMNS, encoding="latin-7"), "valid choice"), (designed(COLUMNS, name=" "), "required"),
    (designed([("nonsense", "x", 1)]), "valid choice"), (designed([("text", "x", "soon")]), "whole number"),
    ({**designed(COLUMNS), "field_99999999999": "text"}, ""), (designed(COLUMNS, date_format="%Q"), "valid choice"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), WRONG)
def test_a_table_that_no_file_can_be_is_told(cast, bob, data, message):
    response = bob.post(url(cast, "books-layout-new"), data)
    assert message in text(response)
    assert response.status_code == (422 if message else 303)


def test_a_name_is_given_once_until_it_is_free_again(cast, bob):
    assert bob.post(url(cast, "books-layout-new"), designed(COLUMNS)).status_code == 303
    twice = bob.post(url(cast, "books-layout-new"), designed(COLUMNS, name="MIT ARK"))
    assert twice.status_code == 422 and "table of this name" in text(twice)
    kept = BookLayout.objects.get()
    BookSettings.objects.filter(company=cast.company).update(formats=[f"custom:{kept.pk}"])
    archive = url(cast, "books-layout-archive", layout_id=kept.pk)
    assert bob.post(archive).status_code == 303 and bob.post(archive).status_code == 303
    assert BookSettings.objects.get(company=cast.company).formats == ["csv"]
    assert bob.get(url(cast, "books-layout", layout_id=kept.pk)).status_code == 404
    assert bob.post(url(cast, "books-layout-new"), designed(COLUMNS)).status_code == 303


def test_another_companys_table_does_not_exist(cast, bob):
    theirs = BookLayout.objects.create(company=cast.other, name="T", look=custom.PRESETS["billy"].dump())
    assert bob.get(url(cast, "books-layout", layout_id=theirs.pk)).status_code == 404
    assert bob.post(url(cast, "books-layout-archive", layout_id=theirs.pk)).status_code == 404
    saved = bob.post(url(cast, "books-settings"), settings_data(cast, formats=[f"custom:{theirs.pk}"]))
    assert saved.status_code == 422


def test_vat_codes_have_names_in_other_systems(cast, bob):
    page = text(bob.get(url(cast, "books-tax-names")))
    assert "I25, DATEV" in page
    codes = ["HREP", "I25", "INGEN"]
    data = {f"{system}_{place}": "" for place in range(3) for system in ("datev", "sage", "xero")}
    wrong = bob.post(url(cast, "books-tax-names"), {**data, "datev_1": "neun"})
    assert wrong.status_code == 422 and "one to four digits" in text(wrong)
    assert bob.post(url(cast, "books-tax-names"), {**data, "sage_0": "9"}).status_code == 422
    good = {**data, "datev_1": "9", "xero_1": "20% (VAT on Expenses)", "sage_2": "T9"}
    assert bob.post(url(cast, "books-tax-names"), good).status_code == 303
    kept = sorted(TaxName.objects.values_list("code", "system", "name"))
    assert kept == [("I25", "datev", "9"), ("I25", "xero", "20% (VAT on Expenses)"), ("INGEN", "sage", "T9")]
    bob.post(url(cast, "books-tax-names"), {**good, "datev_1": ""})
    assert TaxName.objects.count() == 2 and codes
    assert Event.objects.filter(verb="books.settings_changed").count() == 2


def test_the_setup_check_knows_what_formats_take(cast, bob):
    ChartAccount.objects.filter(company=cast.company, number="3600").update(number="36-00")
    BookSettings.objects.filter(company=cast.company).update(
        formats=["datev", "sie", "fec"], method="payable", supplier_account=None
    )
    page = text(bob.get(url(cast, "books-settings")))
    for word in (
        "DATEV cannot take this account number: 36-00",
        "SIE cannot take",
        "FEC cannot take",
        "consultant",
        "for suppliers",
    ):
        assert word in page


def test_accounts_payable_wants_the_suppliers_account(cast, bob):
    refused = bob.post(url(cast, "books-settings"), settings_data(cast, method="payable", supplier_account=""))
    assert refused.status_code == 422 and "Choose the account of suppliers" in text(refused)
    account = ChartAccount.objects.get(company=cast.company, number="6840")
    saved = bob.post(url(cast, "books-settings"), settings_data(cast, method="payable", supplier_account=account.pk))
    assert saved.status_code == 303 and BookSettings.objects.get(company=cast.company).method == "payable"


def test_accounts_payable_books_through_the_supplier(cast, month):
    account = ChartAccount.objects.get(company=cast.company, number="6840")
    BookSettings.objects.filter(company=cast.company).update(method="payable", supplier_account=account)
    batch = make_export(cast.bob, formats=["csv", "datev", "xero_bills", "beancount"])
    paper = batch.entries.get(merchant="Bauhaus Altona", foreign_amount=None, expense_number=month["paper"].number)
    sides = list(paper.postings.order_by("position").values_list("account_number", "debit", "credit", "role"))
    assert sides == [
        ("3600", 10000, 0, "cost"), ("6903", 2500, 0, "tax"), ("6840", 0, 12500, "contra"), ("6840", 12500, 0, "contra"),
        ("5835", 0, 12500, "contra"),
    ]  # fmt: skip
    assert paper.debit_total == 25000


def test_no_format_is_no_export(cast, bob, month):
    queue_all(cast.bob)
    response = bob.post(url(cast, "export-create"), {"key": uuid4()}, follow=True)
    assert "Choose at least one format" in text(response) and not Export.objects.exists()


BROKEN = [
    lambda company: BookLayout.objects.create(company=company, name="", look={}),
    lambda company: TaxName.objects.create(company=company, code="I25", system="sap", name="V1"),
    lambda company: TaxName.objects.create(company=company, code="I25", system="xero", name=""),
    lambda company: BookSettings.objects.filter(company=company).update(datev_client=100_000),
    lambda company: BookSettings.objects.filter(company=company).update(datev_account_length=3),
    lambda company: BookSettings.objects.filter(company=company).update(method="cash"),
    lambda company: ExportFile.objects.update(sha256="no"),
    lambda company: ExportFile.objects.update(kind="picture"),
    lambda company: ExportFile.objects.update(position=1),
]


@pytest.mark.parametrize("act", BROKEN)
def test_the_database_refuses(cast, month, act):
    make_export(cast.bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        act(cast.company)
