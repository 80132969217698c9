"""Controls in words: what a rule says, for the card's page, and why it refused a purchase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel import Locale
from babel.dates import get_day_names
from babel.lists import format_list
from django.utils.translation import get_language, gettext

from cards.categories import group_of, label
from cards.models import Channel, Control, ControlKind, ControlMode
from pleo.lib import format
from pleo.lib.money import Money


def _locale() -> Locale:
    return Locale.parse(get_language() or "en", sep="-")


def country_name(code: str) -> str:
    """Name a country in the active language, or give its code back."""
    return str(_locale().territories.get(code, code))


def weekday_name(number: int, *, short: bool = False) -> str:
    """Name a day of the week, 0 for Monday."""
    names = get_day_names("abbreviated" if short else "wide", context="stand-alone", locale=_locale())
    return str(names[number])


def join(words: Sequence[str], most: int = 6) -> str:
    """Write words as a list in a sentence, the longest ones cut: `Denmark, Sweden and 9 more`."""
    shown = list(words[:most])
    if len(words) > most:
        shown.append(gettext("%(number)s more") % {"number": format.count(len(words) - most)})
    return str(format_list(shown, locale=_locale()))


def value_names(kind: str, values: Any) -> list[str]:
    """Name the values of a control, one by one."""
    match kind:
        case ControlKind.CATEGORY:
            return [label(each) for each in values]
        case ControlKind.MERCHANT | ControlKind.FIRST_MERCHANT:
            return [each["name"] for each in values]
        case ControlKind.COUNTRY:
            return sorted(country_name(each) for each in values)
        case ControlKind.WEEKDAY:
            return [weekday_name(each) for each in values]
        case ControlKind.CHANNEL:
            return [str(Channel(each).label) for each in values]
    return []


def says(kind: str, mode: str, values: Any, currency: str) -> str:
    """Say what a control lets through, as a line of its own."""
    names = join(value_names(kind, values), most=12)
    match kind:
        case ControlKind.FIRST_MERCHANT if not values:
            return gettext("Locks itself to the merchant of its first purchase")
        case ControlKind.FIRST_MERCHANT:
            return gettext("Locked to %(names)s, where it was used first") % {"names": names}
        case ControlKind.HOURS:
            return gettext("From %(begin)s to %(end)s") % {"begin": values[0], "end": values[1]}
        case ControlKind.AMOUNT:
            return _amounts(values, currency)
    if mode == ControlMode.ALLOW:
        return gettext("Only %(names)s") % {"names": names}
    return gettext("Anything but %(names)s") % {"names": names}


def _amounts(values: dict[str, int], currency: str) -> str:
    amounts = {name: format.amount(Money(value, currency)) for name, value in values.items()}
    parts = {
        "min": gettext("at least %(min)s"),
        "max": gettext("at most %(max)s"),
        "whole": gettext("no round multiples of %(whole)s"),
    }
    return join([parts[name] % amounts for name in parts if name in amounts])


def rule_says(rule: Control) -> str:
    return says(rule.kind, rule.mode, rule.values, rule.company.currency)


def refused(kind: str, params: dict[str, Any], currency: str) -> str:
    """Say why a control refused a purchase, from its stored check."""
    mode, values, seen = params["mode"], params["values"], params["seen"]
    names, allows = join(value_names(kind, values)), mode == ControlMode.ALLOW
    match kind:
        case ControlKind.CATEGORY:
            bought = label(group_of(seen)) if group_of(seen) else seen or gettext("nothing named")
            if allows:
                return gettext("The shop’s trade is %(seen)s, and this card pays for %(names)s.") % {
                    "seen": bought, "names": names,
                }  # fmt: skip
            return gettext("The shop’s trade is %(seen)s, which is off on this card.") % {"seen": bought}
        case ControlKind.MERCHANT | ControlKind.FIRST_MERCHANT if allows:
            return gettext("This card pays at %(names)s and nowhere else.") % {"names": names}
        case ControlKind.MERCHANT:
            return gettext("%(seen)s is blocked on this card.") % {"seen": seen}
        case ControlKind.COUNTRY if not seen:
            return gettext("The shop did not say in which country it is, and this card works in %(names)s.") % {
                "names": names
            }
        case ControlKind.COUNTRY if allows:
            return gettext("The purchase was in %(seen)s, and this card works in %(names)s.") % {
                "seen": country_name(seen), "names": names,
            }  # fmt: skip
        case ControlKind.COUNTRY:
            return gettext("The purchase was in %(seen)s, which is blocked on this card.") % {
                "seen": country_name(seen)
            }
        case ControlKind.WEEKDAY:
            return gettext("This card works on %(names)s, and it was %(seen)s.") % {
                "names": names, "seen": weekday_name(seen),
            }  # fmt: skip
        case ControlKind.HOURS:
            return gettext("This card works from %(begin)s to %(end)s, and it was %(seen)s.") % {
                "begin": values[0], "end": values[1], "seen": seen,
            }  # fmt: skip
        case ControlKind.CHANNEL:
            return gettext("This card is off for: %(seen)s.") % {"seen": Channel(seen).label}
    return gettext("The purchase was %(seen)s, and this card pays %(amounts)s.") % {
        "seen": format.amount(Money(seen, currency)), "amounts": _amounts(values, currency),
    }  # fmt: skip
