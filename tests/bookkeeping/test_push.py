"""Entries pushed to e-conomic: each once, whatever the network does, and what was refused can be mended and sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from bookkeeping.destinations import economic as economic_module
from bookkeeping.destinations.connect import TokenMissing, connect, disconnect, try_connection
from bookkeeping.finish_job import retry_job
from bookkeeping.models import Destination, ExportJob, ExportJobItem, JournalEntry
from bookkeeping.push import push
from bookkeeping.withdraw import withdraw
from events.models import Event
from pleo.lib.errors import WrongState
from tests.bookkeeping.conftest import NOW, add_receipt, make_export, purchase, top_up
from tests.bookkeeping.mock_economic import Economic


@pytest.fixture
def there(settings, monkeypatch):
    server = Economic()
    settings.ECONOMIC_URL, settings.ECONOMIC_APP_SECRET = server.url, "app"
    monkeypatch.setattr(economic_module, "SECONDS", 1)
    yield server
    server.close()


@pytest.fixture
def connected(cast, there):
    return connect(by=cast.alice, kind="economic", token=" grant ", journal=1, now=NOW)


def job_of(cast: Any, *, purchases: int = 2) -> ExportJob:
    for number in range(purchases):
        purchase(cast.carol, 10000 + number, merchant=f"Shop {number} Ø€😀")
    batch = make_export(cast.bob)
    assert batch.status == "ready", batch.last_error
    return ExportJob.objects.get(export=batch)


def run(job: ExportJob, **options: Any) -> ExportJob:
    """Push as the worker does; a job put back waits for nothing here."""
    ExportJob.objects.filter(pk=job.pk).update(lease_until=None)
    push(job_id=job.pk, now=timezone.now(), sleep=lambda seconds: None, **options)
    job.refresh_from_db()
    return job


def statuses(job: ExportJob) -> list[str]:
    return list(job.items.order_by("voucher_number").values_list("status", flat=True))


def texts(there: Economic) -> list[str]:
    return sorted(voucher["entries"]["financeVouchers"][0]["text"][:7] for voucher in there.vouchers)


def test_every_entry_arrives_with_its_receipts_and_exact_amounts(cast, there, connected):
    job = run(job_of(cast))
    assert (job.status, statuses(job)) == ("completed", ["successful"] * 2) and len(there.vouchers) == 2
    item = job.items.order_by("voucher_number").first()
    assert item.external_id == "2026-1" and item.external_url.endswith("/2026-1") and item.receipts_sent == 1
    rows = there.vouchers[0]["entries"]["financeVouchers"]
    assert [row["amount"] for row in rows][-1] == -100 and '"amount": -100.00' in there.bodies[0]
    assert sum(round(row["amount"] * 100) for row in rows) == 0 and rows[0]["currency"] == {"code": "DKK"}
    assert rows[0]["text"] == "P000001 Shop 0 Ø€😀" and rows[0]["account"] == {"accountNumber": 3600}
    assert {path for path, _, _ in there.attached} == {f"/journals/1/vouchers/2026-{n}/attachment/file" for n in (1, 2)}
    headers = next(headers for method, _, headers in there.asked if method == "POST")
    assert headers["X-AppSecretToken"] == "app" and headers["Idempotency-Key"] == item.pk.hex
    verbs = set(Event.objects.filter(subject_type="bookkeeping.exportjob").values_list("verb", flat=True))
    assert verbs == {"export_job.created", "export_job.completed"}


def test_running_again_sends_nothing(cast, there, connected):
    job = run(job_of(cast))
    assert push(job_id=job.pk, now=timezone.now()) is None and len(there.vouchers) == 2
    with pytest.raises(WrongState):
        retry_job(job=job, by=cast.bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportJob.objects.create(company=cast.company, destination=connected, export=job.export)


@pytest.mark.parametrize("trouble", ["hang", "drop", "hang_before", 500, 503])
@pytest.mark.parametrize("forget_keys", [False, True])
def test_an_unknown_outcome_is_looked_up_before_it_is_sent_again(cast, there, connected, trouble, forget_keys):
    """Also where the other side has forgotten our key by then."""
    job = job_of(cast)
    there.next.append(("POST", trouble))
    assert run(job).status == "pending" and job.last_error["code"] == "accounting_system_unreachable"
    assert statuses(job)[0] == "in_progress"
    there.forget_keys = forget_keys
    assert run(job).status == "completed"
    assert texts(there) == ["P000001", "P000002"], "each stands there once"


def test_a_worker_killed_between_sending_and_remembering_sends_nothing_twice(cast, there, connected, monkeypatch):
    job = job_of(cast)
    there.forget_keys = True
    send = economic_module.Economic.send

    class Killed(BaseException):
        pass

    def killed(self, entry, *, key):
        send(self, entry, key=key)
        raise Killed

    monkeypatch.setattr(economic_module.Economic, "send", killed)
    with pytest.raises(Killed):
        push(job_id=job.pk, now=timezone.now())
    monkeypatch.undo()
    monkeypatch.setattr(economic_module, "SECONDS", 1)
    job.refresh_from_db()
    assert job.status == "started" and push(job_id=job.pk, now=timezone.now()) is None, "its lease still runs"
    push(job_id=job.pk, now=timezone.now() + ExportJob.LEASE + timedelta(seconds=1))
    job.refresh_from_db()
    assert job.status == "completed" and texts(there) == ["P000001", "P000002"]


def test_a_slow_worker_keeps_nothing_once_it_lost_its_lease(cast, there, connected, monkeypatch):
    job = job_of(cast)
    send = economic_module.Economic.send

    def overtaken(self, entry, *, key):
        ExportJob.objects.filter(pk=job.pk).update(attempts=9)
        return send(self, entry, key=key)

    monkeypatch.setattr(economic_module.Economic, "send", overtaken)
    assert push(job_id=job.pk, now=timezone.now()) is None
    assert not ExportJobItem.objects.filter(status="successful").exists()


def test_too_many_requests_are_waited_for(cast, there, connected):
    there.next.extend([("POST", 429), ("POST", 429)])
    waited: list[float] = []
    job = job_of(cast)
    push(job_id=job.pk, now=timezone.now(), sleep=waited.append)
    job.refresh_from_db()
    assert job.status == "completed" and waited == [1, 1] and len(there.vouchers) == 2


def test_one_refused_entry_stops_no_other_and_is_sent_alone_once_mended(cast, there, connected):
    there.refuse["Shop 0"] = "Account 3600 is closed"
    job = run(job_of(cast))
    assert (job.status, statuses(job)) == ("completed_with_errors", ["failed", "successful"])
    item = job.items.get(status="failed")
    assert item.failure_type == "validation_failure" and "Account 3600 is closed" in item.failure
    there.refuse.clear()
    retry_job(job=job, by=cast.bob)
    assert run(job).status == "completed" and texts(there) == ["P000001", "P000002"]


def test_a_receipt_that_is_not_taken_leaves_the_entry_there_and_is_sent_alone_later(cast, there, connected):
    bought = purchase(cast.carol, 10000)
    add_receipt(bought, sha256="b" * 64)
    batch = make_export(cast.bob)
    job = ExportJob.objects.get(export=batch)
    there.next.append(("POST", None))
    there.next.append(("POST", 400))
    run(job)
    item = job.items.get()
    assert item.failure_type == "receipt_upload_failure" and item.external_id and len(there.attached) == 0
    retry_job(job=job, by=cast.bob)
    assert run(job).status == "completed" and len(there.vouchers) == 1 and len(there.attached) == 2


@pytest.mark.parametrize(
    ("status", "type"), [(401, "accounting_system_authentication_failure"), (403, "authorization_failure")]
)
def test_a_connection_that_is_refused_stops_the_job_until_it_is_mended(cast, there, connected, status, type):
    job = job_of(cast)
    there.next.append(("*", status))
    run(job)
    assert job.status == "failed" and job.last_error["code"] == type and "successful" not in statuses(job)
    retry_job(job=job, by=cast.bob)
    assert run(job).status == "completed" and len(there.vouchers) == 2


def test_a_system_that_never_answers_is_given_up_visibly(cast, there, connected):
    job = job_of(cast)
    there.next.extend([("*", 502)] * 20)
    for _ in range(ExportJob.MAX_ATTEMPTS):
        run(job)
    assert job.status == "failed" and job.last_error["code"] == "accounting_system_unreachable"
    assert Event.objects.filter(verb="export_job.failed").count() == 1


def test_no_accounting_year_is_an_entrys_own_fault(cast, there, connected):
    job = job_of(cast, purchases=1)
    JournalEntry.objects.update(date="2031-01-01")
    assert run(job).status == "completed_with_errors" and job.items.get().failure_type == "invalid_configuration"


def test_an_undone_export_is_not_handed_over(cast, there, connected):
    job = job_of(cast)
    withdraw(export=job.export, by=cast.bob, reason="Wrong", now=NOW)
    assert run(job).status == "failed" and not there.vouchers
    with pytest.raises(WrongState):
        retry_job(job=job, by=cast.bob)


def test_money_that_no_expense_tells_of_arrives_too(cast, there, connected):
    top_up(cast.company)
    job = ExportJob.objects.get(export=make_export(cast.bob))
    assert run(job).status == "completed" and len(there.vouchers) == 1


# ---- the connection


def test_the_token_is_sealed_and_stands_nowhere_else(cast, there, connected):
    assert "grant" not in connected.sealed and not Event.objects.filter(changes__icontains="grant").exists()
    assert try_connection(destination=connected, now=NOW) == "Havblik e-conomic"
    assert connected.tested_at == NOW and connected.test_error == ""
    wrong = connect(by=cast.alice, kind="economic", token="other", journal=1, now=NOW)
    assert wrong.pk == connected.pk and try_connection(destination=wrong, now=NOW) == ""
    assert wrong.test_error == "accounting_system_authentication_failure"
    with pytest.raises(IntegrityError), transaction.atomic():
        Destination.objects.create(company=cast.company, kind="economic", by=cast.alice)


def test_an_empty_token_keeps_the_one_there_is_and_the_first_needs_one(cast, there):
    with pytest.raises(TokenMissing):
        connect(by=cast.alice, kind="economic", token="", now=NOW)
    first = connect(by=cast.alice, kind="economic", token="grant", now=NOW)
    again = connect(by=cast.alice, kind="economic", token="", journal=2, now=NOW)
    assert again.sealed == first.sealed and try_connection(destination=again, now=NOW) == "", "there is no journal 2"
    assert again.test_error == "invalid_configuration"


def test_disconnecting_forgets_the_token_and_stops_what_is_open(cast, there, connected):
    job = job_of(cast)
    disconnect(destination=connected, by=cast.alice, now=NOW)
    connected.refresh_from_db()
    job.refresh_from_db()
    assert (connected.sealed, job.status) == ("", "failed")
    purchase(cast.carol)
    assert ExportJob.objects.filter(export=make_export(cast.bob)).count() == 0


# ---- pages


def test_connecting_looking_and_mending_from_the_pages(cast, there, sign_in):
    alice, where = sign_in(cast.alice), {"company": cast.company.slug}
    page = reverse("books-destinations", kwargs=where)
    assert alice.post(page, {"token": "", "journal": "1"}).status_code == 422
    assert alice.post(page, {"token": "grant", "journal": "1"}).status_code == 303
    shown = alice.get(page).content.decode()
    assert "Havblik e-conomic" in shown and "grant" not in shown.replace("Agreement grant token", "")
    there.refuse["Shop 1"] = "No <b>such</b> account"
    job = run(job_of(cast))
    result = alice.get(reverse("books-job", kwargs={**where, "job_id": job.pk})).content.decode()
    assert "No &lt;b&gt;such&lt;/b&gt; account" in result and "Mend it" in result and "1 of 2 arrived" in result
    only = alice.get(reverse("books-job", kwargs={**where, "job_id": job.pk}), {"show": "failed"}).content.decode()
    assert "Shop 1" in only and "Shop 0" not in only
    there.refuse.clear()
    assert alice.post(reverse("books-job-again", kwargs={**where, "job_id": job.pk})).status_code == 303
    assert run(job).status == "completed"
    assert (
        alice.post(
            reverse("books-destination-test", kwargs={**where, "destination_id": job.destination_id})
        ).status_code
        == 303
    )
    assert (
        alice.post(reverse("books-destination-end", kwargs={**where, "destination_id": job.destination_id})).status_code
        == 303
    )
    assert (
        alice.post(reverse("books-destination-end", kwargs={**where, "destination_id": job.destination_id})).status_code
        == 404
    )


def test_without_a_secret_of_ours_e_conomic_is_not_offered(cast, sign_in, settings):
    settings.ECONOMIC_APP_SECRET = ""
    alice, page = sign_in(cast.alice), reverse("books-destinations", kwargs={"company": cast.company.slug})
    assert "not set up on this installation" in alice.get(page).content.decode()
    assert alice.post(page, {"token": "x", "journal": "1"}).status_code == 422
