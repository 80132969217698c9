"""Mail that brought receipts to the demo company, and some that brought none."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from accounts.models import Membership
from pleo.demo.found import Founded
from pleo.lib.search import search_text
from receipts.models import InboundMail, MailDoor, MailOutcome, MailPart, MailStatus, Receipt

# Sender, subject, outcome, and what the mail had for a file.
ODD: tuple[tuple[str, str, MailOutcome, str, dict[str, str]], ...] = (
    ("newsletter@klitten.example", "Tilbud i weekenden", MailOutcome.NOTHING, "", {}),
    ("kontor@nordlys.example", "Bilag fra oktober", MailOutcome.REFUSED, "bilag.zip", {"code": "receipt_type_unknown", "seems": "archive"}),
    ("bogholderi@fragt.example", "Sikker post", MailOutcome.ENCRYPTED, "", {}),
)  # fmt: skip


def bring_mail(made: Founded, receipts: list[Receipt], now: datetime) -> None:
    """Write the log of mail: one row for each receipt, as if it had come by mail, and the odd ones for finance to look at."""
    for number, receipt in enumerate(receipts):
        mail = _mail(
            receipt.uploaded_by, f"kvittering@butik{number + 1}.example", f"Din kvittering {number + 1}",
            MailOutcome.RECEIPTS, receipt.created_at, files=receipt.file_name,
        )  # fmt: skip
        MailPart.objects.create(mail=mail, number=1, file_name=receipt.file_name, receipt=receipt)
    for days, (sender, subject, outcome, name, refusal) in enumerate(ODD, 1):
        at = now - timedelta(days=days, hours=days)
        mail = _mail(next(iter(made.people.values())), sender, subject, outcome, at, files=name)
        if refusal:
            MailPart.objects.create(mail=mail, number=1, file_name=name, refusal=refusal)


def _mail(person: Membership, sender: str, subject: str, outcome: str, at: datetime, *, files: str) -> InboundMail:
    """Write a mail that is done; the mail itself was removed, as it is after a while."""
    digest = hashlib.sha256(f"{person.pk}/{sender}/{subject}/{at}".encode()).hexdigest()
    return InboundMail.objects.create(
        company_id=person.company_id, membership=person, door=MailDoor.HOOK, sender=sender, subject=subject, size=48_213,
        message_id=f"<{digest[:12]}@{sender.rpartition('@')[2]}>", sha256=digest, received_at=at, created_at=at,
        status=MailStatus.TAKEN, outcome=outcome, attempts=1, search_text=search_text(sender, subject, files),
    )  # fmt: skip
