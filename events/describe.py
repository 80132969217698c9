"""One event as a person reads it: who, what was done, to what, before and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from accounts.models import Membership
from events.links import link_of
from events.models import Actor, Event
from events.sentences import AMOUNTS, CODES, DAYS, FIELDS, LISTS, PEOPLE, VERBS, Verb
from pleo.lib import format
from pleo.lib.money import Money

UNKNOWN = Verb("", "%(who)s: %(subject)s.")


@dataclass(frozen=True)
class Change:
    """A parameter of an event. `before` is None where only one value is known."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Described:
    """An event in words of the active language, amounts and dates of the active region."""

    event: Event
    who: str
    verb: Verb
    subject: str
    url: str
    changes: list[Change]

    @property
    def did(self) -> str:
        return str(self.verb.did) or self.event.verb.replace(".", " ").replace("_", " ")

    @property
    def sentence(self) -> str:
        return str(self.verb.sentence) % _Words(
            {change_name: str(text) for change_name, text in parameters(self.event).items()}
            | {"who": self.who, "subject": self.subject}
        )


class _Words(dict[str, str]):
    """Parameters of a sentence; one that the event lacks leaves a dash rather than an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def describe(events: Iterable[Event], reader: Membership | None = None) -> list[Described]:
    """Put events into words, with the people of all of them fetched at once, and with links that the reader may follow."""
    rows = list(events)
    names = _names(rows)
    return [_one(event, names, reader) for event in rows]


def _one(event: Event, names: dict[str, str], reader: Membership | None) -> Described:
    subject = event.subject_label or names.get(str(event.subject_id), "")
    changes = [change for name, value in event.changes.items() if (change := _change(event, name, value, names))]
    return Described(
        event=event, who=_who(event, names), verb=VERBS.get(event.verb, UNKNOWN), subject=subject,
        url=link_of(event, reader) if reader else "", changes=changes,
    )  # fmt: skip


def _who(event: Event, names: dict[str, str]) -> str:
    if event.actor in (Actor.SYSTEM, Actor.ISSUER):
        return str(Actor(event.actor).label)
    return names.get(str(event.by_id), gettext("Someone"))


def _names(rows: list[Event]) -> dict[str, str]:
    """Return the names of the people that events mention: who did it, to whom, and in parameters."""
    wanted: set[str] = {str(event.by_id) for event in rows if event.by_id}
    for event in rows:
        if event.subject_type == "accounts.membership":
            wanted.add(str(event.subject_id))
        for name in PEOPLE & event.changes.keys():
            wanted.update(_ids(event.changes[name]))
    return {str(pk): name for pk, name in Membership.objects.filter(pk__in=wanted).values_list("pk", "name")}


def _ids(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_ids(part) for part in value)) if value else set()
    try:
        return {str(UUID(value))} if isinstance(value, str) else set()
    except ValueError:
        return set()


def parameters(event: Event) -> dict[str, str]:
    """Return an event's parameters as words, the later value where there are two."""
    words = {}
    for name, value in event.changes.items():
        last = value[-1] if isinstance(value, list) and value and name not in LISTS else value
        words[name] = _value(event, name, last, {})
    return words


def _change(event: Event, name: str, value: Any, names: dict[str, str]) -> Change | None:
    if name not in FIELDS:
        return None
    label = str(FIELDS[name])
    if isinstance(value, list) and len(value) == 2 and name not in LISTS and value[0] == value[1]:
        value = value[1]
    if isinstance(value, list) and len(value) == 2 and name not in LISTS:
        return Change(label, _value(event, name, value[0], names), _value(event, name, value[1], names))
    if value in (None, ""):
        return None
    return Change(label, None, _value(event, name, value, names))


def _value(event: Event, name: str, value: Any, names: dict[str, str]) -> str:
    if name in AMOUNTS and isinstance(value, int) and not isinstance(value, bool) and event.changes.get("currency"):
        return format.amount(Money(value, event.changes["currency"]))
    if value is None:
        return "–"
    if name in DAYS:
        return format.day(date.fromisoformat(value))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(_value(event, name, part, names) for part in value) or "–"
    if name in PEOPLE:
        return names.get(str(value), "–")
    return str(CODES.get(name, {}).get(str(value), value)) or "–"
