"""Pages and API of mail that brings receipts."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.create_token import create_token
from receipts import tasks
from receipts.mail_address import personal_address
from receipts.models import InboundMail, ReceivingAddress, SenderAddress
from receipts.receive_mail import receive_mail
from receipts.sender_addresses import add_sender
from receipts.take_mail import take_mail
from tests.receipts.letters import attach, letter

pytestmark = pytest.mark.django_db
BASE = "/c/havblik/receipts"


@pytest.fixture(autouse=True)
def _quiet(rung: list[str], monkeypatch: pytest.MonkeyPatch, settings, tmp_path) -> None:
    settings.MAIL_INBOX = str(tmp_path / "inbox")
    for task in (tasks.take_mail, tasks.send_mail_answer, tasks.send_sender_link):
        monkeypatch.setattr(task, "apply_async", lambda **_: None)


def bring(person, message) -> InboundMail:
    found = receive_mail(
        raw=message.as_bytes(), door="hook", recipient=personal_address(membership=person), now=timezone.now()
    )
    take_mail(mail_id=found.pk, now=timezone.now())
    found.refresh_from_db()
    return found


def test_everybody_finds_their_address(sign_in, carol, dave):
    page = sign_in(carol).get(f"{BASE}/upload/").content.decode()
    mine = personal_address(membership=carol)
    assert f'data-copy="{mine}"' in page
    assert mine in sign_in(carol).get(f"{BASE}/by-mail/").content.decode()
    assert mine not in sign_in(dave).get(f"{BASE}/by-mail/").content.decode()


def test_without_a_door_no_address_is_shown(sign_in, carol, settings):
    settings.MAIL_INBOX = ""
    assert "receipts+" not in sign_in(carol).get(f"{BASE}/upload/").content.decode()
    assert "No mail comes in here" in sign_in(carol).get(f"{BASE}/by-mail/").content.decode()


def test_a_new_address_replaces_the_old(sign_in, carol):
    old = personal_address(membership=carol)
    assert sign_in(carol).post(f"{BASE}/by-mail/address/").status_code == 303
    assert personal_address(membership=carol) != old
    assert ReceivingAddress.objects.filter(membership=carol, replaced_at=None).count() == 1


def test_a_sender_is_added_confirmed_and_removed(sign_in, carol):
    client = sign_in(carol)
    assert (
        "Enter an e-mail address" in client.post(f"{BASE}/by-mail/", {"email": "receipts@localhost"}).content.decode()
    )
    assert client.post(f"{BASE}/by-mail/", {"email": "x"}).status_code == 422
    assert client.post(f"{BASE}/by-mail/", {"email": "carol@home.example"}).status_code == 303
    row = SenderAddress.objects.get()
    assert "Waits for the link" in client.get(f"{BASE}/by-mail/").content.decode()
    link = f"/mail/sender/{row.secret}/"
    assert Client().get(link).status_code == 200
    row.refresh_from_db()
    assert row.verified_at is None, "opening a link is no consent: mail scanners open all of them"
    assert "Confirmed" in Client().post(link).content.decode()
    assert "Confirmed" in client.get(f"{BASE}/by-mail/").content.decode()
    assert client.post(f"{BASE}/by-mail/senders/{row.pk}/removal/").status_code == 303
    assert Client().get(link).status_code == 410


def test_a_sender_of_somebody_else_cannot_be_removed(sign_in, carol, dave, mallory):
    row = add_sender(membership=carol, email="carol@home.example", now=timezone.now())
    assert sign_in(dave).post(f"{BASE}/by-mail/senders/{row.pk}/removal/").status_code == 404
    assert sign_in(mallory).post(f"/c/strandgut/receipts/by-mail/senders/{row.pk}/removal/").status_code == 404


def test_the_log_is_searched_narrowed_and_sorted(sign_in, carol, alice, mallory):
    bring(carol, attach(letter(subject="Taxa til <b>Aarhus</b>", sender="taxa@x.example")))
    bring(alice, letter("Hej", subject="Tom", sender="kiosk@x.example", message_id="<2@x>"))
    page = sign_in(alice).get(f"{BASE}/mail/").content.decode()
    assert "Taxa til &lt;b&gt;" in page and "Tom" in page and "bon.jpg" in page
    assert "Tom" not in sign_in(alice).get(f"{BASE}/mail/?q=taxa").content.decode()
    assert "Taxa" not in sign_in(alice).get(f"{BASE}/mail/?outcome=nothing").content.decode()
    assert "No mail matches" in sign_in(alice).get(f"{BASE}/mail/?outcome=failed").content.decode()
    for wrong in ("?outcome=x&q=%00&sort=y&cursor=z", "?cursor=W10", "?q=" + "x" * 500):
        assert sign_in(alice).get(f"{BASE}/mail/{wrong}").status_code == 200
    first = sign_in(alice).get(f"{BASE}/mail/?sort=sender").content.decode()
    assert first.index("kiosk@") < first.index("taxa@")
    assert "No mail yet" in sign_in(mallory).get("/c/strandgut/receipts/mail/").content.decode()


def test_the_log_is_a_file_too_that_a_spreadsheet_cannot_run(sign_in, carol, alice):
    bring(carol, attach(letter(subject="=cmd()|x")))
    said = b"".join(sign_in(alice).get(f"{BASE}/mail/csv/").streaming_content).decode()
    assert "'=cmd()|x" in said
    assert "Receipts added" in said


def test_the_log_asks_as_often_for_many_as_for_few(sign_in, carol, alice, django_assert_max_num_queries):
    for number in range(6):
        bring(carol, attach(letter(message_id=f"<{number}@x>", subject=str(number))))
    client = sign_in(alice)
    client.get(f"{BASE}/mail/")
    with django_assert_max_num_queries(14):
        client.get(f"{BASE}/mail/")


def test_what_brought_nothing_can_be_tried_again_once(sign_in, carol, alice):
    found = bring(carol, letter("Hej"))
    assert sign_in(alice).post(f"{BASE}/mail/{found.pk}/retry/").status_code == 303
    assert sign_in(alice).post(f"{BASE}/mail/{found.pk}/retry/").status_code == 409


def test_the_api_tells_the_same(carol, alice):
    def api(person, method: str, path: str, **body):
        scopes = [word for word in ("receipts.upload", "mail.see") if person.can(word)]
        secret = create_token(membership=person, name="t", scopes=scopes, by=alice).secret
        return getattr(Client(), method)(
            f"/api/v1/{path}",
            body or None,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )

    assert api(carol, "get", "receiving-address").json()["address"] == personal_address(membership=carol)
    assert api(carol, "post", "receiving-address/renewal").json()["address"] == personal_address(membership=carol)
    made = api(carol, "post", "sender-addresses", email="c@home.example")
    assert (made.status_code, made.json()["verified_at"]) == (201, None)
    assert api(carol, "post", "sender-addresses", email="nonsense").status_code == 422
    assert len(api(carol, "get", "sender-addresses").json()["results"]) == 1
    assert api(carol, "delete", f"sender-addresses/{made.json()['id']}").status_code == 204
    found = bring(carol, letter("Hej"))
    [row] = api(alice, "get", "mails?outcome=nothing").json()["results"]
    assert (row["id"], row["parts"]) == (str(found.pk), [])
    assert api(carol, "get", "mails").status_code == 403
    assert api(alice, "post", f"mails/{found.pk}/retry").json()["status"] == "received"
