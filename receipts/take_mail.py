"""Open a stored mail and make receipts of what it brings. Safe to run again, to be killed half-way, and to lose its lease."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.utils import timezone

from accounts.models import Membership
from events.record import record
from pleo.lib import files
from pleo.lib.errors import DomainError
from pleo.lib.search import search_text
from pleo.lib.storage_down import StorageDown, telling_storage_faults
from pleo.lib.work import LeaseLost
from receipts.answer_mail import is_own_mail, owe_answer
from receipts.identify_sender import Identified, identify_sender
from receipts.ingest import ingest
from receipts.mail_address import secrets_in
from receipts.models import InboundMail, MailOutcome, MailPart, Receipt, Source
from receipts.normalise import Interrupted
from receipts.receive_mail import receive_mail
from receipts.unpack_mail import Attached, Unpacked, unpack_mail

logger = logging.getLogger(__name__)


@dataclass
class Taken:
    """What became of a mail."""

    outcome: str
    membership: Membership | None = None
    parts: list[tuple[str, Receipt | None, dict[str, Any] | None]] = field(default_factory=list)
    others: tuple[Membership, ...] = ()


def take_mail(*, mail_id: UUID, now: datetime) -> None:
    """Claim a mail, open it, and end it with an outcome. Does nothing when another worker has it.

    Faults of the mail are outcomes; faults of the machine are tried again, and those of the storage for as long as they last.
    """
    mail = InboundMail.claim(mail_id, now=now)
    if mail is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="mail-") as name:
            folder = Path(name)
            with telling_storage_faults():
                files.fetch(mail.key, folder / "raw")
            found = unpack_mail(raw=folder / "raw", folder=folder)
            taken = _take(mail, found, now)
            _also_for_others(mail, found, folder / "raw", now)
            _finish(mail, found, taken)
    except LeaseLost:
        logger.info("mail %s: another worker has finished or taken it", mail.pk)
    except StorageDown:
        mail.postpone("storage_down", now=timezone.now())
    except Interrupted:
        mail.put_back("decoder_killed", now=timezone.now())
    except FileNotFoundError:
        mail.give_up("original_missing")
    except Exception:
        # Whatever it is, the mail must not wait for its lease to run out, nor hold up others.
        mail.put_back("our_fault", now=timezone.now())
        raise


def _take(mail: InboundMail, found: Unpacked, now: datetime) -> Taken:
    """Decide whose the mail is and take in what it holds."""
    if is_echo(found.headers):
        return Taken(MailOutcome.AUTOMATIC, mail.membership)
    who = _who(mail, found)
    if who.problem or who.membership is None:
        return Taken(who.problem or MailOutcome.STRANGER, who.membership, others=who.others)
    if found.headers.get("is_cut"):
        return Taken(MailOutcome.TOO_LARGE, who.membership)
    if found.is_broken:
        return Taken(MailOutcome.BROKEN, who.membership)
    taken = Taken("", who.membership)
    for part in found.parts:
        taken.parts.append(_part(mail, found, part, who.membership, now))
    good = [receipt for _, receipt, _ in taken.parts if receipt is not None]
    if not good and found.body is not None and _text_counts(found, taken):
        taken.parts.append(_part(mail, found, Attached(found.body, _body_name(found)), who.membership, now))
    taken.outcome = _outcome(mail, taken, found)
    return taken


def _text_counts(found: Unpacked, taken: Taken) -> bool:
    """Say whether the text of a mail is the receipt: it names an amount, or a person wrote a mail that has nothing else."""
    return found.has_amount or not (taken.parts or found.is_encrypted or is_machine_made(found.headers))


def is_echo(headers: dict[str, Any]) -> bool:
    """Say whether a mail only answers or reports another: holiday notes, bounces, and our own mail coming back.

    RFC 3834: `auto-replied` answers a mail; `auto-generated` is said of shops' receipts too, and is not meant here.
    """
    return bool(
        headers.get("is_ours")
        or headers.get("is_report")
        or headers.get("is_auto_reply")
        or headers.get("auto_submitted", "").startswith("auto-replied")
        or headers.get("precedence") in ("auto_reply", "auto-reply")
        or headers.get("sender", "").startswith("mailer-daemon@")
        or is_own_mail(headers.get("sender", ""), headers.get("message_id", ""))
    )


def is_machine_made(headers: dict[str, Any]) -> bool:
    """Say whether no person sent a mail: what it brings is taken, and nobody is answered."""
    return bool(
        headers.get("auto_submitted", "no") not in ("", "no")
        or headers.get("precedence") in ("bulk", "junk", "list")
        or headers.get("is_list")
        or (headers.get("has_return_path") and headers.get("return_path", "") in ("", "<>"))
    )


def _who(mail: InboundMail, found: Unpacked) -> Identified:
    recipients = [mail.recipient] if secrets_in([mail.recipient]) else found.headers.get("recipients", [])
    return identify_sender(recipients=recipients, headers=found.headers)


def _part(
    mail: InboundMail, found: Unpacked, part: Attached, membership: Membership, now: datetime
) -> tuple[str, Receipt | None, dict[str, Any] | None]:
    """Take in one file. The key comes from the mail's own id and the content: however often it arrives, it is one receipt."""
    content = hashlib.sha256(part.path.read_bytes()).hexdigest()
    mail_name = found.headers.get("message_id") or mail.sha256
    key = f"mail-{hashlib.sha256(f'{mail_name}/{content}'.encode()).hexdigest()[:56]}"
    name = files.clean_name(part.name)
    with part.path.open("rb") as opened:
        try:
            receipt = ingest(by=membership, file=File(opened, name=name), source=Source.MAIL, client_key=key, now=now)
        except StorageDown:
            raise
        except DomainError as error:
            return name, None, {"code": error.code, **error.params}
    return name, receipt, None


def _body_name(found: Unpacked) -> str:
    return f"{found.headers.get('subject', '')[:100]}.eml"


def _outcome(mail: InboundMail, taken: Taken, found: Unpacked) -> str:
    good = [receipt for _, receipt, _ in taken.parts if receipt is not None]
    refused = [refusal for _, _, refusal in taken.parts if refusal is not None]
    if good and all(receipt.created_at < mail.created_at for receipt in good):
        return MailOutcome.REPEATED
    if good:
        serious = [refusal for refusal in refused if refusal["code"] != "receipt_type_unknown"]
        return MailOutcome.PARTLY if serious or found.left_out else MailOutcome.RECEIPTS
    if found.is_encrypted:
        return MailOutcome.ENCRYPTED
    if any(refusal["code"] == "receipt_too_large" for refusal in refused):
        return MailOutcome.TOO_LARGE
    return MailOutcome.REFUSED if refused else MailOutcome.NOTHING


def _also_for_others(mail: InboundMail, found: Unpacked, raw: Path, now: datetime) -> None:
    """A mailbox holds one copy of a mail to several people of ours: each of the others gets a row of their own."""
    if secrets_in([mail.recipient]):
        return
    for address, _ in secrets_in(found.headers.get("recipients", []))[1:10]:
        receive_mail(raw=raw.read_bytes(), door=mail.door, recipient=address, now=mail.received_at)


def _finish(mail: InboundMail, found: Unpacked, taken: Taken) -> None:
    """Write what became of a mail, and what we owe for it, in one transaction. Raises LeaseLost."""
    headers, person = found.headers, taken.membership
    with mail.finishing():
        mail.outcome, mail.membership = taken.outcome, person
        mail.company = person.company if person else None
        mail.sender = headers.get("sender", "")[:254]
        mail.subject, mail.message_id = headers.get("subject", "")[:200], headers.get("message_id", "")[:250]
        mail.search_text = search_text(mail.sender, mail.subject, *(name for name, _, _ in taken.parts))
        mail.save(update_fields=["outcome", "membership", "company", "sender", "subject", "message_id", "search_text"])
        mail.parts.all().delete()
        MailPart.objects.bulk_create(
            MailPart(mail=mail, number=number, file_name=name, receipt=receipt, refusal=refusal)
            for number, (name, receipt, refusal) in enumerate(taken.parts, 1)
        )
        if mail.company:
            changes = {"outcome": mail.outcome, "receipts": sum(1 for _, receipt, _ in taken.parts if receipt)}
            record(company=mail.company, verb="mail.taken", subject=mail, by=person, changes=changes)
        if not is_machine_made(headers):
            owe_answer(mail=mail, taken_by=person, others=taken.others, now=timezone.now())
