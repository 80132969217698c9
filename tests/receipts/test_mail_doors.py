"""The doors that mail comes in by: providers, a mailbox, a folder, a command."""

from __future__ import annotations

import base64
import hashlib
import hmac
import imaplib
import json
import os
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from pleo.lib import files
from receipts import tasks
from receipts.collect_folder import collect_folder
from receipts.collect_imap import Mailbox, collect_imap
from receipts.collect_mail import collect_mail
from receipts.mail_address import personal_address
from receipts.models import InboundMail, Receipt
from tests.receipts.letters import attach, letter

pytestmark = pytest.mark.django_db
SECRET = "a secret of the provider, long enough"
RAW = attach(letter()).as_bytes()


@pytest.fixture(autouse=True)
def _quiet(rung: list[str], monkeypatch: pytest.MonkeyPatch, settings) -> None:
    cache.clear()
    settings.MAIL_HOOKS, settings.MAIL_HOOK_SECRETS = ["generic", "postmark", "mailgun", "ses"], ["", SECRET]
    for task in (tasks.take_mail, tasks.send_mail_answer):
        monkeypatch.setattr(task, "apply_async", lambda **_: None)


def sign(message: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def generic(
    raw: bytes = RAW, *, to: str = "receipts@localhost", at: float | None = None, secret: str = SECRET, **over: str
):
    stamp = str(int(at if at is not None else time.time()))
    headers = {
        "X-Pleo-Timestamp": stamp,
        "X-Pleo-Recipient": to,
        "X-Pleo-Signature": f"sha256={sign(f'{stamp}.{to}.'.encode() + raw, secret)}",
        **over,
    }
    return Client().post("/mail/in/generic/", raw, content_type="message/rfc822", headers=headers)


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"pleo:{secret}".encode()).decode()}


def mailgun(raw: bytes = RAW, *, token: str = "t" * 50, at: float | None = None, secret: str = SECRET, **fields: Any):
    stamp = str(int(at if at is not None else time.time()))
    form = {
        "recipient": "receipts@localhost",
        "timestamp": stamp,
        "token": token,
        "signature": sign(f"{stamp}{token}".encode(), secret),
        "body-mime": raw.decode(),
        **fields,
    }
    return Client().post("/mail/in/mailgun/mime", form)


def test_a_signed_mail_is_stored_as_it_came_and_once(carol):
    to = personal_address(membership=carol)
    assert generic(to=to).status_code == 200
    assert generic(to=to).status_code == 200
    kept = InboundMail.objects.get()
    assert (kept.recipient, kept.membership, kept.status) == (to, carol, "received")
    with files.read(kept.key) as stored:
        assert stored.read() == RAW


def test_a_mail_to_two_of_ours_is_two_rows(carol, dave):
    to = ", ".join(personal_address(membership=person) for person in (carol, dave))
    assert len(generic(to=to).json()["mails"]) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"secret": "another"},
        {"secret": ""},
        {"at": 0},
        {"at": time.time() - 400},
        {"at": time.time() + 4000},
        {"X-Pleo-Signature": ""},
        {"X-Pleo-Signature": "sha256=ø"},
        {"X-Pleo-Timestamp": "٣"},
        {"X-Pleo-Recipient": "somebody@else.example"},
    ],
)
def test_what_is_not_signed_by_us_leaves_nothing(options):
    assert generic(**options).status_code == 401
    assert not InboundMail.objects.exists()


def test_a_door_that_is_not_open_is_not_there(settings):
    settings.MAIL_HOOKS = []
    assert generic().status_code == 404
    assert Client().post("/mail/in/nonsense/", b"x", content_type="text/plain").status_code == 404


def test_too_much_is_refused_before_it_is_read(settings):
    settings.MAIL_MAX_BYTES = 1000
    assert generic(b"x" * 1600).status_code == 413
    assert generic(b"x" * 1200).status_code == 413
    assert generic(b"").status_code in (200, 422)
    assert not InboundMail.objects.exists()


def test_postmark_brings_the_raw_mail():
    body = {"RawEmail": RAW.decode(), "OriginalRecipient": "receipts@localhost", "MessageID": "x"}

    def post(body: str, headers: dict[str, str]):
        return Client().post("/mail/in/postmark/", body, content_type="application/json", headers=headers)

    assert post(json.dumps(body), basic()).status_code == 200
    assert InboundMail.objects.get().recipient == "receipts@localhost"
    assert post(json.dumps(body), basic("no")).status_code == 401
    assert post(json.dumps(body), {}).status_code == 401
    assert post(json.dumps(body), {"Authorization": "Basic ø"}).status_code == 401
    for wrong in ("", "[]", "{}", "[" * 20_000, '{"RawEmail": 3}', '{"RawEmail": ""}'):
        assert post(wrong, basic()).status_code == 400, wrong[:20]


def test_mailgun_brings_the_raw_mail_and_a_token_serves_one_mail():
    assert mailgun().status_code == 200
    assert mailgun().status_code == 200, "Mailgun asks again when our answer was lost"
    assert InboundMail.objects.count() == 1
    assert mailgun(b"From: a@b\r\n\r\nanother").status_code == 401
    assert mailgun(token="u", secret="no").status_code == 401
    assert mailgun(token="u", at=1).status_code == 401
    assert mailgun(token="v", **{"body-mime": ""}).status_code == 400
    assert Client().post("/mail/in/mailgun/mime", b"x", content_type="text/plain").status_code == 400


def test_mailgun_may_send_a_short_form():
    stamp = str(int(time.time()))
    form = f"recipient=receipts%40localhost&timestamp={stamp}&token=k&signature={sign(f'{stamp}k'.encode())}"
    form += "&body-mime=From%3A+a%40b%0D%0A%0D%0Ahej"
    answer = Client().post("/mail/in/mailgun/mime", form, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    with files.read(InboundMail.objects.get().key) as stored:
        assert stored.read() == b"From: a@b\r\n\r\nhej"


def test_ses_brings_the_mail_in_a_notification(caplog):
    receipt = {"recipients": ["receipts@localhost"], "action": {"encoding": "BASE64"}}
    message = {"receipt": receipt, "content": base64.b64encode(RAW).decode()}
    post = lambda body: Client().post("/mail/in/ses/", json.dumps(body), content_type="text/plain", headers=basic())  # noqa: E731
    assert post({"Type": "Notification", "Message": json.dumps(message)}).status_code == 200
    assert InboundMail.objects.get().sha256 == hashlib.sha256(RAW).hexdigest()
    assert post({"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.example/?x"}).json() == {"mails": []}
    assert "https://sns.example/?x" in caplog.text
    for wrong in ({}, {"Message": "x"}, {"Message": "[]"}, {"Message": json.dumps({"content": "", "receipt": 3})}):
        assert post(wrong).status_code == 400


def test_a_storage_that_is_down_lets_the_provider_come_again(monkeypatch):
    class Full:
        def save(self, *_):
            raise OSError("no space left")

    monkeypatch.setattr("pleo.lib.files.default_storage", Full())
    assert generic().status_code == 503
    assert not InboundMail.objects.exists()


@pytest.fixture
def inbox(tmp_path: Path, settings) -> Path:
    settings.MAIL_INBOX = str(tmp_path / "inbox")
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def test_a_file_dropped_into_the_folder_is_taken_and_put_away(inbox):
    dropped = inbox / "kvittering.eml"
    dropped.write_bytes(RAW)
    assert collect_folder(now=timezone.now()) == 0, "it may still be written to"
    os.utime(dropped, (1, 1))
    (inbox / "new").mkdir(exist_ok=True)
    (inbox / "new" / "1.host").write_bytes(b"From: a@b\r\n\r\nhej")
    assert collect_folder(now=timezone.now()) == 2
    assert collect_folder(now=timezone.now()) == 0
    assert sorted(path.name for path in (inbox / "cur").iterdir()) == ["1.host", "kvittering.eml"]
    dropped.write_bytes(RAW)
    os.utime(dropped, (1, 1))
    collect_folder(now=timezone.now())
    assert InboundMail.objects.count() == 2
    assert (inbox / "cur" / "kvittering-2.eml").exists()


def test_what_cannot_be_a_mail_stands_in_nobodys_way(inbox, settings):
    settings.MAIL_MAX_BYTES = len(RAW)
    collect_folder(now=timezone.now())
    (inbox / "new" / "a-large").write_bytes(RAW * 2)
    (inbox / "new" / "b-empty").write_bytes(b"")
    (inbox / "new" / "c-link").symlink_to("/etc/passwd")
    (inbox / "new" / "d-mail").write_bytes(RAW)
    assert collect_folder(now=timezone.now()) == 1
    assert sorted(path.name for path in (inbox / "refused").iterdir()) == ["a-large", "b-empty"]


def test_the_folder_keeps_what_could_not_be_stored(inbox, monkeypatch):
    collect_folder(now=timezone.now())
    (inbox / "new" / "m").write_bytes(RAW)

    def down(*_, **__):
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr("receipts.receive_mail.files.put", down)
        assert collect_folder(now=timezone.now()) == 0
    assert (inbox / "new" / "m").exists()
    assert collect_folder(now=timezone.now()) == 1


def test_the_command_says_what_became_of_a_file(tmp_path, carol, capsys):
    path = tmp_path / "a.eml"
    path.write_bytes(RAW)
    call_command("receive_mail", str(path), "--to", personal_address(membership=carol))
    assert "Receipts added, 1 receipts" in capsys.readouterr().out
    assert Receipt.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("receive_mail", str(tmp_path / "none.eml"))


class FakeServer:
    """A mailbox with the answers of a real server, and its bad days: `poison` breaks the connection, `refuse` is answered NO."""

    box: ClassVar[dict[bytes, bytes]] = {}
    taken: ClassVar[list[bytes]] = []
    poison: ClassVar[set[bytes]] = set()
    refuse: ClassVar[set[bytes]] = set()
    folders: ClassVar[set[str]] = set()
    deleted: ClassVar[set[bytes]] = set()
    can_move: ClassVar[bool] = True
    breaks_before_move: ClassVar[int] = 0
    fetched: ClassVar[list[bytes]] = []
    logins: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, host: str, port: int, **_: Any) -> None:
        self.capabilities = ("IMAP4REV1", "UIDPLUS", *(["MOVE"] if self.can_move else []))

    def login(self, user: str, password: str) -> None:
        self.logins.append((user, password))
        if password != "p@ss":
            raise imaplib.IMAP4.error("AUTHENTICATIONFAILED")

    def select(self, folder: str) -> tuple[str, list[bytes]]:
        return ("OK" if folder == '"INBOX"' else "NO"), [b"1"]

    def response(self, name: str) -> tuple[str, list[bytes]]:
        return name, [b"77"]

    def create(self, folder: str) -> None:
        self.folders.add(folder)

    def logout(self) -> None:
        pass

    def uid(self, command: str, *arguments: str) -> tuple[str, list[Any]]:
        kind = type(self)
        if command == "SEARCH":
            return "OK", [b" ".join(sorted(set(kind.box) - kind.deleted, key=int))]
        uid = arguments[0].encode()
        if command == "FETCH" and uid in kind.poison:
            raise imaplib.IMAP4.abort("connection broke")
        if command == "FETCH" and uid in kind.refuse:
            raise imaplib.IMAP4.error("BAD cannot parse")
        if command == "FETCH" and "SIZE" in arguments[1]:
            return "OK", [b"%s (UID %s RFC822.SIZE %d)" % (uid, uid, len(kind.box[uid]))]
        if command == "FETCH":
            kind.fetched.append(uid)
            raw = kind.box[uid]
            return "OK", [(b"1 (BODY[] {1}", raw.partition(b"\n\n")[0] if "HEADER" in arguments[1] else raw), b")"]
        if command in ("MOVE", "COPY"):
            return self._file(command, uid, arguments[1])
        if command == "STORE":
            kind.deleted.add(uid)
        if command == "EXPUNGE":
            kind.box.pop(uid, None)
        return "OK", [None]

    def _file(self, command: str, uid: bytes, folder: str) -> tuple[str, list[Any]]:
        kind = type(self)
        if kind.breaks_before_move:
            kind.breaks_before_move -= 1
            raise imaplib.IMAP4.abort("connection broke")
        if folder not in kind.folders:
            return "NO", [b"[TRYCREATE]"]
        kind.taken.append(uid)
        if command == "MOVE":
            kind.box.pop(uid)
        return "OK", [None]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings) -> type[FakeServer]:
    class Server(FakeServer):
        box: ClassVar[dict[bytes, bytes]] = {
            str(n).encode(): attach(letter(message_id=f"<{n}@x>")).as_bytes() for n in (9, 10, 11, 12)
        }
        taken: ClassVar[list[bytes]] = []
        poison: ClassVar[set[bytes]] = set()
        refuse: ClassVar[set[bytes]] = set()
        folders: ClassVar[set[str]] = set()
        deleted: ClassVar[set[bytes]] = set()
        fetched: ClassVar[list[bytes]] = []
        logins: ClassVar[list[tuple[str, str]]] = []

    monkeypatch.setattr("receipts.collect_imap.imaplib.IMAP4_SSL", Server)
    settings.IMAP_URL = "imaps://carol%40x.example:p%40ss@mail.example/INBOX"
    return Server


def test_a_mailbox_is_emptied_into_its_other_folder(server):
    assert collect_imap(now=timezone.now()) == 4
    assert (InboundMail.objects.count(), server.box, len(server.taken)) == (4, {}, 4)
    assert server.logins == [("carol@x.example", "p@ss")]
    assert collect_imap(now=timezone.now()) == 0


def test_a_server_without_move_copies_before_it_deletes(server, monkeypatch):
    monkeypatch.setattr(server, "can_move", False)
    assert collect_imap(now=timezone.now()) == 4
    assert (server.box, len(server.taken)) == ({}, 4)


def test_a_connection_that_breaks_between_storing_and_moving_brings_nothing_twice(server, monkeypatch):
    monkeypatch.setattr(server, "breaks_before_move", 2)
    collect_imap(now=timezone.now())
    cache.clear()
    collect_imap(now=timezone.now())
    assert (InboundMail.objects.count(), server.box) == (4, {})
    assert len(server.fetched) == 4, "what is stored is not fetched again"


def test_poisoned_mails_do_not_hold_up_the_rest(server):
    server.poison |= {b"9", b"10"}
    server.refuse |= {b"11"}
    assert collect_imap(now=timezone.now()) == 1
    server.box[b"13"] = attach(letter(message_id="<13@x>")).as_bytes()
    assert collect_imap(now=timezone.now()) == 1
    assert set(server.box) == {b"9", b"10", b"11"}, "they stay where they are"
    server.poison.clear()
    server.refuse.clear()
    cache.clear()
    assert collect_imap(now=timezone.now()) == 3


def test_a_mail_beyond_the_limit_is_told_of_and_put_away(server, settings, carol):
    settings.MAIL_MAX_BYTES = 20_000
    server.box = {b"20": attach(letter(to=personal_address(membership=carol)), b"%PDF-" + b"x" * 30_000).as_bytes()}
    assert collect_imap(now=timezone.now()) == 1
    found = InboundMail.objects.get()
    tasks.take_mail(mail_id=str(found.pk))
    found.refresh_from_db()
    assert (found.outcome, found.membership, server.box) == ("too_large", carol, {})


@pytest.mark.parametrize("url", ["imaps://a:wrong@h/INBOX", "imaps://a:p%40ss@h/Nowhere"])
def test_a_mailbox_that_does_not_open_is_no_crash(server, settings, url, caplog):
    settings.IMAP_URL = url
    assert collect_imap(now=timezone.now()) == 0
    assert "mailbox" in caplog.text


def test_the_address_of_a_mailbox():
    assert Mailbox.from_url("imap://u:p@127.0.0.1:1143/A/B") == Mailbox("127.0.0.1", 1143, "u", "p", "A/B", False)
    for wrong in ("", "http://u:p@h", "imaps://h", "imaps://"):
        with pytest.raises(ValueError, match="write it like"):
            Mailbox.from_url(wrong)


def test_only_one_worker_looks_at_a_time(server, inbox):
    cache.add("collect-mail", True, 60)
    assert collect_mail(now=timezone.now()) == 0
    cache.clear()
    assert collect_mail(now=timezone.now()) == 4
    assert cache.add("collect-mail", True, 60), "the door is open again"
