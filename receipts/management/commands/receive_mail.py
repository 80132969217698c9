"""Bring mail from files: `manage.py receive_mail FILE... [--to ADDRESS]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from receipts.models import MailDoor
from receipts.receive_mail import MailEmpty, MailTooLarge, receive_mail
from receipts.take_mail import take_mail


class Command(BaseCommand):
    """Take in saved mails as if they had come through a door, and say what became of each."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--to", default="", help="the envelope's recipient, when the headers do not name it")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            now = timezone.now()
            try:
                raw = path.read_bytes()
                mail = receive_mail(raw=raw, door=MailDoor.COMMAND, recipient=options["to"], now=now)
            except (OSError, MailEmpty, MailTooLarge) as error:
                raise CommandError(f"{path}: {error}") from None
            take_mail(mail_id=mail.pk, now=now)
            mail.refresh_from_db()
            receipts = mail.parts.exclude(receipt=None).count()
            self.stdout.write(f"{path}: {mail.get_outcome_display() or mail.get_status_display()}, {receipts} receipts")
