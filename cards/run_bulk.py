"""Do what one act on many cards asks, some at a time: each lot is one transaction, so a crash leaves whole lots and goes on after them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from cards.cancel import cancel
from cards.card_policies import Before, follow_again, follow_keeping
from cards.freeze import freeze, freeze_again, thaw
from cards.models import BulkAct, BulkRowState, BulkStatus, Card, CardBulk, CardBulkRow
from cards.start_bulk import SAME
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.work import LeaseLost
from pleo.lib.write_many import write_many

# A lot holds its cards' rows while a till may ask for one of them, so it is over in a moment.
LOT = 20


def run_bulk(bulk_id: Any) -> None:
    """Work through an act on many cards until nothing waits. Returns at once when another worker has it."""
    bulk = CardBulk.claim(bulk_id, now=timezone.now())
    if bulk is None:
        return
    try:
        while _lot(bulk):
            pass
        with bulk.finishing():
            pass
    except LeaseLost:
        return


@transaction.atomic
def _lot(bulk: CardBulk) -> bool:
    """Do some cards and say whether there were any. Raises LeaseLost."""
    now = timezone.now()
    mine = CardBulk.objects.filter(pk=bulk.pk, status=BulkStatus.RUNNING, attempts=bulk.attempts)
    if not mine.update(lease_until=now + CardBulk.LEASE):
        raise LeaseLost(bulk.pk)
    rows = list(CardBulkRow.objects.filter(bulk=bulk, state=BulkRowState.WAITING).order_by("id")[:LOT])
    if not rows:
        return False
    cards = _cards(row.card_id for row in rows)
    former = _former(bulk, rows)
    for row in rows:
        _one(bulk, row, cards[row.card_id], former.get(row.card_id, {}), now)
    write_many(rows, ["state", "error", "before"])
    done = sum(row.state == BulkRowState.DONE for row in rows)
    mine.update(done=F("done") + done, skipped=F("skipped") + len(rows) - done)
    return True


def _cards(ids: Any) -> dict[UUID, Card]:
    rows = Card.objects.filter(pk__in=list(ids)).select_related("cardholder", "company", "account", "head")
    return {row.pk: row for row in rows}


def _former(bulk: CardBulk, rows: list[CardBulkRow]) -> dict[UUID, dict[str, Any]]:
    """Return what the act that is undone kept of each card."""
    if bulk.undo_of_id is None:
        return {}
    asked = [row.card_id for row in rows]
    kept = CardBulkRow.objects.filter(bulk=bulk.undo_of_id, card__in=asked)
    return dict(kept.values_list("card_id", "before"))


def _one(bulk: CardBulk, row: CardBulkRow, card: Card, former: dict[str, Any], now: datetime) -> None:
    """Do it to one card. One that refuses must not stop the others."""
    try:
        with transaction.atomic():
            row.before = _undo(bulk, card, former, now) if bulk.act == BulkAct.UNDO else _do(bulk, card, now)
    except DomainError as error:
        row.state, row.error = BulkRowState.SKIPPED, {"code": error.code, **error.params}
    else:
        row.state = BulkRowState.DONE


def _do(bulk: CardBulk, card: Card, now: datetime) -> dict[str, Any]:
    """Do the act and return what undoing it needs: nothing where the card was so already."""
    if bulk.act == BulkAct.CLOSE:
        cancel(card=card, by=bulk.by, now=now)
        return {}
    if bulk.act == BulkAct.FOLLOW:
        if bulk.template is None:
            raise WrongState
        before = asdict(follow_keeping(card=card, template=bulk.template, by=bulk.by, now=now))
        is_same = before == {"template": str(bulk.template_id), "limits": [], "controls": []}
        return SAME if is_same else before
    standing = set(card.open_freezes().values_list("pk", flat=True))
    if bulk.act == BulkAct.FREEZE:
        made = freeze(card=card, by=bulk.by, now=now).pk
        return SAME if made in standing else {"freezes": [str(made)]}
    thaw(card=card, by=bulk.by, now=now)
    ended = standing - set(card.open_freezes().values_list("pk", flat=True))
    return {"freezes": [str(pk) for pk in sorted(ended)]} if ended else SAME


def _undo(bulk: CardBulk, card: Card, former: dict[str, Any], now: datetime) -> dict[str, Any]:
    undone = bulk.undo_of
    assert undone is not None, "an undoing says of what"
    freezes = [UUID(pk) for pk in former.get("freezes", [])]
    if undone.act == BulkAct.FREEZE:
        # That one alone: the holder, or somebody later, may have put the card to rest for reasons of their own.
        thaw(card=card, by=bulk.by, now=now, only=freezes)
    elif undone.act == BulkAct.THAW:
        freeze_again(card=card, ended=freezes, by=bulk.by, now=now)
    elif undone.act == BulkAct.FOLLOW and undone.template is not None:
        follow_again(card=card, template=undone.template, before=Before(**former), by=bulk.by, now=now)
    else:
        raise WrongState
    return {}
