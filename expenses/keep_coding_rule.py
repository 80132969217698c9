"""Add a coding rule, change one, put them in another order, or take one away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.coding_rules import Conditions
from expenses.master_event import tell
from expenses.models import AllocationTemplate, Category, CodingRule, Tag, TaxCode, Vendor
from expenses.tagging import as_wanted
from pleo.lib.errors import DomainError
from pleo.lib.write_many import write_many

MOST_RULES = 500
# Room above all positions, where rows stand while they change places: the order is unique at every moment.
ASIDE = 1_000_000


class RuleSaysNothing(DomainError):
    """A rule that fills in nothing."""

    code = "rule_says_nothing"
    field = "category"

    def message(self) -> str:
        return gettext("Say what the rule fills in: a category, a tag, a vendor or something else.")


class RuleFitsAll(DomainError):
    """A rule without conditions."""

    code = "rule_fits_all"
    field = "merchants"

    def message(self) -> str:
        return gettext("Say when the rule applies: a merchant, a card or something else.")


class TooManyRules(DomainError):
    """More rules than anybody keeps in mind."""

    code = "too_many_rules"

    def message(self) -> str:
        return gettext("A company has %(most)s rules at most.") % {"most": MOST_RULES}


@transaction.atomic
def keep_rule(
    *, by: Membership, name: str, conditions: Conditions, now: datetime, category: Category | None = None,
    tax_code: TaxCode | None = None, vendor: Vendor | None = None, template: AllocationTemplate | None = None,
    tags: Sequence[Tag] = (), note: str = "", is_on: bool = True, first: bool = False, rule: CodingRule | None = None,
) -> CodingRule:  # fmt: skip
    """Make a rule, the last one or the `first`, or change `rule` where it stands. What was filled in before stays.

    Raises RuleFitsAll, RuleSaysNothing, TooManyRules, TagsClash.
    """
    as_wanted(tags)
    if not conditions:
        raise RuleFitsAll
    if not (category or tax_code or vendor or template or tags or note.strip()):
        raise RuleSaysNothing
    live = _order(by)
    row = CodingRule(company=by.company, by=by) if rule is None else live_one(live, rule)
    before = None if rule is None else _told(row)
    row.name, row.conditions, row.is_on = name.strip()[:120], conditions.stored(), is_on
    row.category, row.tax_code, row.vendor, row.template = category, tax_code, vendor, template
    row.tags, row.note = sorted(str(tag.pk) for tag in tags), note.strip()[:200]
    if rule is None:
        if len(live) >= MOST_RULES:
            raise TooManyRules
        _add_last(row)
    else:
        row.save()
    if rule is None and first:
        _renumber([row, *live])
    tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


@transaction.atomic
def move_rule(*, by: Membership, rule: CodingRule, to: int, now: datetime) -> None:
    """Put a rule at another place, counted from 1; beyond the ends is at the ends."""
    live = _order(by)
    row = live_one(live, rule)
    was = live.index(row)
    live.remove(row)
    place = max(0, min(to - 1, len(live)))
    live.insert(place, row)
    if place != was:
        _renumber(live)
        changes = {"place": [was + 1, place + 1]}
        record(company=by.company, verb="master.changed", subject=row, by=by, changes=changes, now=now)


@transaction.atomic
def switch_rule(*, by: Membership, rule: CodingRule, is_on: bool, now: datetime) -> CodingRule:
    """Let a rule apply or not; doing it twice changes nothing."""
    row = live_one(_order(by), rule)
    if row.is_on != is_on:
        before, row.is_on = _told(row), is_on
        row.save(update_fields=["is_on"])
        tell(by=by, row=row, before=before, after=_told(row), now=now)
    return row


@transaction.atomic
def remove_rule(*, by: Membership, rule: CodingRule, is_removed: bool, now: datetime) -> CodingRule:
    """Take a rule away, or bring it back as the last one; expenses go on naming it as what coded them."""
    live = _order(by)
    row = CodingRule.objects.for_company(by.company).select_for_update().get(pk=rule.pk)
    if bool(row.archived_at) == is_removed:
        return row
    if not is_removed:
        last = CodingRule.objects.for_company(by.company).aggregate(last=Max("position"))["last"] or 0
        row.position = last + 1
        if len(live) >= MOST_RULES:
            raise TooManyRules
    row.archived_at = now if is_removed else None
    row.save(update_fields=["archived_at", "position"])
    verb = "master.archived" if is_removed else "master.restored"
    record(company=by.company, verb=verb, subject=row, by=by, now=now)
    return row


def _add_last(row: CodingRule) -> None:
    """Insert a rule behind all others; whoever inserts at the same moment takes the place after it."""
    for again in (True, True, False):
        rows = CodingRule.objects.for_company(row.company)
        row.position = (rows.aggregate(last=Max("position"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                row.save(force_insert=True)
                return
        except IntegrityError:
            if not again:
                raise


def _order(by: Membership) -> list[CodingRule]:
    """Lock the rules in force, in the order of their ids, and return them in their own order."""
    rows = CodingRule.objects.for_company(by.company).filter(archived_at=None).select_for_update().order_by("id")
    return sorted(rows, key=lambda row: row.position)


def live_one(live: Sequence[CodingRule], rule: CodingRule) -> CodingRule:
    """Return a rule as it was read under the lock. Raises CodingRule.DoesNotExist for one that was taken away."""
    found = next((row for row in live if row.pk == rule.pk), None)
    if found is None:
        raise CodingRule.DoesNotExist
    return found


def _renumber(order: Sequence[CodingRule]) -> None:
    CodingRule.objects.filter(pk__in=[row.pk for row in order]).update(position=F("position") + ASIDE)
    for number, row in enumerate(order, 1):
        row.position = number
    write_many(order, ["position"])


def _told(row: CodingRule) -> dict[str, Any]:
    return {
        "name": row.name,
        "conditions": row.conditions,
        "is_on": row.is_on,
        "category": row.category.code if row.category else None,
        "tax_code": row.tax_code.code if row.tax_code else None,
        "vendor": row.vendor.name if row.vendor else None,
        "template": row.template.name if row.template else None,
        "tags": len(row.tags),
        "note": row.note,
    }
