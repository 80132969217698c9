"""End a request to spend: taken back by who asked, undone by who decided while nothing is spent, closed, or over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts.models import Membership
from cards.close import close
from cards.limits import end_raise
from cards.models import CloseReason
from events.notify import is_news, notify
from events.record import record
from expenses.ask_turns import is_alone, set_out, stop, turn_of
from expenses.budget_use import spent_on
from expenses.decide_ask import NotYourTurn, lock
from expenses.models import AskDecision, AskEnd, AskSpend, AskStage, AskStatus, AskVerdict, SpendRequest
from pleo.lib.errors import DomainError, WrongState


class SpentAlready(DomainError):
    """Something was bought with it."""

    code = "spent_already"
    status = 409

    def message(self) -> str:
        return gettext("Something was bought with it already, so it cannot be undone. Close it instead.")


@transaction.atomic
def withdraw_ask(*, request: SpendRequest, by: Membership, now: datetime) -> SpendRequest:
    """Take one's own wish back, unanswered or approved and unused. Raises NotYourTurn, WrongState, SpentAlready."""
    row = lock(request)
    if row.asked_by_id != by.pk:
        raise NotYourTurn
    if row.status not in (AskStatus.OPEN, AskStatus.APPROVED):
        raise WrongState
    told = turn_of(row, now=now)
    stop(row, now=now)
    _undo_deed(row, by, now)
    row.status, row.stage, row.granted, row.decided_at = AskStatus.WITHDRAWN, "", None, now  # type: ignore[assignment]
    row.save()
    _tell(row, "spend_request.withdrawn", by, told, now)
    return row


@transaction.atomic
def undo_ask(*, request: SpendRequest, by: Membership, now: datetime) -> SpendRequest:
    """Take the decision back, a yes or a no: the request waits for finance again, as if nothing had been said.

    Raises NotYourTurn, WrongState, SpentAlready.
    """
    row = lock(request)
    if row.status not in (AskStatus.APPROVED, AskStatus.DECLINED) or row.until < row.company.day_of(now):
        raise WrongState
    own = row.asked_by_id == by.pk
    if own and not is_alone(row, by, now=now):
        raise NotYourTurn
    last = row.decisions.exclude(verdict=AskVerdict.UNDONE).order_by("-id").first()
    if not by.can("requests.decide") and (last is None or last.by_id != by.pk or row.status == AskStatus.APPROVED):
        raise NotYourTurn
    AskDecision.objects.create(
        company_id=row.company_id, request=row, owner_id=row.asked_by_id, by=by, stage=AskStage.FINANCE,
        verdict=AskVerdict.UNDONE, amount=row.granted or row.value, currency=row.value_currency, decided_at=now,
        no_one_else_eligible=own,
    )  # fmt: skip
    _undo_deed(row, by, now)
    row.status, row.stage = AskStatus.OPEN, last.stage if last else AskStage.FINANCE
    row.granted, row.decided_at = None, None  # type: ignore[assignment]
    stop(row, now=now)
    set_out(row, now=now)
    row.save()
    _tell(row, "spend_request.undone", by, [row.asked_by], now)
    return row


@transaction.atomic
def close_ask(
    *, request: SpendRequest, by: Membership | None, now: datetime, end: str = AskEnd.BY_HAND
) -> SpendRequest:
    """Close an approved request: what it raised ends, its card is closed, what is left of it counts no more.

    `by` is empty when it closes by itself. Raises NotYourTurn, WrongState.
    """
    row = lock(request)
    if by is not None and by.pk != row.asked_by_id and not by.can("requests.decide"):
        raise NotYourTurn
    if row.status != AskStatus.APPROVED:
        raise WrongState
    _end_deed(row, by, now)
    row.status, row.closed_at, row.end = AskStatus.CLOSED, now, end
    row.save()
    _tell(row, "spend_request.closed", by, [row.asked_by], now, end=end)
    return row


def close_due(*, now: datetime) -> int:
    """Close what is spent or over, and let run out what nobody answered; returns how many. Safe at any time, by many at once."""
    rows = SpendRequest.objects.filter(status__in=[AskStatus.OPEN, AskStatus.APPROVED]).select_related("company")
    # The day of a company is at most a day ahead of the one in UTC, or behind it.
    due = list(rows.filter(Q(until__lte=now.date()) | Q(status=AskStatus.APPROVED)).order_by("id"))
    spent = spent_on(due)
    done = 0
    for row in due:
        is_spent = row.status == AskStatus.APPROVED and spent.get(row.pk, 0) >= (row.granted or 0)
        if is_spent or row.until < row.company.day_of(now):
            done += _end(row, AskEnd.USED if is_spent else AskEnd.ENDED, now)
    return done


def _end(row: SpendRequest, end: str, now: datetime) -> bool:
    try:
        if row.status == AskStatus.APPROVED:
            close_ask(request=row, by=None, now=now, end=end)
        else:
            _expire(row, now)
    except WrongState:
        return False
    return True


@transaction.atomic
def _expire(request: SpendRequest, now: datetime) -> None:
    row = lock(request)
    if row.status != AskStatus.OPEN:
        raise WrongState
    stop(row, now=now)
    row.status, row.stage, row.granted, row.decided_at = AskStatus.EXPIRED, "", None, now  # type: ignore[assignment]
    row.save()
    _tell(row, "spend_request.expired", None, [row.asked_by], now)


def _refuse_spent(row: SpendRequest) -> None:
    if AskSpend.objects.filter(request=row, removed_at=None).exists():
        raise SpentAlready
    if row.made and (row.made.authorizations.filter(outcome="approved").exists() or row.made.clearings.exists()):
        raise SpentAlready


def _end_deed(row: SpendRequest, by: Membership | None, now: datetime) -> None:
    for limit in row.raised.all():
        end_raise(limit=limit, by=by, now=now)
    if row.made is not None and row.made.is_open:
        close(card=row.made, reason=CloseReason.ENDED, by=by, now=now)


def _undo_deed(row: SpendRequest, by: Membership | None, now: datetime) -> None:
    """End what an approval did, and only then look whether it was used: closing a card waits for the purchase that holds it."""
    _end_deed(row, by, now)
    _refuse_spent(row)
    row.raised.clear()
    row.deed, row.made = "", None


def _tell(
    row: SpendRequest, verb: str, by: Membership | None, people: list[Membership], now: datetime, end: str = ""
) -> None:
    changes = {"amount": row.granted or row.value, "currency": row.value_currency} | ({"end": end} if end else {})
    event = record(company=row.company, verb=verb, subject=row, by=by, changes=changes, now=now)
    if is_news(event):
        notify(event=event, memberships=people)
