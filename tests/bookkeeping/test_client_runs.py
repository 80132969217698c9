"""Several companies exported in one go: each on its own, once, whatever happens to the others."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Company, Membership, Role
from bookkeeping import export_clients as exporting
from bookkeeping.clients import open_work
from bookkeeping.clients_archive import archive
from bookkeeping.export_clients import NoClients, export_clients, run_clients, try_again
from bookkeeping.models import BookItem, BookSettings, ClientPart, ClientRun, Export
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import NOW, make_export, purchase, top_up
from tests.conftest import join


@pytest.fixture
def both(cast: Any) -> dict[str, Any]:
    """Bob keeps the books of both companies; in each there is something ready."""
    there = join(cast.other, "bob", Role.ACCOUNTANT)
    top_up(cast.company)
    top_up(cast.other, 500_000)
    return {"user": cast.bob.user, "here": cast.company, "there": cast.other, "theirs": there}


def begin(both: dict[str, Any], *companies: Company, **fields: Any) -> ClientRun:
    chosen = companies or (both["here"], both["there"])
    key = fields.pop("key", uuid4().hex)
    return export_clients(user=both["user"], companies=[one.pk for one in chosen], client_key=key, now=NOW, **fields)


def work(run: ClientRun, now: Any = NOW) -> dict[str, str]:
    """Let a worker do a run; returns the states by company."""
    run_clients(run_id=run.pk, now=now)
    run.refresh_from_db()
    return states(run)


def states(run: ClientRun) -> dict[str, str]:
    return {part.company.name: part.state for part in run.parts.select_related("company", "export")}


def pack(run: ClientRun) -> bytes:
    parts = run.parts.select_related("company", "export").order_by("position")
    return b"".join(archive(run, list(parts)))


def test_each_company_gets_its_export_and_the_zip_a_folder_for_each(both: Any) -> None:
    run = begin(both)
    assert work(run) == {"Havblik": "ready", "Strandgut": "ready"} and run.status == "done"
    content = pack(run)
    again = pack(run)
    assert sha256(content).hexdigest() == sha256(again).hexdigest(), "the same run gives the same bytes"
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        names = found.namelist()
        for batch in Export.objects.all():
            file = batch.files.get(position=1)
            with default_storage.open(file.key) as stored:
                assert found.read(f"{batch.company.slug}/{file.name}") == stored.read()
        assert names[-1] == "results.csv" and b"Strandgut" in found.read("results.csv")


def test_a_company_that_fails_does_not_stop_the_rest(both: Any, monkeypatch: Any) -> None:
    whole = exporting.export

    def broken(**options: Any) -> Any:
        if options["by"].company_id == both["here"].pk:
            raise RuntimeError("disk full")
        return whole(**options)

    run = begin(both)
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "export", broken)
        assert work(run) == {"Havblik": "failed", "Strandgut": "ready"}
    assert ClientPart.objects.get(company=both["here"]).code == "interrupted"
    try_again(run=run, now=NOW)
    assert work(run, NOW + timedelta(hours=1)) == {"Havblik": "ready", "Strandgut": "ready"}
    assert Export.objects.count() == 2, "what was ready was not exported again"


def test_a_failed_build_is_built_again(both: Any, monkeypatch: Any) -> None:
    from bookkeeping import build as building

    run = begin(both, both["here"])
    with monkeypatch.context() as patched:
        patched.setattr(
            building, "journal_files", lambda *args: (_ for _ in ()).throw(building.ReceiptFileMissing(name="x"))
        )
        assert work(run) == {"Havblik": "failed"}
    try_again(run=run, now=NOW)
    assert work(run, NOW + timedelta(hours=1)) == {"Havblik": "ready"}
    assert Export.objects.count() == 1


def test_a_worker_that_died_leaves_what_it_did(both: Any, monkeypatch: Any) -> None:
    run, whole = begin(both), exporting._one

    def die(run: Any, part: Any) -> None:
        if part.position:
            raise KeyboardInterrupt
        whole(run, part)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(exporting, "_one", die)
        run_clients(run_id=run.pk, now=NOW)
    assert run_clients(run_id=run.pk, now=timezone.now()) is None, "its lease holds"
    later = NOW + timedelta(days=400)
    ClientRun.objects.update(lease_until=NOW)
    assert work(run, later) == {"Havblik": "ready", "Strandgut": "ready"} and Export.objects.count() == 2


def test_nothing_to_export_is_said_and_no_fault(both: Any) -> None:
    make_export(both["theirs"])
    run = begin(both)
    assert work(run) == {"Havblik": "ready", "Strandgut": "empty"} and run.status == "done"


def test_only_the_period_is_taken(both: Any, cast: Any) -> None:
    BookItem.objects.filter(company=both["there"]).update(booked_date=date(2026, 10, 5))
    run = begin(both, ends=date(2026, 10, 31))
    assert work(run) == {"Havblik": "empty", "Strandgut": "ready"}
    assert BookItem.objects.get(company=both["here"]).lane == "unexported"


def test_a_company_exports_as_it_agreed_or_as_asked(both: Any) -> None:
    BookSettings.objects.filter(company=both["there"]).update(formats=["xlsx"])
    work(begin(both))
    assert {batch.company.name: batch.formats for batch in Export.objects.all()} == {
        "Havblik": ["csv"],
        "Strandgut": ["xlsx"],
    }
    top_up(both["here"], 100)
    work(begin(both, both["here"], formats=["hledger"]))
    assert Export.objects.filter(company=both["here"]).order_by("-number")[0].formats == ["hledger"]


def test_the_same_press_is_one_run(both: Any) -> None:
    assert begin(both, key="one") == begin(both, key="one")
    assert ClientRun.objects.count() == 1


def test_companies_of_others_are_as_if_they_were_not_there(both: Any, cast: Any) -> None:
    with pytest.raises(NoClients):
        export_clients(user=cast.carol.user, companies=[cast.company.pk], client_key="x", now=NOW)
    with pytest.raises(NoClients):
        export_clients(user=cast.mallory.user, companies=[cast.company.pk], client_key="x", now=NOW)


def test_who_left_in_between_exports_nothing(both: Any) -> None:
    run = begin(both)
    Membership.objects.filter(pk=both["theirs"].pk).update(status="left")
    assert work(run) == {"Havblik": "ready", "Strandgut": "failed"}
    assert ClientPart.objects.get(company=both["there"]).code == "expense_not_yours"


def test_what_still_runs_is_not_tried_again(both: Any) -> None:
    with pytest.raises(WrongState):
        try_again(run=begin(both), now=NOW)


def test_the_portal_counts_what_waits(both: Any, cast: Any, sign_in: Any, django_assert_max_num_queries: Any) -> None:
    purchase(cast.carol, 100, receipt=False)
    purchase(cast.carol, 200)
    with django_assert_max_num_queries(8):
        found = open_work([both["here"].pk, both["there"].pk])
    here = found[both["here"].pk]
    assert (here["unexported"], here["ready"], here["receipts"], here["queued"]) == (3, 2, 1, 0)
    page = sign_in(cast.bob).get("/clients/").content.decode()
    assert "Receipts missing" in page and "Export the chosen" in page and "Strandgut" in page
    rows = b"".join(sign_in(cast.bob).get("/clients/clients.csv").streaming_content).decode()
    assert "Questions open" in rows


def test_the_pages(both: Any, cast: Any, sign_in: Any) -> None:
    client = sign_in(cast.bob)
    body = {"company": [str(both["here"].pk), str(both["there"].pk), "x"], "key": str(uuid4()), "queue_ready": "on"}
    assert (
        client.post("/clients/exports/", {**body, "starts": "2026-10-02", "ends": "2026-10-01"})["Location"]
        == "/clients/"
    )
    assert client.post("/clients/exports/", {"key": str(uuid4())})["Location"] == "/clients/"
    sent = client.post("/clients/exports/", body)
    url = sent["Location"]
    assert "0 of 2 companies done" in client.get(url).content.decode()
    run = ClientRun.objects.get()
    work(run)
    page = client.get(url).content.decode()
    assert "ZIP of 2 companies" in page and "#1" in page
    assert b"".join(client.get(f"{url}clients.zip").streaming_content).startswith(b"PK")
    Membership.objects.filter(pk=both["theirs"].pk).update(status="left")
    assert "Strandgut" not in client.get(url).content.decode()
    assert b"strandgut" not in b"".join(client.get(f"{url}clients.zip").streaming_content)
    assert sign_in(cast.dave).get(url).status_code == 404
