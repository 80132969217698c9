"""Ask a company's card issuer to fetch money from the bank account that is linked to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Company
from cards.fetch_funds import fetch_funds
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.money import Money


class Command(BaseCommand):
    """`manage.py fetch_funds <company> 10000.00`: prints the issuer's reference, and the key to ask again with."""

    help = "Ask a company's card issuer to fetch money."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="the company's name in addresses")
        parser.add_argument("amount", help="in the company's currency, as 10000.00")
        parser.add_argument("--key", type=UUID, help="the key of a call that had no answer")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError("There is no such company.")
        key = options["key"] or uuid7()
        try:
            amount = Money.of(options["amount"], company.currency)
            reference = fetch_funds(company=company, amount=amount, key=key)
        except DomainError as error:
            raise CommandError(f"{error.message()} (--key {key})") from None
        except (ArithmeticError, ValueError):
            raise CommandError("Write the amount as 10000.00.") from None
        self.stdout.write(f"{reference} is on its way: {amount.amount} {amount.currency} in minor units.")
