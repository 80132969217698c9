"""Register the number of a card that a processor made. The number is typed or piped in, never given as an argument."""

from __future__ import annotations

import getpass
import sys
from datetime import date
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cards.models import Card
from cards.register_number import register_number
from pleo.lib.errors import DomainError


class Command(BaseCommand):
    """`manage.py register_card <card> --expires 2029-11`: an argument would stand in the list of processes and in the shell."""

    help = "Register the number of a card that a processor made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("card", type=UUID, help="the card's id, as in the address of its page")
        parser.add_argument("--expires", required=True, help="the month it expires, as 2029-11")

    def handle(self, *args: Any, **options: Any) -> None:
        card = Card.objects.select_related("company", "cardholder", "account").filter(pk=options["card"]).first()
        if card is None:
            raise CommandError("There is no such card.")
        try:
            expires = date.fromisoformat(f"{options['expires']}-01")
        except ValueError:
            raise CommandError("Write the month as 2029-11.") from None
        number = getpass.getpass("Number: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
        try:
            done = register_number(card=card, number=number, expires_month=expires)
        except DomainError as error:
            raise CommandError(error.message()) from None
        self.stdout.write(f"{done} works.")
