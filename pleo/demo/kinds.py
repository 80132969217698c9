"""Cards of every kind, so that the list has more than virtual ones: made with the verbs that pages use, without purchases."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from accounts.models import Role
from cards.activate import activate
from cards.issue import VendorTerms, Wish, issue
from cards.issuers.base import Address
from cards.models import Card, CardKind, Period, Pin, Shipping
from cards.replace import replace
from cards.report_lost import report_lost
from cards.ship import note_pin, note_shipping
from pleo.demo.found import Founded
from pleo.lib.money import Money

# Where the first company gets its letters.
OFFICE = ("Værkmestergade 11", "8000", "Aarhus")


def kinds(made: Founded, *, now: datetime) -> None:
    """Give the first company a card of each kind and one that was lost, as they stand at `now`."""
    if made.company.country != "DK":
        return
    people = [person for person in made.people.values() if person.role == Role.EMPLOYEE and person.team]
    in_hand, posted, vendor, trip, once, lost = (people[index % len(people)] for index in range(6))
    kroner = made.company.currency
    plastic = _made(made, in_hand.name, "Plastic", Wish(kind=CardKind.PHYSICAL, ship_to=_office(in_hand.name)), now, 90)
    _post(plastic, now - timedelta(days=90), steps=3)
    activate(card=plastic, last_four=plastic.last_four, by=in_hand, now=now - timedelta(days=83))
    note_pin(card=plastic, pin=Pin.SET, now=now - timedelta(days=83))
    waiting = _made(made, posted.name, "Plastic", Wish(kind=CardKind.PHYSICAL, ship_to=_office(posted.name)), now, 4)
    _post(waiting, now - timedelta(days=4), steps=2)
    terms = VendorTerms("Figma", Period.MONTH, Money(40_500, kroner), (now + timedelta(days=9)).date())
    _made(made, vendor.name, "Figma", Wish(kind=CardKind.VENDOR, vendor=terms), now, 30)
    stay = Wish(kind=CardKind.TEMPORARY, starts_at=now - timedelta(days=2), ends_at=now + timedelta(days=12))
    _made(made, trip.name, "Open house", stay, now, 3, limit_total=Money(850_000, kroner))
    _made(made, once.name, "Anniversary", Wish(kind=CardKind.SINGLE_USE), now, 1, limit_purchase=Money(120_000, kroner))
    gone = _made(made, lost.name, "Site visits", Wish(), now, 60, limit_month=Money(300_000, kroner))
    report_lost(card=gone, because="lost", by=lost, now=now - timedelta(days=20))
    gone.refresh_from_db()
    new_id = _drawn(made, lost.name, gone.name, "again")
    replace(card=gone, by=lost, card_id=new_id, now=now - timedelta(days=20))


def _made(made: Founded, holder: str, name: str, wish: Wish, now: datetime, days: int, **limits: Money) -> Card:
    """Issue a card some days ago."""
    return issue(
        cardholder=made.people[holder],
        name=name,
        by=made.who(Role.ADMIN),
        wish=wish,
        card_id=_drawn(made, holder, name, wish.kind),
        now=now - timedelta(days=days),
        **limits,
    )


def _drawn(made: Founded, *names: str) -> UUID:
    """Draw a card's id from the dice, because the issuer makes the last four digits from it."""
    dice = Random("/".join([made.company.slug, *names]))
    return UUID(int=dice.getrandbits(128), version=4)


def _office(name: str) -> Address:
    street, code, city = OFFICE
    return Address(name=name, line1=street, postal_code=code, city=city, country="DK")


def _post(card: Card, ordered_at: datetime, *, steps: int) -> None:
    for day, step in enumerate((Shipping.PRODUCED, Shipping.SHIPPED, Shipping.DELIVERED)[:steps], 1):
        note_shipping(card=card, shipping=step, at=ordered_at + timedelta(days=day), tracking="PN 4471 902 33")
