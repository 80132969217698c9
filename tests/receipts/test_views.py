"""The pages of receipts, with and without a script."""

from __future__ import annotations

import html
from uuid import uuid4

import pytest
from django.utils import timezone

from receipts.models import Receipt, Source
from receipts.process import process
from tests.receipts.conftest import fetch, image_bytes, upload

pytestmark = pytest.mark.usefixtures("rung", "reader")
JSON = {"Accept": "application/json"}


@pytest.fixture
def base(cast) -> str:
    return f"/c/{cast.company.slug}/receipts/"


def ready(receipt: Receipt) -> Receipt:
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    return receipt


def test_a_form_with_one_file_leads_to_the_receipt(sign_in, carol, base):
    answer = sign_in(carol).post(f"{base}upload/", {"file": upload()})
    receipt = Receipt.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"{base}{receipt.pk}/")
    assert (receipt.uploaded_by, receipt.source) == (carol, Source.WEB)


def test_a_form_with_several_files_leads_back_to_the_page(sign_in, carol, base):
    files = [upload(name="a.jpg"), upload(image_bytes("PNG"), "b.png"), upload(image_bytes("PDF"), "c.pdf")]
    answer = sign_in(carol).post(f"{base}upload/", {"files": files})
    assert (answer.status_code, answer["Location"]) == (303, f"{base}upload/")
    assert Receipt.objects.count() == 3


def test_one_refused_file_does_not_stop_the_others(sign_in, carol, base):
    answer = sign_in(carol).post(f"{base}upload/", {"file": [upload(), upload(b"<html>", "page.html")]})
    assert answer.status_code == 422
    assert "page.html" in answer.content.decode() and "web page" in answer.content.decode()
    assert Receipt.objects.count() == 1


def test_no_file_is_said_beside_the_field(sign_in, carol, base):
    answer = sign_in(carol).post(f"{base}upload/", {})
    assert answer.status_code == 422
    assert 'aria-describedby="file-error"' in answer.content.decode()


def test_a_name_from_outside_is_escaped(sign_in, carol, base):
    client = sign_in(carol)
    client.post(f"{base}upload/", {"file": [upload(name="<b>bon<b>.jpg")]})
    assert b"<b>bon" not in client.get(f"{base}upload/").content
    assert b"&lt;b&gt;" in client.get(f"{base}upload/").content


def test_a_script_gets_json_for_each_file(sign_in, carol, base):
    client = sign_in(carol)
    first = client.post(f"{base}upload/", {"file": upload(), "client_key": "k", "source": "phone"}, headers=JSON)
    again = client.post(f"{base}upload/", {"file": upload(), "client_key": "k", "source": "phone"}, headers=JSON)
    receipt = Receipt.objects.get()
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"] == str(receipt.pk)
    assert first.json()["status"] == "received"
    assert client.get(first.json()["url"]).status_code == 200
    assert receipt.source == "phone"
    refused = client.post(f"{base}upload/", {"file": upload(b"MZ")}, headers=JSON)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "receipt_type_unknown")
    assert client.post(f"{base}upload/", {}, headers=JSON).json()["error"]["code"] == "no_file"


def test_a_key_holds_no_nul(sign_in, carol, base):
    sign_in(carol).post(f"{base}upload/", {"file": upload(), "client_key": "a\x00b"})
    assert Receipt.objects.get().client_key == "ab"


def test_a_phone_is_told_by_its_browser(sign_in, carol, base):
    sign_in(carol).post(
        f"{base}upload/", {"file": upload()}, headers={"User-Agent": "Mozilla/5.0 (iPhone) Mobile/15E148"}
    )
    assert Receipt.objects.get().source == "phone"


def test_without_a_token_against_forgery_nothing_is_taken(carol, base):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(carol.user)
    assert client.post(f"{base}upload/", {"file": upload()}).status_code == 403


def test_the_upload_page_asks_again_until_all_are_read(sign_in, carol, base, send):
    receipt = send()
    client = sign_in(carol)
    page = client.get(f"{base}upload/").content.decode()
    assert 'data-tick="2"' in page and "Waiting to be read" in page
    ready(receipt)
    part = client.get(f"{base}upload/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "data-tick" not in part and "KLITTEN" in part and "240.00" in part.replace(",", ".")


def test_the_upload_page_shows_only_ones_own(sign_in, carol, dave, base, send):
    send(name="mine.jpg")
    send(name="his.jpg", by=dave)
    page = sign_in(carol).get(f"{base}upload/").content.decode()
    assert "mine.jpg" in page and "his.jpg" not in page


def test_the_upload_page_does_not_ask_per_receipt(sign_in, carol, base, send, django_assert_max_num_queries):
    client = sign_in(carol)
    for _ in range(3):
        ready(send())
    client.get(f"{base}upload/")
    with django_assert_max_num_queries(16):
        client.get(f"{base}upload/")


def test_a_receipt_shows_its_pages_and_what_it_says(sign_in, carol, base, send):
    receipt = ready(send())
    client = sign_in(carol)
    page = client.get(f"{base}{receipt.pk}/").content.decode()
    assert "KLITTEN" in page and "240,00" in page and "•• 4821" in page
    assert "data-tick" not in page
    picture = page.split('<img src="')[1].split('"')[0]
    assert fetch(html.unescape(picture))[0] == 200


def test_a_waiting_receipt_asks_for_its_status(sign_in, carol, base, send):
    receipt = send()
    client = sign_in(carol)
    assert f'hx-get="{base}{receipt.pk}/status/"' in client.get(f"{base}{receipt.pk}/").content.decode()
    part = client.get(f"{base}{receipt.pk}/status/").content.decode()
    assert 'data-tick="2"' in part and "<html" not in part
    ready(receipt)
    assert "data-tick" not in client.get(f"{base}{receipt.pk}/status/").content.decode()


def test_an_unreadable_receipt_says_why_and_can_be_tried_again(sign_in, carol, base, send):
    receipt = ready(send(image_bytes()[:900]))
    client = sign_in(carol)
    page = client.get(f"{base}{receipt.pk}/").content.decode()
    assert "damaged" in page and "Try again" in page
    answer = client.post(f"{base}{receipt.pk}/retry/")
    assert (answer.status_code, answer["Location"]) == (303, f"{base}{receipt.pk}/")
    receipt.refresh_from_db()
    assert receipt.status == "received"
    again = client.post(f"{base}{receipt.pk}/retry/")
    assert again.status_code == 409 and "Someone changed this" in again.content.decode()


def test_the_original_comes_by_a_fresh_link(sign_in, carol, base, send):
    content = image_bytes("PNG")
    receipt = send(content, name="bon.jpg.exe")
    client = sign_in(carol)
    answer = client.get(f"{base}{receipt.pk}/original/")
    assert answer.status_code == 303
    status, found, headers = fetch(answer["Location"])
    assert (status, found) == (200, content)
    assert headers["Content-Disposition"] == 'attachment; filename="bon.jpg.png"'


def test_the_same_file_twice_is_shown_as_a_warning(sign_in, carol, dave, base, send):
    first, second = send(), send()
    page = sign_in(carol).get(f"{base}{second.pk}/").content.decode()
    assert "The very same file" in page and f"{base}{first.pk}/" in page
    hidden = send(by=dave)
    send_page = sign_in(carol).get(f"{base}{first.pk}/").content.decode()
    assert f"{base}{hidden.pk}/" not in send_page


def test_who_sees_whose(sign_in, cast, base, send):
    receipt, finance = send(), send(by=cast.dave)
    assert sign_in(cast.dave).get(f"{base}{receipt.pk}/").status_code == 200
    assert sign_in(cast.bob).get(f"{base}{receipt.pk}/").status_code == 200
    assert sign_in(cast.lena).get(f"{base}{receipt.pk}/").status_code == 200, "she leads Carol's team"
    assert sign_in(cast.carol).get(f"{base}{finance.pk}/").status_code == 404
    theirs = f"/c/{cast.other.slug}/receipts/{receipt.pk}/"
    assert sign_in(cast.mallory).get(theirs).status_code == 404
    for part in ("", "status/", "original/"):
        assert sign_in(cast.mallory).get(f"{base}{receipt.pk}/{part}").status_code == 404
    assert sign_in(cast.carol).get(f"{base}{uuid4()}/").status_code == 404


def test_a_receipt_without_words_says_so(sign_in, carol, base, send, reader):
    reader.lines = ()
    receipt = ready(send())
    assert receipt.status == "ready"
    assert "No words on it could be read" in sign_in(carol).get(f"{base}{receipt.pk}/").content.decode()
