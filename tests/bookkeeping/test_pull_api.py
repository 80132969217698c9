"""A connector by the API: takes a job, reads it, says what became of each entry, once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from bookkeeping.destinations.connect import connect
from bookkeeping.finish_job import retry_job
from bookkeeping.models import ExportJob, ExportJobItem
from bookkeeping.take_job import say_of_items, take_job
from bookkeeping.withdraw import withdraw
from pleo.lib.errors import DomainError
from tests.bookkeeping.conftest import NOW, make_export, purchase
from tests.bookkeeping.test_api import SCOPES, call

__all__ = ["call"]


@pytest.fixture
def job(cast):
    connect(by=cast.alice, kind="connector", now=NOW)
    for number in range(3):
        purchase(cast.carol, 10000 + number, merchant=f"Shop {number}")
    return ExportJob.objects.get(export=make_export(cast.bob))


@pytest.fixture
def api(call, cast):
    return call(cast.bob, SCOPES)


def items(api, job):
    return sorted(
        api("get", f"export-jobs/{job.pk}/items").json()["results"], key=lambda row: row["entry"]["voucher_number"]
    )


def say(api, job, *said):
    return api("put", f"export-jobs/{job.pk}/items", {"items": list(said)})


def ok(row, **more):
    return {"id": row["id"], "status": "successful", "external_id": "X-1", **more}


def test_from_list_to_completion(api, job):
    (row,) = api("get", "export-jobs?status=pending").json()["results"]
    assert (row["id"], row["items"], row["destination"], row["status"]) == (str(job.pk), 3, "connector", "pending")
    path = f"export-jobs/{job.pk}"
    assert api("post", f"{path}/start").json()["status"] == "started"
    first, second, third = items(api, job)
    assert len(first["entry"]["postings"]) >= 2 and first["receipts"][0]["name"].startswith("000001_expense-")
    receipt = api("get", first["receipts"][0]["url"].removeprefix("/api/v1/"))
    assert receipt.status_code == 200 and b"".join(receipt.streaming_content)
    assert api("get", first["receipts"][0]["url"].removeprefix("/api/v1/")[:-1] + "9").status_code == 404
    failed = {
        "id": second["id"],
        "status": "failed",
        "failure_type": "validation_failure",
        "failure_reason": "No account",
    }
    kept = say(
        api, job, ok(first, external_url="https://erp.example/1"), failed, {"id": str(uuid4()), "status": "successful"}
    )
    assert [one["error"] for one in kept.json()["items"]] == ["", "", "item_unknown"]
    assert api("post", f"{path}/completion", {}).json()["status"] == "completed_with_errors"
    assert [row["status"] for row in items(api, job)] == ["successful", "failed", "abandoned"]
    assert api("post", f"{path}/completion", {}).status_code == 200, "said twice, nothing changes"
    assert say(api, job, ok(third)).status_code == 409, "after the end nothing more is said"
    assert say(api, job).status_code == 422 and say(api, job, *[ok(first)] * 101).status_code == 422


def test_what_arrived_stays_arrived(cast, api, job):
    api("post", f"export-jobs/{job.pk}/start")
    first = items(api, job)[0]
    for body, error in (
        (ok(first), ""), (ok(first), ""), (ok(first, external_id="X-2"), "item_already_successful"),
        ({"id": first["id"], "status": "failed", "failure_type": "unexpected_failure"}, "item_already_successful"),
    ):  # fmt: skip
        assert say(api, job, body).json()["items"][0]["error"] == error
    assert ExportJobItem.objects.get(pk=first["id"]).external_id == "X-1"
    missing = say(api, job, {"id": items(api, job)[1]["id"], "status": "failed"})
    assert missing.json()["items"][0]["error"] == "failure_type_missing"


def test_one_connector_at_a_time_for_an_hour(cast, call, api, job):
    other = call(cast.alice, SCOPES)
    assert say(api, job, {"id": str(uuid4()), "status": "failed"}).status_code == 409, "not taken yet"
    assert api("post", f"export-jobs/{job.pk}/start").status_code == 200
    assert api("post", f"export-jobs/{job.pk}/start").status_code == 200, "one's own again"
    refused = other("post", f"export-jobs/{job.pk}/start")
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "export_job_taken"
    assert other("post", f"export-jobs/{job.pk}/completion", {}).status_code == 409
    ExportJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    first = items(api, job)[0]
    assert say(api, job, ok(first)).status_code == 409, "its hour is over"
    assert other("post", f"export-jobs/{job.pk}/start").status_code == 200
    assert api("post", f"export-jobs/{job.pk}/completion", {}).status_code == 409


def test_a_job_that_stopped_is_gone_on_with(cast, api, job):
    api("post", f"export-jobs/{job.pk}/start")
    first = items(api, job)[0]
    say(api, job, ok(first))
    body = {"failure_type": "accounting_system_unreachable", "failure_reason": "Down"}
    stopped = api("post", f"export-jobs/{job.pk}/completion", body).json()
    assert stopped["status"] == "failed" and stopped["error"]["code"] == "accounting_system_unreachable"
    assert api("post", f"export-jobs/{job.pk}/completion", body).status_code == 200
    assert api("post", f"export-jobs/{job.pk}/start").status_code == 409
    job.refresh_from_db()
    retry_job(job=job, by=cast.bob)
    assert api("post", f"export-jobs/{job.pk}/start").status_code == 200
    assert [row["status"] for row in items(api, job)] == ["successful", "pending", "pending"]
    said = [ok(row) for row in items(api, job)[1:]]
    say(api, job, *said)
    assert api("post", f"export-jobs/{job.pk}/completion", {}).json()["status"] == "completed"


def test_rights_companies_and_undone_exports(cast, call, api, job):
    reader = call(cast.bob, ["books.see"])
    assert reader("get", f"export-jobs/{job.pk}").status_code == 200
    assert reader("post", f"export-jobs/{job.pk}/start").status_code == 403
    theirs = call(cast.mallory, SCOPES)
    for method, path in (("get", ""), ("post", "/start"), ("get", "/items"), ("post", "/completion")):
        assert theirs(method, f"export-jobs/{job.pk}{path}", {}).status_code == 404
    withdraw(export=job.export, by=cast.bob, reason="Wrong", now=NOW)
    assert api("post", f"export-jobs/{job.pk}/start").status_code == 409


def test_we_never_push_what_a_connector_takes(cast, job):
    from bookkeeping.sweep_exports import overdue_jobs

    later = timezone.now() + timedelta(days=1)
    assert overdue_jobs(now=later) == []
    taken = take_job(job=job, by=cast.bob, now=NOW)
    with pytest.raises(DomainError):
        say_of_items(job=taken, by=cast.alice, said=[], now=NOW)
