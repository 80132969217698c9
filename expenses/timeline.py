"""Where an expense is, in words: what has happened (solid), what waits for whom (now), what is to come (dashed)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from accounts.models import Membership
from cards.models import AuthorizationStatus, Channel
from expenses import next_step
from expenses.models import (
    Direction,
    Expense,
    ExpenseKind,
    Lane,
    Movement,
    PaymentState,
    PayoutItem,
    PayoutStatus,
    ReviewOutcome,
    Route,
    StageState,
)
from expenses.owed import CLAIMED, OWED
from expenses.route_words import StageWords, words_of
from pleo.lib import format
from pleo.lib.money import Money

DONE, NOW, NEXT, BAD = "done", "now", "next", "bad"
# Where people add a tip after the card was asked: restaurants, bars, taxis, hotels.
TIPPED = frozenset({"5811", "5812", "5813", "5814", "4121", "7011"})


@dataclass(frozen=True)
class Step:
    """One station. `state` is done, now, next or bad; `is_refund` gives the amount its plus."""

    state: str
    what: str
    note: str = ""
    amount: Money | None = None
    icon: str = "check"
    is_refund: bool = False


def timeline(expense: Expense, viewer: Membership, route: Route | None) -> list[Step]:
    """Return the stations of an expense in order, as `viewer` sees them; `route` is its way through a workflow."""
    steps = [*_money(expense)]
    if expense.payment == PaymentState.REVERSED:
        return steps
    code = next_step.base_step(expense)
    waits = _with_owner(expense, viewer, code)
    if waits is not None:
        steps.append(waits)
    steps += _review(expense, viewer, code, route)
    if expense.kind in OWED:
        steps.append(_paid_back(expense))
    steps.append(_books(expense))
    return steps


def _money(expense: Expense) -> list[Step]:
    movements = sorted(expense.movements.all(), key=lambda movement: (movement.booked_date, movement.pk))
    authorization = expense.authorization
    steps: list[Step] = []
    if expense.kind in CLAIMED:
        words = {
            ExpenseKind.MILEAGE: gettext("Driven by %(name)s"),
            ExpenseKind.PER_DIEM: gettext("%(name)s was away"),
            ExpenseKind.CASH_PURCHASE: gettext("Paid from cash by %(name)s"),
        }.get(ExpenseKind(expense.kind), gettext("Paid by %(name)s"))
        paid = words % {"name": expense.owner.first_name}
        return [Step(DONE, paid, format.day(expense.purchased_at), expense.booked, "hand-coins")]
    if authorization is not None:
        place = {
            Channel.ONLINE: gettext("online"),
            Channel.CASH: gettext("at a cash machine"),
        }.get(Channel(authorization.channel), gettext("at the till"))
        when = format.moment(authorization.occurred_at)
        note = gettext("%(when)s, %(place)s") % {"when": when, "place": place}
        steps.append(Step(DONE, gettext("Reserved"), note, authorization.billing))
    reserved = authorization.billing if authorization else None
    for index, movement in enumerate(movements):
        steps.append(_settled(expense, movement, reserved if index == 0 and len(movements) == 1 else None))
    if movements:
        return steps
    if expense.payment == PaymentState.REVERSED:
        expired = authorization is not None and authorization.status == AuthorizationStatus.EXPIRED
        why = (
            gettext("The shop never asked for the money. Nothing was charged.")
            if expired
            else gettext("The shop gave the money back before it was charged.")
        )
        return [*steps, Step(DONE, gettext("Released"), why, expense.booked, "undo-2")]
    return [*steps, Step(NEXT, gettext("Settled"), gettext("Usually in 2 days."), None)]


def _settled(expense: Expense, movement: Movement, reserved: Money | None) -> Step:
    amount, day = Money(movement.amount, movement.currency), format.day(movement.booked_date)
    is_refund = movement.direction == Direction.REFUND
    what = gettext("Paid back") if is_refund else gettext("Settled")
    note = day
    if (
        reserved is not None
        and not is_refund
        and reserved.currency == amount.currency
        and reserved != amount
        and reserved
    ):
        more = amount - reserved
        if more.amount < 0:
            note = gettext("%(day)s. %(less)s less than reserved.") % {"day": day, "less": format.amount(abs(more))}
        elif expense.merchant_category_code in TIPPED:
            note = gettext("%(day)s. The tip of %(more)s came on top.") % {"day": day, "more": format.amount(more)}
        else:
            note = gettext("%(day)s. %(more)s more than reserved.") % {"day": day, "more": format.amount(more)}
    return Step(DONE, what, note, amount, "undo-2" if is_refund else "check", is_refund)


def _with_owner(expense: Expense, viewer: Membership, code: str) -> Step | None:
    if code not in next_step.OWNERS_TURN:
        return None
    is_owner = expense.owner_id == viewer.pk
    what = gettext("With you") if is_owner else gettext("With %(name)s") % {"name": expense.owner.name}
    last = last_review(expense)
    asked = code in (ReviewOutcome.NEEDS_DETAILS, ReviewOutcome.NOT_OKAY) and last is not None
    if asked and last is not None:
        note = gettext("%(name)s asked %(when)s") % {"name": last.by.first_name, "when": format.moment(last.created_at)}
    else:
        note = {
            "receipt_missing": gettext("The receipt is missing."),
            "check_reading": gettext("What was read waits for a look."),
            "category_missing": gettext("A category is missing."),
            "attendees_missing": gettext("Who was there is missing."),
            "note_missing": gettext("A note is missing."),
            "reason_missing": gettext("A rule asks for a reason."),
            "blocked": gettext("A rule does not allow it."),
        }.get(code, "")
    return Step(NOW, what, note, icon="user-round")


def _review(expense: Expense, viewer: Membership, code: str, route: Route | None) -> list[Step]:
    """Who decided and who decides: stage by stage where a workflow names them, else in one line."""
    last = last_review(expense)
    if expense.review == ReviewOutcome.NOT_OKAY and last is not None:
        return [Step(BAD, gettext("Not okay, says %(name)s") % {"name": last.by.name}, last.reason, icon="x")]
    if expense.review == ReviewOutcome.OKAY and last is not None and last.by is None:
        rule = gettext("“%(name)s” asks nobody to look.") % {"name": last.rule.name if last.rule else ""}
        return [Step(DONE, gettext("Okay by workflow"), rule)]
    staged = list(words_of(route, viewer)) if route else []
    if staged:
        is_turn = code == "to_review"
        return [_staged(one, is_turn) for one in staged]
    return [_usual_review(expense, viewer, code, last)]


def _staged(one: StageWords, is_turn: bool) -> Step:
    """A stage waits for its people only while nothing else is missing."""
    if one.state == StageState.DONE:
        return Step(DONE, one.what, one.note)
    if one.state == StageState.OPEN and is_turn:
        return Step(NOW, one.what, one.note, icon="user-round")
    return Step(NEXT, one.what)


def _usual_review(expense: Expense, viewer: Membership, code: str, last: Any) -> Step:
    if expense.review == ReviewOutcome.OKAY and last is not None:
        what = (
            gettext("Okay from you")
            if last.by_id == viewer.pk
            else gettext("Okay from %(name)s") % {"name": last.by.name}
        )
        return Step(DONE, what, format.moment(last.created_at))
    if code != "to_review":
        return Step(NEXT, gettext("Reviewed by finance"))
    yours = expense.owner_id != viewer.pk and viewer.can("expenses.review")
    return Step(NOW if yours else NEXT, gettext("Waits for you") if yours else gettext("Waits for finance"), icon="eye")


def _paid_back(expense: Expense) -> Step:
    """Where the money of a claim is: still owed, on its way, or with the person."""
    items = PayoutItem.objects.filter(entry__expense=expense, released_at=None).select_related("payout__run")
    item = items.order_by("-id").first()
    if item is None:
        return Step(NEXT, gettext("Paid back"), icon="landmark")
    payout, day = item.payout, format.day(item.payout.run.execution_date)
    if payout.status == PayoutStatus.PAID:
        when = format.moment(payout.decided_at) if payout.decided_at else day
        return Step(DONE, gettext("Paid back"), when, expense.booked, "landmark")
    return Step(NOW, gettext("On its way to the bank account"), day, icon="landmark")


def _books(expense: Expense) -> Step:
    if expense.books_lane == Lane.EXPORTED:
        return Step(DONE, gettext("Exported to bookkeeping"), icon="check-check")
    if expense.books_lane == Lane.QUEUE:
        when = format.moment(expense.locked_at) if isinstance(expense.locked_at, datetime) else ""
        return Step(DONE, gettext("In the export queue"), when, icon="lock")
    return Step(NEXT, gettext("Exported to bookkeeping"))


def last_review(expense: Expense) -> Any:
    """Return the newest decision that was not taken back, from the fetched reviews."""
    reviews: list[Any] = sorted(expense.reviews.all(), key=lambda review: review.pk)
    return reviews[-1] if reviews and reviews[-1].outcome in ReviewOutcome.values else None
