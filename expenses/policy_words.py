"""What a flag says to a person: the rule's finding with the values that made it so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from expenses.models import PolicyFlag
from pleo.lib import format
from pleo.lib.money import Money


def words_of(flag: PolicyFlag, currency: str) -> str:
    """Return the sentence of a flag; `currency` is that of the expense."""
    return sentence(flag.check_code, flag.parameters, currency)


def sentence(check: str, parameters: Mapping[str, Any], currency: str) -> str:
    """Return what was found by a check, in one sentence with its numbers."""
    shown = _shown(check, parameters, currency)
    if check == "over_per_person":
        text = ngettext(
            "%(amount)s for %(people)s person is more than %(limit)s each.",
            "%(amount)s for %(people)s people is more than %(limit)s each.",
            parameters["people"],
        )
        return text % shown
    if check == "late":
        text = ngettext(
            "Claimed %(days)s day later; %(most)s is the limit.",
            "Claimed %(days)s days later; %(most)s is the limit.",
            parameters["days"],
        )
        return text % shown
    return {
        "note": gettext("A note is needed."),
        "attendees": gettext("Say who was there."),
        "over_amount": gettext("%(amount)s is more than %(limit)s."),
        "day_off": gettext("Bought on %(day)s, a day off."),
        "duplicate": gettext("Same person, merchant and amount as %(twins)s."),
        "currency": gettext("Paid in %(currency)s."),
        "merchant": gettext("%(merchant)s is on the list of the rule (“%(word)s”)."),
        "not_itemised": gettext("%(amount)s on one line. Split it into its parts."),
        "tip": gettext("A tip of %(tip)s on %(bill)s is more than %(percent)s."),
        "journey": gettext("%(days)s days are more than %(most)s."),
        "distance": gettext("%(distance)s %(unit)s is more than %(most)s %(unit)s."),
    }[check] % shown


def _shown(check: str, parameters: Mapping[str, Any], currency: str) -> dict[str, str]:
    """Return the values as people write them."""
    paid = parameters.get("currency", currency) if check == "tip" else currency
    shown = {name: str(value) for name, value in parameters.items()}
    for name in ("amount", "limit", "tip", "bill"):
        if name in parameters:
            shown[name] = format.amount(Money(parameters[name], paid))
    if "twins" in parameters:
        shown["twins"] = ", ".join(f"#{number}" for number in parameters["twins"])
    if "percent" in parameters:
        shown["percent"] = format.percent(Decimal(parameters["percent"]), decimals=2)
    for name in ("distance",) + (("most",) if check == "distance" else ()):
        if name in parameters:
            shown[name] = format.plain(parameters[name])
    if "date" in parameters:
        shown["day"] = format.day(date.fromisoformat(parameters["date"]), weekday=True)
    return shown
