"""Make a company and its owner from the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.create_company import create_company
from accounts.models import Company, User, fold_email
from pleo.lib.errors import DomainError
from pleo.lib.money import is_currency


class Command(BaseCommand):
    help = "Make a company with its owner. A new owner's password is asked for, or read from standard input with --password-stdin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--owner-name", default="")
        parser.add_argument("--country", required=True, help="two letters, such as DK")
        parser.add_argument("--currency", default="", help="three letters; the country's own by default")
        parser.add_argument("--slug", default="", help="the short name in addresses; made from the name by default")
        parser.add_argument("--password-stdin", action="store_true")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        currency = options["currency"].upper()
        if currency and not is_currency(currency):
            raise CommandError(f"{currency} is not a currency.")
        if not options["name"].strip() or len(options["name"]) > Company._meta.get_field("name").max_length:  # type: ignore[operator]
            raise CommandError("A company's name has 1 to 120 characters.")
        owner = self.owner(options)
        try:
            company = create_company(
                owner=owner, name=options["name"], country=options["country"].upper(), currency=currency,
                slug=options["slug"].lower(), now=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            raise CommandError(error.message()) from None
        self.stdout.write(f"{company.name} is at /c/{company.slug}/ and belongs to {owner.email}.")

    def owner(self, options: dict[str, Any]) -> User:
        """Return the person with this address, or make them."""
        address = fold_email(options["owner"])
        known = User.objects.filter(email=address).first()
        if known is not None:
            return known
        user = User(email=address, name=options["owner_name"] or address.split("@")[0])
        try:
            password = self.stdin_line() if options["password_stdin"] else getpass(f"Password for {address}: ")
        except EOFError:
            raise CommandError("No terminal to ask for a password: give it by --password-stdin.") from None
        try:
            validate_email(address)
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        made = User.objects.create_user(address, password, name=user.name)
        # Whoever runs commands on this machine answers for the address.
        EmailAddress.objects.create(user=made, email=address, verified=True, primary=True)
        return made

    def stdin_line(self) -> str:
        return sys.stdin.readline().rstrip("\n")
