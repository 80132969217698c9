"""Say yes or no to a request to spend. The last yes does what it says: limits raised, a card made, or a note for later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import Membership
from cards.issue import Wish, issue
from cards.limits import PERSON, live_limits, owner_of, raise_limit
from cards.models import CASH_WINDOWS, OF_CASH, SINGLE, Card, CardKind, CardState, Interval, Limit
from events.notify import is_news, notify
from events.record import record
from expenses.ask_budgets import refuse_over_budget
from expenses.ask_turns import facts_of, is_alone, may_decide, open_stage_of, say_yes, stop, turn_of
from expenses.decide_stage import decide_stage
from expenses.models import AskDecision, AskStatus, AskVerdict, Deed, ReviewOutcome, SpendRequest
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.money import MAX_AMOUNT, Money


class NotYourTurn(DomainError):
    """Somebody else decides about this, or about this now."""

    code = "not_your_turn"

    def message(self) -> str:
        return gettext("Somebody else decides about this. Nobody decides about what they asked for themselves.")


class ProofWanted(DomainError):
    """Nobody else can decide, so the person shows again that it is them."""

    code = "ask_proof_needed"
    status = 403

    def message(self) -> str:
        return gettext("Nobody else here can decide about your requests. Confirm that it is you, then decide.")


class CommentMissing(DomainError):
    """A no comes with words for the person who asked."""

    code = "comment_missing"
    field = "comment"

    def message(self) -> str:
        return gettext("Write why not. %(who)s reads it.") % self.params


class GrantWrong(DomainError):
    """Nothing, or another currency than the company's."""

    code = "grant_wrong"
    field = "amount"

    def message(self) -> str:
        return gettext("Write an amount above zero in %(currency)s.") % self.params


class DeedMissing(DomainError):
    """The last yes says how the money is spent."""

    code = "deed_missing"
    field = "deed"

    def message(self) -> str:
        return gettext("Choose how it is paid.")


class CardUnfit(DomainError):
    """Not a card of the person who asked, or one that cannot be used."""

    code = "card_unfit"
    field = "card"

    def message(self) -> str:
        return gettext("Choose an open card of the person who asked.")


class NoLimitInTheWay(DomainError):
    """The card has no limit that could be raised."""

    code = "no_limit_in_the_way"
    field = "card"

    def message(self) -> str:
        return gettext("This card has no limit that stands in the way. Choose “pay as usual”.")


class RaisedAlready(DomainError):
    """A raise is in force; a second one would end it or widen it."""

    code = "raised_already"
    status = 409
    field = "card"

    def message(self) -> str:
        return gettext("A limit of this card is raised already. Choose a temporary card, or another way.")


@dataclass(frozen=True)
class Yes:
    """What an approver grants: the amount (that of the request without one) and, with the last yes, how it is paid."""

    amount: Money | None = None
    deed: str = ""
    card: Card | None = None
    over_reason: str = ""


@transaction.atomic
def approve_ask(
    *, request: SpendRequest, by: Membership, now: datetime, yes: Yes | None = None, comment: str = "", is_confirmed: bool = False
) -> SpendRequest:  # fmt: skip
    """Say yes at this stage. The last yes does the deed in the same transaction; hard budgets are checked under their locks.

    Raises WrongState, NotYourTurn, ProofWanted, GrantWrong, DeedMissing, CardUnfit, NoLimitInTheWay, RaisedAlready,
    OverBudget, and what issuing a card raises (then nothing was decided).
    """
    yes = yes or Yes()
    row, alone = _open(request, by, is_confirmed, now)
    amount = yes.amount if yes.amount is not None else row.allowed or row.worth
    if amount.currency != row.value_currency or not 0 < amount.amount <= MAX_AMOUNT:
        raise GrantWrong(currency=row.value_currency)
    turn = "" if alone else say_yes(row, by, amount, now=now)
    over = ""
    if not turn:
        # A workflow may leave the last word to anybody; cards and limits stay with who decides about requests.
        if yes.deed not in Deed.values or (yes.deed != Deed.NOTE and not by.can("requests.decide")):
            raise DeedMissing
        over = refuse_over_budget(row, amount, by=by, reason=yes.over_reason, now=now)
    _write(row, AskVerdict.APPROVED, by, amount, comment, now, over_reason=over, alone=alone)
    if alone:
        stop(row, now=now)
    row.granted, row.stage = amount.amount, turn
    if not turn:
        row.status, row.deed, row.decided_at = AskStatus.APPROVED, yes.deed, now
        row.made = _card(row, amount, by, now) if yes.deed in (Deed.TEMPORARY, Deed.SINGLE_USE) else None
    row.save()
    if yes.deed == Deed.RAISE and not turn:
        row.raised.set(_raise(row, yes.card, amount, by, now))
    _tell(row, "spend_request.passed_on" if turn else "spend_request.approved", by, amount, comment, now)
    return row


@transaction.atomic
def decline_ask(
    *, request: SpendRequest, by: Membership, now: datetime, comment: str, is_confirmed: bool = False
) -> SpendRequest:
    """Say no, with words. Raises WrongState, NotYourTurn, ProofWanted, CommentMissing."""
    row, alone = _open(request, by, is_confirmed, now)
    if not comment.replace("\x00", "").strip():
        raise CommentMissing(who=row.asked_by.first_name)
    _write(row, AskVerdict.DECLINED, by, row.worth, comment, now, alone=alone)
    _say_no(row, by, comment, now)
    row.status, row.stage, row.decided_at, row.granted = AskStatus.DECLINED, "", now, None  # type: ignore[assignment]
    row.save()
    _tell(row, "spend_request.declined", by, row.worth, comment, now)
    return row


def lock(request: SpendRequest) -> SpendRequest:
    """Lock a request and read it as it is now."""
    row: SpendRequest = SpendRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=request.pk)
    return row


def _say_no(row: SpendRequest, by: Membership, comment: str, now: datetime) -> None:
    """Note a no on the way of a workflow, which ends with it."""
    stage = open_stage_of(row)
    if stage is not None and row.asked_by_id != by.pk:
        decide_stage(
            route=stage.route, by=by, outcome=ReviewOutcome.NOT_OKAY, amount=row.value, facts=facts_of(row), subject=row,
            now=now, reason=comment.replace("\x00", "").strip()[:500],
        )  # fmt: skip
    stop(row, now=now)


def _open(request: SpendRequest, by: Membership, is_confirmed: bool, now: datetime) -> tuple[SpendRequest, bool]:
    row = lock(request)
    if row.status != AskStatus.OPEN:
        raise WrongState
    alone = is_alone(row, by, now=now)
    if not alone and not may_decide(row, by, now=now):
        raise NotYourTurn
    if alone and not is_confirmed:
        raise ProofWanted
    return row, alone


def _write(
    row: SpendRequest, verdict: str, by: Membership, amount: Money, comment: str, now: datetime, *, over_reason: str = "",
    alone: bool = False,
) -> None:  # fmt: skip
    AskDecision.objects.create(
        company_id=row.company_id, request=row, owner_id=row.asked_by_id, by=by, stage=row.stage, verdict=verdict,
        amount=amount.amount, currency=amount.currency, comment=comment.replace("\x00", "").strip()[:500],
        over_reason=over_reason, no_one_else_eligible=alone, decided_at=now,
    )  # fmt: skip


def ends_at(row: SpendRequest) -> datetime:
    """Return the first moment after the request's last day, in the company's time zone."""
    return datetime.combine(row.until + timedelta(days=1), time.min, tzinfo=row.company.zone)


def _card(row: SpendRequest, amount: Money, by: Membership, now: datetime) -> Card:
    is_once = row.deed == Deed.SINGLE_USE
    once, until = Wish(kind=CardKind.SINGLE_USE), Wish(kind=CardKind.TEMPORARY, starts_at=now, ends_at=ends_at(row))
    return issue(
        cardholder=row.asked_by, name=row.title[:60], by=by, wish=once if is_once else until, limit_total=amount,
        limit_purchase=amount if is_once else None, now=now,
    )  # fmt: skip


def _raise(row: SpendRequest, card: Card | None, amount: Money, by: Membership, now: datetime) -> list[Limit]:
    """Raise what bounds the card by what was granted, on top of what it is, until the request's last day."""
    if card is None or card.cardholder_id != row.asked_by_id or card.state == CardState.CLOSED:
        raise CardUnfit
    cash = (*CASH_WINDOWS, *OF_CASH)
    found = [each for each in live_limits(card, now) if not each.shadow and each.interval not in cash]
    if any(each.raised for each in found):
        raise RaisedAlready
    made = []
    for each in found:
        wanted = amount if each.interval in SINGLE else Money(each.amount, each.currency) + amount
        if wanted.amount <= each.amount:
            continue
        of_person = owner_of(each) == PERSON
        owner = {"person": row.asked_by} if of_person else {"card": card}
        made.append(
            raise_limit(interval=Interval(each.interval), amount=wanted, ends_at=ends_at(row), by=by, now=now, **owner)
        )
    if not made:
        raise NoLimitInTheWay
    return made


def _tell(row: SpendRequest, verb: str, by: Membership, amount: Money, comment: str, now: datetime) -> None:
    changes = {
        "amount": amount.amount,
        "currency": amount.currency,
        "comment": comment.replace("\x00", "").strip()[:500],
    }
    event = record(company=by.company, verb=verb, subject=row, by=by, changes=changes, now=now)
    if is_news(event):
        notify(event=event, memberships=[row.asked_by, *turn_of(row, now=now)])
