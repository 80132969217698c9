"""Rules as people read them: when, and what is filled in. The names of a page of rules are read at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext

from accounts.models import Company, Membership, Team
from cards.models import Card
from expenses.coding_rules import BEGINS, CONTAINS, IS, Conditions, read
from expenses.models import CodingRule, ExpenseKind, Tag
from pleo.lib import format
from pleo.lib.money import Money

SHOWN = 3


class RuleWords:
    """The words of some rules of one company."""

    def __init__(self, company: Company, rules: Sequence[Any]) -> None:
        self.company = company
        asked = [read(getattr(rule, "conditions", {})) for rule in rules]
        self.cards = self._names(
            Card, [pk for one in asked for pk in one.cards], lambda card: f"{card.name} •• {card.last_four}"
        )
        self.people = self._names(Membership, [pk for one in asked for pk in one.people], lambda person: person.name)
        self.teams = self._names(Team, [pk for one in asked for pk in one.teams], lambda team: team.name)
        ids = [pk for rule in rules for pk in rule.tags]
        self.tags = self._names(Tag, ids, lambda tag: f"{tag.group.name}: {tag.path}", "group")

    def _names(self, model: Any, ids: Iterable[str], name: Any, *joined: str) -> dict[str, str]:
        ids = set(ids)
        if not ids:
            return {}
        rows = model.objects.filter(company=self.company, pk__in=ids).select_related(*joined)
        return {str(row.pk): name(row) for row in rows}

    def when(self, rule: CodingRule) -> str:
        """Return the conditions as one line."""
        return ", ".join(self._when(read(rule.conditions)))

    def _when(self, asked: Conditions) -> Iterable[str]:
        if asked.merchants:
            words = {
                IS: gettext("merchant is %s"),
                BEGINS: gettext("merchant begins with %s"),
                CONTAINS: gettext("merchant contains %s"),
            }
            yield words[asked.merchant_way] % _some(asked.merchants)
        if asked.mccs:
            yield gettext("kind of shop %s") % _some(asked.mccs)
        named = (
            ("card %s", asked.cards, self.cards),
            ("%s bought", asked.people, self.people),
            ("team %s", asked.teams, self.teams),
        )
        for pattern, ids, names in named:
            if ids:
                sentence = {
                    "card %s": gettext("card %s"),
                    "%s bought": gettext("%s bought"),
                    "team %s": gettext("team %s"),
                }[pattern]
                yield sentence % _some([names.get(pk, gettext("somebody who left")) for pk in ids])
        if asked.countries:
            yield gettext("in %s") % _some(asked.countries)
        if asked.kinds:
            kinds = dict(ExpenseKind.choices)
            yield _some([str(kinds.get(kind, kind)).lower() for kind in asked.kinds])
        if asked.text:
            yield gettext("says “%s”") % asked.text
        if asked.amount_from is not None:
            yield gettext("from %s") % self._amount(asked.amount_from)
        if asked.amount_to is not None:
            yield gettext("up to %s") % self._amount(asked.amount_to)

    def _amount(self, amount: int) -> str:
        return format.amount(Money(amount, self.company.currency))

    def then(self, rule: Any) -> str:
        """Return what is filled in, as one line: of a rule, or of a card's own coding."""
        found = [str(value) for value in (rule.category, rule.tax_code, rule.vendor, rule.template) if value]
        found += [self.tags[pk] for pk in rule.tags if pk in self.tags]
        if rule.note:
            found.append(f"“{rule.note}”")
        return ", ".join(found)


def _some(values: Sequence[str]) -> str:
    """Return the first few values, and how many more there are."""
    text = " / ".join(values[:SHOWN])
    return text if len(values) <= SHOWN else f"{text} +{len(values) - SHOWN}"


def usual_name(conditions: Conditions, words: str) -> str:
    """Return a name for a rule that was given none."""
    return (", ".join(conditions.merchants[:2]).title() or words)[:120]
