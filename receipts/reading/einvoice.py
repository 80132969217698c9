"""The invoice for machines that many PDFs carry: UN/CEFACT CII (Factur-X, ZUGFeRD) and UBL, as EN 16931 means them.

Strangers write these files: document types, entities, networks and huge trees are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from pleo.lib.money import Money, is_currency

MAX_BYTES = 5 * 1024 * 1024
# The words of the old (1.x) and new CII, and of UBL, by local name: namespaces differ by version and country.
_SELLER = ("SellerTradeParty", "AccountingSupplierParty")
_TYPE_CREDIT = frozenset({"381", "396", "261", "83"})


@dataclass
class Invoice:
    """What an invoice says of itself. Amounts are in minor units of `currency`; `credit` turns them round."""

    merchant: str = ""
    date: str = ""
    number: str = ""
    currency: str = ""
    total: int | None = None
    credit: bool = False
    vat: list[dict[str, Any]] = field(default_factory=list)


def parse(content: bytes) -> Invoice | None:
    """Read an invoice, or return None when this is no invoice, or one that may not be read safely."""
    if len(content) > MAX_BYTES or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.doctype:
        return None
    name = etree.QName(root).localname
    if name in ("CrossIndustryInvoice", "CrossIndustryDocument"):
        return _complete(_cii(root))
    return _complete(_ubl(root)) if name in ("Invoice", "CreditNote") else None


def _complete(invoice: Invoice) -> Invoice | None:
    """Return an invoice that says how much, never negative: a credit note is one by its type or by its sign."""
    if invoice.total is None or not invoice.currency:
        return None
    invoice.merchant = " ".join(invoice.merchant.split())[:120]
    if invoice.total < 0:
        invoice.total, invoice.credit = -invoice.total, True
        invoice.vat = [{**line, **{key: -line[key] for key in ("net", "tax", "gross")}} for line in invoice.vat]
    return invoice


def _all(node: Any, *names: str) -> list[Any]:
    """Return descendants by local names, one below the other at any depth."""
    found = [node]
    for name in names:
        found = [child for parent in found for child in parent.iter("{*}" + name) if child is not parent]
    return found


def _text(node: Any, *names: str) -> str:
    for found in _all(node, *names):
        if found.text and found.text.strip():
            return str(found.text.strip())
    return ""


def _minor(text: str, currency: str) -> int | None:
    """Return minor units; amounts with more decimals than the currency are rounded, as the standard allows in sums."""
    try:
        value = Decimal(text)
        if not value.is_finite() or abs(value) > 10**12:
            return None
        return Money.of(1, currency).share(value).amount
    except (InvalidOperation, ValueError):
        return None


def _day(text: str) -> str:
    match = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", text)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return ""
    # No invoice for machines is older, and days at the ends of the calendar cannot be compared with others.
    return day.isoformat() if day and 1990 <= day.year <= 2200 else ""


def _cii(root: Any) -> Invoice:
    currency = _text(root, "InvoiceCurrencyCode").upper()
    invoice = Invoice(currency=currency if is_currency(currency) else "")
    headers = _all(root, "ExchangedDocument") or _all(root, "HeaderExchangedDocument")
    for header in headers[:1]:
        invoice.number = _text(header, "ID")
        invoice.date = _day(_text(header, "IssueDateTime", "DateTimeString"))
        invoice.credit = _text(header, "TypeCode") in _TYPE_CREDIT
    for seller in _all(root, "SellerTradeParty")[:1]:
        invoice.merchant = _text(seller, "Name")
    sums = _all(root, "SpecifiedTradeSettlementHeaderMonetarySummation") or _all(
        root, "SpecifiedTradeSettlementMonetarySummation"
    )
    if sums and invoice.currency:
        invoice.total = _minor(_text(sums[0], "GrandTotalAmount"), invoice.currency)
        for settlement in (sums[0].getparent(),):
            taxes = [child for child in settlement if etree.QName(child).localname == "ApplicableTradeTax"]
            invoice.vat = _lines(
                taxes, invoice.currency, "RateApplicablePercent", "ApplicablePercent", "BasisAmount", "CalculatedAmount"
            )
    return invoice


def _ubl(root: Any) -> Invoice:
    currency = _text(root, "DocumentCurrencyCode").upper()
    invoice = Invoice(
        currency=currency if is_currency(currency) else "", credit=etree.QName(root).localname == "CreditNote"
    )
    for child in root:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name == "ID" and not invoice.number:
            invoice.number = (child.text or "").strip()
        elif name == "IssueDate":
            invoice.date = _day((child.text or "").strip())
    for seller in _all(root, "AccountingSupplierParty")[:1]:
        invoice.merchant = _text(seller, "PartyName", "Name") or _text(seller, "RegistrationName")
    if not invoice.currency:
        return invoice
    for sums in _all(root, "LegalMonetaryTotal")[:1]:
        invoice.total = _minor(_text(sums, "TaxInclusiveAmount") or _text(sums, "PayableAmount"), invoice.currency)
    taxes = [child for total in root.findall("{*}TaxTotal")[:1] for child in total.findall("{*}TaxSubtotal")]
    invoice.vat = _lines(taxes, invoice.currency, "Percent", "", "TaxableAmount", "TaxAmount")
    return invoice


def _percent(text: str) -> Decimal | None:
    """Read a rate; one that nobody charges is none, since a page must be able to write it."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= 100:
        return None
    return value.quantize(Decimal("1e-6")).normalize()


def _lines(taxes: list[Any], currency: str, rate: str, old_rate: str, base: str, amount: str) -> list[dict[str, Any]]:
    lines = []
    for tax in taxes:
        percent = _text(tax, rate) or (_text(tax, old_rate) if old_rate else "")
        net, due = _minor(_text(tax, base), currency), _minor(_text(tax, amount), currency)
        share = _percent(percent or "0")
        if net is not None and due is not None and share is not None:
            lines.append({"rate": f"{share:f}", "net": net, "tax": due, "gross": net + due})
    return lines
