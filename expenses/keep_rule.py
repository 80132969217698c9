"""Write a rule of the expense policy: a draft, which says nothing until it is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext

from accounts.models import Membership
from events.record import record
from expenses.errors import NotYours
from expenses.models import PolicyCheck, PolicyEffect, PolicyRule, PolicyVersion
from pleo.lib.errors import DomainError, WrongState

REQUIRED = (PolicyCheck.RECEIPT, PolicyCheck.NOTE, PolicyCheck.ATTENDEES)
MOST_RULES = 100


class TooManyRules(DomainError):
    """More rules than anybody can keep in mind, and than an expense should be held against."""

    code = "too_many_rules"

    def message(self) -> str:
        return gettext("A company has %(most)s rules at most. Archive one first.") % {"most": MOST_RULES}


@dataclass(frozen=True)
class Wording:
    """What a version of a rule says; the form and the API have checked its shape (`PolicyVersion` names the keys)."""

    name: str
    check: str
    effect: str
    valid_from: date
    valid_upto: date | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    section: str = ""


@transaction.atomic
def keep_rule(*, by: Membership, wording: Wording, now: datetime, rule: PolicyRule | None = None) -> PolicyVersion:
    """Make a rule, or write the next version of one; a draft there is takes the new words. Raises NotYours, WrongState,
    TooManyRules.
    """
    if not by.can("policies.manage"):
        raise NotYours
    is_new = rule is None
    if rule is None:
        rule = _new_rule(by)
    elif PolicyRule.objects.select_for_update().get(pk=rule.pk).archived_at:
        raise WrongState
    draft = PolicyVersion.objects.filter(rule=rule, switched_on_at=None).first()
    if draft is None:
        last = rule.versions.aggregate(last=Max("number"))["last"] or 0
        draft = PolicyVersion(company_id=by.company_id, rule=rule, number=last + 1)
    _word(draft, wording, by)
    try:
        with transaction.atomic():
            draft.save()
    except IntegrityError as error:
        raise WrongState from error
    verb = "policy.created" if is_new else "policy.changed"
    record(company=by.company, verb=verb, subject=rule, label=draft.name, by=by, changes=said(draft), now=now)
    return draft


def _new_rule(by: Membership) -> PolicyRule:
    rows = PolicyRule.objects.for_company(by.company)
    if rows.filter(archived_at=None).count() >= MOST_RULES:
        raise TooManyRules
    last = rows.aggregate(last=Max("position"))["last"] or 0
    rule: PolicyRule = PolicyRule.objects.create(company_id=by.company_id, position=last + 1)
    return rule


def _word(draft: PolicyVersion, wording: Wording, by: Membership) -> None:
    draft.name, draft.check_code, draft.by = wording.name[:80], wording.check, by
    draft.effect = PolicyEffect.REQUIRE if wording.check in REQUIRED else wording.effect
    draft.scope = {key: value for key, value in wording.scope.items() if value not in (None, [], ())}
    draft.parameters = dict(wording.parameters)
    draft.section, draft.valid_from, draft.valid_upto = wording.section, wording.valid_from, wording.valid_upto


def said(version: PolicyVersion) -> dict[str, Any]:
    """Return what a version says, for the event."""
    return {
        "version": version.number, "check": version.check_code, "effect": version.effect, "scope": version.scope,
        "parameters": version.parameters, "valid_from": version.valid_from.isoformat(),
        "valid_upto": version.valid_upto.isoformat() if version.valid_upto else None,
    }  # fmt: skip
