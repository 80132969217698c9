"""manage.py simulate: play a shop from the command line, through the same signed doors as the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet

from accounts.models import Membership
from cards import simulate
from cards.explain import explain
from cards.models import Authorization, Card, Channel
from cards.simulate import RATES, SHOPS, Shop
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money

ACTS = {"clear": simulate.clear, "reverse": simulate.reverse, "expire": simulate.expire, "refund": simulate.refund}


class Command(BaseCommand):
    help = "Play a shop: buy, take money without asking (force), then clear, reverse, expire or refund a purchase."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for act in ("buy", "force"):
            sub = acts.add_parser(act)
            sub.add_argument("--card", required=True, help="id, issuer reference or last four digits")
            sub.add_argument("--company", default="", help="slug, where last four digits are not enough")
            sub.add_argument("--amount", default="", help="what the shop asks for, as 48,00 or 48.00; empty: its usual")
            sub.add_argument("--currency", default="", help=f"one of {', '.join(RATES)}; empty: the card's own")
            sub.add_argument("--shop", default="cafe", choices=sorted(SHOPS))
            sub.add_argument("--merchant", default="", help="the name of a shop of your own")
            sub.add_argument("--mcc", default="", help="its category code, four digits")
            sub.add_argument("--country", default="", help="its country, two letters")
            sub.add_argument("--channel", default="", choices=["", *Channel.values])
        for act in ACTS:
            sub = acts.add_parser(act)
            sub.add_argument("--authorization", required=True, help="id, issuer reference or `last`")
            sub.add_argument("--company", default="", help="slug; `last` is then the company's last")
            sub.add_argument("--amount", default="", help="in the wallet's currency; empty: all of it")
            sub.add_argument("--part", action="store_true", help="with clear: more will follow, keep the rest reserved")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["act"] in ("buy", "force"):
                self._shop(options)
            else:
                self._push(options)
        except DomainError as error:
            raise CommandError(error.message()) from None

    def _shop(self, options: dict[str, Any]) -> None:
        card = self._card(options)
        shop = SHOPS[options["shop"]]
        if options["merchant"]:
            shop = simulate.own_shop(
                options["merchant"], category_code=options["mcc"][:4], country=options["country"][:2]
            )
        amount = self._amount(options, card, shop)
        with format.region(card.company.region):
            said = f"{format.amount(amount)} at {shop.merchant.name}"
            if options["act"] == "force":
                simulate.force_post(card=card, shop=shop, amount=amount, channel=options["channel"])
                self.stdout.write(f"Taken without asking: {said}.")
                return
            reply = simulate.buy(card=card, shop=shop, amount=amount, channel=options["channel"])
            word = "Approved" if reply.is_approved else "Declined"
            self.stdout.write(f"{word}: {said}. Reference {reply.reference}.")
            if not reply.is_approved:
                self.stdout.write(self._why(card, reply))

    def _why(self, card: Card, reply: simulate.Reply) -> str:
        row = Authorization.objects.filter(issuer=simulate.NAME, issuer_reference=reply.reference).first()
        if row is None:
            return f"Reason: {reply.reason or 'no answer in time'}."
        viewer: Membership = row.card.cardholder
        explanation = explain(row, viewer)
        return " ".join(filter(None, [explanation.sentence, explanation.rule, explanation.ask]))

    def _amount(self, options: dict[str, Any], card: Card, shop: Shop) -> Money:
        currency = (options["currency"] or card.account.currency).upper()
        if currency not in RATES:
            raise CommandError(f"The simulator knows no rate for {currency}. It knows {', '.join(RATES)}.")
        if not options["amount"]:
            return simulate.usual(shop, currency)
        return format.parse_amount(options["amount"], currency, region=card.company.region)

    def _push(self, options: dict[str, Any]) -> None:
        row = self._authorization(options)
        extra: dict[str, Any] = {}
        if options["amount"]:
            if options["act"] == "expire":
                raise CommandError("A reserve runs out as a whole; leave --amount away.")
            extra["amount"] = format.parse_amount(options["amount"], row.currency, region=row.company.region)
        if options["part"]:
            if options["act"] != "clear":
                raise CommandError("--part goes with clear alone.")
            extra["is_final"] = False
        ACTS[options["act"]](authorization=row, **extra)
        self.stdout.write(f"Sent: {options['act']} for {row.merchant_name}, {row.issuer_reference}.")

    def _card(self, options: dict[str, Any]) -> Card:
        rows = self._of_company(Card.objects.select_related("account", "company", "cardholder"), options)
        found = list(rows.filter(_named(options["card"]) | Q(last_four=options["card"]))[:2])
        if not found:
            raise CommandError(f"There is no card {options['card']}.")
        if len(found) > 1:
            raise CommandError(f"Several cards end in {options['card']}. Name it by its id, or name the --company.")
        return found[0]

    def _authorization(self, options: dict[str, Any]) -> Authorization:
        rows = self._of_company(Authorization.objects.select_related("card", "company"), options)
        if options["authorization"] == "last":
            found = rows.filter(outcome="approved").order_by("-created_at", "-id").first()
        else:
            found = rows.filter(_named(options["authorization"])).first()
        if found is None:
            raise CommandError(f"There is no purchase {options['authorization']}.")
        row: Authorization = found
        return row

    def _of_company(self, rows: QuerySet[Any], options: dict[str, Any]) -> QuerySet[Any]:
        rows = rows.filter(issuer=simulate.NAME)
        return rows.filter(company__slug=options["company"]) if options["company"] else rows


def _named(text: str) -> Q:
    """Find by id or by the issuer's reference."""
    try:
        return Q(pk=UUID(text)) | Q(issuer_reference=text)
    except ValueError:
        return Q(issuer_reference=text)
