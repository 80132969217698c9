"""The checks of a decision, in their order. Each is kept as code, passed and parameters, so that any answer can be explained.

company_active  card_active  not_frozen  cardholder_active  currency
in_person  card_period  single_use (by the card's kind)
control_category  control_merchant  control_first_shop  control_country  control_weekday  control_hours  control_channel
control_amount  limit_purchase  limit_cash  limit_day ... limit_total  limit_cash_day  limit_cash_month  funds

A check with the parameter `shadow` belongs to a rule on trial: it is stored, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import CompanyStatus, MembershipStatus
from cards import limits
from cards.issuers.base import AuthorizationRequest
from cards.kinds import kind_checks
from cards.limits import Used, owner_of
from cards.models import OF_CASH, SINGLE, Card, Channel, Control, ControlKind, Freeze, Limit
from cards.rules import Facts, facts_of_request, passes
from wallet.models import LedgerAccount

Check = dict[str, Any]


def check(code: str, passed: bool, **params: Any) -> Check:
    """Make a stored check: plain JSON values, people and rows by id."""
    return {"code": code, "passed": passed, "params": params}


def refusals(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that say no. Those of rules on trial have no say."""
    return [each for each in checks if not each["passed"] and not each["params"].get("shadow")]


def all_passed(checks: Sequence[Check]) -> bool:
    return not refusals(checks)


def first_failed(checks: Sequence[Check]) -> str:
    """Return the code of the first check that failed, or nothing."""
    return next((each["code"] for each in refusals(checks)), "")


def standing(card: Card, request: AuthorizationRequest, freezes: Sequence[Freeze]) -> list[Check]:
    """Who asks: the company, the card, its freezes, its holder, the currency it is billed in."""
    return [
        check("company_active", card.company.status == CompanyStatus.ACTIVE),
        check("card_active", card.is_live, state=card.state),
        check("not_frozen", not freezes, freezes=[_freeze(freeze) for freeze in freezes]),
        check("cardholder_active", card.cardholder.status == MembershipStatus.ACTIVE, status=card.cardholder.status),
        check(
            "currency",
            request.amount.currency == card.account.currency,
            asked=request.amount.currency,
            wallet=card.account.currency,
        ),
        *(check(code, passed, **params) for code, passed, params in kind_checks(card, request)),
    ]


def _freeze(freeze: Freeze) -> dict[str, Any]:
    return {
        "source": freeze.source,
        "by": str(freeze.by_id) if freeze.by_id else None,
        "at": freeze.created_at.isoformat(),
        "reason": freeze.reason,
    }


def live_controls(card: Card) -> list[Control]:
    """Return the controls of a card: its own, over all its replacements, else its template's; those on trial among them."""
    rows: Any = Control.objects.filter(card=card.head_id or card.pk, ended_at=None)
    if card.template_owner_id:
        rows |= Control.objects.filter(template=card.template_owner_id, ended_at=None)
    return in_force(list(rows.select_related("template")))


_ORDER = {kind: place for place, kind in enumerate(ControlKind.values)}


def in_force(found: Sequence[Control]) -> list[Control]:
    """Return the controls that count among rows of one card and its template: own ones win, in the order of their kinds."""
    own = {(row.kind, row.shadow) for row in found if row.card_id}
    live = [row for row in found if row.card_id or (row.kind, row.shadow) not in own]
    return sorted(live, key=lambda row: (_ORDER[row.kind], row.shadow))


def ruled(rules: Sequence[Control], facts: Facts) -> list[Check]:
    """The card's controls, each against this purchase."""
    return [_ruled(rule, facts) for rule in rules]


def _ruled(rule: Control, facts: Facts) -> Check:
    passed = passes(rule.kind, rule.mode, rule.values, facts)
    trial: dict[str, Any] = {"shadow": True} if rule.shadow else {}
    if passed:
        return check(f"control_{rule.kind}", True, control=str(rule.pk), **trial)
    return check(
        f"control_{rule.kind}",
        False,
        control=str(rule.pk),
        mode=rule.mode,
        values=rule.values,
        seen=_seen(rule.kind, facts),
        note=rule.note,
        policy=rule.template.name if rule.template else "",
        set_by=str(rule.set_by_id) if rule.set_by_id else None,
        set_at=rule.set_at.isoformat(),
        **trial,
    )


def _seen(kind: str, facts: Facts) -> Any:
    """Return what a control looked at, for the sentence that explains it."""
    match kind:
        case ControlKind.CATEGORY:
            return facts.category_code
        case ControlKind.MERCHANT | ControlKind.FIRST_MERCHANT:
            return facts.merchant_name
        case ControlKind.COUNTRY:
            return facts.country
        case ControlKind.WEEKDAY:
            return facts.at.weekday()
        case ControlKind.HOURS:
            return facts.at.strftime("%H:%M")
        case ControlKind.CHANNEL:
            return facts.channel
    return facts.amount


def single(live: Sequence[Limit], request: AuthorizationRequest) -> list[Check]:
    """The limits that look at this purchase alone. A soft one marks the purchase and lets it through."""
    return [
        _limit(limit, request, used=0, passed=not limit.hard or request.amount.amount <= limit.ceiling)
        for limit in _concerned(live, request)
        if limit.interval in SINGLE
    ]


def windows(live: Sequence[Limit], request: AuthorizationRequest, used_before: Used) -> list[Check]:
    """The limits that count. A soft one lets the purchase through that crosses it, and none after."""
    found = []
    for limit in _concerned(live, request):
        if limit.interval in SINGLE:
            continue
        used = used_before.get((owner_of(limit), limit.interval), 0)
        fits = used + request.amount.amount <= limit.ceiling if limit.hard else used < limit.ceiling
        found.append(_limit(limit, request, used=used, passed=fits))
    return found


def _concerned(live: Sequence[Limit], request: AuthorizationRequest) -> list[Limit]:
    """Return the limits that bound this purchase: those of cash only where cash is taken."""
    is_cash = request.channel == Channel.CASH
    return [limit for limit in live if is_cash or limit.interval not in OF_CASH]


def _limit(limit: Limit, request: AuthorizationRequest, *, used: int, passed: bool) -> Check:
    source = limit.raised if limit.raised and limit.ceiling > limit.amount else limit
    extra: dict[str, Any] = {"shadow": True} if limit.shadow else {}
    if source.ends_at:
        extra["raised_until"] = source.ends_at.isoformat()
    if limit.template_id:
        extra["template"] = str(limit.template_id)
    return check(
        f"limit_{limit.interval}",
        passed,
        limit=str(limit.pk),
        owner=owner_of(limit),
        amount=limit.ceiling,
        currency=limit.currency,
        used=used,
        over=max(0, used + request.amount.amount - limit.ceiling),
        hard=limit.hard,
        set_by=str(source.set_by_id) if source.set_by_id else None,
        set_at=source.set_at.isoformat(),
        **extra,
    )


def crossed(checks: Sequence[Check]) -> list[Check]:
    """Return the soft limits that this purchase crossed and that let it through all the same."""
    return [
        each
        for each in checks
        if each["passed"]
        and each["params"].get("over")
        and not each["params"]["hard"]
        and not each["params"].get("shadow")
    ]


def funds(request: AuthorizationRequest, available: int, *, passed: bool | None = None) -> Check:
    """Whether the wallet has enough. `passed` overrides the comparison where the database has already said no."""
    enough = available >= request.amount.amount if passed is None else passed
    return check(
        "funds",
        enough,
        available=available,
        missing=max(0, request.amount.amount - available),
        currency=request.amount.currency,
    )


def preview(card: Card, request: AuthorizationRequest) -> list[Check]:
    """Return every check as it would turn out now. Reads only: nothing is counted, held or stored."""
    live, rules = limits.live_limits(card, request.occurred_at), live_controls(card)
    return [*standing(card, request, list(card.open_freezes())), *rest(card, request, live, rules)]


def rest(card: Card, request: AuthorizationRequest, live: Sequence[Limit], rules: Sequence[Control]) -> list[Check]:
    """The rules, and the checks about money by reading. A foreign account currency has none of the latter to compare."""
    found = ruled(rules, facts_of_request(request, card.company.zone))
    if request.amount.currency != card.account.currency or not request.amount:
        return found
    return [*found, *single(live, request), *read(card, request, live)]


def read(card: Card, request: AuthorizationRequest, live: Sequence[Limit]) -> list[Check]:
    """The limits that count and the wallet, by reading what is used and available."""
    counted = limits.used(card, request.occurred_at)
    available = LedgerAccount.objects.get(pk=card.account_id).available.amount
    return [*windows(live, request, counted), funds(request, available)]
