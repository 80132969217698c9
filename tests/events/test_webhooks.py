"""Webhooks: signed, tried again, never to an address inside our own network, and nothing lost or told twice by accident."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from events.deliver import deliver, overdue, payload_of, signature
from events.models import Delivery, WebhookEndpoint
from events.record import record
from events.webhooks import (
    TOLD,
    UrlKnown,
    UrlRefused,
    add_endpoint,
    deliver_again,
    pause_endpoint,
    remove_endpoint,
    renew_secret,
)
from pleo.lib import outbound
from pleo.lib.errors import WrongState

NOW = timezone.now()


class Listener:
    """Somebody's address: keeps what it hears, answers as told."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((dict(self.headers), body))
                self.send_response(outer.status)
                if outer.status == 302:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    made = Listener()
    yield made
    made.close()


def endpoint(cast: Any, listener: Listener, *verbs: str) -> tuple[WebhookEndpoint, str]:
    return add_endpoint(by=cast.alice, url=listener.url, verbs=verbs or ("export_job.created",), now=NOW)


def happen(cast: Any, verb: str = "export_job.created", company: Any = None) -> Any:
    where = company or cast.company
    changes = {"entries": 2, "expires_in": 3600, "secret_thing": "no"}
    return record(company=where, verb=verb, subject=where, label="#1", changes=changes)


def send(delivery: Delivery) -> Delivery:
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=None)
    deliver(delivery_id=delivery.pk, now=timezone.now())
    delivery.refresh_from_db()
    return delivery


def test_an_event_is_told_once_signed_and_thin(cast, listener):
    row, secret = endpoint(cast, listener)
    event = happen(cast)
    happen(cast, "export.ready")
    happen(cast, company=cast.other)
    delivery = send(Delivery.objects.get())
    assert (delivery.status, delivery.response_status, delivery.response_text) == ("delivered", 200, "ok")
    ((headers, body),) = listener.heard
    told = json.loads(body)
    assert told["type"] == headers["Pleo-Event"] == "export_job.created" and told["id"] == str(event.pk)
    assert told["data"] == {"type": "company", "id": str(cast.company.pk), "entries": 2, "expires_in": 3600}
    at, *given = headers["Pleo-Signature"].split(",")
    assert given == [f"v1={signature(body, secret, int(at[2:]))}"] and secret not in row.sealed
    assert signature(body, "other", int(at[2:])) not in headers["Pleo-Signature"]
    assert deliver(delivery_id=delivery.pk, now=timezone.now()) is None and len(listener.heard) == 1


def test_an_event_that_is_rolled_back_is_told_to_nobody(cast, listener):
    endpoint(cast, listener)
    with pytest.raises(RuntimeError), transaction.atomic():
        happen(cast)
        raise RuntimeError
    assert not Delivery.objects.exists()


def test_a_new_secret_signs_beside_the_old_one_for_a_day(cast, listener):
    row, old = endpoint(cast, listener)
    new = renew_secret(endpoint=row, by=cast.alice, now=timezone.now())
    happen(cast)
    send(Delivery.objects.get())
    headers, body = listener.heard[0]
    at, first, second = headers["Pleo-Signature"].split(",")
    moment = int(at[2:])
    assert (first, second) == (f"v1={signature(body, new, moment)}", f"v1={signature(body, old, moment)}")
    WebhookEndpoint.objects.update(before_until=timezone.now() - timedelta(seconds=1))
    happen(cast)
    send(Delivery.objects.order_by("-id").first())
    assert listener.heard[1][0]["Pleo-Signature"].count("v1=") == 1


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_what_is_not_taken_is_tried_again_and_given_up_visibly(cast, listener, status):
    endpoint(cast, listener)
    happen(cast)
    listener.status = status
    delivery = send(Delivery.objects.get())
    assert (delivery.status, delivery.response_status) == ("waiting", status)
    assert delivery.lease_until and delivery.lease_until > timezone.now()
    assert deliver(delivery_id=delivery.pk, now=timezone.now()) is None, "it waits its time"
    for _ in range(Delivery.MAX_ATTEMPTS):
        send(delivery)
    assert delivery.status == "failed" and len(listener.heard) == Delivery.MAX_ATTEMPTS
    listener.status = 200
    again = send(deliver_again(delivery=delivery, by=cast.alice, now=timezone.now()))
    assert again.status == "delivered" and again.again_of == delivery
    bodies = {body for _, body in listener.heard}
    assert len(bodies) == 1 == len({payload_of(delivery), *bodies})


def test_a_dead_worker_is_noticed_by_the_sweep(cast, listener):
    endpoint(cast, listener)
    happen(cast)
    row = Delivery.objects.get()
    Delivery.claim(row.pk, now=timezone.now() - timedelta(minutes=5))
    assert overdue(now=timezone.now()) == [row.pk]


def test_nothing_is_told_to_who_is_paused_or_gone(cast, listener):
    row, _ = endpoint(cast, listener)
    happen(cast)
    assert pause_endpoint(endpoint=row, by=cast.alice, now=NOW)
    happen(cast)
    assert Delivery.objects.count() == 1
    assert not pause_endpoint(endpoint=row, by=cast.alice, now=NOW)
    remove_endpoint(endpoint=row, by=cast.alice, now=NOW)
    happen(cast)
    delivery = send(Delivery.objects.get())
    assert delivery.status == "failed" and not listener.heard
    for act in (renew_secret, pause_endpoint):
        with pytest.raises(WrongState):
            act(endpoint=row, by=cast.alice, now=NOW)
    with pytest.raises(WrongState):
        deliver_again(delivery=delivery, by=cast.alice, now=NOW)


def test_an_address_is_told_once_and_what_is_on_its_way_is_not_sent_again(cast, listener):
    row, _ = endpoint(cast, listener)
    with pytest.raises(UrlKnown):
        endpoint(cast, listener)
    event = happen(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(company=cast.company, endpoint=row, event=event)
    with pytest.raises(WrongState):
        deliver_again(delivery=Delivery.objects.get(), by=cast.alice, now=NOW)


# ---- addresses

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1",
    "fe80::1", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_our_own_network_is_public(address):
    assert not outbound.is_public(address)


def test_addresses_of_the_internet_are_public():
    assert outbound.is_public("93.184.216.34") and outbound.is_public("2606:2800:220:1::1")


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example/", "https://", "http://93.184.216.34/", "https://user:pass@93.184.216.34/", "https://127.0.0.1/",
     "https://[::1]/", "https://localhost/", "https://x:99999/", "javascript:alert(1)", "https://2130706433/"],
)  # fmt: skip
def test_bad_addresses_are_refused(cast, url):
    with pytest.raises(UrlRefused):
        add_endpoint(by=cast.alice, url=url, verbs=["export.ready"], now=NOW)


def test_a_name_with_one_private_address_among_public_ones_is_refused(cast, monkeypatch):
    answers = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers)
    with pytest.raises(UrlRefused):
        add_endpoint(by=cast.alice, url="https://two.example/", verbs=["export.ready"], now=NOW)


def test_a_name_that_changes_to_a_private_address_later_is_not_called(cast, monkeypatch):
    public, inside = [(2, 1, 6, "", ("93.184.216.34", 443))], [(2, 1, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: public)
    add_endpoint(by=cast.alice, url="https://rebind.example/", verbs=["export_job.created"], now=NOW)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: inside)
    happen(cast)
    delivery = send(Delivery.objects.get())
    assert (delivery.status, delivery.last_error) == ("failed", {"code": "address_refused"})


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch):
    called: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("93.184.216.34", 443))])

    def connect(address: Any, timeout: Any) -> Any:
        called.append(address)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(outbound.NotReached):
        outbound.call("POST", "https://x.example/", headers={}, body=b"x")
    assert called == [("93.184.216.34", 443)]


# ---- pages


def test_adding_looking_and_sending_again_from_the_pages(cast, sign_in, listener):
    alice, where = sign_in(cast.alice), {"company": cast.company.slug}
    page = reverse("settings-webhooks", kwargs=where)
    assert "No webhooks yet" in alice.get(page).content.decode()
    assert alice.post(page, {"url": listener.url, "verbs": ["nonsense"]}).status_code == 422
    made = alice.post(page, {"url": listener.url, "verbs": list(TOLD)})
    row = WebhookEndpoint.objects.get()
    assert "whsec_" in made.content.decode() and "whsec_" not in alice.get(page).content.decode()
    happen(cast)
    send(Delivery.objects.get())
    one = reverse("settings-webhook", kwargs={**where, "endpoint_id": row.pk})
    assert "Delivered" in alice.get(one).content.decode()
    assert "Nothing was delivered" in alice.get(one, {"show": "failed"}).content.decode()
    assert "whsec_" in alice.post(one).content.decode()
    again = reverse("settings-delivery-again", kwargs={**where, "delivery_id": Delivery.objects.get().pk})
    assert alice.post(again).status_code == 303 and Delivery.objects.count() == 2
    assert alice.post(reverse("settings-webhook-pause", kwargs={**where, "endpoint_id": row.pk})).status_code == 303
    assert alice.post(reverse("settings-webhook-removal", kwargs={**where, "endpoint_id": row.pk})).status_code == 303
    assert alice.get(one).status_code == 404
