"""The developer's mailbox: mails as files, readable by those whom they concern, and only where no mail goes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User
from pleo.lib.mailbox import letter, letters
from tests.conftest import Cast

Signer = Callable[..., Client]


@pytest.fixture(autouse=True)
def _folder(settings: Any) -> None:
    settings.EMAIL_BACKEND = "pleo.lib.mailbox.FolderBackend"
    settings.EMAIL_URL = ""


def write(to: str, subject: str = "Hello", text: str = "See http://127.0.0.1:8000/invitation/x/") -> None:
    message = EmailMultiAlternatives(subject, text, to=[to])
    message.attach_alternative("<p>Hello <script>alert(1)</script></p>", "text/html")
    message.send()


def test_a_mail_becomes_a_file_and_is_read_back(settings: Any) -> None:
    write("Søren <soren@example.com>", "Æbler & pærer", "Line one\nLine two ø")
    [found] = letters()
    assert (found.to, found.subject) == (("soren@example.com",), "Æbler & pærer")
    assert "Line two ø" in found.text and "<p>Hello" in found.html
    assert letter(found.id) == found and letter(uuid4()) is None
    assert not list(Path(settings.MAIL_FOLDER).glob("*.part"))


def test_broken_files_are_passed_over(settings: Any) -> None:
    folder = Path(settings.MAIL_FOLDER)
    folder.mkdir(parents=True)
    (folder / "not-a-uuid.eml").write_text("x")
    (folder / f"{uuid4()}.eml").write_bytes(b"\xff\xfe\x00 no headers")
    write("a@example.com")
    assert "Hello" in {found.subject for found in letters()}


def test_each_reads_their_own_and_those_who_run_a_company_its_peoples(cast: Cast, sign_in: Signer) -> None:
    Membership.objects.create(
        company=cast.company, name="New", email="new@x.example", role="employee", status="invited"
    )
    for to in ("carol@example.com", "alice@example.com", "new@x.example", "mallory@example.com", "stranger@x.example"):
        write(to, f"For {to}")

    def subjects(person: Membership) -> set[str]:
        page = sign_in(person).get(reverse("mailbox")).content.decode()
        return {name for name in ("carol", "alice", "new", "mallory", "stranger") if f"For {name}@" in page}

    assert subjects(cast.carol) == {"carol"}
    assert subjects(cast.alice) == {"alice", "carol", "new"}
    # An admin reads no owner's mail: a password reset in it would make an owner of the admin.
    assert subjects(cast.dave) == {"carol", "new"}
    assert subjects(cast.bob) == set()
    assert subjects(cast.mallory) == {"mallory"}


def test_mail_of_somebody_with_another_company_is_not_shown_to_either(cast: Cast, sign_in: Signer) -> None:
    Membership.objects.create(
        company=cast.other,
        user=cast.carol.user,
        name="Carol",
        email="carol@example.com",
        role=Role.EMPLOYEE,
        status="active",
    )
    write("carol@example.com", "Reset")
    for boss in (cast.dave, cast.mallory):
        assert "Reset" not in sign_in(boss).get(reverse("mailbox")).content.decode()
    [found] = letters()
    assert sign_in(cast.mallory).get(reverse("mailbox-letter", args=[found.id])).status_code == 404
    assert sign_in(cast.carol).get(reverse("mailbox-letter", args=[found.id])).status_code == 200


def test_inviting_an_address_does_not_open_its_owners_mail(cast: Cast, sign_in: Signer) -> None:
    User.objects.create_superuser("root@example.com", "correct horse battery")
    User.objects.create_user("free@example.com", "correct horse battery")
    User.objects.filter(pk=cast.carol.user_id).update(email="carol@new.example")
    for to in ("root@example.com", "free@example.com", "carol@new.example"):
        Membership.objects.create(company=cast.other, name="Bait", email=to, role=Role.EMPLOYEE, status="invited")
        write(to, "Reset")
    assert "Reset" not in sign_in(cast.mallory).get(reverse("mailbox")).content.decode()


def test_a_letter_shows_its_links_and_as_html_runs_nothing(cast: Cast, sign_in: Signer) -> None:
    write("carol@example.com")
    [found] = letters()
    client = sign_in(cast.carol)
    assert (
        'href="http://127.0.0.1:8000/invitation/x/"'
        in client.get(reverse("mailbox-letter", args=[found.id])).content.decode()
    )
    html = client.get(reverse("mailbox-letter-html", args=[found.id]))
    policy = html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script-src" not in policy


def test_an_operator_reads_all_and_nobody_where_mail_goes_out(cast: Cast, sign_in: Signer, settings: Any) -> None:
    send_mail("Hi", "x", None, ["stranger@x.example"])
    boss = User.objects.create_superuser("root@example.com", "correct horse battery")
    assert "Hi" in sign_in(boss).get(reverse("mailbox")).content.decode()
    assert Client().get(reverse("mailbox")).status_code == 302
    settings.EMAIL_URL = "smtp://mail:25"
    [found] = letters()
    for url in (
        reverse("mailbox"),
        reverse("mailbox-letter", args=[found.id]),
        reverse("mailbox-letter-html", args=[found.id]),
    ):
        assert sign_in(boss).get(url).status_code == 404
