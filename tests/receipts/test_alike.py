"""Receipts that may be one paper, the warnings about them, and what is left over when a process dies."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from pleo.lib import files
from receipts import tasks
from receipts.alike import alike_key, twins_of
from receipts.collect_orphans import collect_orphans
from receipts.give_up import give_up_the_dead
from receipts.models import Receipt
from receipts.process import process
from tests.expenses.conftest import make_receipt
from tests.receipts.conftest import image_bytes, stored, upload


def read_as(receipt: Receipt, **values) -> Receipt:
    """Let a reading say more, as the worker leaves it."""
    reading = receipt.readings.get()
    reading.fields |= {name: {"value": value, "confidence": "sure"} for name, value in values.items()}
    reading.save()
    receipt.alike_key = alike_key(reading.fields)
    receipt.save(update_fields=["alike_key"])
    return receipt


def whys(receipt: Receipt) -> list[str]:
    return [twin.why for twin in twins_of([receipt]).get(receipt.pk, [])]


@pytest.mark.parametrize(
    ("one", "other", "twins"),
    [
        ({}, {}, True),
        ({"merchant": "NORDHAVN KAFFEBAR"}, {}, True),
        ({"merchant": "Bauhaus"}, {}, False),
        ({"total": 14900}, {}, False),
        ({"date": "2026-11-17"}, {}, False),
        ({"time": "12:00"}, {"time": "12:00"}, True),
        ({"time": "12:00"}, {"time": "14:30"}, False),
        ({"number": "17"}, {"number": "18"}, False),
        ({"date": None, "time": "12:00"}, {"time": "12:00"}, True),
        ({"date": None}, {}, False),
    ],
)
def test_the_same_place_total_and_day(carol, one, other, twins):
    first = read_as(make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn"), **one)
    second = read_as(make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn"), **other)
    assert whys(first) == whys(second) == (["same_facts"] if twins else [])


def test_the_same_bytes_and_nearly_the_same_picture(carol, mallory):
    hash_one = "5" * 64
    first = make_receipt(carol, image_hash=hash_one)
    copy = make_receipt(carol, image_hash="5" * 63 + "4")
    bytes_twin = make_receipt(carol, sha256=first.sha256)
    make_receipt(carol, image_hash="a" * 64)
    make_receipt(mallory, sha256=first.sha256, image_hash=hash_one)
    found = twins_of([first])[first.pk]
    assert [(twin.receipt, twin.why) for twin in found] == [(bytes_twin, "same_bytes"), (copy, "same_picture")]


def test_an_empty_page_is_nobodys_twin(carol):
    assert whys(make_receipt(carol, image_hash="0" * 64)) == whys(make_receipt(carol, image_hash="0" * 64)) == []


def test_pictures_that_say_other_things_are_no_twins(carol):
    first = read_as(make_receipt(carol, total=100, image_hash="5" * 64))
    read_as(make_receipt(carol, total=200, image_hash="5" * 64))
    assert whys(first) == []


def test_resized_and_saved_again_it_is_known(send, reader):
    sizes = [((480, 800), 85), ((960, 1600), 60)]
    made = []
    for size, quality in sizes:
        receipt = send(image_bytes(size=(480, 800), quality=quality) if size == (480, 800) else resized(size, quality))
        process(receipt_id=receipt.pk, now=timezone.now())
        made.append(Receipt.objects.get(pk=receipt.pk))
    assert (int(made[0].image_hash, 16) ^ int(made[1].image_hash, 16)).bit_count() <= 8


def resized(size, quality) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.open(io.BytesIO(image_bytes(size=(480, 800)))).resize(size).save(target, "JPEG", quality=quality)
    return target.getvalue()


def test_the_other_one_stands_beside_it(client, carol):
    client.force_login(carol.user)
    first = read_as(make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn"))
    second = read_as(make_receipt(carol, total=14800, merchant="Kaffebar Nordhavn"))
    where = {"company": carol.company.slug}
    other = reverse("receipt", kwargs={**where, "receipt_id": first.pk})
    for url in (reverse("receipt", kwargs={**where, "receipt_id": second.pk}), reverse("receipts", kwargs=where)):
        page = client.get(url).content.decode()
        assert "Same place, total and day" in page and other in page


def test_what_one_may_not_see_is_not_told(client, cast):
    read_as(make_receipt(cast.dave, total=14800, merchant="Kaffebar Nordhavn"))
    own = read_as(make_receipt(cast.carol, total=14800, merchant="Kaffebar Nordhavn"))
    client.force_login(cast.carol.user)
    page = client.get(reverse("receipt", kwargs={"company": cast.company.slug, "receipt_id": own.pk})).content.decode()
    assert "Same place" not in page


def test_a_script_hears_that_a_file_came_before(client, carol, rung):
    client.force_login(carol.user)
    url = reverse("receipts-upload", kwargs={"company": carol.company.slug})
    first, second = (
        client.post(url, {"file": upload()}, headers={"accept": "application/json"}).json() for _ in range(2)
    )
    assert "warning" not in first and "came before" in second["warning"]


def test_a_receipt_that_killed_every_worker_is_given_up_with_an_event(send):
    receipt = send()
    now = timezone.now()
    for _ in range(3):
        assert Receipt.claim(receipt.pk, now=now)
        now += timedelta(minutes=4)
    assert give_up_the_dead(now=now - timedelta(minutes=4)) == 0, "its lease still runs"
    assert give_up_the_dead(now=now) == 1 and give_up_the_dead(now=now) == 0
    receipt.refresh_from_db()
    assert (receipt.status, receipt.last_error["code"]) == ("unreadable", "worker_died")
    assert Event.objects.filter(verb="receipt.unreadable", subject_id=receipt.pk).count() == 1
    tasks.sweep_receipts.run()


def test_files_without_a_row_are_collected_after_two_days(send, carol):
    kept = send()
    orphan = kept.key.replace(str(kept.pk), "00000000-0000-7000-8000-000000000001")
    files.put(orphan, b"stored, then the process died", "image/jpeg")
    strange = kept.key.replace(str(kept.pk), "not-ours")
    files.put(strange, b"of somebody else", "image/jpeg")
    now = timezone.now()
    assert list(collect_orphans(now=now)) == []
    assert list(collect_orphans(now=now + timedelta(days=3))) == [orphan]
    assert list(collect_orphans(now=now + timedelta(days=3), delete=True)) == [orphan]
    assert list(collect_orphans(now=now + timedelta(days=3))) == []
    assert stored(carol.company_id) == ["original", "original"]
    out = io.StringIO()
    call_command("collect_orphans", stdout=out)
    assert "0 files" in out.getvalue()
    tasks.collect_orphans.run()
