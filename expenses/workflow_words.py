"""A workflow as one reads it: "Travel from 500.00 EUR: manager, then finance"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from accounts.models import Company, Membership, Team
from expenses.models import Category, ExpenseKind, Tag, WorkflowVersion
from expenses.route_words import names_of
from expenses.workflow import SPEND_REQUEST, Conditions, Plan
from pleo.lib import format
from pleo.lib.money import Money


@dataclass
class Names:
    """What the ids in workflows are called, fetched for all of them at once."""

    company: Company
    known: dict[UUID, str] = field(default_factory=dict)

    @staticmethod
    def of(company: Company, plans: Iterable[Plan]) -> Names:
        found, asked = Names(company), [plan.conditions for plan in plans]
        for name, model, label in (
            ("teams", Team, "name"), ("categories", Category, "name"), ("tags", Tag, "path"), ("people", Membership, "name"),
        ):  # fmt: skip
            ids = {one for conditions in asked for one in getattr(conditions, name)}
            rows: Any = model.objects.for_company(company).filter(pk__in=ids)
            found.known |= dict(rows.values_list("pk", label)) if ids else {}
        people = {one.person for plan in plans for stage in plan.stages for one in stage.approvers if one.person}
        rows = Membership.objects.for_company(company).filter(pk__in=people)
        found.known |= dict(rows.values_list("pk", "name")) if people else {}
        return found

    def listed(self, ids: Iterable[UUID]) -> str:
        return gettext(" or ").join(self.known.get(one, "–") for one in ids)


@dataclass(frozen=True)
class Row:
    """One workflow of the list."""

    version: WorkflowVersion
    when: str
    who: str


def row_of(version: WorkflowVersion, names: Names) -> Row:
    return Row(version, conditions_in_words(version.plan.conditions, names), stages_in_words(version.plan, names))


def conditions_in_words(asked: Conditions, names: Names) -> str:
    """Return when a workflow applies; "everything" when it asks for nothing."""
    currency, parts = names.company.currency, []
    if asked.kinds:
        words = {**dict(ExpenseKind.choices), SPEND_REQUEST: gettext("Spend request")}
        parts.append(gettext(" or ").join(str(words.get(kind, kind)) for kind in asked.kinds))
    parts += [
        names.listed(getattr(asked, name)) for name in ("categories", "tags", "teams", "people") if getattr(asked, name)
    ]
    if asked.amount_from is not None:
        parts.append(gettext("from %(amount)s") % {"amount": format.amount(Money(asked.amount_from, currency))})
    if asked.amount_below is not None:
        parts.append(gettext("below %(amount)s") % {"amount": format.amount(Money(asked.amount_below, currency))})
    if asked.is_flagged is not None:
        parts.append(gettext("with an open flag") if asked.is_flagged else gettext("without open flags"))
    return ", ".join(parts) or gettext("Everything")


def stages_in_words(plan: Plan, names: Names) -> str:
    """Return who is asked, in order."""
    if plan.stages:
        people: dict[Any, str] = {**names.known}
        return gettext(", then ").join(names_of(stage, people) for stage in plan.stages)
    if plan.sample_percent:
        return gettext("nobody, finance checks %(percent)s %% of them") % {"percent": plan.sample_percent}
    return gettext("nobody")
