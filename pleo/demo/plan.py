"""Draws a year of spending: who bought what, where and when, and what became of the paper. Pure, and the same for the same seed.

Nothing here touches the database. Amounts are minor units; `asked` and `billed` are in the company's currency.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from pleo.demo.companies import HABITS, CardPlan, CompanyPlan, Person
from pleo.demo.merchants import BY_NAME, MERCHANTS, Merchant, places
from pleo.lib.money import Money, exponent

# What a euro costs; the day's own rate wobbles around it.
EURO = {
    "EUR": Decimal(1), "DKK": Decimal("7.4612"), "GBP": Decimal("0.8574"), "USD": Decimal("1.1283"), "SEK": Decimal("11.1840"),
    "CHF": Decimal("0.9372"),
}  # fmt: skip
# How busy a company of this trade is in each month of the year, in percent of what its cards are planned for.
SEASON = (70, 66, 76, 72, 80, 82, 36, 64, 86, 84, 80, 58)
WEEKDAY = (10, 11, 11, 11, 9, 2, 1)
PREAUTHORIZED = {"DKK": 80000, "EUR": 12000, "GBP": 10000}
TIPPED = {"client_meals", "taxi"}
NOTES = {
    "client_meals": (
        "Dinner with the client, after the site visit",
        "Lunch with {}, new brief",
        "Team and client, handover",
    ),
    "hotel": ("Two nights, trade fair", "One night, meeting with {}", "Site visit"),
    "flights": ("Kick-off with {}", "Trade fair"),
    "taxi": ("Late from the client", "To the station"),
    "gifts": ("Thank you to {}", "Birthday in the team"),
    "training": ("Agreed with my lead",),
    "it_equipment": ("Replacement, old one broke", "For the new colleague"),
    "materials": ("Model, {}", "For the workshop"),
    "printing": ("Tender, {}", "Competition boards"),
}
CLIENTS = ("Nordlyd", "Brandt & Co", "Hafenkontor", "Calder Mills", "Skovby Kommune", "Elbpark", "Ferriby Homes")
DOUBTS = ("Who was with you?", "Which project is this for?", "The receipt is cut off at the total.")
REFUSALS = ("This is private. Pay it back with your next salary.", "We agreed on the cheaper one.")


@dataclass
class Paper:
    """What became of the paper of a purchase."""

    receipt_at: datetime | None = None
    is_coded: bool = False
    note: str = ""
    review: str = ""
    review_reason: str = ""
    reviewed_at: datetime | None = None
    lane: str = ""


@dataclass
class Purchase:
    """One purchase, refund or claim. A claim has no card; what never cleared has no `cleared_at`."""

    person: Person
    card: CardPlan | None
    merchant: Merchant
    at: datetime
    price: int
    tip: int
    rate: Decimal
    asked: int
    billed: int
    items: tuple[int, ...]
    number: str
    cleared_at: datetime | None = None
    released_at: datetime | None = None
    refund_of: Purchase | None = None
    paper: Paper | None = None

    @property
    def total(self) -> int:
        """What the receipt says in the merchant's currency."""
        return self.price + self.tip


@dataclass
class Refused:
    """A purchase that the card says no to: over a limit, or because it rests."""

    card: CardPlan
    person: Person
    merchant: Merchant
    at: datetime
    asked: int
    why: str


@dataclass
class Refill:
    """Money that came from the company's bank. `number` tells those of one day apart."""

    at: datetime
    amount: int
    number: int


@dataclass
class Year:
    """All that happened to one company."""

    company: CompanyPlan
    seed: int
    today: date
    purchases: list[Purchase]
    refused: list[Refused]
    refills: list[Refill]
    limits: dict[tuple[str, str], tuple[int, int]]
    strays: list[Purchase]

    @property
    def zone(self) -> ZoneInfo:
        """Where the company is."""
        return ZoneInfo(self.company.time_zone)

    def months(self) -> list[date]:
        """The first days of the months, oldest first; the last is the current one."""
        return [month_before(self.today, back) for back in range(12, -1, -1)]


def month_before(day: date, back: int) -> date:
    """Return the first day of the month `back` months before a day's."""
    year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
    return date(year, month + 1, 1)


def draw_year(company: CompanyPlan, *, seed: int, now: datetime, scale: float = 1.0) -> Year:
    """Draw a company's year up to `now`. `scale` thins it out; one is the whole."""
    return _Drawing(company, seed, now, scale).year()


class _Drawing:
    """The state of one drawing: its dice, its calendar."""

    def __init__(self, company: CompanyPlan, seed: int, now: datetime, scale: float) -> None:
        self.company, self.seed, self.now, self.scale = company, seed, now, scale
        self.dice = Random(f"{seed}/{company.slug}")
        self.zone = ZoneInfo(company.time_zone)
        self.today = now.astimezone(self.zone).date()
        self.number = 1000

    def year(self) -> Year:
        bought: list[Purchase] = []
        for back in range(12, -1, -1):
            bought += self._month(month_before(self.today, back))
        first = datetime.combine(month_before(self.today, 12), time(), self.zone)
        bought = [purchase for purchase in bought if first <= purchase.at < self.now - timedelta(minutes=20)]
        bought += self._refunds(bought)
        bought.sort(key=lambda purchase: (purchase.at, purchase.person.name, purchase.merchant.name, purchase.billed))
        for purchase in bought:
            purchase.paper = self._paper(purchase)
        limits = self._limits(bought)
        return Year(
            self.company,
            self.seed,
            self.today,
            bought,
            self._refused(limits),
            self._refills(bought),
            limits,
            self._strays(),
        )

    def _month(self, first: date) -> list[Purchase]:
        made: list[Purchase] = []
        season = Decimal(SEASON[first.month - 1]) / 100
        for person in self.company.people:
            for card in person.cards:
                made += self._subscriptions(person, card, first)
                for _ in range(self._times(card.monthly * season)):
                    made += self._purchase(person, card, self._kind(person), self.company.country, self._day(first))
            for country in person.travels:
                if self._times(Decimal("0.55") * season):
                    made += self._trip(person, country, first)
            if person.habit and self._times(Decimal("0.4")):
                kind = self.dice.choice(("parking", "taxi", "meals", "public_transport", "gifts"))
                made += self._purchase(person, None, kind, self.company.country, self._day(first))
        return made

    def _times(self, mean: Decimal | int) -> int:
        """Return how often something with this mean happens in a month."""
        wanted = float(mean) * self.scale * self.dice.uniform(0.75, 1.25)
        return int(wanted) + (self.dice.random() < wanted - int(wanted))

    def _kind(self, person: Person) -> str:
        habit = HABITS[person.habit]
        return self.dice.choices(list(habit), list(habit.values()))[0]

    def _day(self, first: date) -> date:
        days = [day for day in (first + timedelta(days=step) for step in range(31)) if day.month == first.month]
        return self.dice.choices(days, [WEEKDAY[day.weekday()] for day in days])[0]

    def _subscriptions(self, person: Person, card: CardPlan, first: date) -> list[Purchase]:
        made = []
        for name, day, amount in card.subscriptions:
            if self.scale < 1 and self.dice.random() > self.scale * 4:
                continue
            made += self._buy(person, card, BY_NAME[name], first.replace(day=day), amount)
        return made

    def _trip(self, person: Person, country: str, first: date) -> list[Purchase]:
        """Two days away: there and back, a bed, a table, two taxis."""
        day = self._day(first)
        card = person.cards[0]
        made = self._purchase(
            person, card, "flights", self.company.country, day - timedelta(days=self.dice.randint(6, 20))
        )
        for kind, later in (("taxi", 0), ("client_meals", 0), ("hotel", 1), ("taxi", 1)):
            made += self._purchase(person, card, kind, country, day + timedelta(days=later))
        return made

    def _purchase(self, person: Person, card: CardPlan | None, kind: str, country: str, day: date) -> list[Purchase]:
        choices = places(kind, country) or [
            place for place in MERCHANTS if place.kind == kind and place.country == "DE"
        ]
        merchant = self.dice.choice(choices)
        about = merchant.about
        euro_cents = int(about.low * (about.high / about.low) ** (self.dice.random() ** 1.35))
        amount = Money(euro_cents, "EUR").share(EURO[merchant.currency]).amount
        step = {"DKK": 50, "SEK": 100}.get(merchant.currency, 5 if about.high < 10000 else 1)
        return self._buy(person, card, merchant, day, max(step, amount // step * step))

    def _buy(self, person: Person, card: CardPlan | None, merchant: Merchant, day: date, price: int) -> list[Purchase]:
        """Make the purchase of a day, or none when the person or the card could not have made it."""
        age = (self.today - day).days
        resting = card is not None and card.frozen_by and age < card.frozen_days
        if age < 0 or age > person.since_days or age < person.until_days or resting:
            return []
        start, end = merchant.about.hours
        local = datetime.combine(day, time(self.dice.randint(start, end), self.dice.randint(0, 59)), self.zone)
        tip = price // 1000 * 100 if merchant.kind in TIPPED and self.dice.random() < 0.35 else 0
        rate = self._rate(merchant.currency, day)
        billed = self._billed(price + tip, merchant.currency, rate)
        asked = self._billed(price, merchant.currency, rate)
        if merchant.kind == "fuel" and merchant.country == self.company.country and card is not None:
            asked = PREAUTHORIZED[self.company.currency]
        self.number += self.dice.randint(1, 9)
        count = min(len(merchant.items), self.dice.randint(1, 4))
        weights = sorted((self.dice.randint(8, 100) for _ in range(count)), reverse=True)
        made = Purchase(
            person,
            card,
            merchant,
            local.astimezone(ZoneInfo("UTC")),
            price,
            tip,
            rate,
            asked,
            billed,
            tuple(weights),
            str(self.number),
        )
        cleared = made.at + timedelta(hours=self.dice.randint(26, 84))
        if card is None:
            made.asked = made.billed
        elif merchant.kind == "hotel" and self.dice.random() < 0.05:
            made.released_at = cleared if cleared < self.now else None
        elif cleared < self.now:
            made.cleared_at = cleared
        return [made]

    def _rate(self, currency: str, day: date) -> Decimal:
        """Return what one unit of a currency costs the company that day; one for its own."""
        if currency == self.company.currency:
            return Decimal(1)
        wobble = Random(f"{currency}/{day.isocalendar()[:2]}").randint(-150, 150)
        rate = EURO[self.company.currency] / EURO[currency] * (1 + Decimal(wobble) / 10000)
        return rate.quantize(Decimal("0.000001"))

    def _billed(self, amount: int, currency: str, rate: Decimal) -> int:
        if currency == self.company.currency:
            return amount
        digits = exponent(self.company.currency) - exponent(currency)
        return Money(amount, currency).share(rate.scaleb(digits)).amount

    def _refunds(self, bought: list[Purchase]) -> list[Purchase]:
        """Send some things back a week or two later, a few of them only in part."""
        made = []
        for bill in bought:
            likely = bill.merchant.kind in {"flights", "it_equipment", "furniture", "materials"} and bill.cleared_at
            back = bill.at + timedelta(days=self.dice.randint(6, 16), hours=self.dice.randint(0, 5))
            if not likely or self.dice.random() > 0.07 or back > self.now - timedelta(days=1):
                continue
            share = 1 if self.dice.random() < 0.7 else 2
            price = bill.price // share
            billed = self._billed(price, bill.merchant.currency, bill.rate)
            number = f"{bill.number}-K"
            made.append(
                Purchase(
                    bill.person,
                    bill.card,
                    bill.merchant,
                    back,
                    price,
                    0,
                    bill.rate,
                    0,
                    billed,
                    bill.items[:1],
                    number,
                    back,
                    None,
                    bill,
                )
            )
        return made

    def _paper(self, purchase: Purchase) -> Paper:
        """Decide how far the paper got: months before last are in the books, the last is on its way, this one is mixed."""
        dice, age = self.dice, (self.today - purchase.at.astimezone(self.zone).date()).days
        old = purchase.at.astimezone(self.zone).date() < month_before(self.today, 1)
        last = not old and purchase.at.astimezone(self.zone).date() < month_before(self.today, 0)
        chances = (
            (98, 100, 100, 100)
            if old
            else (94, 97, 90, 70)
            if last
            else (84, 72, 45, 18)
            if age > 2
            else (55, 25, 0, 0)
        )
        receipt, coded, okay, queued = (dice.randint(1, 100) <= chance for chance in chances)
        paper = Paper(is_coded=coded, note=self._note(purchase.merchant.kind))
        if receipt or purchase.card is None:
            paper.receipt_at = min(purchase.at + timedelta(minutes=dice.choice((2, 4, 9, 31, 240, 1500))), self.now)
        doubtful = not old and dice.randint(1, 100) <= 7
        if purchase.released_at:
            return Paper(receipt_at=paper.receipt_at)
        settled = purchase.cleared_at is not None or purchase.card is None
        if settled and coded and paper.receipt_at and okay:
            paper.review = dice.choice(("not_okay", "needs_details", "needs_details")) if doubtful else "okay"
            paper.review_reason = dice.choice(REFUSALS if paper.review == "not_okay" else DOUBTS) if doubtful else ""
            paper.reviewed_at = min(
                (purchase.cleared_at or purchase.at) + timedelta(hours=dice.randint(2, 60)), self.now
            )
            if paper.review == "okay" and queued:
                paper.lane = "exported" if old else "queue"
        return paper

    def _strays(self) -> list[Purchase]:
        """Return receipts that belong to no purchase: somebody paid cash, or was early."""
        spenders = [person for person in self.company.people if person.habit and not person.until_days]
        made: list[Purchase] = []
        for person in self.dice.sample(spenders, 3):
            day = self.today - timedelta(days=self.dice.randint(1, 9))
            made += self._purchase(
                person, None, self.dice.choice(("meals", "parking", "gifts")), self.company.country, day
            )
        return made

    def _note(self, kind: str) -> str:
        notes = NOTES.get(kind)
        if not notes or self.dice.random() < 0.25:
            return ""
        return self.dice.choice(notes).format(self.dice.choice(CLIENTS))

    def _limits(self, bought: list[Purchase]) -> dict[tuple[str, str], tuple[int, int]]:
        """Return what each card may spend per purchase and per month: a little above what it ever did."""
        single: dict[tuple[str, str], int] = defaultdict(int)
        monthly: dict[tuple[str, str, str], int] = defaultdict(int)
        for purchase in bought:
            if purchase.card and not purchase.refund_of:
                owner, most = (purchase.person.name, purchase.card.name), max(purchase.asked, purchase.billed)
                single[owner] = max(single[owner], most)
                monthly[*owner, purchase.at.astimezone(self.zone).strftime("%Y-%m")] += most
        limits = {}
        for person in self.company.people:
            for card in person.cards:
                owner = (person.name, card.name)
                month = max((used for key, used in monthly.items() if key[:2] == owner), default=0)
                unit = 50 if self.company.currency == "DKK" else 10
                limits[owner] = (_round_up(max(single[owner], 400 * unit)), _round_up(max(month, 2000 * unit)))
        return limits

    def _refused(self, limits: dict[tuple[str, str], tuple[int, int]]) -> list[Refused]:
        """Let some purchases be too large, and let resting cards be tried."""
        made = []
        for person in self.company.people:
            for card in person.cards:
                per_purchase = limits[person.name, card.name][0]
                for _ in range(self._times(2)):
                    day = self.today - timedelta(
                        days=self.dice.randint(max(person.until_days, card.frozen_days, 1), min(person.since_days, 300))
                    )
                    made.append(
                        self._refusal(
                            person, card, day, per_purchase + per_purchase // self.dice.randint(3, 9), "limit"
                        )
                    )
                if card.frozen_by and card.frozen_days > 1:
                    day = self.today - timedelta(days=self.dice.randint(1, card.frozen_days - 1))
                    made.append(self._refusal(person, card, day, per_purchase // 5, "frozen"))
        return sorted(made, key=lambda refused: refused.at)

    def _refusal(self, person: Person, card: CardPlan, day: date, amount: int, why: str) -> Refused:
        kinds = ("it_equipment", "furniture", "hotel") if why == "limit" else ("meals", "office_supplies")
        merchant = self.dice.choice(places(self.dice.choice(kinds), self.company.country))
        local = datetime.combine(day, time(self.dice.randint(9, 17), self.dice.randint(0, 59)), self.zone)
        return Refused(card, person, merchant, local.astimezone(ZoneInfo("UTC")), amount // 100 * 100, why)

    def _refills(self, bought: list[Purchase]) -> list[Refill]:
        """Return the money that came from the bank, always before the wallet ran low."""
        start = datetime.combine(month_before(self.today, 13) + timedelta(days=20), time(9, 12), self.zone)
        refills = [Refill(start.astimezone(ZoneInfo("UTC")), self.company.refill, 1)]
        balance = self.company.refill
        for purchase in bought:
            if purchase.card is None or purchase.refund_of:
                continue
            balance -= max(purchase.asked, purchase.billed)
            while balance < self.company.low:
                morning = datetime.combine(purchase.at.astimezone(self.zone).date(), time(5, 40), self.zone)
                came_at = morning.astimezone(ZoneInfo("UTC")) - timedelta(days=1)
                refills.append(Refill(came_at, self.company.refill, len(refills) + 1))
                balance += self.company.refill
        return refills


def _round_up(amount: int) -> int:
    """Round an amount up to what a person would have typed as a limit."""
    step = 10 ** max(len(str(amount)) - 2, 4)
    return -(-amount * 108 // 100 // step) * step
