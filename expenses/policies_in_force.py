"""Which rules of a company are in force on a day: of each rule the newest version whose first day has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts.models import Company
from expenses.models import PolicyVersion
from expenses.policy_rules import Rule, Scope


def versions_of(company: Company) -> list[PolicyVersion]:
    """Return the versions that were ever switched on, of rules that are not archived, in one query."""
    rows = PolicyVersion.objects.for_company(company).filter(switched_on_at__isnull=False, rule__archived_at=None)
    return list(rows.order_by("rule_id", "number"))


def in_force(versions: Iterable[PolicyVersion], day: date) -> list[Rule]:
    """Return the rules in force on a day of purchase. A version that ended does not bring the one before it back."""
    newest: dict[Any, PolicyVersion] = {}
    for version in versions:
        known = newest.get(version.rule_id)
        if version.valid_from <= day and (known is None or known.number < version.number):
            newest[version.rule_id] = version
    return [rule_of(one) for one in newest.values() if one.valid_upto is None or day <= one.valid_upto]


def rule_of(version: PolicyVersion) -> Rule:
    """Return a version as the pure rules read it."""
    scope = version.scope
    return Rule(
        rule=version.rule_id,
        version=version.pk,
        check=version.check_code,
        effect=version.effect,
        scope=Scope(
            kinds=frozenset(scope.get("kinds", ())),
            categories=frozenset(scope.get("categories", ())),
            teams=frozenset(scope.get("teams", ())),
            above=scope.get("above"),
            upto=scope.get("upto"),
            except_merchants=tuple(word.casefold() for word in scope.get("except_merchants", ())),
        ),
        parameters=version.parameters,
    )
