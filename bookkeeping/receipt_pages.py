"""Pages of a PDF that show receipts: each page's picture with its voucher and expense, or a page that says why there is none."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext
from PIL import Image, UnidentifiedImageError

from bookkeeping.paper import BOTTOM, LEFT, RIGHT, TOP, Paper, Sheet
from pleo.lib import format
from receipts.explain import explain
from receipts.models import Page, Receipt, ReceiptStatus

# Colours of a JPEG by the mode that Pillow reads from its header; nothing is decoded.
COLOURS = {"L": 1, "RGB": 3, "CMYK": 4}
HEAD = 34.0


@dataclass(frozen=True)
class Reference:
    """What stands above every page of a receipt: vouchers, expense, merchant, day and amount, already in words."""

    first: str
    second: str


def reference(expense: Any, vouchers: Iterable[str]) -> Reference:
    """Return the reference of an expense; vouchers are those that count."""
    numbers = ", ".join(vouchers)
    known = gettext("Voucher %(numbers)s") % {"numbers": numbers} if numbers else gettext("Not exported yet")
    day = format.full_day(expense.company.day_of(expense.purchased_at))
    about = f"{expense.merchant}, {day}, {format.amount(expense.booked)}, {expense.owner.name}"
    return Reference(f"{known}  ·  {gettext('Expense')} #{expense.number}", about)


def receipt_pages(paper: Paper, receipt: Receipt, about: Reference, *, place: str) -> int:
    """Write the pages of one receipt and return how many there are; a receipt that cannot be shown is one page that says why."""
    pages = list(receipt.pages.order_by("number"))
    reason = _reason(receipt, pages)
    if reason:
        _without(paper, about, f"{place}: {receipt}", reason)
        return 1
    for page in pages:
        words = gettext("%(place)s, page %(number)s of %(count)s") % {
            "place": place, "number": page.number, "count": len(pages),
        }  # fmt: skip
        if not _shown(paper, page, about, words):
            _without(
                paper, about, words, gettext("The picture of this page is missing or damaged. The original is kept.")
            )
    return len(pages)


def _reason(receipt: Receipt, pages: list[Page]) -> str:
    """Say why a receipt has no pages to show; empty when it has."""
    if receipt.erased_at is not None:
        return gettext("This receipt was erased on %(day)s: the time for which receipts are kept was over.") % {
            "day": format.full_day(receipt.company.day_of(receipt.erased_at))
        }
    if receipt.status == ReceiptStatus.UNREADABLE:
        return explain(receipt.last_error) or gettext("The file could not be read. It is kept as it came.")
    if pages:
        return ""
    if receipt.status == ReceiptStatus.READY:
        return gettext("This file has no pages that can be printed. It is in the ZIP of the receipts as it came.")
    return gettext("The file was still being read when this report was made.")


def _head(sheet: Sheet, about: Reference, words: str) -> None:
    sheet.text(LEFT, TOP, about.first, size=10, strong=True, width=RIGHT - LEFT)
    sheet.text(LEFT, TOP - 13, about.second, size=8, width=RIGHT - LEFT)
    sheet.rule(TOP - 20)
    sheet.text(LEFT, BOTTOM - 22, words, size=7, width=RIGHT - LEFT)


def _without(paper: Paper, about: Reference, words: str, reason: str) -> None:
    sheet = paper.sheet()
    _head(sheet, about, words)
    y = TOP - HEAD - 120
    sheet.text(LEFT, y, gettext("This receipt cannot be shown here."), size=12, strong=True)
    for line in paper.lines(reason, RIGHT - LEFT - 40):
        y -= 16
        sheet.text(LEFT, y, line)
    paper.add(sheet)


def _shown(paper: Paper, page: Page, about: Reference, words: str) -> bool:
    """Write a page with its picture; False when there is no picture to show."""
    try:
        with default_storage.open(page.image_key) as file:
            content = file.read()
        with Image.open(io.BytesIO(content)) as picture:
            (width, height), mode, kind = picture.size, picture.mode, picture.format
    except (FileNotFoundError, UnidentifiedImageError, OSError):
        return False
    if kind != "JPEG" or mode not in COLOURS or not width or not height:
        return False
    number = paper.picture(io.BytesIO(content), len(content), width, height, COLOURS[mode])
    sheet = paper.sheet()
    _head(sheet, about, words)
    room_x, room_y = RIGHT - LEFT, TOP - HEAD - BOTTOM
    scale = min(room_x / width, room_y / height)
    sheet.place(number, LEFT, TOP - HEAD - height * scale, width * scale, height * scale)
    paper.add(sheet)
    return True


def receipts_of(expenses: Iterable[Any]) -> Iterator[tuple[Any, list[Receipt]]]:
    """Yield each expense with its live receipts, in the order they were attached. Needs `attachments__receipt` prefetched."""
    for expense in expenses:
        live = [one for one in expense.attachments.all() if one.detached_at is None]
        yield expense, [one.receipt for one in sorted(live, key=lambda one: one.pk)]
