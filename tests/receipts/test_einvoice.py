"""The invoice for machines inside a PDF wins over what is printed, and its author is never trusted."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from django.utils import timezone

from receipts.process import process
from receipts.reading.einvoice import parse
from receipts.reading.extract import SURE
from tests.receipts.test_process import pdf_bytes

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>2026-117</ram:ID><ram:TypeCode>{type}</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20261118</udt:DateTimeString></ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty><ram:Name>Skagerrak
 GmbH</ram:Name></ram:SellerTradeParty></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:CalculatedAmount>19.00</ram:CalculatedAmount><ram:BasisAmount>100.00</ram:BasisAmount>
<ram:RateApplicablePercent>19.00</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:GrandTotalAmount>{total}</ram:GrandTotalAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""

UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
<cbc:ID>77</cbc:ID><cbc:IssueDate>2026-11-18</cbc:IssueDate><cbc:DocumentCurrencyCode>DKK</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Nordlys ApS</cbc:Name></cac:PartyName></cac:Party>
</cac:AccountingSupplierParty>
<cac:TaxTotal><cac:TaxSubtotal><cbc:TaxableAmount currencyID="DKK">80</cbc:TaxableAmount><cbc:TaxAmount currencyID="DKK">20</cbc:TaxAmount>
<cac:TaxCategory><cbc:Percent>25</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="DKK">100.00</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal></Invoice>"""


def cii(kind: str = "380", total: str = "119.00") -> bytes:
    return CII.format(type=kind, total=total).encode()


def test_factur_x_is_read():
    found = parse(cii())
    assert found is not None
    assert (found.merchant, found.number, found.date) == ("Skagerrak GmbH", "2026-117", "2026-11-18")
    assert (found.total, found.currency, found.credit) == (11900, "EUR", False)
    assert found.vat == [{"rate": "19", "net": 10000, "tax": 1900, "gross": 11900}]


def test_ubl_is_read():
    found = parse(UBL.encode())
    assert found is not None
    assert (found.merchant, found.number, found.date, found.total, found.currency) == (
        "Nordlys ApS",
        "77",
        "2026-11-18",
        10000,
        "DKK",
    )
    assert found.vat == [{"rate": "25", "net": 8000, "tax": 2000, "gross": 10000}]


@pytest.mark.parametrize(("kind", "total"), [("381", "119.00"), ("380", "-119.00")])
def test_a_credit_note_is_one_by_type_or_by_sign(kind, total):
    found = parse(cii(kind, total))
    assert found is not None and (found.total, found.credit) == (11900, True)


LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<not closed",
        b"<other/>",
        b"\xff\xfe\x00",
        UBL.replace("<Invoice", LAUGHS + "<Invoice").encode(),
        UBL.replace("<Invoice", '<!DOCTYPE i SYSTEM "file:///etc/passwd"><Invoice').encode(),
        UBL.encode("utf-16").replace("<Invoice".encode("utf-16-le"), (LAUGHS + "<Invoice").encode("utf-16-le")),
        UBL.replace("DKK", "XXX").encode(),
        UBL.replace("100.00", "NaN").encode(),
        UBL.replace("100.00", "1e999").encode(),
        UBL.encode() + b" " * (5 * 1024 * 1024),
        ("<Invoice>" + "<a>" * 5000).encode(),
    ],
)
def test_what_is_no_invoice_or_no_safe_one_is_left_alone(content):
    assert parse(content) is None


def attached(content: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf_bytes())
    document.new_attachment("factur-x.xml").set_data(content)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_the_attached_invoice_wins_over_the_print(send, reader):
    receipt = send(attached(cii()))
    process(receipt_id=receipt.pk, now=timezone.now())
    reading = receipt.readings.get()
    assert reading.engine == "e-invoice"
    values = {name: fact["value"] for name, fact in reading.fields.items()}
    assert (values["total"], values["merchant"], values["currency"]) == (11900, "Skagerrak GmbH", "EUR")
    assert date.fromisoformat(values["date"]) == date(2026, 11, 18)
    assert reading.fields["total"]["confidence"] == SURE
    assert {11900, 24000} <= set(reading.amounts), "what is printed may still be what the card shows"


def test_a_hostile_attachment_is_ignored(send, reader):
    receipt = send(attached(UBL.replace("<Invoice", LAUGHS + "<Invoice").encode()))
    process(receipt_id=receipt.pk, now=timezone.now())
    assert receipt.readings.get().engine == "pdf-text"


@pytest.mark.parametrize("rate", ["1e30", "1e999999999", "1e-999999", "-5", "101", "NaN", "sNaN", "Infinity", "much"])
def test_a_rate_that_nobody_charges_is_not_read(rate):
    found = parse(cii().replace(b"Percent>19.00<", f"Percent>{rate}<".encode()))
    assert found is not None and found.total == 11900
    assert all(len(line["rate"]) < 10 for line in found.vat)


@pytest.mark.parametrize("day", ["00010101", "99991231", "00000000"])
def test_a_day_at_the_ends_of_the_calendar_is_not_read(day):
    found = parse(cii().replace(b"20261118", day.encode()))
    assert found is not None and found.date == ""
