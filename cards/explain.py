"""Say why a purchase was declined: one sentence, whose rule it was and since when, and what can be done about it.

Everything is read from the stored checks, so the sentence stays true after the limit or the wallet has changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, MembershipStatus
from accounts.permissions import CAPABILITIES
from cards import rule_words
from cards.allow_once import LIFTED
from cards.controls import Check, first_failed, refusals
from cards.limits import PERSON
from cards.models import Authorization, Card, CardState, CardTemplate, ControlKind, FreezeSource, Interval
from cards.remedies import Answers, Remedy, answers_to, remedies_for
from cards.settle import ELSEWHERE, TOO_LATE
from pleo.lib import format
from pleo.lib.money import Money

# What each check asks, as a line of the list of those that passed.
LINES: dict[str, Promise] = {
    "company_active": _("Company is active"),
    "card_active": _("Card is active"),
    "not_frozen": _("Card is not frozen"),
    "cardholder_active": _("Cardholder is active"),
    "currency": _("Billed in the wallet’s currency"),
    "in_person": _("Activated, or bought online"),
    "card_period": _("Within the card’s time"),
    "single_use": _("Not used before"),
    "limit_purchase": _("Limit for each purchase"),
    "limit_day": _("Limit for the day"),
    "limit_week": _("Limit for the week"),
    "limit_month": _("Limit for the month"),
    "limit_quarter": _("Limit for the quarter"),
    "limit_year": _("Limit for the year"),
    "limit_total": _("Limit in all"),
    "limit_cash": _("Limit for each cash withdrawal"),
    "limit_cash_day": _("Cash limit for the day"),
    "limit_cash_month": _("Cash limit for the month"),
    "control_category": _("What is bought"),
    "control_merchant": _("Merchant"),
    "control_first_shop": _("Same merchant as the first time"),
    "control_country": _("Country"),
    "control_weekday": _("Day of the week"),
    "control_hours": _("Time of day"),
    "control_channel": _("Way of paying"),
    "control_amount": _("Amount"),
    "original_known": _("The purchase is known"),
    "original_open": _("Something is still reserved"),
    "funds": _("Wallet has enough"),
}


@dataclass(frozen=True)
class Explanation:
    """Why it was declined, for one reader. `rule`, `ask` and `answered` may be empty; `passed` are lines, not sentences.

    `answered` says what somebody has done about it since.
    """

    sentence: str
    rule: str = ""
    ask: str = ""
    answered: str = ""
    remedies: list[Remedy] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    authorization: Authorization | None = None


def explain(authorization: Authorization, viewer: Membership) -> Explanation:
    """Explain one decline to somebody who may see it."""
    return explain_all([authorization], viewer)[0]


def explain_all(authorizations: Sequence[Authorization], viewer: Membership) -> list[Explanation]:
    """Explain a page of declines, with the names of all of them read at once."""
    checks = [check for row in authorizations for check in row.checks]
    reader = _Reader(viewer, checks, answers_to(authorizations))
    return [
        reader.explain(row.card, row.checks, reason=row.decline_reason, at=row.occurred_at, authorization=row)
        for row in authorizations
    ]


def explain_checks(card: Card, checks: Sequence[Check], viewer: Membership, *, now: datetime) -> Explanation | None:
    """Explain what would be declined, from the checks of a preview; None when all pass."""
    reason = first_failed(checks)
    return _Reader(viewer, checks).explain(card, checks, reason=reason, at=now) if reason else None


def line(code: str) -> str:
    """Return the line of a check in a list."""
    return str(LINES.get(code, code.replace("_", " ")))


def _people(checks: Iterable[Check]) -> set[UUID]:
    found = {check["params"].get("set_by") for check in checks}
    found |= {freeze["by"] for check in checks for freeze in check["params"].get("freezes", [])}
    return {UUID(each) for each in found if each}


class _Reader:
    """The words for one reader. Knows the names that the checks speak of by id."""

    def __init__(self, viewer: Membership, checks: Iterable[Check], answers: Answers | None = None) -> None:
        self.viewer = viewer
        people = Membership.objects.for_company(viewer.company).in_bulk(_people(checks))
        self.names = {str(pk): person.first_name for pk, person in people.items()}
        policies = {check["params"]["template"] for check in checks if check["params"].get("template")}
        self.policies = (
            {str(row.pk): row.name for row in CardTemplate.objects.for_company(viewer.company).filter(pk__in=policies)}
            if policies
            else {}
        )
        self.answers = answers or Answers()
        self._able: dict[str, str] = {}

    def explain(
        self,
        card: Card,
        checks: Sequence[Check],
        *,
        reason: str,
        at: datetime,
        authorization: Authorization | None = None,
    ) -> Explanation:
        failed = refusals(checks)
        passed = [line(check["code"]) for check in checks if check["passed"] and not check["params"].get("shadow")]
        first = next((check for check in failed if check["code"] == reason), None)
        if first is None:
            return Explanation(self._decided_elsewhere(reason), passed=passed, authorization=authorization)
        others = [self._sentence(check, card, at) for check in failed if check is not first]
        answered = self.answers.said(authorization, self.viewer) if authorization else ""
        remedies = [] if answered else self._remedies(first, card, authorization)
        return Explanation(
            sentence=self._sentence(first, card, at),
            rule=self._rule(first),
            ask="" if answered or any(not each.is_own_wish for each in remedies) else self._ask(first),
            answered=answered,
            remedies=remedies,
            passed=passed,
            also=others,
            authorization=authorization,
        )

    def _decided_elsewhere(self, reason: str) -> str:
        if reason == TOO_LATE:
            return gettext("Our answer came too late, so the card network said no. Trying again usually helps.")
        if reason == ELSEWHERE:
            return gettext("The card network declined it and gave no reason. Trying the chip often helps.")
        return gettext("It was declined for a reason that is not known here (code %(code)s).") % {"code": reason or "–"}

    def _sentence(self, check: Check, card: Card, at: datetime) -> str:
        code, params = check["code"], check["params"]
        mine = card.cardholder_id == self.viewer.pk
        if code.startswith("control_"):
            return rule_words.refused(code.removeprefix("control_"), params, card.account.currency)
        if code in ("limit_purchase", "limit_cash"):
            return self._over_purchase(params, mine)
        if code.startswith("limit_"):
            return self._over_window(code.removeprefix("limit_"), params, at)
        match code:
            case "company_active":
                return gettext("The company is closed.")
            case "card_active" if params.get("state") == CardState.ISSUING:
                return gettext("The card was still being made.")
            case "card_active":
                return gettext("The card is closed for good.")
            case "in_person" if mine:
                return gettext("Your card is not activated yet. Until then it works online only.")
            case "in_person":
                return gettext("The card is not activated yet. Until then it works online only.")
            case "card_period":
                return gettext("The card works from %(start)s to %(end)s.") % {
                    "start": _day(params["starts_at"]),
                    "end": _day(params["ends_at"]),
                }
            case "single_use":
                return gettext("This card pays once, and it has paid.")
            case "not_frozen" if mine:
                return gettext("Your card was frozen.")
            case "not_frozen":
                return gettext("The card was frozen.")
            case "cardholder_active" if params.get("status") == MembershipStatus.INVITED:
                return gettext("%(name)s has not accepted the invitation yet.") % {"name": card.cardholder.first_name}
            case "cardholder_active":
                return gettext("%(name)s has left the company.") % {"name": card.cardholder.first_name}
            case "currency":
                return gettext("It was billed in %(asked)s, and this card pays in %(wallet)s.") % params
            case "funds" if mine and not self.viewer.can("wallet.see"):
                return gettext("The company wallet had too little. It was not your card.")
            case "funds":
                return gettext("The wallet lacked %(missing)s for this.") % {"missing": _amount(params, "missing")}
        return self._decided_elsewhere(code)

    def _over_purchase(self, params: dict[str, Any], mine: bool) -> str:
        values = {"over": _amount(params, "over"), "limit": _amount(params, "amount")}
        if mine:
            return gettext("The purchase was %(over)s over your limit of %(limit)s for each purchase.") % values
        return gettext("The purchase was %(over)s over the limit of %(limit)s for each purchase.") % values

    def _over_window(self, interval: str, params: dict[str, Any], at: datetime) -> str:
        left = Money(max(0, params["amount"] - params["used"]), params["currency"])
        values = {"left": format.amount(left), "limit": _amount(params, "amount"), "month": format.month(at)}
        sentences = {
            Interval.DAY: gettext("The limit of %(limit)s for the day had %(left)s left."),
            Interval.WEEK: gettext("The limit of %(limit)s for the week had %(left)s left."),
            Interval.MONTH: gettext("The limit of %(limit)s for %(month)s had %(left)s left."),
            Interval.QUARTER: gettext("The limit of %(limit)s for the quarter had %(left)s left."),
            Interval.YEAR: gettext("The limit of %(limit)s for the year had %(left)s left."),
            Interval.TOTAL: gettext("The limit of %(limit)s in all had %(left)s left."),
            Interval.CASH_DAY: gettext("The cash limit of %(limit)s for the day had %(left)s left."),
            Interval.CASH_MONTH: gettext("The cash limit of %(limit)s for %(month)s had %(left)s left."),
        }
        return sentences[Interval(interval)] % values

    def _rule(self, check: Check) -> str:
        """Whose rule, and since when."""
        params = check["params"]
        if check["code"] == "not_frozen":
            return " ".join(self._freeze(freeze) for freeze in params["freezes"])
        if check["code"].startswith("control_"):
            return self._control(check)
        if not check["code"].startswith("limit_"):
            return ""
        values = {"name": self.names.get(params["set_by"] or "", ""), "day": _day(params["set_at"])}
        if params.get("template") in self.policies:
            return gettext("Limit of the card policy %(policy)s.") % {"policy": self.policies[params["template"]]}
        if params["owner"] == PERSON:
            if values["name"]:
                return gettext("Limit over all cards together, set by %(name)s on %(day)s.") % values
            return gettext("Limit over all cards together, set on %(day)s.") % values
        if values["name"]:
            return gettext("Limit set by %(name)s on %(day)s.") % values
        return gettext("Limit set on %(day)s.") % values

    def _control(self, check: Check) -> str:
        params = check["params"]
        values = {
            "rule": ControlKind(check["code"].removeprefix("control_")).label,
            "policy": params["policy"],
            "name": self.names.get(params["set_by"] or "", ""),
            "day": _day(params["set_at"]),
        }
        if params["policy"]:
            said = gettext("Rule “%(rule)s” of the card policy %(policy)s.") % values
        elif values["name"]:
            said = gettext("Rule “%(rule)s”, set by %(name)s on %(day)s.") % values
        else:
            said = gettext("Rule “%(rule)s”, set on %(day)s.") % values
        return said + (
            " " + pgettext("what somebody gave as reason", "“%(reason)s”") % {"reason": params["note"]}
            if params["note"]
            else ""
        )

    def _freeze(self, freeze: dict[str, Any]) -> str:
        values = {"name": self.names.get(freeze["by"] or "", ""), "day": _day(freeze["at"]), "reason": freeze["reason"]}
        if freeze["source"] == FreezeSource.LOCK:
            said = (
                gettext("It rests since %(day)s because receipts are missing. It works again once they are in.")
                % values
            )
        elif freeze["by"] == str(self.viewer.pk):
            said = gettext("You froze it on %(day)s.") % values
        elif values["name"]:
            said = gettext("Frozen by %(name)s on %(day)s.") % values
        else:
            said = gettext("Frozen on %(day)s.") % values
        return said + (
            " " + pgettext("what somebody gave as reason", "“%(reason)s”") % values if freeze["reason"] else ""
        )

    def _remedies(self, check: Check, card: Card, authorization: Authorization | None) -> list[Remedy]:
        company, code = self.viewer.company.slug, check["code"]
        about = {"company": company, "card_id": card.pk}
        if code.startswith(LIFTED):
            return remedies_for(check, card, authorization, self.viewer)
        if code == "funds" and self.viewer.can("wallet.top_up"):
            return [Remedy(gettext("Top up the wallet"), reverse("wallet-top-up", kwargs={"company": company}))]
        if code == "not_frozen" and _rests_for_receipts(check) and card.cardholder_id == self.viewer.pk:
            return [Remedy(gettext("Add the receipts"), reverse("receipts-missing", kwargs={"company": company}))]
        if code == "not_frozen" and self._may_thaw(check, card):
            return [Remedy(gettext("Thaw the card"), reverse("card-thaw", kwargs=about), is_post=True)]
        return []

    def _may_thaw(self, check: Check, card: Card) -> bool:
        """By what was stored: no query per row. The verb itself decides again."""
        sources = {freeze["source"] for freeze in check["params"]["freezes"]}
        if card.cardholder_id == self.viewer.pk:
            return sources == {FreezeSource.HOLDER}
        return sources <= {FreezeSource.HOLDER, FreezeSource.ADMIN} and self.viewer.can("cards.freeze")

    def _ask(self, check: Check) -> str:
        """Whom to ask, by name: who set the rule, else somebody who can change it."""
        params, code = check["params"], check["code"]
        by = params.get("set_by") or next((freeze["by"] for freeze in params.get("freezes", [])), None)
        name = self.names.get(by or "", "") if by != str(self.viewer.pk) else ""
        name = name or self._someone("wallet.top_up" if code == "funds" else "cards.limits")
        if not name:
            return ""
        if code.startswith("limit_"):
            return gettext("Ask %(name)s to raise it.") % {"name": name}
        if code.startswith("control_"):
            return gettext("Ask %(name)s to allow it.") % {"name": name}
        if code == "not_frozen" and _rests_for_receipts(check):
            return ""
        if code == "not_frozen":
            return gettext("Ask %(name)s to thaw it.") % {"name": name}
        if code == "funds":
            return gettext("Ask %(name)s to top it up.") % {"name": name}
        return gettext("Ask %(name)s about it.") % {"name": name}

    def _someone(self, capability: str) -> str:
        if capability not in self._able:
            able = (
                Membership.objects.for_company(self.viewer.company).active().filter(role__in=CAPABILITIES[capability])
            )
            found = able.exclude(pk=self.viewer.pk).order_by("created_at", "id").first()
            self._able[capability] = found.first_name if found else ""
        return self._able[capability]


def _rests_for_receipts(check: Check) -> bool:
    return any(freeze["source"] == FreezeSource.LOCK for freeze in check["params"]["freezes"])


def _amount(params: dict[str, Any], name: str) -> str:
    return format.amount(Money(params[name], params["currency"]))


def _day(moment: str) -> str:
    return format.day(datetime.fromisoformat(moment))
