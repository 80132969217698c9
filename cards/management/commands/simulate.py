"""manage.py simulate: play a shop from the command line, through the same signed doors as the page."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet

from accounts.models import Company, Membership
from cards import simulate
from cards.explain import explain
from cards.models import Authorization, Card, Channel
from cards.network import OF_CARD, OF_PURCHASE
from cards.scenarios import SCENARIOS, pass_day, play
from cards.simulate import RATES, SHOPS, Shop
from cards.soak import is_taken_in, soak, verify
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money
from wallet.models import LedgerAccount

# The command says "clear" and "reverse" where the page has buttons.
ACTS = {"clear": "settle", "reverse": "release"} | {key: key for key in OF_PURCHASE if key not in ("settle", "release")}


class Command(BaseCommand):
    help = "Play a shop and the card network: buy, take without asking (force), and everything said about a purchase or a card."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--soak", type=int, default=0, metavar="LIVES", help="play so many random lives, and compare"
        )
        parser.add_argument("--seed", type=int, default=1, help="with --soak: the same seed plays the same lives")
        parser.add_argument("--senders", type=int, default=4, help="with --soak: connections that send at once")
        parser.add_argument("--on", default="", metavar="COMPANY", help="with --soak: slug of the company")
        acts = parser.add_subparsers(dest="act")
        play = acts.add_parser("scenario")
        play.add_argument("name", choices=sorted(SCENARIOS))
        play.add_argument("--card", required=True, help="id, issuer reference or last four digits")
        play.add_argument("--company", default="", help="slug, where last four digits are not enough")
        say = acts.add_parser("say")
        say.add_argument("what", choices=sorted(OF_CARD))
        say.add_argument("--card", required=True, help="id, issuer reference or last four digits")
        say.add_argument("--company", default="", help="slug, where last four digits are not enough")
        say.add_argument("--amount", default="", help="in the card's currency; empty: what a café asks for")
        day = acts.add_parser("day")
        day.add_argument("--company", required=True, help="slug of the company whose purchases get a day older")
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
            if options["soak"]:
                self._soak(options)
            elif options["act"] in ("buy", "force"):
                self._shop(options)
            elif options["act"] == "scenario":
                self._scenario(options)
            elif options["act"] == "say":
                self._say(options)
            elif options["act"] == "day":
                self._day(options)
            elif options["act"]:
                self._push(options)
            else:
                raise CommandError("Name an act, or --soak. `manage.py simulate --help` lists them.")
        except DomainError as error:
            raise CommandError(error.message()) from None

    def _soak(self, options: dict[str, Any]) -> None:
        company = Company.objects.filter(slug=options["on"], issuer=simulate.NAME).first()
        if company is None:
            raise CommandError(f"There is no company {options['on']!r} whose cards are simulated. Name one with --on.")
        before = LedgerAccount.objects.wallet_of(company).balance.amount
        report = soak(company=company, lives=options["soak"], seed=options["seed"], senders=options["senders"])
        self.stdout.write(
            f"{report.lives} lives: {report.asked} questions and {report.sent} messages in {report.seconds:.0f} s, "
            f"{report.repeated} of them repeats; {report.approved} approved, {report.declined} declined."
        )
        self.stdout.flush()
        while not is_taken_in(company):
            time.sleep(1)
        findings = verify(company=company, report=report, before=before)
        self.stdout.write(f"Taken in: {len(report.ids)} messages, {report.booked} of them money.")
        for finding in findings:
            self.stdout.write(f"DIFFERENCE {finding.code}: {finding.count}")
        if findings:
            raise CommandError("What stands in the database is not what was sent.")
        self.stdout.write("No differences: nothing lost, nothing twice, every counter exact.")

    def _scenario(self, options: dict[str, Any]) -> None:
        card = self._card(options)
        for line in play(name=options["name"], card=card, by=card.cardholder):
            self.stdout.write(str(line))

    def _say(self, options: dict[str, Any]) -> None:
        card = self._card(options)
        options = options | {"currency": ""}
        said = OF_CARD[options["what"]].play(card=card, amount=self._amount(options, card, SHOPS["cafe"]))
        answer = f" The balance is {format.amount(said)}." if isinstance(said, Money) else ""
        self.stdout.write(f"Sent: {options['what']}.{answer}")

    def _day(self, options: dict[str, Any]) -> None:
        company = Company.objects.filter(slug=options["company"], issuer=simulate.NAME).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']} whose cards are simulated.")
        passed = pass_day(company=company)
        self.stdout.write(f"A day passed: {passed.settled} settled, {passed.expired} ran out.")

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
        said = OF_PURCHASE[ACTS[options["act"]]].play(authorization=row, **extra)
        if isinstance(said, simulate.Reply):
            self.stdout.write("Approved." if said.is_approved else f"Declined: {said.reason}.")
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
