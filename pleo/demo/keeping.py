"""Receipts of the demo that are close to the end of their time, as if brought over from the binder of years ago, and a legal hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from accounts.models import Role
from bookkeeping.place_hold import place_hold
from pleo.demo.found import Founded
from pleo.demo.paper import receive, send
from pleo.demo.pictures import Darkroom
from pleo.demo.plan import Purchase
from pleo.demo.rows import Rows

# Denmark keeps receipts for five years after the year's end: these end with the running one.
AGO = timedelta(days=5 * 365 + 2)
MATTER = "VAT audit by Skattestyrelsen, case 26-0148: keep until they have answered"


def keep_old(made: Founded, rows: Rows, room: Darkroom, strays: list[Purchase], now: datetime) -> None:
    """Bring in some receipts of five years ago and put the first of them on hold."""
    old = [replace(stray, at=stray.at - AGO, number=f"{stray.number}9") for stray in strays]
    sent = [send(made, each, each.at + timedelta(hours=1)) for each in old]
    stored = room.collect(room.submit([each.job for each in sent]))
    receipts = [receive(rows, each, files) for each, files in zip(sent, stored, strict=True)]
    rows.save()
    if receipts:
        place_hold(
            by=made.who(Role.ADMIN), scope="receipt", receipt=receipts[0], reason=MATTER, now=now - timedelta(days=9)
        )
