"""Charts of accounts from SIE and DATEV: previewed, confirmed, and the same file again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from expenses.import_masters import confirm_import, preview_of, read_import
from expenses.models import ChartAccount
from expenses.read_chart import read_chart
from expenses.read_table import TableUnreadable

SIE = """#FLAGGA 0\r
#PROGRAM "Fortnox" 3.57\r
#FORMAT PC8\r
#SIETYP 4\r
#KPTYP EUBAS97\r
#KONTO 1930 "Företagskonto \\"Ö\\""\r
#SRU 1930 7281\r
#KONTO\t2440 Leverantörsskulder\r
#KONTO 5410 "Förbrukningsinventarier"\r
#KONTO 8300 "Ränteintäkter"\r
#KTYP 8300 I\r
#KTYP 5410 K\r
#IB 0 1930 1000.00\r
#VER A 1 20260101 "x"\r
{\r
#TRANS 1930 {} 5.00\r
}\r
""".encode("cp437")

DATEV = (
    '"EXTF";700;20;"Kontenbeschriftungen";3;20261120063000123;;"RE";"x";"";1001;1;20260101;4;;;"";"";;;;"";;"";;;"03";;;"";""\r\n'
    "Konto;Kontenbeschriftung;SprachId;Kontenbeschriftung lang\r\n"
    '485;"GWG";"de-DE";""\r\n1600;"Verbindlichkeiten ""L+L""; Süd";"de-DE";""\r\n'
    '4930;"";"de-DE";"Bürobedarf €"\r\n8400;"Erlöse 19 %";"de-DE";""\r\n70001;"Müller GmbH";"de-DE";""\r\n'
).encode("cp1252")


def cells(data: bytes, **types: str) -> list[list[str]]:
    table = read_chart(data, types={number.removeprefix("n"): kind for number, kind in types.items()})
    assert table is not None and table.header == ["number", "name", "type"]
    return [row for _, row in table.rows]


def test_sie_says_names_and_kinds():
    assert cells(SIE) == [
        ["1930", 'Företagskonto "Ö"', "asset"], ["2440", "Leverantörsskulder", "liability"],
        ["5410", "Förbrukningsinventarier", "expense"], ["8300", "Ränteintäkter", "income"],
    ]  # fmt: skip
    known = {row[0]: row[2] for row in cells(SIE, n2440="asset", n8300="expense")}
    assert known["2440"] == "asset" and known["8300"] == "income", "what the file says wins, what it does not say stays"


def test_datev_says_names_and_its_chart_the_kinds():
    assert cells(DATEV) == [
        ["0485", "GWG", "asset"], ["1600", 'Verbindlichkeiten "L+L"; Süd', "liability"],
        ["4930", "Bürobedarf €", "expense"], ["8400", "Erlöse 19 %", "income"],
    ]  # fmt: skip
    assert cells(DATEV.replace(b'"03"', b'"04"'))[1][2] == "asset"


def test_the_line_of_a_row_is_the_files_own():
    table = read_chart(SIE, types={})
    assert table is not None and [line for line, _ in table.rows] == [6, 8, 9, 10] and table.encoding == "cp437"


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"#FLAGGA 0\r\n#SIETYP 4\r\n", "empty"), (b"#KONTO 1 \x00", "not_text"),
     (DATEV.replace(b"700;20;", b"700;21;"), "not_text"), (b'"EXTF";1\r\n', "not_text"),
     (b"#FLAGGA 0\n" + b"".join(b'#KONTO %d "x"\n' % n for n in range(10_001)), "too_many"),
     (b"#FLAGGA 0\n" + b" " * 5_000_001, "too_large")],
    ids=["no account", "control", "bookings", "short", "many", "large"],
)  # fmt: skip
def test_what_is_none_is_refused(data, why):
    with pytest.raises(TableUnreadable) as error:
        read_chart(data, types={})
    assert error.value.params["why"] == why


def test_anything_else_is_left_to_the_tables():
    assert read_chart(b"Number;Name;Kind\r\n1;x;asset\r\n", types={}) is None and read_chart(b"", types={}) is None


@pytest.mark.parametrize(("name", "data"), [("chart.se", SIE), ("EXTF_Konten.csv", DATEV)])
def test_previewed_confirmed_and_again_changes_nothing(cast, name, data):
    before = ChartAccount.objects.for_company(cast.company).count()
    found = read_import(by=cast.alice, what="accounts", name=name, data=data)
    assert found.counts["new"] + found.counts["changed"] + found.counts["unchanged"] == 4 and not found.counts["wrong"]
    assert ChartAccount.objects.for_company(cast.company).count() == before, "nothing is applied yet"
    confirm_import(found=found, by=cast.alice)
    assert ChartAccount.objects.for_company(cast.company).count() == before + found.counts["new"]
    again = read_import(by=cast.alice, what="accounts", name=name, data=data)
    assert again.counts == {"new": 0, "changed": 0, "archived": 0, "unchanged": 4, "wrong": 0}
    assert {one.state for one in preview_of(again)} == {"unchanged"}


def test_a_row_that_is_wrong_is_told_with_its_line(cast):
    data = SIE + b'#KONTO 9999 ""\r\n#KONTO 99999999999999999999999 "long"\r\n'
    found = read_import(by=cast.alice, what="accounts", name="x.se", data=data)
    wrong = {one.line: one.errors for one in preview_of(found) if one.state == "wrong"}
    assert set(wrong) == {18, 19} and "name" in wrong[18] and "number" in wrong[19]


def test_our_own_sie_file_can_be_read_back():
    path = Path(__file__).resolve().parents[3] / "shared" / "data" / "accepted" / "export.si"
    if not path.exists():
        pytest.skip("the accepted files are not here")
    table = read_chart(path.read_bytes(), types={})
    assert table is not None and all(number.isdigit() and name for _, (number, name, _) in table.rows)
