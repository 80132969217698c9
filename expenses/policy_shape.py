"""Which parameters each check has, and how a rule reads in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from expenses.models import ExpenseKind, PolicyVersion
from pleo.lib import format
from pleo.lib.money import Money

# Check -> its parameters; those in OPTIONAL may be left out.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "receipt": (),
    "note": (),
    "attendees": (),
    "over_amount": ("limit",),
    "over_per_person": ("limit",),
    "day_off": ("weekdays", "holidays"),
    "duplicate": ("days",),
    "currency": ("currencies",),
    "merchant": ("merchants",),
    "not_itemised": (),
    "tip": ("percent",),
    "late": ("days",),
    "distance": ("distance",),
    "journey": ("days",),
}
WEEKDAYS: tuple[tuple[int, Promise | str], ...] = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
# What each check is good for, said where one is chosen.
ABOUT: dict[str, Promise | str] = {
    "receipt": _("Say from which amount a receipt is needed. Without such a rule every purchase needs one."),
    "note": _("Ask what it was for, as for restaurants or gifts."),
    "attendees": _("Ask who was there, as for meals with guests."),
    "over_amount": _("Look at purchases above an amount."),
    "over_per_person": _("Divide by those who were there, then compare."),
    "day_off": _("Look at purchases on weekends and on your holidays."),
    "duplicate": _("The same person, merchant and amount again, by card or as a claim."),
    "currency": _("Paid in a currency other than those you name."),
    "merchant": _("Merchants you watch, or do not pay for."),
    "not_itemised": _("One line where there should be several, as on hotel bills."),
    "tip": _("A tip above a share of the bill."),
    "late": _("Claimed many days after it was bought."),
    "distance": _("Drives longer than usual."),
    "journey": _("Journeys of many days."),
}
# The kinds a rule can be narrowed to; fees and money that came back are nobody's spending.
KINDS = [(kind.value, kind.label) for kind in ExpenseKind if kind not in (ExpenseKind.FEE, ExpenseKind.REFUND)]
NAMES_SHOWN = 3


def what(version: PolicyVersion, currency: str) -> str:
    """Return what a version looks at, with its values."""
    given: Mapping[str, Any] = version.parameters
    parts: list[str] = [version.get_check_code_display()]
    if "limit" in given:
        parts.append(format.amount(Money(given["limit"], currency)))
    if "percent" in given:
        parts.append(format.percent(Decimal(str(given["percent"])), decimals=2))
    if "days" in given:
        parts.append(ngettext("%(days)s day", "%(days)s days", int(given["days"])) % {"days": given["days"]})
    if "distance" in given:
        parts.append(format.plain(str(given["distance"])))
    words = [str(name) for number, name in WEEKDAYS if number in given.get("weekdays", ())]
    words += [*given.get("currencies", ()), *given.get("merchants", ())]
    if words:
        parts.append(_listed(words))
    return ": ".join([parts[0], ", ".join(parts[1:])]) if parts[1:] else parts[0]


def scope_words(version: PolicyVersion, currency: str, names: Mapping[str, str]) -> str:
    """Return what a version is narrowed to; `names` are those of categories and teams by id. Empty for everything."""
    scope = version.scope
    parts = []
    if scope.get("above") is not None:
        parts.append(gettext("above %(amount)s") % {"amount": format.amount(Money(scope["above"], currency))})
    if scope.get("upto") is not None:
        parts.append(gettext("up to %(amount)s") % {"amount": format.amount(Money(scope["upto"], currency))})
    kinds = dict(KINDS)
    for found in (
        [str(kinds[kind]) for kind in scope.get("kinds", ()) if kind in kinds],
        [names.get(pk, "–") for pk in scope.get("categories", ())],
        [names.get(pk, "–") for pk in scope.get("teams", ())],
    ):
        if found:
            parts.append(_listed(found))
    if scope.get("except_merchants"):
        parts.append(gettext("not at %(names)s") % {"names": _listed(scope["except_merchants"])})
    return ", ".join(parts)


def _listed(words: list[str]) -> str:
    more = len(words) - NAMES_SHOWN
    shown = ", ".join(words[:NAMES_SHOWN])
    return gettext("%(names)s and %(more)s more") % {"names": shown, "more": more} if more > 0 else shown
