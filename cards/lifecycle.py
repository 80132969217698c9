"""The state of an authorization: a pure function of the set of what was said about it, whatever order it arrived in.

    effective = last advice + increments approved after it, by network order
                else what was first approved + approved increments
    open      = 0 if declined, closed or expired, else max(0, effective - reversed - cleared)
    returned  = of money asked for and taken at once: all of it when it was declined after all, else what was reversed
    cleared   = all that settled - returned

Our own decision is a member of the set, and so is our release at `expires_at`; what the issuer reports wins over our answer,
for the purchase and for each increment alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cards.models import AuthorizationStatus, DecidedBy, MessageKind, Outcome


@dataclass(frozen=True)
class Fact:
    """One thing that was said, in minor units of the account. `order` is the network's: time, sequence, id.

    A reversal without an amount releases everything and has `is_final`. `is_ours` marks our own decision. Increments of one
    `reference` are one increment: our decision and the network's report of it.
    """

    kind: str
    amount: int
    order: tuple[datetime, int, str]
    is_final: bool = False
    outcome: str = ""
    decided_by: str = ""
    is_ours: bool = False
    reference: str = ""

    @property
    def is_approved(self) -> bool:
        return self.outcome != Outcome.DECLINED


@dataclass(frozen=True)
class State:
    """What follows. `authorized` is the effective total; `open` is what the hold must be; `cleared` has `returned` taken off."""

    outcome: str
    decided_by: str
    authorized: int
    reversed: int
    cleared: int
    returned: int
    open: int
    status: str

    @property
    def used(self) -> int:
        """What the purchase uses of a limit: held and settled together."""
        return self.open + self.cleared


ByKind = dict[str, list[Fact]]


def state(facts: Iterable[Fact]) -> State:
    """Work out the state. Repeating a fact is for the caller to prevent: it is a set by message id."""
    by_kind: ByKind = {}
    for fact in sorted(facts, key=lambda fact: fact.order):
        by_kind.setdefault(fact.kind, []).append(fact)
    outcome, decided_by = _verdict(by_kind)
    authorized = _effective(by_kind) if outcome == Outcome.APPROVED else 0
    reversals = by_kind.get(MessageKind.REVERSAL, [])
    asked = authorized if any(fact.is_final for fact in reversals) else sum(fact.amount for fact in reversals)
    # More than there is cannot be given back: an over-reversal is capped, never negative.
    given_back = min(asked, authorized)
    clearings = by_kind.get(MessageKind.CLEARING, [])
    at_once = sum(fact.amount for fact in _singles(by_kind))
    returned = min(at_once, given_back) if outcome == Outcome.APPROVED else at_once
    cleared = sum(fact.amount for fact in clearings) + at_once - returned
    # What is asked for and taken at once never holds anything, whatever else is said about it.
    is_closed = at_once > 0 or any(fact.is_final for fact in clearings)
    is_expired = bool(by_kind.get(MessageKind.EXPIRY))
    left = 0 if is_closed or is_expired else max(0, authorized - given_back - cleared)
    return State(
        outcome=outcome,
        decided_by=decided_by,
        authorized=authorized,
        reversed=given_back,
        cleared=cleared,
        returned=returned,
        open=left,
        status=_status(outcome, authorized, given_back, cleared, left, is_expired=is_expired),
    )


def _singles(by_kind: ByKind) -> list[Fact]:
    """Return what was asked for and taken at once; a refused one took nothing."""
    return [fact for fact in by_kind.get(MessageKind.SINGLE_MESSAGE, []) if fact.is_approved]


def _verdict(by_kind: ByKind) -> tuple[str, str]:
    """Who decided what: the issuer's last word, else our answer, else the money itself says that it was approved."""
    said = by_kind.get(MessageKind.AUTHORIZATION, [])
    ours = [fact for fact in said if fact.is_ours]
    reported = [fact for fact in said if not fact.is_ours]
    reported += [fact for fact in by_kind.get(MessageKind.ADVICE, []) if fact.is_approved]
    reported += [fact for fact in by_kind.get(MessageKind.SINGLE_MESSAGE, []) if not fact.is_ours]
    if reported:
        last = max(reported, key=lambda fact: fact.order)
        outcome = Outcome.APPROVED if last.is_approved else Outcome.DECLINED
        agreed = bool(ours) and ours[-1].outcome == outcome
        by = last.decided_by or (ours[-1].decided_by if agreed else DecidedBy.ISSUER)
        return outcome, by
    if ours:
        return ours[-1].outcome, ours[-1].decided_by
    return Outcome.APPROVED, DecidedBy.ISSUER


def _effective(by_kind: ByKind) -> int:
    increments = [fact for fact in _each_once(by_kind.get(MessageKind.INCREMENT, [])) if fact.is_approved]
    advices = [fact for fact in by_kind.get(MessageKind.ADVICE, []) if fact.is_approved]
    if advices:
        last = advices[-1]
        return last.amount + sum(fact.amount for fact in increments if fact.order > last.order)
    return _first(by_kind) + sum(fact.amount for fact in increments)


def _first(by_kind: ByKind) -> int:
    """Return what the purchase was first approved for: as reported, else as we answered, else as it was taken at once."""
    said = by_kind.get(MessageKind.AUTHORIZATION, [])
    reported = [fact for fact in said if not fact.is_ours]
    if said:
        return (reported or said)[-1].amount
    return sum(fact.amount for fact in _singles(by_kind))


def _each_once(increments: list[Fact]) -> list[Fact]:
    """Of what was said about one increment keep one: the network's last report, else our own decision."""
    kept: dict[str, Fact] = {}
    for fact in sorted(increments, key=lambda fact: (not fact.is_ours, fact.order)):
        kept[fact.reference or "\x00".join(map(str, fact.order))] = fact
    return list(kept.values())


def _status(outcome: str, authorized: int, given_back: int, cleared: int, left: int, *, is_expired: bool) -> str:
    if left:
        return AuthorizationStatus.PENDING
    if cleared:
        return AuthorizationStatus.CLOSED
    if outcome == Outcome.DECLINED:
        return AuthorizationStatus.DECLINED
    if authorized and given_back >= authorized:
        return AuthorizationStatus.REVERSED
    if is_expired:
        return AuthorizationStatus.EXPIRED
    # Nothing was ever held (a verification for zero), or the shop closed it without taking money.
    return AuthorizationStatus.CLOSED
