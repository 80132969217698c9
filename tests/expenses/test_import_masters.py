"""Masters from files: read in any dress, shown first, applied once, and safe to open again."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from events.models import Event
from expenses.import_masters import ColumnsMissing, apply_import, confirm_import, plan, preview_of, read_import
from expenses.models import Category, ChartAccount, MasterImport, Tag, TagGroup, TaxCode, Vendor, VendorAlias
from expenses.read_table import MOST_ROWS, Table, TableUnreadable, read_table
from expenses.split import split
from pleo.lib.errors import WrongState
from tests.conftest import Cast

django_db = pytest.mark.django_db
SignIn = Callable[[Any], Client]


def put(cast: Cast, what: str, text: str | bytes) -> MasterImport:
    data = text.encode() if isinstance(text, str) else text
    found = read_import(by=cast.alice, what=what, name="file.csv", data=data)
    return confirm_import(found=found, by=cast.alice)


def states(cast: Cast, what: str, text: str) -> list[str]:
    table = read_table(text.encode())
    rows = [(line, dict(zip(table.header, cells, strict=False))) for line, cells in table.rows]
    return [one.state for one in plan(company=cast.company, what=what, rows=rows)]


def exported(client: Client, cast: Cast, what: str) -> str:
    answer = client.get(reverse("books-accounts-export", args=[cast.company.slug]) + f"?what={what}&archived=1")
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


# ---- reading


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_is_read_in_any_dress(separator: str, encoding: str) -> None:
    text = separator.join(["number", "name"]) + "\r\n" + separator.join(["2710", '"Repræsentation, åbent"']) + "\r\n"
    table = read_table(text.encode(encoding))
    assert table.header == ["number", "name"]
    assert table.rows == [(2, ["2710", "Repræsentation, åbent"])] and table.separator == separator


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"number,name\n", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n\x00,c\n", "not_text"),
        (b"\xff\xfea", "not_text"),
        (b"x" * 5_000_001, "too_large"),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), "too_many"),
        (b"a,b\n" + b'"' + b"x" * 200_000, "not_text"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(TableUnreadable) as refusal:
        read_table(data)
    assert refusal.value.params["why"] == why and refusal.value.message()


@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with contextlib.suppress(TableUnreadable):
        assert isinstance(read_table(data), Table)


@given(
    cells=st.lists(
        st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20), min_size=2, max_size=4
    )
)
def test_what_an_export_defuses_is_read_as_it_was(cells: list[str]) -> None:
    from pleo.lib.csv import lines

    cells = [cell.strip() for cell in cells]
    if not all(cells) or any(cell.startswith("'") for cell in cells):
        return
    table = read_table("".join(lines(["a"] * len(cells), [cells])).encode())
    assert table.rows[0][1] == cells


# ---- what would change


@django_db
def test_what_is_new_changed_unchanged_archived_and_wrong_is_told(cast: Cast) -> None:
    text = (
        "number,name,type,archived\n2710,Repræsentation,expense,\n3600,Andet,expense,\n9000,Ny,asset,\n"
        "3690,Øreafrunding,expense,yes\n2730,Personaleforplejning,expense,yes\n9001,,expense,\n9002,X,colour,\n9000,Igen,asset,\n"
    )
    assert states(cast, "accounts", text) == [
        "unchanged", "changed", "new", "archived", "wrong", "wrong", "wrong", "wrong",
    ]  # fmt: skip
    assert not ChartAccount.objects.filter(company=cast.company, number="9000").exists()


@django_db
@pytest.mark.parametrize("what", ["accounts", "tax-codes", "categories", "tags", "vendors"])
def test_what_was_exported_changes_nothing(cast: Cast, sign_in: SignIn, what: str) -> None:
    put(
        cast,
        "tags",
        "group;dimension;path;code;owner\nProjekt;project;Web;W;\nProjekt;project;Web / Byg;;bob@example.com\n",
    )
    put(cast, "vendors", "name,aliases,category\nLidl,LIDL DK|Lidl Ø,Forplejning\n=Evil(),,\n")
    text = exported(sign_in(cast.alice), cast, what)
    assert set(states(cast, what, text.lstrip("\ufeff"))) == {"unchanged"}
    found = read_import(by=cast.alice, what=what, name="x.csv", data=text.encode())
    assert {one.state for one in preview_of(found)} == {"unchanged"}
    events = Event.objects.filter(verb__in=["master.changed", "master.created"]).count()
    confirm_import(found=found, by=cast.alice)
    assert Event.objects.filter(verb__in=["master.changed", "master.created"]).count() == events


@django_db
def test_an_export_holds_no_formula(cast: Cast, sign_in: SignIn) -> None:
    put(cast, "vendors", 'name\n"=HYPERLINK(""http://x"")"\n@SUM(A1)\n+4512345678\n')
    rows = list(csv.reader(io.StringIO(exported(sign_in(cast.alice), cast, "vendors").lstrip("\ufeff"))))
    assert len(rows) == 4 and all(cell[:1] not in {"=", "@", "+", "-"} for row in rows for cell in row)


# ---- applying


@django_db
def test_nothing_is_applied_before_it_is_confirmed_and_then_once(cast: Cast) -> None:
    text = "group,dimension,path,code\nProject,project,Web,W\nProject,project,Web/Build,WB\n"
    found = read_import(by=cast.alice, what="tags", name="t.csv", data=text.encode())
    assert found.counts["new"] == 2 and not Tag.objects.exists() and not TagGroup.objects.exists()
    confirm_import(found=found, by=cast.alice)
    with pytest.raises(WrongState):
        confirm_import(found=found, by=cast.alice)
    apply_import(found.pk)
    low = Tag.objects.get(code="WB")
    assert low.path == "Web / Build" and low.parent == Tag.objects.get(code="W")
    assert low.group.dimension == "project" and Tag.objects.count() == 2
    again = put(cast, "tags", text)
    assert again.counts == {"new": 0, "changed": 0, "archived": 0, "unchanged": 2, "wrong": 0}
    assert Tag.objects.count() == 2


@django_db
def test_wrong_rows_are_left_out_and_the_others_applied(cast: Cast) -> None:
    found = put(
        cast,
        "categories",
        "name,account,tax_code,group\nKaffe,3600,I25,Mad\nTe,9999,I25,Mad\nVand,3600,NO,\nForplejning,3600,,\n",
    )
    assert found.counts == {"new": 1, "changed": 1, "archived": 0, "unchanged": 0, "wrong": 2}
    kaffe = Category.objects.get(company=cast.company, name="Kaffe")
    assert (kaffe.account.number, kaffe.tax_code.code, kaffe.group.name) == ("3600", "I25", "Mad")
    assert Category.objects.get(company=cast.company, name="Forplejning").tax_code is None


@django_db
def test_a_column_that_is_not_there_stays(cast: Cast) -> None:
    put(cast, "categories", "name,account\nForplejning,3600\n")
    row = Category.objects.get(company=cast.company, name="Forplejning")
    assert row.account.number == "3600" and row.tax_code.code == "HREP"


@django_db
@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("N,N,25,,,,,2020-01-01,", "account"),
        ("N,N,abc,,,6903,,2020-01-01,", "rate"),
        ("N,N,NaN,,,6903,,2020-01-01,", "rate"),
        ("N,N,100,,,6903,,2020-01-01,", "rate"),
        ("N,N,25,,,6903,,01-01-2020,", "valid_from"),
        ("N,N,25,,,6903,,2020-01-01,2019-01-01", "valid_to"),
        ("N,N,25,reverse,,6903,,2020-01-01,", "reverse_account"),
        ("N,N,25,,200,6903,,2020-01-01,", "non_deductible"),
        ("N,N,25,,,1,,2020-01-01,", "account"),
    ],
)
def test_a_vat_code_that_makes_no_sense_is_named(cast: Cast, row: str, column: str) -> None:
    head = "code,name,rate,method,non_deductible,account,reverse_account,valid_from,valid_to"
    found = read_import(by=cast.alice, what="tax-codes", name="f", data=f"{head}\n{row}\n".encode())
    (one,) = preview_of(found)
    assert one.state == "wrong" and column in one.errors
    confirm_import(found=found, by=cast.alice)
    assert not TaxCode.objects.filter(code="N").exists()


@django_db
def test_vendors_lead_to_one_each(cast: Cast) -> None:
    put(
        cast,
        "vendors",
        "name,aliases,account_number\nLidl,LIDL DANMARK|Lidl 0421,40010\nAldi,lidl danmark,\nNetto,,40010\n",
    )
    assert set(Vendor.objects.values_list("name", flat=True)) == {"Lidl"}
    assert set(VendorAlias.objects.values_list("name", flat=True)) == {"lidl", "lidl danmark"}
    put(cast, "vendors", "name,aliases\nLidl,\n")
    assert set(VendorAlias.objects.values_list("name", flat=True)) == {"lidl"}


@django_db
def test_missing_columns_are_named(cast: Cast) -> None:
    with pytest.raises(ColumnsMissing) as refusal:
        read_import(by=cast.alice, what="accounts", name="f", data=b"name,colour\na,b\n")
    assert "Number" in refusal.value.message()


@django_db
def test_another_company_s_masters_are_not_reached(cast: Cast) -> None:
    put(cast, "accounts", "number,name,type\n4650,Ours,expense\n")
    assert ChartAccount.objects.filter(company=cast.other, name="Ours").count() == 0
    assert callable(split)


@django_db
def test_ten_thousand_rows(cast: Cast) -> None:
    text = "name,account\n" + "".join(f"Kategori {number},3600\n" for number in range(MOST_ROWS))
    found = read_import(by=cast.alice, what="categories", name="f", data=text.encode())
    confirm_import(found=found, by=cast.alice)
    assert found.is_open
    apply_import(found.pk)
    found.refresh_from_db()
    assert found.status == "done" and found.counts["new"] == MOST_ROWS
    assert Category.objects.filter(company=cast.company, name__startswith="Kategori").count() == MOST_ROWS


# ---- pages


@django_db
def test_the_pages_lead_from_a_file_to_what_became_of_it(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.alice)
    place = reverse("master-import", args=[cast.company.slug, "tags"])
    assert client.get(place).status_code == 200
    assert client.post(place).status_code == 422
    assert client.get(reverse("master-import", args=[cast.company.slug, "nonsense"])).status_code == 404
    bad = SimpleUploadedFile("x.csv", b"\x00\x01\x02")
    assert client.post(place, {"file": bad}).status_code == 422
    file = SimpleUploadedFile("tags.csv", b"group,path\nProject,<b>Web\nProject,A / B\n")
    shown = client.post(place, {"file": file}, follow=True)
    assert shown.status_code == 200 and b"<b>Web" not in shown.content and "stands below" in shown.content.decode()
    found = MasterImport.objects.get()
    for query in ("", "?state=new", "?state=wrong&from=99999", "?state=x&from=-1"):
        preview = reverse("master-import-preview", args=[cast.company.slug, found.pk]) + query
        assert client.get(preview).status_code == 200
    done = client.post(reverse("master-import-confirm", args=[cast.company.slug, found.pk]), follow=True)
    assert b"Applied" in done.content and Tag.objects.get().name == "<b>Web"
    export = client.get(reverse("master-import-export", args=[cast.company.slug, found.pk]))
    assert export.status_code == 200 and b"".join(export.streaming_content)  # type: ignore[attr-defined]
