"""The month's report as a PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence

from django.utils.translation import gettext

from accounts.models import Company
from bookkeeping.month_report import GROUPS, Report, Slice
from bookkeeping.paper import BOTTOM, LEFT, RIGHT, TOP, Paper, Sheet
from pleo.lib import format

ROW = 15.0
# Where the columns of a table of slices end, from the right: month before, change, VAT, entries, amount.
COUNT_AT, TAX_AT, BEFORE_AT, CHANGE_AT, AMOUNT_AT = RIGHT - 320, RIGHT - 250, RIGHT - 170, RIGHT - 85, RIGHT


def heads() -> dict[str, str]:
    """Return the heading of each group."""
    return {
        "category": gettext("By category"), "team": gettext("By team"), "person": gettext("By person"),
        "tax": gettext("By VAT code"), "merchant": gettext("Largest merchants"),
    }  # fmt: skip


class Pages:
    """Pages that are begun as rows need them."""

    def __init__(self, paper: Paper, foot: str) -> None:
        self.paper, self.foot = paper, foot
        self.sheet: Sheet = paper.sheet()
        self.y = TOP

    def down(self, points: float, *, keep: float = 0) -> float:
        """Go down and return where that is; begin a page when the row, and `keep` more, would not fit."""
        if self.y - points - keep < BOTTOM:
            self.end()
            self.sheet, self.y = self.paper.sheet(), TOP
        self.y -= points
        return self.y

    def end(self) -> None:
        """Write the page with its number."""
        self.sheet.text(LEFT, BOTTOM - 22, self.foot, size=7, width=RIGHT - LEFT - 40)
        self.sheet.right(RIGHT, BOTTOM - 22, str(len(self.paper) + 1), size=7)
        self.paper.add(self.sheet)

    def head(self, words: str) -> None:
        """Write a heading, with room for a few rows below it."""
        self.sheet.text(LEFT, self.down(30, keep=3 * ROW), words, size=11, strong=True)

    def pair(self, label: str, figure: str, *, strong: bool = False) -> None:
        """Write a row of a label and a figure."""
        y = self.down(ROW)
        self.sheet.text(LEFT, y, label, strong=strong, width=AMOUNT_AT - LEFT - 110)
        self.sheet.right(AMOUNT_AT, y, figure, strong=strong)


def month_report_pdf(report: Report, company: Company) -> bytes:
    """Return the file, in the language and region of the reader. The same report gives the same bytes."""
    target, month = io.BytesIO(), format.month(report.month.first)
    title = gettext("Month report, %(month)s") % {"month": month}
    paper = Paper(target, title=f"{title}, {company.name}")
    pages = Pages(paper, f"{company.legal_name or company.name}, {title}")
    pages.sheet.text(LEFT, pages.down(4), title, size=16, strong=True, width=RIGHT - LEFT)
    pages.sheet.text(LEFT, pages.down(18), company.legal_name or company.name, width=RIGHT - LEFT)
    _figures(pages, report)
    _wallet(pages, report)
    for group in GROUPS:
        _table(pages, heads()[group], report.slices[group])
    _points(pages, report)
    pages.end()
    paper.finish()
    return target.getvalue()


def _figures(pages: Pages, report: Report) -> None:
    y = pages.down(34)
    figures = (
        (gettext("Spent"), report.spent), (gettext("VAT in it"), report.tax), (gettext("Month before"), report.before),
        (gettext("Exported"), report.exported), (gettext("Open"), report.open),
    )  # fmt: skip
    for place, (label, money) in enumerate(figures):
        x = LEFT + place * (RIGHT - LEFT) / len(figures)
        pages.sheet.text(x, y, label, size=8)
        pages.sheet.text(x, y - 14, format.amount(money), size=10, strong=True)
    pages.down(16)


def _wallet(pages: Pages, report: Report) -> None:
    pages.head(gettext("Wallet"))
    pages.pair(gettext("Balance when the month began"), format.amount(report.opening), strong=True)
    for line in report.wallet:
        pages.pair(f"{line.label} ({format.count(line.count)})", format.amount(line.amount))
    pages.pair(gettext("Balance when it ended"), format.amount(report.closing), strong=True)


def _points(pages: Pages, report: Report) -> None:
    pages.head(gettext("Open points"))
    for point in report.points:
        amount = format.amount(point.amount) if point.amount is not None else ""
        pages.pair(f"{point.words}: {format.count(point.count)}", amount)
    if not report.points:
        pages.pair(gettext("Nothing is open."), "")


def _table(pages: Pages, words: str, slices: Sequence[Slice]) -> None:
    pages.head(words)
    y = pages.down(ROW)
    columns = (
        (COUNT_AT, gettext("Entries")), (TAX_AT, gettext("VAT")), (BEFORE_AT, gettext("Month before")),
        (CHANGE_AT, gettext("Change")), (AMOUNT_AT, gettext("Spent")),
    )  # fmt: skip
    for x, word in columns:
        pages.sheet.right(x, y, word, size=8)
    pages.sheet.rule(y - 4)
    for one in slices:
        y = pages.down(ROW)
        pages.sheet.text(LEFT, y, one.label, width=COUNT_AT - LEFT - 40)
        pages.sheet.right(COUNT_AT, y, format.count(one.count))
        pages.sheet.right(TAX_AT, y, format.amount(one.tax, unit=False))
        pages.sheet.right(BEFORE_AT, y, format.amount(one.before, unit=False))
        pages.sheet.right(CHANGE_AT, y, format.amount(one.change, unit=False))
        pages.sheet.right(AMOUNT_AT, y, format.amount(one.amount), strong=True)
