"""The command writes what a batch made now would hold, byte for byte, and leaves no trace."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from accounts.models import Counter
from bookkeeping.formats import custom
from bookkeeping.formats.registry import FORMATS
from bookkeeping.models import BookItem, BookLayout, BookSettings, ExportFile, TaxName
from bookkeeping.queue import queue
from bookkeeping.withdraw import withdraw
from expenses.models import Category, ChartAccount
from tests.bookkeeping.conftest import NOW, item_of, make_export, purchase, stored, top_up

HARD = 'Say "ø"; <Å>, ß €|2\tØre 😀 =1+1 ' + "x" * 150


def write(folder: Path, company: Any, format: str, *options: str) -> dict[str, bytes]:
    """Run the command; returns the files by name."""
    target = folder / f"{format.replace(':', '-')}{len(list(folder.iterdir()))}"
    out = io.StringIO()
    call_command(
        "export_books", company.slug, "--format", format, "--output", str(target), "--as-of", NOW.isoformat(), *options,
        stdout=out,
    )  # fmt: skip
    found = {path.name: path.read_bytes() for path in target.iterdir()}
    assert [line.split("  ")[1] for line in out.getvalue().splitlines()] and len(out.getvalue().splitlines()) == len(
        found
    )
    return found


def everything() -> dict[str, int]:
    """How many rows there are of everything, and where the counters stand."""
    rows = {model._meta.label: model._base_manager.count() for model in apps.get_models()}
    return rows | {f"{c.company_id} {c.range}": c.next for c in Counter.objects.all()}


@pytest.fixture
def layout(cast):
    return BookLayout.objects.create(company=cast.company, name="Mit ark", look=custom.PRESETS["e-conomic"].dump())


def test_every_format_has_the_bytes_of_the_batch_made_after(cast, month, layout, tmp_path):
    TaxName.objects.create(company=cast.company, code="I25", system="datev", name="9")
    hard = purchase(cast.carol, 7777, merchant=HARD[:120])
    type(hard).objects.filter(pk=hard.pk).update(note=HARD)
    queue(by=cast.bob, items=[item_of(month["paper"]).pk], now=NOW)
    formats = [*FORMATS, f"custom:{layout.pk}"]
    before = everything()
    written = {key: write(tmp_path, cast.company, key, "--with-receipts") for key in formats}
    assert everything() == before
    assert {key: write(tmp_path, cast.company, key, "--with-receipts") for key in formats} == written
    batch = make_export(cast.bob, now=NOW, formats=formats)
    kept = {file.name: stored(file.key) for file in batch.files.exclude(kind="changes")}
    asked = {
        name: data for files in written.values() for name, data in files.items() if not name.endswith("-changes.csv")
    }
    assert asked == kept and len(kept) == len(formats) + 2
    changes = stored(batch.files.get(kind="changes").key).decode("utf-8-sig")
    assert "grinning" in changes and batch.files.get(format="sie").changed and not batch.files.get(format="csv").changed


def test_what_is_not_ready_is_left_out_and_the_period_counts(cast, month, tmp_path):
    purchase(cast.carol, 9900, okay=False)
    early = top_up(cast.company, 4242)
    BookItem.objects.filter(pk=early.pk).update(booked_date="2026-09-02")
    names = write(tmp_path, cast.company, "csv", "--from", "2026-09-01", "--to", "2026-09-30")
    [(name, data)] = names.items()
    assert name.endswith("2026-09-02-to-2026-09-02.csv") or "2026-09" in name
    assert data.count(b"\r\n") == 3 and b"42,42" in data
    whole = b"".join(write(tmp_path, cast.company, "csv").values())
    assert b"99,00" not in whole and b"42,42" in whole


def test_what_was_exported_comes_again_with_its_numbers(cast, month, tmp_path):
    batch = make_export(cast.bob, now=NOW)
    gone = make_export_of(cast, 1111)
    withdraw(export=gone, by=cast.bob, reason="Twice", now=NOW)
    top_up(cast.company, 5150)
    data = b"".join(write(tmp_path, cast.company, "csv", "--include-exported").values())
    first = stored(batch.file_key)
    assert data.startswith(first) and data[len(first) :].count(b"\r\n") == 4
    assert {line.split(b";")[0] for line in data[len(first) :].splitlines()} == {b"7", b"8"}
    with pytest.raises(CommandError):
        write(tmp_path, cast.company, "csv", "--from", "2020-01-01", "--to", "2020-12-31")


def make_export_of(cast, amount):
    top_up(cast.company, amount)
    return make_export(cast.bob, now=NOW)


def test_what_is_queued_and_cannot_be_exported_is_named(cast, month, tmp_path):
    queue(by=cast.bob, items=[item_of(month["paper"]).pk], now=NOW)
    ChartAccount.objects.filter(company=cast.company, number="3600").update(archived_at=NOW)
    with pytest.raises(CommandError, match="account_archived"):
        write(tmp_path, cast.company, "csv")


def test_what_a_running_export_holds_is_not_written_twice(cast, month, tmp_path):
    from bookkeeping.export import export
    from tests.bookkeeping.conftest import queue_all

    queue_all(cast.bob)
    export(by=cast.bob, client_key="running", now=NOW)
    with pytest.raises(CommandError, match="Nothing is ready"):
        write(tmp_path, cast.company, "csv")


@pytest.mark.parametrize(
    "arguments",
    [("nobody", "csv"), ("havblik", "xls"), ("havblik", "custom:nothing"), ("havblik", "")],
)
def test_nonsense_is_refused(cast, month, tmp_path, arguments):
    slug = cast.company.slug if arguments[0] == "havblik" else arguments[0]
    with pytest.raises(CommandError):
        call_command("export_books", slug, "--format", arguments[1], "--output", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_format_that_cannot_take_the_accounts_says_so(cast, month, tmp_path):
    account = Category.objects.get(company=cast.company, code="office").account
    ChartAccount.objects.filter(pk=account.pk).update(number="KONTOR")
    with pytest.raises(CommandError, match="KONTOR"):
        write(tmp_path, cast.company, "datev")
    assert write(tmp_path, cast.company, "csv")


def test_another_companys_layout_is_none_of_ours(cast, month, tmp_path):
    theirs = BookLayout.objects.create(company=cast.other, name="Mine", look=custom.PRESETS["billy"].dump())
    with pytest.raises(CommandError):
        write(tmp_path, cast.company, f"custom:{theirs.pk}")


def test_receipts_stand_in_folders_by_month(cast, month, tmp_path):
    BookSettings.objects.filter(company=cast.company).update(receipts_by_month=True)
    import zipfile

    files = write(tmp_path, cast.company, "csv", "--with-receipts")
    archive = next(data for name, data in files.items() if name.endswith(".zip"))
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert names and all(name.startswith("2026-") and name.count("/") == 1 for name in names)
    belege = write(tmp_path, cast.company, "datev", "--with-receipts")
    flat = zipfile.ZipFile(io.BytesIO(next(data for name, data in belege.items() if name.endswith(".zip")))).namelist()
    assert flat[0] == "document.xml" and not any("/" in name for name in flat) and len(flat) == len(names) + 1
    assert BookItem.objects.filter(lane="exported").count() == 0 == ExportFile.objects.count()


@pytest.mark.parametrize("format", ["datev", "xlsx", "sie", "ofx"])
def test_the_same_database_and_arguments_give_the_same_bytes_at_any_time(cast, month, tmp_path, format):
    made = []
    for name in ("first", "second"):
        call_command("export_books", cast.company.slug, "--format", format, "--output", str(tmp_path / name))
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert made[0] == made[1]
