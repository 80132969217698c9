"""The pages and the API of what is kept how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from bookkeeping.models import LegalHold
from bookkeeping.place_hold import place_hold
from expenses.lock_period import lock_period
from receipts.models import Erasure, Receipt
from tests.bookkeeping.retention import booked, keeping, old_receipt, paper_of, settings_of, tell_and_erase
from tests.bookkeeping.test_close_api import client_of
from tests.conftest import Cast

# Bought six years ago: Denmark's five years from that year's end are over at the end of this or the last one.
BOUGHT = timezone.now() - timedelta(days=6 * 365 + 30)


def at(cast: Cast, name: str, **where: Any) -> str:
    return reverse(name, kwargs={"company": cast.company.slug, **where})


@pytest.fixture
def old(cast: Cast) -> Receipt:
    expense = booked(cast.carol, at=BOUGHT)
    lock_period(by=cast.dave, kind="edits", upto=timezone.now().date() - timedelta(days=1), now=timezone.now())
    return paper_of(expense)


def test_the_settings_say_what_is_kept_how_long(cast, sign_in):
    body = sign_in(cast.dave).get(at(cast, "retention")).content.decode()
    assert "5 years, from the end of the fiscal year" in body and "Bogføringsloven § 12" in body
    client = sign_in(cast.dave)
    answer = client.post(at(cast, "retention"), {"years": "3", "erases": "on"})
    assert answer.status_code == 422 and "at least 5 years" in answer.content.decode()
    for years in ("", "abc", "31", "-1", "9" * 40):
        assert client.post(at(cast, "retention"), {"years": years, "erases": "on"}).status_code in (303, 422)
    assert client.post(at(cast, "retention"), {"years": "7"}).status_code == 303
    settings = settings_of(cast.dave)
    assert (settings.retention_years, settings.erases) == (7, False)
    assert client.post(at(cast, "retention"), {"years": "5", "erases": "on"}).status_code == 303
    assert settings_of(cast.dave).retention_years is None
    assert "can look, not change" in sign_in(cast.bob).get(at(cast, "retention")).content.decode()


def test_the_list_of_what_goes_next(cast, sign_in, old):
    client, url = sign_in(cast.dave), at(cast, "retention-due")
    old_receipt(cast.lena, at=timezone.now())
    body = client.get(url).content.decode()
    assert "Kaffebar Nordhavn" in body and "Will be erased" in body and body.count("data-row") == 1
    for query, found in (
        ("?q=nordhavn", 1), ("?q=carol", 1), ("?q=nobody", 0), ("?state=due", 1), ("?state=held", 0), ("?state=erased", 0),
        ("?state=nonsense", 1), ("?sort=-base_day", 1), ("?q=%00", 1), ("?cursor=abc", 1),
    ):  # fmt: skip
        assert client.get(url + query).content.decode().count("data-row") == found, query
    place_hold(by=cast.dave, scope="receipt", receipt=old, reason="Audit", now=timezone.now())
    assert "On legal hold" in client.get(url + "?state=held").content.decode()
    lines = b"".join(client.get(at(cast, "retention-due-csv")).streaming_content).decode()
    assert len(lines.splitlines()) == 2 and ",held,," in lines and "148.00,DKK" in lines and old.sha256 in lines


def test_the_list_shows_what_was_erased(cast, sign_in, old):
    tell_and_erase(cast.dave, now=timezone.now() + timedelta(days=400))
    body = sign_in(cast.dave).get(at(cast, "retention-due") + "?state=erased").content.decode()
    assert body.count("data-row") == 1 and "Its time was over" in body
    lines = b"".join(sign_in(cast.dave).get(at(cast, "retention-due-csv") + "?state=erased").streaming_content).decode()
    assert ",erased," in lines and "148.00,DKK" in lines


@pytest.mark.parametrize("more", [0, 6])
def test_the_list_asks_the_same_number_of_queries(cast, sign_in, old, more, django_assert_max_num_queries):
    for _ in range(more):
        booked(cast.dave, at=BOUGHT)
    client = sign_in(cast.dave)
    client.get(at(cast, "retention-due"))
    with django_assert_max_num_queries(19):
        client.get(at(cast, "retention-due"))


def test_holds_are_placed_and_lifted_on_pages(cast, sign_in, old):
    client, url = sign_in(cast.dave), at(cast, "hold-create")
    assert "The receipt: slip.jpg" in client.get(f"{url}?receipt={old.pk}").content.decode()
    number = old.attachments.get().expense.number
    wanted = {"scope": "expense", "number": f"#{number}", "reason": "Lawsuit 7 O 12/26"}
    for change, words in (
        ({"reason": " "}, "Write why this must be kept"), ({"number": "99999"}, "no expense with this number"),
        ({"number": "9" * 24}, "no expense with this number"), ({"scope": "person"}, "Choose a person."),
        ({"scope": "receipt"}, "Select a valid choice"),
    ):  # fmt: skip
        answer = client.post(url, {**wanted, **change})
        assert answer.status_code == 422 and words in answer.content.decode(), change
    assert not LegalHold.objects.exists()
    assert client.post(url, wanted).status_code == 303
    hold = LegalHold.objects.get()
    assert keeping(old) == "held"
    assert "Lawsuit 7 O 12/26" in client.get(at(cast, "holds")).content.decode()
    lift = at(cast, "hold-lift", hold_id=hold.pk)
    assert sign_in(cast.bob).get(lift).status_code == 403
    answer = client.post(lift, {"reason": ""})
    assert answer.status_code == 422 and "Write why it need not be kept" in answer.content.decode()
    assert client.post(lift, {"reason": "Settled out of court"}).status_code == 303
    assert client.post(lift, {"reason": "Again"}).status_code == 409
    assert "Nothing is on hold" in client.get(at(cast, "holds")).content.decode()
    for query, found in (
        ("?state=lifted", 1),
        ("?state=all&q=settled", 0),
        ("?state=all&q=lawsuit", 1),
        ("?state=all&scope=person", 0),
    ):
        assert client.get(at(cast, "holds") + query).content.decode().count("data-row") == found, query
    lines = b"".join(client.get(at(cast, "holds-csv") + "?state=all").streaming_content).decode()
    assert "Settled out of court" in lines and len(lines.splitlines()) == 2


def test_another_companys_receipt_is_never_named(cast, sign_in, mallory):
    other = old_receipt(mallory)
    body = sign_in(cast.dave).get(at(cast, "hold-create") + f"?receipt={other.pk}").content.decode()
    assert "The receipt:" not in body


def test_a_receipts_page_says_how_long_it_is_kept(cast, sign_in, old):
    body = sign_in(cast.carol).get(at(cast, "receipt-keeping", receipt_id=old.pk)).content.decode()
    assert "Until 1 Jan" in body or "Until" in body
    assert "Place a hold" not in body and "Delete" not in body
    place_hold(by=cast.dave, scope="receipt", receipt=old, reason="Secret matter", now=timezone.now())
    own = sign_in(cast.carol).get(at(cast, "receipt-keeping", receipt_id=old.pk)).content.decode()
    assert "On legal hold" in own and "Secret matter" not in own, "why is for those who see what is kept"
    seen = sign_in(cast.bob).get(at(cast, "receipt-keeping", receipt_id=old.pk)).content.decode()
    assert "Secret matter" in seen


def test_a_person_deletes_a_receipt_on_its_page(cast, sign_in, bells):
    mine = old_receipt(cast.carol, at=timezone.now())
    url = at(cast, "receipt-removal", receipt_id=mine.pk)
    assert sign_in(cast.lena).get(url).status_code == 404
    client = sign_in(cast.carol)
    assert "Delete…" in client.get(at(cast, "receipt-keeping", receipt_id=mine.pk)).content.decode()
    assert "cannot be undone" in client.get(url).content.decode()
    assert client.post(url).status_code == 303
    assert bells[-1][0] == "bookkeeping.tasks.erase" and Erasure.objects.get().by == cast.carol
    shown = client.get(at(cast, "receipt", receipt_id=mine.pk)).content.decode()
    assert "Deleted by Carol" in shown and mine.sha256[:8] in shown and "Original" not in shown
    assert client.get(at(cast, "receipt-original", receipt_id=mine.pk)).status_code == 409
    assert "It may belong to" not in client.get(at(cast, "receipt-matches", receipt_id=mine.pk)).content.decode()
    assert "data-row" not in client.get(at(cast, "receipts")).content.decode()
    assert client.post(url).status_code == 409


def test_a_held_receipt_is_not_deleted(cast, sign_in):
    mine = old_receipt(cast.carol, at=timezone.now())
    place_hold(by=cast.dave, scope="person", person=cast.carol, reason="Audit", now=timezone.now())
    answer = sign_in(cast.carol).post(at(cast, "receipt-removal", receipt_id=mine.pk))
    assert answer.status_code == 409 and "on legal hold" in answer.content.decode()


def test_the_expense_of_an_erased_receipt_still_opens(cast, sign_in, old):
    tell_and_erase(cast.dave, now=timezone.now() + timedelta(days=400))
    expense = old.attachments.get().expense
    body = sign_in(cast.dave).get(at(cast, "expense", expense_id=expense.pk)).content.decode()
    assert "the time for which receipts are kept was over" in body


def test_the_api(cast: Cast, old: Receipt) -> None:
    client = client_of(cast.dave, "retention.see", "retention.manage", "legal_holds.place", "legal_holds.lift")

    def send(method: str, path: str, body: dict[str, Any]) -> Any:
        return getattr(client, method)(f"/api/v1{path}", body, content_type="application/json")

    answer = client.get("/api/v1/retention").json()
    assert answer["years"] == 5 and answer["counted_from"] == "fiscal_year" and answer["erases"] is True
    refused = send("patch", "/retention", {"years": 4})
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "retention_too_short"
    assert send("patch", "/retention", {"years": 8}).json()["years"] == 8
    changed = send("patch", "/retention", {"erases": False}).json()
    assert (changed["years"], changed["erases"]) == (8, False)
    assert send("patch", "/retention", {"years": None}).json()["years"] == 5
    assert send("post", "/legal-holds", {"scope": "receipt", "reason": "Audit"}).status_code == 422
    wrong = {"scope": "receipt", "receipt": str(cast.carol.pk), "reason": "Audit"}
    assert send("post", "/legal-holds", wrong).status_code == 422
    made = send("post", "/legal-holds", {"scope": "receipt", "receipt": str(old.pk), "reason": "Audit"})
    assert made.status_code == 201 and keeping(old) == "held"
    found = client.get("/api/v1/legal-holds?scope=receipt").json()["results"]
    assert [row["id"] for row in found] == [made.json()["id"]]
    lifting = f"/legal-holds/{made.json()['id']}/lifting"
    assert send("post", lifting, {}).status_code == 422
    lifted = send("post", lifting, {"reason": "Over"})
    assert lifted.status_code == 201 and lifted.json()["lifted_reason"] == "Over"
    assert send("post", lifting, {"reason": "Over"}).status_code == 409
    tell_and_erase(cast.dave, now=timezone.now() + timedelta(days=400))
    assert not Erasure.objects.exists(), "switched off above"
    send("patch", "/retention", {"erases": True})
    tell_and_erase(cast.dave, now=timezone.now() + timedelta(days=400))
    shown = client_of(cast.dave, "receipts.see").get(f"/api/v1/receipts/{old.pk}").json()
    assert shown["erased_at"] and shown["original_url"] == "" and shown["pages"] == [] and shown["reading"] is None
