"""Webhooks through the API: only for who manages tokens, secrets shown once, every address of one's own company alone."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.create_token import create_token
from accounts.models import IdempotencyKey
from events.models import Delivery, WebhookEndpoint
from events.record import record
from events.webhooks import add_endpoint, secret_of

VERBS = ["export.ready", "export_job.created"]


@pytest.fixture
def api(cast, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    secret = create_token(membership=cast.alice, name="R", scopes=["tokens.manage"], by=cast.alice).secret
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def send(method, path, body=None, **headers):
        return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    return send


def test_an_address_is_added_listed_paused_and_removed(cast, api):
    made = api("post", "webhooks", {"url": "http://127.0.0.1:9/x", "verbs": VERBS}, **{"Idempotency-Key": "one"})
    assert made.status_code == 201 and made["Cache-Control"] == "no-store"
    row = WebhookEndpoint.objects.get()
    assert made.json()["secret"] == secret_of(row.sealed) and not IdempotencyKey.objects.exists()
    (listed,) = api("get", "webhooks").json()["results"]
    assert listed["verbs"] == VERBS and "secret" not in listed and listed["is_paused"] is False
    twice = api("post", "webhooks", {"url": "http://127.0.0.1:9/x", "verbs": VERBS})
    assert twice.status_code == 409 and twice.json()["error"]["code"] == "webhook_url_known"
    path = f"webhooks/{row.pk}"
    for _ in range(2):
        assert api("patch", path, {"is_paused": True}).json()["is_paused"] is True
    assert api("delete", path).status_code == 204 and api("get", path).status_code == 404
    assert api("post", f"{path}/secret").status_code == 404


def test_a_new_secret_signs_beside_the_old_one(cast, api):
    row, old = add_endpoint(by=cast.alice, url="http://127.0.0.1:9/x", verbs=VERBS, now=timezone.now())
    made = api("post", f"webhooks/{row.pk}/secret")
    row.refresh_from_db()
    assert made.status_code == 201 and made.json()["secret"] == secret_of(row.sealed) != old
    assert secret_of(row.sealed_before) == old and made.json()["former_secret_until"]


def test_the_log_is_listed_and_an_event_sent_again(cast, api):
    row, _ = add_endpoint(by=cast.alice, url="http://127.0.0.1:9/x", verbs=VERBS, now=timezone.now())
    record(company=cast.company, verb="export.ready", subject=row, changes={"entries": 1, "sha256": ""})
    delivery = Delivery.objects.get()
    path = f"webhook-deliveries/{delivery.pk}/redelivery"
    assert api("post", path).status_code == 409, "it is on its way"
    Delivery.objects.update(status="failed", response_status=500)
    assert api("post", path).json()["again_of"] == str(delivery.pk)
    log = api("get", f"webhooks/{row.pk}/deliveries").json()["results"]
    assert [(one["verb"], one["progress"]) for one in log] == [("export.ready", "waiting"), ("export.ready", "failed")]
    assert len(api("get", f"webhooks/{row.pk}/deliveries?progress=failed").json()["results"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {}, {"url": "x", "verbs": VERBS}, {"url": "https://127.0.0.1/", "verbs": []}, {"url": 1, "verbs": "x"},
        {"url": "https://127.0.0.1/", "verbs": ["made.up"]}, {"url": "https://" + "x" * 600, "verbs": VERBS},
    ],
)  # fmt: skip
def test_nonsense_adds_nothing(cast, api, body):
    assert api("post", "webhooks", body).status_code == 422 and not WebhookEndpoint.objects.exists()


def test_an_address_inside_our_own_network_is_refused(cast, api, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = False
    assert api("post", "webhooks", {"url": "https://127.0.0.1/x", "verbs": VERBS}).status_code == 422


def test_other_companies_and_lesser_tokens_see_nothing(cast, api):
    row, _ = add_endpoint(by=cast.mallory, url="http://127.0.0.1:9/x", verbs=VERBS, now=timezone.now())
    assert api("get", "webhooks").json()["results"] == []
    assert api("get", f"webhooks/{row.pk}").status_code == 404
    assert api("post", f"webhook-deliveries/{uuid4()}/redelivery").status_code == 404
    secret = create_token(membership=cast.alice, name="R", scopes=["books.see"], by=cast.alice).secret
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/webhooks").status_code == 403
