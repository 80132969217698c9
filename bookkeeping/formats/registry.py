"""Every format by its key: the one list that exports, the command line and the pages choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bookkeeping.formats import csv, custom, datev, fec, ledgers, ofx, quickbooks, sage, sie, xero, xlsx
from bookkeeping.formats.document import Document, File

Render = Callable[[Document], Iterator[File]]


def _csv(document: Document) -> Iterator[File]:
    header = document.header
    look = csv.Look(header.separator, header.decimal_comma)
    yield File(f"{header.base}.csv", "text/csv; charset=utf-8", csv.write(document.rows(), look))


FORMATS: Mapping[str, Render] = {
    "csv": _csv,
    "xlsx": xlsx.files,
    "datev": datev.files,
    "sie": sie.files,
    "fec": fec.files,
    "xero": xero.journals,
    "xero_bills": xero.bills,
    "xero_bank": xero.bank,
    "quickbooks": quickbooks.files,
    "sage": sage.files,
    "beancount": ledgers.beancount,
    "hledger": ledgers.hledger,
    "ofx": ofx.files,
}

# A layout of the company's own is `custom:` and its id.
CUSTOM = "custom:"


def render(key: str, document: Document, layouts: Mapping[str, Any]) -> Iterator[File]:
    """Yield the files of one format. `layouts` are the company's own by id, as the export keeps them.

    Raises Unwritable when the format cannot say what stands in the batch, KeyError for a format that is none.
    """
    if key.startswith(CUSTOM):
        kept = layouts[key.removeprefix(CUSTOM)]
        return custom.files(document, custom.Layout.load(kept["name"], kept["look"]))
    return FORMATS[key](document)
