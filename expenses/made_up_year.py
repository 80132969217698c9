"""A year of purchases and receipts as companies have them, with the truth of what belongs together: to measure matching.

Written from what is known of cards and receipts, not from how matching works: descriptors are cut and mangled, tips are added
at the terminal, banks convert at rates of their own, receipts are late, blurred, sent twice, sent by a colleague, or for
something that no card paid. Pure: the same seed gives the same year.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pleo.lib.money import Money

HOME = "DKK"
ZONE = ZoneInfo("Europe/Copenhagen")
# Units of the home currency for one of the other, about what cards were charged.
RATES = {"EUR": 7.46, "SEK": 0.66, "NOK": 0.64, "USD": 6.85, "GBP": 8.72}
# What sort of place it is: category code, usual amounts in minor units, how many places of it a company goes to, whether tips are given.
TRADES: dict[str, tuple[str, int, int, int, bool]] = {
    "cafe": ("5814", 2_500, 14_000, 9, True), "restaurant": ("5812", 18_000, 190_000, 8, True), "taxi": ("4121", 7_000, 48_000, 3, True),
    "grocer": ("5411", 4_000, 62_000, 5, False), "fuel": ("5541", 22_000, 78_000, 4, False), "tools": ("5200", 5_000, 310_000, 4, False),
    "software": ("5734", 6_900, 149_000, 6, False), "hotel": ("7011", 69_000, 420_000, 5, True), "train": ("4112", 3_000, 92_000, 2, False),
    "parking": ("7523", 1_800, 16_000, 3, False), "books": ("5942", 9_000, 70_000, 2, False),
}  # fmt: skip
_FIRST = [
    "Nord",
    "Hav",
    "Sol",
    "Bøg",
    "Lille",
    "Gamle",
    "Kanal",
    "Torve",
    "Sankt",
    "Ege",
    "Klit",
    "Måge",
    "Vinter",
    "Grøn",
    "Øst",
    "Vester",
    "Sten",
    "Blå",
    "Fyr",
]
_SECOND = [
    "havn",
    "lund",
    "gaard",
    "by",
    "holm",
    "vang",
    "bro",
    "strand",
    "bakke",
    "kilde",
    "mark",
    "høj",
    "torv",
    "skov",
    "dal",
    "lyng",
    "næs",
]
_WORDS = {
    "cafe": "Kaffebar", "restaurant": "Restaurant", "taxi": "Taxa", "grocer": "Købmand", "fuel": "Tank", "tools": "Værktøj",
    "software": "Cloud", "hotel": "Hotel", "train": "Banen", "parking": "Parkering", "books": "Boghandel",
}  # fmt: skip
_CITIES = ["KOBENHAVN", "AARHUS C", "ODENSE", "AALBORG", "STOCKHOLM", "BERLIN", "OSLO"]


@dataclass(frozen=True)
class Place:
    """A merchant: what stands above the door, what the company behind it is called, and what cards are told."""

    trade: str
    name: str
    legal_name: str
    descriptor: str
    currency: str = HOME
    prices: tuple[int, ...] = ()


@dataclass
class Purchase:
    """One payment with a card. `billed` is what the cardholder's company pays, `charged` what the terminal asked."""

    number: int
    person: int
    place: Place
    at: datetime
    billed: Money
    charged: Money


@dataclass
class Slip:
    """A receipt as it was read. `truth` are the numbers of the purchases it documents; `case` says what is hard about it."""

    number: int
    sender: int
    sent_at: datetime
    case: str
    truth: frozenset[int]
    merchant: str = ""
    total: int | None = None
    currency: str = ""
    day: date | None = None
    clock: str = ""
    last_four: str = ""
    amounts: frozenset[int] = frozenset()


@dataclass
class Year:
    """People are numbered; the first is finance, who may send receipts for everybody."""

    people: int
    purchases: list[Purchase] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)

    def last_four(self, person: int) -> str:
        return f"{4000 + 37 * person:04d}"


def make(seed: int, *, purchases: int = 600, people: int = 12) -> Year:
    """Return a year in which about a third of the receipts are hard to match."""
    return _Maker(random.Random(seed), Year(people)).fill(purchases)


class _Maker:
    def __init__(self, dice: random.Random, year: Year) -> None:
        self.dice, self.year = dice, year
        self.places = [self._place(trade) for trade, (_, _, _, count, _) in TRADES.items() for _ in range(count)]
        self.abroad = [
            self._place(self.dice.choice(["cafe", "restaurant", "hotel", "taxi", "train"]), currency)
            for currency in RATES
            for _ in range(3)
        ]
        self.habits = {person: dice.sample(self.places, 14) for person in range(year.people)}

    def fill(self, count: int) -> Year:
        begin = datetime(2026, 1, 5, tzinfo=UTC)
        cases = (
            ("plain", 70), ("twin", 6), ("tip", 6), ("foreign", 6), ("converted_by_terminal", 2), ("part_by_card", 2), ("two_receipts", 2),
            ("no_purchase", 3), ("by_finance", 2), ("wrong_person", 2), ("sent_twice", 2),
        )  # fmt: skip
        names, weights = [name for name, _ in cases], [weight for _, weight in cases]
        while len(self.year.purchases) < count:
            case = self.dice.choices(names, weights)[0]
            day = begin + timedelta(days=self.dice.randrange(360))
            if day.weekday() >= 5 and self.dice.random() < 0.8:
                continue
            getattr(self, f"_{case}")(day + timedelta(minutes=self.dice.randint(7 * 60, 20 * 60)))
        return self.year

    # Places and amounts

    def _place(self, trade: str, currency: str = HOME) -> Place:
        dice = self.dice
        own = dice.choice(_FIRST) + dice.choice(_SECOND)
        name = f"{_WORDS[trade]} {own}" if dice.random() < 0.6 else f"{own} {_WORDS[trade]}"
        legal = dice.choice(
            [
                f"{name} ApS",
                f"{name} A/S",
                f"{own} Holding ApS",
                f"{dice.choice(_FIRST)}{dice.choice(_SECOND)} Drift ApS",
            ]
        )
        told = legal if dice.random() < 0.07 else name
        plain = (
            unicodedata.normalize(
                "NFKD", told.replace("ø", "o").replace("Ø", "O").replace("æ", "ae").replace("å", "aa")
            )
            .encode("ascii", "ignore")
            .decode()
            .upper()
        )
        descriptor = dice.choice(
            [
                plain,
                plain,
                f"{plain} {dice.randint(10, 9999)}",
                f"{plain} {dice.choice(_CITIES)}",
                f"SumUp *{plain.title()}",
                f"SQ *{plain}",
                f"ZETTLE_*{plain}",
            ]
        )
        low, high = TRADES[trade][1:3]
        prices = (
            tuple(100 * dice.randint(low // 100, high // 100) for _ in range(5))
            if trade in ("cafe", "software", "parking", "train")
            else ()
        )
        return Place(trade, name, legal, descriptor[:22].strip(), currency, prices)

    def _amount(self, place: Place) -> int:
        low, high = TRADES[place.trade][1:3]
        if place.prices and self.dice.random() < 0.5:
            amount = self.dice.choice(place.prices)
        else:
            amount = int(low * (high / low) ** self.dice.random())
            amount = round(amount, -2) if self.dice.random() < 0.4 else amount
        return (
            amount
            if place.currency == HOME
            else max(200, round(amount / RATES[place.currency] / (10 if place.currency == "SEK" else 1)))
        )

    def _buy(
        self,
        at: datetime,
        *,
        person: int | None = None,
        place: Place | None = None,
        charged: int | None = None,
        billed: int | None = None,
    ) -> Purchase:
        person = self.dice.randrange(1, self.year.people) if person is None else person
        place = place or (
            self.dice.choice(self.habits[person]) if self.dice.random() < 0.8 else self.dice.choice(self.places)
        )
        amount = charged if charged is not None else self._amount(place)
        if billed is None:
            billed = (
                amount
                if place.currency == HOME
                else round(amount * RATES[place.currency] * self.dice.uniform(1.0, 1.025))
            )
        bought = Purchase(
            len(self.year.purchases), person, place, at, Money(billed, HOME), Money(amount, place.currency)
        )
        self.year.purchases.append(bought)
        return bought

    # What is sent and how it was read

    def _late(self) -> timedelta:
        """Most are photographed at once, some before the payment arrives, a few weeks later."""
        kind = self.dice.random()
        if kind < 0.06:
            return timedelta(minutes=-self.dice.randint(1, 30))
        if kind < 0.6:
            return timedelta(minutes=self.dice.randint(1, 300))
        return timedelta(hours=self.dice.randint(5, 72)) if kind < 0.9 else timedelta(days=self.dice.randint(3, 24))

    def _slip(
        self,
        bought: Purchase | None,
        case: str,
        *,
        place: Place,
        at: datetime,
        total: int,
        sender: int,
        more: tuple[int, ...] = (),
        till: int | None = None,
    ) -> Slip:
        dice = self.dice
        items = self._items(total)
        read_total: int | None = total
        if dice.random() < 0.035:
            read_total = dice.choice([None, dice.choice(items), _misread(total, dice)])
        printed = (at + timedelta(minutes=dice.randint(-6, 3) if till is None else till)).astimezone(ZONE)
        day: date | None = printed.date()
        if place.trade in ("hotel", "software") and dice.random() < 0.25:
            day = printed.date() - timedelta(days=dice.randint(1, 3))
        if dice.random() < 0.05:
            day = dice.choice([None, None, printed.date() + timedelta(days=dice.choice([-100, -10, 4, 30, -365]))])
        name = dice.choices(
            [place.name, place.legal_name, place.name.upper(), self._blurred(place.name), ""], [50, 18, 16, 12, 4]
        )[0]
        seen = {total, *items, *more} if dice.random() < 0.99 else {*items}
        slip = Slip(
            number=len(self.year.slips), sender=sender, sent_at=at + self._late(), case=case,
            truth=frozenset({bought.number} if bought else ()),
            merchant=name, total=read_total, currency=place.currency if dice.random() < 0.92 else "", day=day,
            clock=f"{printed:%H:%M}" if dice.random() < 0.75 else "",
            last_four=self.year.last_four(bought.person) if bought and dice.random() < 0.35 else "",
            amounts=frozenset(seen | ({read_total} if read_total else set())),
        )  # fmt: skip
        self.year.slips.append(slip)
        return slip

    def _items(self, total: int) -> list[int]:
        cuts = sorted(self.dice.randint(1, max(total - 1, 1)) for _ in range(self.dice.randint(0, 5)))
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True) if b > a]
        return [*parts, round(total / 5)]

    def _blurred(self, name: str) -> str:
        letters = list(name.upper())
        for _ in range(self.dice.randint(1, 3)):
            letters[self.dice.randrange(len(letters))] = self.dice.choice("ILOCE ")
        return "".join(letters)

    # The cases

    def _plain(self, at: datetime) -> None:
        bought = self._buy(at)
        if self.dice.random() < 0.93:
            self._slip(bought, "plain", place=bought.place, at=at, total=bought.charged.amount, sender=bought.person)

    def _twin(self, at: datetime) -> None:
        """The same at the same place within five days, often by the same person; one receipt or both."""
        one = self._buy(at)
        again = at + self.dice.choice(
            [timedelta(hours=self.dice.randint(2, 8)), timedelta(days=self.dice.randint(1, 5))]
        )
        person = one.person if self.dice.random() < 0.7 else self.dice.randrange(1, self.year.people)
        two = self._buy(again, person=person, place=one.place, charged=one.charged.amount)
        for bought in (one, two):
            if self.dice.random() < 0.85:
                self._slip(
                    bought, "twin", place=bought.place, at=bought.at, total=bought.charged.amount, sender=bought.person
                )

    def _tip(self, at: datetime) -> None:
        """The bill says less than the card was charged; sometimes the tip stands on it."""
        place = self.dice.choice([place for place in self.places if TRADES[place.trade][4]])
        bill = self._amount(place)
        paid = (
            round(int(bill * self.dice.uniform(1.04, 1.2)), -2)
            if self.dice.random() < 0.5
            else bill + round(bill * self.dice.choice([0.05, 0.1, 0.15, 0.2]))
        )
        paid = max(paid, bill + 100)
        bought = self._buy(at, place=place, charged=paid)
        more = (paid,) if self.dice.random() < 0.4 else ()
        self._slip(bought, "tip", place=place, at=at, total=bill, sender=bought.person, more=more)

    def _foreign(self, at: datetime) -> None:
        bought = self._buy(at, place=self.dice.choice(self.abroad))
        self._slip(bought, "foreign", place=bought.place, at=at, total=bought.charged.amount, sender=bought.person)

    def _converted_by_terminal(self, at: datetime) -> None:
        """The terminal abroad charged in the card's own currency, so that the printed amount is nowhere in the card's message."""
        place = self.dice.choice(self.abroad)
        printed = self._amount(place)
        home = round(printed * RATES[place.currency] * self.dice.uniform(1.005, 1.035))
        bought = self._buy(at, place=place, charged=home, billed=home)
        bought.charged = Money(home, HOME)
        self._slip(bought, "converted_by_terminal", place=place, at=at, total=printed, sender=bought.person)

    def _part_by_card(self, at: datetime) -> None:
        """A rest was paid with cash, a voucher or another's card; the slip of the terminal often stands on the receipt."""
        place = self.dice.choice([place for place in self.places if TRADES[place.trade][0] in ("5812", "5411", "5200")])
        total = self._amount(place)
        card = round(int(total * self.dice.uniform(0.4, 0.9)), -2) or total
        bought = self._buy(at, place=place, charged=card)
        self._slip(
            bought,
            "part_by_card",
            place=place,
            at=at,
            total=total,
            sender=bought.person,
            more=(card, total - card) if self.dice.random() < 0.7 else (),
        )

    def _two_receipts(self, at: datetime) -> None:
        """Two bills, of kitchen and bar or of two tills, that were paid with the card at once."""
        place = self.dice.choice([place for place in self.places if place.trade in ("restaurant", "hotel", "tools")])
        one, two = self._amount(place), self._amount(place)
        bought = self._buy(at, place=place, charged=one + two)
        for total in (one, two):
            self._slip(bought, "two_receipts", place=place, at=at, total=total, sender=bought.person)

    def _no_purchase(self, at: datetime) -> None:
        person = self.dice.randrange(1, self.year.people)
        place = self.dice.choice(self.habits[person])
        self._slip(None, "no_purchase", place=place, at=at, total=self._amount(place), sender=person)

    def _by_finance(self, at: datetime) -> None:
        bought = self._buy(at)
        self._slip(bought, "by_finance", place=bought.place, at=at, total=bought.charged.amount, sender=0)

    def _wrong_person(self, at: datetime) -> None:
        """A colleague sent it, who may not touch the purchase it is for: nothing may be done by itself."""
        bought = self._buy(at)
        sender = self.dice.choice([person for person in range(1, self.year.people) if person != bought.person])
        slip = self._slip(bought, "wrong_person", place=bought.place, at=at, total=bought.charged.amount, sender=sender)
        slip.truth = frozenset()

    def _sent_twice(self, at: datetime) -> None:
        """The photo, and later the file that the shop mailed; the second one may fall on a purchase that is alike."""
        bought = self._buy(at)
        total = bought.charged.amount
        till = self.dice.randint(-6, 3)
        for _ in range(2):
            self._slip(bought, "sent_twice", place=bought.place, at=at, total=total, sender=bought.person, till=till)
        if self.dice.random() < 0.5:
            self._buy(
                at + timedelta(days=self.dice.randint(1, 4)), person=bought.person, place=bought.place, charged=total
            )


def _misread(total: int, dice: random.Random) -> int:
    text = list(str(total))
    text[dice.randrange(len(text))] = dice.choice("0123456789")
    return int("".join(text)) or total
