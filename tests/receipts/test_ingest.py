"""Files come in by their content, are stored before their row, and once."""

from __future__ import annotations

import hashlib
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from events.models import Event
from pleo.lib import files
from pleo.lib.storage_down import StorageDown
from receipts import ingest as ingest_module
from receipts.ingest import ClientKeyReused, ReceiptEmpty, ReceiptTooLarge, ReceiptTypeUnknown, ingest
from receipts.models import Receipt
from tests.receipts.conftest import image_bytes, stored, upload


def test_the_original_is_stored_as_it_came(send, carol, rung, django_capture_on_commit_callbacks):
    content = image_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        receipt = send(content, name="Frokost.JPG")
    assert receipt.status == "received"
    assert receipt.media_type == "image/jpeg"
    assert receipt.sha256 == hashlib.sha256(content).hexdigest()
    assert receipt.size == len(content)
    assert receipt.file_name == "Frokost.JPG"
    assert receipt.key == f"{carol.company_id}/{timezone.now():%Y}/{receipt.pk}/original"
    assert files.read(receipt.key).read() == content
    assert rung == [str(receipt.pk)]
    event = Event.objects.get(verb="receipt.received")
    assert (event.subject_id, event.by) == (receipt.pk, carol)


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
        ("AVIF", "image/avif"),
        ("PDF", "application/pdf"),
    ],
)
def test_the_type_is_told_by_content_and_never_by_name(send, form, media_type):
    assert send(image_bytes(form), name="photo.jpg").media_type == media_type


def test_heic_is_told_by_content(send):
    import pillow_heif
    from PIL import Image

    heif = pillow_heif.from_pillow(Image.new("RGB", (32, 32), "white"))
    target = __import__("io").BytesIO()
    heif.save(target)
    assert send(target.getvalue(), name="photo.png").media_type == "image/heic"


@pytest.mark.parametrize(
    ("content", "seems", "word"),
    [
        (b"<!DOCTYPE html><script>alert(1)</script>", "web_page", "web page"),
        (b"<html><body>%PDF-1.4</body></html>", "web_page", "web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "drawing", "SVG"),
        (b"MZ\x90\x00\x03", "program", "program"),
        (b"\x7fELF\x02\x01", "program", "program"),
        (b"PK\x03\x04\x14\x00", "archive", "archive"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42", "film", "video"),
        (b"<?xml version='1.0'?><Order/>", "xml", "XML"),
        (b"dear sir, see %PDF-1.4 below", "text", "no receipt"),
        (b"\x00\x01\x02\x03", "other", "no receipt"),
        (b"\x89", "other", "no receipt"),
    ],
)
def test_other_files_are_refused_in_words(carol, content, seems, word):
    with pytest.raises(ReceiptTypeUnknown) as refused:
        ingest(by=carol, file=upload(content, "bon.pdf.jpg"), source="web", client_key="k", now=timezone.now())
    assert refused.value.params["seems"] == seems
    assert word in refused.value.message()
    assert not Receipt.objects.exists()


def test_an_empty_file_is_refused(carol):
    with pytest.raises(ReceiptEmpty):
        ingest(by=carol, file=upload(b""), source="web", client_key="k", now=timezone.now())


def test_a_file_beyond_the_limit_is_refused_even_when_it_lies_about_its_size(carol, settings):
    settings.RECEIPT_MAX_BYTES = 1000
    file = upload(image_bytes() + b"\x00" * 2000)
    with pytest.raises(ReceiptTooLarge) as refused:
        ingest(by=carol, file=file, source="web", client_key="k", now=timezone.now())
    assert "larger than 1 MB" in refused.value.message()
    file.size = 10
    with pytest.raises(ReceiptTooLarge):
        ingest(by=carol, file=file, source="web", client_key="k", now=timezone.now())


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\c\\bon.jpg", "bon.jpg"),
        ("bon\u202egpj.exe", "bongpj.exe"),
        ("bon\x00\r\n.jpg", "bon.jpg"),
        ("a" * 300 + ".jpeg", "a" * 115 + ".jpeg"),
        ("", ""),
        ("  kvittering  æøå .jpg ", "kvittering æøå .jpg"),
    ],
)
def test_names_are_only_ever_shown(name, kept):
    assert files.clean_name(name) == kept


def test_no_text_of_a_person_stands_in_a_key(send):
    receipt = send(name="../../løn/../evil.jpg")
    assert "evil" not in receipt.key and ".." not in receipt.key


def test_the_same_key_and_file_again_is_the_same_receipt(send, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first, again = send(key="one"), send(key="one")
    assert first.pk == again.pk
    assert Receipt.objects.count() == 1
    assert rung == [str(first.pk)]


def test_the_same_key_with_another_file_is_refused(send):
    send(key="one")
    with pytest.raises(ClientKeyReused):
        send(image_bytes("PNG"), key="one")


def test_keys_of_two_people_do_not_meet(send, dave):
    assert send(key="one").pk != send(key="one", by=dave).pk


def test_the_same_file_twice_is_a_warning_and_not_a_drop(send, dave, mallory):
    first, second = send(), send(by=dave)
    send(by=mallory)
    assert Receipt.objects.count() == 3
    assert list(second.twins()) == [first]


def test_the_loser_of_a_race_gets_the_winners_receipt_and_leaves_no_file(send, carol, monkeypatch):
    winner = send(key="one")
    hidden = Receipt.objects.none()

    class Blind:
        """The first look sees nothing, as when both requests look before either writes."""

        looked = False

        @classmethod
        def filter(cls, **conditions):
            if not cls.looked:
                cls.looked = True
                return hidden
            return Receipt._base_manager.filter(**conditions)

    monkeypatch.setattr(ingest_module.Receipt, "objects", Blind)
    assert ingest(by=carol, file=upload(), source="web", client_key="one", now=timezone.now()).pk == winner.pk
    assert stored(carol.company_id) == ["original"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_receipt(carol, rung):
    """Real threads: each has its own connection, and the constraint decides."""
    content, found, errors = image_bytes(), [], []
    start = threading.Barrier(4)

    def go() -> None:
        try:
            start.wait()
            found.append(ingest(by=carol, file=upload(content), source="web", client_key="one", now=timezone.now()).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(found)) == 1
    assert Receipt.objects.count() == 1


def test_the_row_is_not_written_when_the_file_cannot_be_stored(carol, monkeypatch):
    class Full:
        def save(self, *_args):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "default_storage", Full())
    with pytest.raises(StorageDown):
        ingest(by=carol, file=upload(), source="web", client_key="one", now=timezone.now())
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("change", [{"status": "eaten"}, {"source": "fax"}, {"sha256": "XYZ"}, {"sha256": "A" * 64}])
def test_the_database_refuses_what_no_code_would_write(send, change):
    receipt = send()
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).update(**change)


def test_the_database_refuses_a_second_row_of_a_client_key(send, carol):
    receipt = send(key="one")
    receipt.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        Receipt.objects.filter(pk=send(key="two").pk).update(client_key="one")


def test_upload_is_cut_off_soon_after_the_limit(settings, sign_in, carol, cast, rung):
    settings.RECEIPT_MAX_BYTES = 100_000
    big = SimpleUploadedFile("big.jpg", image_bytes() + b"\x00" * 5_000_000, "image/jpeg")
    answer = sign_in(carol).post(
        f"/c/{cast.company.slug}/receipts/upload/", {"file": big}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "receipt_too_large"
    assert not Receipt.objects.exists()
