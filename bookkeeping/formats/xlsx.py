"""The journal as XLSX: the 18 columns of the CSV, with real dates and numbers, written as a stream.

Written by hand because the libraries are made for styled sheets: at 18 columns XlsxWriter (constant memory) writes 7,000 rows a second
on a machine where this writes several times as many, in memory that does not grow with the file. Texts are inline strings and
never formulas, whatever they begin with, so a spreadsheet runs none of them.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from bookkeeping.formats.csv import HEADINGS, Row, amount_writer
from bookkeeping.formats.document import Document, File, Taken
from bookkeeping.formats.encoding import Changes

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A sheet of a spreadsheet ends here; what follows goes to the next sheet.
MOST_ROWS = 1_048_576
PIECE = 500
# Level 1 is three times as fast as the usual 6 and makes files a fifth larger.
LEVEL = 1

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = date(1899, 12, 30).toordinal()

# What XML 1.0 cannot hold at all. Everything else stays as it is.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff_]")
# Excel reads _x000D_ in a text as the character; a text that has it anyway is escaped.
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

# Styles of cells: 0 plain, 1 date, 2 two decimals, 3 none, 4 three, 5 bold, 6 text.
DATE, BOLD, TEXT = 1, 5, 6
_BY_DIGITS = {0: 3, 2: 2, 3: 4}


def safe(text: str) -> str:
    """Return a text as XML content, without what XML cannot hold."""
    if not _SPECIAL.search(text):
        return text
    text = _ESCAPED.sub("_x005F_", _ILLEGAL.sub("", text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "_x000D_")


def style_of(currency: str) -> int:
    """Return the style of amounts in a currency: with the decimals that it has."""
    from pleo.lib.money import exponent

    return _BY_DIGITS.get(exponent(currency), 0)


class Cells(dict[str, str]):
    """Texts as cells. Names and words repeat all through a file, so each is looked at once; the memory is bounded."""

    BOUND = 50_000

    def __init__(self, changes: Changes) -> None:
        super().__init__({"": "<c/>"})
        self.changes = changes

    def __missing__(self, text: str) -> str:
        if len(self) > self.BOUND:
            self.clear()
            self[""] = "<c/>"
        if bare := _ILLEGAL.sub("", text):
            cell = f'<c t="inlineStr" s="6"><is><t xml:space="preserve">{safe(bare)}</t></is></c>'
        else:
            cell = "<c/>"
        if bare != text:
            self.changes.note(text, bare, 0)
        self[text] = cell
        return cell


class _Days(dict[date, str]):
    def __missing__(self, day: date) -> str:
        cell = self[day] = f'<c s="1"><v>{day.toordinal() - _EPOCH}</v></c>'
        return cell


class _Amounts(dict[str, Callable[[int], str]]):
    def __missing__(self, currency: str) -> Callable[[int], str]:
        write, style = amount_writer(currency, "."), style_of(currency)
        opening = f'<c s="{style}"><v>'
        cell = self[currency] = lambda minor: f"{opening}{write(minor)}</v></c>"
        return cell


class _Signed(dict[str, Callable[[int], str]]):
    def __missing__(self, currency: str) -> Callable[[int], str]:
        write, style = amount_writer(currency, "."), style_of(currency)

        def cell(minor: int) -> str:
            return f'<c s="{style}"><v>{"-" if minor < 0 else ""}{write(abs(minor))}</v></c>'

        self[currency] = cell
        return cell


class _Rates(dict[Decimal | None, str]):
    def __init__(self) -> None:
        super().__init__({None: "<c/>"})

    def __missing__(self, rate: Decimal | None) -> str:
        assert rate is not None, "no rate is an empty cell"
        cell = self[rate] = f"<c><v>{rate.normalize():f}</v></c>"
        return cell


def rows_xml(rows: Iterable[Row], changes: Changes) -> Iterator[str]:
    """Yield each row as XML. The cells that lines of one entry share are made once."""
    days, amounts, rates, texts = _Days(), _Amounts(), _Rates(), Cells(changes)
    entry: tuple[object, ...] = ()
    head = middle = tail = money = ""
    for (
        voucher, day, document_day, number, account, text, debit, credit, currency, tax, rate, person, merchant, expense,
        foreign, foreign_currency, category, receipt,
    ) in rows:  # fmt: skip
        assert (debit > 0) != (credit > 0), "a line stands on one side"
        shared = (
            voucher, day, document_day, currency, person, merchant, expense, foreign, foreign_currency, receipt,
        )  # fmt: skip
        if shared != entry:
            entry, write = shared, amounts[currency]
            said = texts[voucher] if isinstance(voucher, str) else f"<c><v>{voucher}</v></c>"
            head = f"<row>{said}{days[day]}{days[document_day]}"
            abroad = "<c/>" if foreign is None else amounts[foreign_currency](foreign)
            known = "<c/>" if expense is None else f"<c><v>{expense}</v></c>"
            middle = f"{texts[person]}{texts[merchant]}{known}{abroad}{texts[foreign_currency]}"
            money, tail = texts[currency], f"{texts[receipt]}</row>"
        sides = f"{write(debit)}<c/>" if debit else f"<c/>{write(credit)}"
        yield (
            f"{head}{texts[number]}{texts[account]}{texts[text]}{sides}{money}{texts[tax]}{rates[rate]}{middle}"
            f"{texts[category]}{tail}"
        )


def table_rows(rows: Iterable[Iterable[Any]], changes: Changes) -> Iterator[str]:
    """Yield rows of any cells as XML: texts, dates, whole numbers, rates, and amounts (`minor`, `currency`)."""
    days, amounts, rates, texts = _Days(), _Signed(), _Rates(), Cells(changes)
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, str):
                cells.append(texts[value])
            elif isinstance(value, date):
                cells.append(days[value])
            elif isinstance(value, Decimal):
                cells.append(rates[value])
            elif value is None:
                cells.append("<c/>")
            else:
                cells.append(
                    f"<c><v>{value}</v></c>" if isinstance(value, int) else amounts[value.currency](value.minor)
                )
        yield f"<row>{''.join(cells)}</row>"


def files(document: Document) -> Iterator[File]:
    """Yield the workbook."""
    changes, header = Changes(), document.header
    body = rows_xml(document.rows(), changes)
    content = workbook("Journal", HEADINGS, body, created=header.created)
    yield File(f"{header.base}.xlsx", MEDIA, content, changes)


def workbook(title: str, headings: Iterable[str], rows: Iterator[str], *, created: datetime) -> Iterator[bytes]:
    """Yield a workbook of one table; a table too long for a sheet goes on in the next. All times are `created`."""
    sink = Taken()
    heading = "".join(f'<c t="inlineStr" s="5"><is><t>{safe(text)}</t></is></c>' for text in headings)
    heading = f"<row>{heading}</row>" if heading else ""
    moment, sheets = created.timetuple()[:6], 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        piece = "".join(islice(rows, PIECE))
        while piece or not sheets:
            sheets += 1
            count = 1
            with archive.open(_info(f"xl/worksheets/sheet{sheets}.xml", moment), "w", force_zip64=True) as sheet:
                sheet.write(
                    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1"'
                    f' topLeftCell="A2" state="frozen"/></sheetView></sheetViews><sheetData>{heading}'.encode()
                )
                while piece and count + PIECE <= MOST_ROWS:
                    sheet.write(piece.encode())
                    count += PIECE
                    if data := sink.taken():
                        yield data
                    piece = "".join(islice(rows, PIECE))
                sheet.write(b"</sheetData></worksheet>")
        for name, text in _frame(title, sheets):
            archive.writestr(_info(name, moment), text)
    yield sink.taken()


def _info(name: str, moment: Any) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, moment)
    info.create_system, info.external_attr, info.compress_type = 3, 0o644 << 16, zipfile.ZIP_DEFLATED
    info._compresslevel = LEVEL  # type: ignore[attr-defined]
    return info


def _frame(title: str, sheets: int) -> Iterator[tuple[str, str]]:
    """Yield the small parts that make sheets a workbook."""
    numbers = range(1, sheets + 1)
    override = '<Override PartName="/xl/{}.xml" ContentType="{}.{}+xml"/>'
    parts = [("workbook", "sheet.main"), ("styles", "styles")]
    parts += [(f"worksheets/sheet{number}", "worksheet") for number in numbers]
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(override.format(part, _TYPES, kind) for part, kind in parts)
        + "</Types>",
    )
    yield (
        "_rels/.rels",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    names = [title if number == 1 else f"{title} {number}" for number in numbers]
    listed = "".join(f'<sheet name="{safe(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets></workbook>',
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    yield (
        "xl/_rels/workbook.xml.rels",
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{related}{styles}</Relationships>',
    )
    yield "xl/styles.xml", f"{_HEAD}{_STYLES}"


_FORMATS = ((0, 0), (164, 0), (4, 0), (3, 0), (165, 0), (0, 1), (49, 0))
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="#,##0.000"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(_FORMATS)}">'
    + "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>'
        for number, font in _FORMATS
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
