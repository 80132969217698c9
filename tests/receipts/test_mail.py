"""Mail that brings receipts: whose they are, what counts, and what is answered."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from botocore.exceptions import EndpointConnectionError
from django.core import mail as outbox_of
from django.utils import timezone

from accounts.models import Membership, MembershipStatus, Role
from pleo.lib import files
from receipts import tasks
from receipts.forget_mail import forget_mail, forget_rowless
from receipts.mail_address import personal_address, renew_address
from receipts.models import InboundMail, MailAnswer, Receipt
from receipts.receive_mail import receive_mail
from receipts.retake_mail import retake_mail
from receipts.sender_addresses import (
    AddressKnown,
    AddressSenseless,
    AddressTaken,
    LinkClosed,
    add_sender,
    confirm_sender,
    find_sender,
)
from receipts.take_mail import take_mail
from tests.conftest import join
from tests.receipts.conftest import image_bytes
from tests.receipts.letters import attach, forwarded, inside, letter

pytestmark = pytest.mark.django_db
Bring = Callable[..., InboundMail]


@pytest.fixture(autouse=True)
def _quiet(rung: list[str], settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bell rings: each test opens and answers mail itself."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for task in (tasks.take_mail, tasks.send_mail_answer, tasks.send_sender_link):
        monkeypatch.setattr(task, "apply_async", lambda **_: None)


@pytest.fixture
def home(carol: Membership) -> str:
    return personal_address(membership=carol)


@pytest.fixture
def login(carol: Membership) -> str:
    """Carol's account with an address that she proved."""
    EmailAddress.objects.create(user=carol.user, email="carol@example.com", verified=True, primary=True)
    return "carol@example.com"


@pytest.fixture
def bring() -> Bring:
    """Let a mail come in and open it."""

    def come(message, *, to: str = "", door: str = "hook") -> InboundMail:
        raw = message if isinstance(message, bytes) else message.as_bytes()
        found = receive_mail(raw=raw, door=door, recipient=to, now=timezone.now())
        take_mail(mail_id=found.pk, now=timezone.now())
        found.refresh_from_db()
        return found

    return come


def test_what_comes_to_the_personal_address_is_its_owners_whoever_sends_it(bring, home, carol):
    found = bring(attach(letter(sender="kasse@stranger.example")), to=home)
    receipt = Receipt.objects.get()
    assert (found.status, found.outcome, found.company, found.membership) == ("taken", "receipts", carol.company, carol)
    assert (receipt.uploaded_by, receipt.source, receipt.file_name) == (carol, "mail", "bon.jpg")
    assert not MailAnswer.objects.exists(), "what went well is not answered"


def test_the_address_is_found_in_the_headers_too_and_with_a_tag(bring, home, carol, settings):
    settings.RECEIPTS_ADDRESS = "receipts@localhost"
    local, _, host = home.partition("@")
    assert bring(attach(letter(to=f"Kvitteringer <{local}+taxa@{host}>"))).membership == carol


def test_a_catch_all_host_needs_no_plus(bring, carol, settings):
    settings.RECEIPTS_ADDRESS = "*@in.pleo.example"
    address = personal_address(membership=carol)
    assert "+" not in address
    assert address.endswith("@in.pleo.example")
    assert bring(attach(letter()), to=address).membership == carol


def test_the_same_mail_changes_nothing(bring, home):
    message = attach(letter())
    first = bring(message, to=home)
    assert bring(message, to=home).pk == first.pk
    message["Received"] = "from b by c"  # The same mail on another way is another file, and no other receipt.
    again = bring(message, to=home)
    assert again.pk != first.pk
    assert (again.outcome, Receipt.objects.count()) == ("repeated", 1)


def test_opening_after_a_crash_makes_no_second_receipt_and_is_no_repetition(bring, home):
    found = bring(attach(letter()), to=home)
    InboundMail.objects.filter(pk=found.pk).update(
        status="processing", outcome="", lease_until=timezone.now() - timedelta(1)
    )
    take_mail(mail_id=found.pk, now=timezone.now())
    found.refresh_from_db()
    assert (found.outcome, Receipt.objects.count(), found.parts.count()) == ("receipts", 1, 1)


def test_several_receipts_in_one_mail(bring, home):
    message = attach(attach(letter(), name="a.jpg"), image_bytes("PNG", (300, 500)), name="b.png", kind="image/png")
    assert bring(message, to=home).parts.exclude(receipt=None).count() == 2


def test_logos_and_signatures_are_left_out(bring, home):
    message = letter("Se bilag", html='<p>Se bilag <img src="cid:logo@x"></p>')
    inside(message, image_bytes("PNG", (200, 80)))
    bring(attach(message), to=home)
    assert list(Receipt.objects.values_list("file_name", flat=True)) == ["bon.jpg"]


def test_a_photo_inside_the_text_is_the_receipt_when_there_is_no_other(bring, home):
    photo = image_bytes("BMP", (240, 400))
    message = inside(letter("Sent from my phone", html='<img src="cid:p@x">'), photo, cid="p@x", kind="image/bmp")
    assert bring(message, to=home).outcome == "receipts"
    assert Receipt.objects.get().media_type == "image/bmp"


def test_a_mail_that_is_the_receipt_becomes_one(bring, home, reader):
    html = "<html><head><style>p{}</style><title>t</title></head><body><script>fetch('http://x')</script>"
    html += "<p>Tak for turen</p><table><tr><td>I alt</td><td>DKK 240,00</td></tr></table>"
    html += '<div style="display:none">skjult</div><img src="http://tracker.example/1.gif"></body></html>'
    found = bring(letter("Se HTML-udgaven", html=html), to=home)
    receipt = Receipt.objects.get()
    assert (found.outcome, receipt.media_type) == ("receipts", "message/rfc822")
    from receipts.process import process

    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    assert receipt.status == "ready"
    said = " ".join(str(line) for line in receipt.readings.get().lines)
    assert "240,00" in said
    assert "skjult" not in said and "fetch" not in said


def test_a_forwarded_mail_is_unwrapped(bring, home):
    assert bring(forwarded(attach(letter(message_id="<in@x>"), name="inner.jpg")), to=home).outcome == "receipts"
    assert Receipt.objects.get().file_name == "inner.jpg"


def test_the_text_of_a_forwarded_mail_counts(bring, home):
    assert bring(forwarded(letter("Taxa 4x35, i alt DKK 240,00. Tak for turen.")), to=home).outcome == "receipts"
    with files.read(Receipt.objects.get().key) as kept:
        assert b"Taxa 4x35" in kept.read()


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (letter("Hej"), "nothing"),
        (attach(letter("Se den vedhæftede fil, tak for hjælpen"), b"MZ" + b"\0" * 99, name="x.exe", kind="application/x-dos"), "refused"),
        (letter(headers={"Auto-Submitted": "auto-replied"}), "automatic"),
        (letter(headers={"X-Pleo-Answer": "1"}), "automatic"),
        (letter(message_id="<pleo-answer.1@localhost>"), "automatic"),
        (letter(headers={"Precedence": "auto_reply"}), "automatic"),
    ],
)  # fmt: skip
def test_what_brings_nothing_says_so(bring, home, message, outcome):
    found = bring(message, to=home)
    assert (found.outcome, Receipt.objects.count()) == (outcome, 0)
    assert MailAnswer.objects.count() == (outcome != "automatic")


def test_a_shops_automatic_mail_is_taken_but_nobody_is_answered(bring, home):
    machine = {"Auto-Submitted": "auto-generated", "Precedence": "bulk"}
    assert bring(attach(letter(headers=machine)), to=home).outcome == "receipts"
    assert (
        bring(letter("Husk at læse vores nyhedsbrev i dag", headers=machine, message_id="<2@x>"), to=home).outcome
        == "nothing"
    )
    assert not MailAnswer.objects.exists()


def test_a_bounce_is_no_mail(bring, home):
    bounce = (
        b"From: MAILER-DAEMON@x.example\r\nTo: a@b\r\nSubject: failed\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nno\r\n--b--\r\n'
    )
    assert bring(bounce, to=home).outcome == "automatic"


def test_an_encrypted_mail_is_answered(bring, home, carol):
    sealed = letter()
    sealed.set_content(b"\x30\x80" * 200, maintype="application", subtype="pkcs7-mime", filename="smime.p7m")
    assert bring(sealed, to=home).outcome == "encrypted"
    tasks.send_mail_answer(answer_id=str(MailAnswer.objects.get().pk))
    [sent] = outbox_of.outbox
    assert sent.to == [carol.email]
    assert "encrypted" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-replied"
    tasks.send_mail_answer(answer_id=str(MailAnswer.objects.get().pk))
    assert len(outbox_of.outbox) == 1


def test_a_file_that_is_too_large_is_answered_and_the_rest_is_taken(bring, home, settings):
    settings.RECEIPT_MAX_BYTES = 20_000
    message = attach(attach(letter()), image_bytes("BMP", (240, 400)), name="stor.bmp", kind="image/bmp")
    found = bring(message, to=home)
    assert (found.outcome, Receipt.objects.count()) == ("partly", 1)
    tasks.send_mail_answer(answer_id=str(MailAnswer.objects.get().pk))
    assert "stor.bmp" in outbox_of.outbox[0].body


def test_a_damaged_mail_ends_and_holds_nothing_up(bring, home):
    nested = b"From: a@b\r\nTo: c@d\r\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000)
    )
    assert bring(nested, to=home).status == "taken"
    assert bring(b"\xff\xfe\x00" * 500, to=home).status == "taken"
    assert bring(attach(letter()), to=home).outcome == "receipts"


def test_the_sender_decides_where_the_address_is_nobodys(bring, login, carol):
    assert bring(attach(letter(sender=f"Carol <{login.upper()}>"))).membership == carol


def test_a_stranger_is_answered_once_a_day_and_the_mail_is_kept(bring):
    for number in range(3):
        assert bring(attach(letter(sender="who@x.example", message_id=f"<{number}@x>"))).outcome == "stranger"
    assert MailAnswer.objects.count() == 1
    assert MailAnswer.objects.get().to == "who@x.example"
    assert InboundMail.objects.filter(company=None).exclude(key="").count() == 3


def test_strangers_together_are_answered_only_so_often(bring, monkeypatch):
    monkeypatch.setattr("receipts.answer_mail.STRANGERS_AN_HOUR", 2)
    for number in range(4):
        bring(letter("Hej med jer, her er min kvittering", sender=f"who{number}@x.example", message_id=f"<{number}@x>"))
    assert MailAnswer.objects.count() == 2


@pytest.mark.parametrize("sender", ["no-reply@x.example", "mailer-daemon@x.example", "postmaster@x.example"])
def test_machines_are_not_answered(bring, sender):
    bring(attach(letter(sender=sender)))
    assert not MailAnswer.objects.exists()


def test_two_from_lines_are_nobody(bring, login):
    raw = attach(letter(sender=login)).as_bytes()
    assert bring(b"From: evil@x.example\r\n" + raw).outcome == "stranger"


def test_who_left_takes_nothing_in(bring, home, carol):
    Membership.objects.filter(pk=carol.pk).update(status=MembershipStatus.LEFT)
    found = bring(attach(letter()), to=home)
    assert (found.outcome, Receipt.objects.count(), found.company) == ("left", 0, carol.company)


def test_the_old_address_takes_nothing_in(bring, home, carol):
    new = renew_address(membership=carol, now=timezone.now())
    assert new != home
    assert bring(attach(letter()), to=home).outcome == "old_address"
    assert bring(attach(letter(message_id="<2@x>")), to=new).outcome == "receipts"


def test_who_works_at_two_companies_is_told_both_addresses(bring, login, carol, mallory):
    Membership.objects.create(
        company=mallory.company, user=carol.user, name="Carol", email=login, role=Role.EMPLOYEE, status="active"
    )
    found = bring(attach(letter(sender=login)))
    assert (found.outcome, found.company) == ("ambiguous", None)
    tasks.send_mail_answer(answer_id=str(MailAnswer.objects.get().pk))
    assert "Strandgut: receipts+" in outbox_of.outbox[0].body
    assert personal_address(membership=carol) in outbox_of.outbox[0].body


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        ("mx.pleo.example; dmarc=pass header.from=example.com", "receipts"),
        ("mx.pleo.example; dkim=pass (ok) header.d=example.com; spf=fail", "receipts"),
        ("mx.pleo.example; spf=pass smtp.mailfrom=carol@example.com", "receipts"),
        ("mx.pleo.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example", "unproven"),
        ("mx.evil.example; dmarc=pass header.from=example.com", "unproven"),
        ("mx.pleo.example; dmarc=fail header.from=example.com (dmarc=pass)", "unproven"),
        ("", "unproven"),
    ],
)
def test_our_own_mail_server_must_vouch_for_a_sender(bring, login, settings, result, outcome):
    settings.MAIL_AUTH_SERVER = "mx.pleo.example"
    headers = {"Authentication-Results": result} if result else {}
    found = bring(attach(letter(sender=login, headers=headers)))
    assert found.outcome == outcome
    if outcome == "unproven":
        assert MailAnswer.objects.get().to == login, "the person is told at their own address"


def test_only_the_topmost_result_counts(bring, login, settings):
    settings.MAIL_AUTH_SERVER = "mx.pleo.example"
    raw = attach(letter(sender=login, headers={"Authentication-Results": "mx.pleo.example; dmarc=pass"})).as_bytes()
    assert bring(b"Authentication-Results: mx.pleo.example; dmarc=fail\r\n" + raw).outcome == "unproven"


def test_a_further_address_is_believed_once_its_link_was_opened(bring, carol, login):
    mine = attach(letter(sender="carol@home.example"))
    waiting = bring(mine)
    row = add_sender(membership=carol, email=" Carol@Home.example", now=timezone.now())
    tasks.send_sender_link(sender_id=str(row.pk))
    assert outbox_of.outbox[-1].to == ["carol@home.example"]
    assert row.secret in outbox_of.outbox[-1].body
    assert bring(attach(letter(sender="carol@home.example", message_id="<2@x>"))).outcome == "stranger"
    confirm_sender(sender=find_sender(token=row.secret, now=timezone.now()), now=timezone.now())
    take_mail(mail_id=waiting.pk, now=timezone.now())
    waiting.refresh_from_db()
    assert (waiting.outcome, waiting.membership) == ("receipts", carol), "what waited is taken in"


def test_addresses_that_make_no_sense(carol, login, home, mallory):
    now = timezone.now()
    for email in ("nonsense", "", "a@b", "receipts@localhost", home, "x" * 300 + "@example.com", "a\x00b"):
        with pytest.raises(AddressSenseless):
            add_sender(membership=carol, email=email, now=now)
    with pytest.raises(AddressKnown):
        add_sender(membership=carol, email=login, now=now)
    first = add_sender(membership=carol, email="two@home.example", now=now)
    second = add_sender(membership=mallory, email="two@home.example", now=now)
    confirm_sender(sender=first, now=now)
    with pytest.raises(AddressTaken):
        confirm_sender(sender=second, now=now)
    with pytest.raises(AddressKnown):
        add_sender(membership=carol, email="two@home.example", now=now)
    with pytest.raises(LinkClosed):
        find_sender(token=second.secret, now=now + timedelta(days=8))


def test_one_mail_to_two_people_is_each_ones(bring, home, carol, dave):
    other = personal_address(membership=dave)
    found = bring(attach(letter(to=f"{home}, {other}")), door="imap")
    assert found.membership == carol
    second = InboundMail.objects.get(recipient=other)
    take_mail(mail_id=second.pk, now=timezone.now())
    assert set(Receipt.objects.values_list("uploaded_by", flat=True)) == {carol.pk, dave.pk}


def test_another_companys_person_never_gets_it(bring, home, mallory, carol):
    bring(attach(letter(sender="mallory@example.com")), to=home)
    assert not Receipt.objects.filter(company=mallory.company).exists()


def test_a_storage_that_is_down_is_waited_for(bring, home, monkeypatch):
    found = receive_mail(raw=attach(letter()).as_bytes(), door="hook", recipient=home, now=timezone.now())

    def down(*_, **__):
        raise EndpointConnectionError(endpoint_url="http://s3")

    now = timezone.now()
    with monkeypatch.context() as broken:
        broken.setattr("receipts.take_mail.files.fetch", down)
        for _ in range(12):
            take_mail(mail_id=found.pk, now=now)
            now += timedelta(minutes=30)
    found.refresh_from_db()
    assert (found.status, found.last_error) == ("received", {"code": "storage_down"})
    take_mail(mail_id=found.pk, now=now + timedelta(minutes=30))
    found.refresh_from_db()
    assert found.outcome == "receipts"


def test_a_failed_mail_is_opened_again_when_asked(bring, home, alice):
    found = bring(letter("Hej"), to=home)
    retake_mail(mail=found, by=alice, now=timezone.now())
    take_mail(mail_id=found.pk, now=timezone.now())
    found.refresh_from_db()
    assert found.outcome == "nothing"


def test_mail_is_forgotten_and_receipts_are_not(bring, home):
    mine = bring(attach(letter()), to=home)
    strange = bring(attach(letter(sender="who@x.example", message_id="<2@x>")))
    # A bucket, unlike the database, still holds the mail of the tests before.
    forget_rowless(now=timezone.now() + timedelta(days=31))
    files.put("mail/2020-01/0190b3c4-0000-7000-8000-000000000000", b"lost", "message/rfc822")
    assert forget_mail(now=timezone.now()) == 0
    assert forget_mail(now=timezone.now() + timedelta(days=31)) == 2
    assert forget_rowless(now=timezone.now() + timedelta(days=31)) == 1
    mine.refresh_from_db()
    assert mine.key == ""
    assert not InboundMail.objects.filter(pk=strange.pk).exists()
    with files.read(Receipt.objects.get().key) as kept:
        assert kept.read() == image_bytes()


def test_the_address_cannot_be_had_from_the_database_alone(home, carol):
    row = carol.receiving_addresses.get()
    kept = {str(value) for value in vars(row).values()}
    assert row.secret in home
    assert not any(row.secret in value for value in kept)
    assert join(carol.company, "erik", Role.EMPLOYEE) and len(row.secret) == 16


def test_an_archive_is_refused_in_words(bring, home):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("bon.jpg", image_bytes())
    found = bring(attach(letter("Hej"), packed.getvalue(), name="bilag.zip", kind="application/zip"), to=home)
    assert found.outcome == "refused"
    tasks.send_mail_answer(answer_id=str(MailAnswer.objects.get().pk))
    assert "bilag.zip: This is an archive" in outbox_of.outbox[0].body
