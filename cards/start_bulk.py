"""Ask for one act on many cards, or for undoing it."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from accounts.models import Membership
from cards.freeze import NotYours
from cards.models import BulkAct, BulkRowState, Card, CardBulk, CardBulkRow, CardTemplate
from pleo.lib import format, work
from pleo.lib.errors import DomainError, WrongState

MAX_ROWS = 20_000
BATCH = 2_000
# What a row keeps whose card was so already: there is nothing to undo.
SAME = {"same": True}
CAPABILITIES = {
    BulkAct.FREEZE: "cards.freeze",
    BulkAct.THAW: "cards.freeze",
    BulkAct.CLOSE: "cards.freeze",
    BulkAct.FOLLOW: "cards.limits",
}


class NothingTicked(DomainError):
    """No card was chosen, or none that the person may see."""

    code = "nothing_ticked"
    field = "card"

    def message(self) -> str:
        return gettext("Tick the cards first.")


class TooMany(DomainError):
    """More cards than one act takes."""

    code = "too_many"
    field = "card"

    def message(self) -> str:
        limit = self.params["limit"]
        return ngettext(
            "One act takes %(limit)s card at most. Narrow the list with a filter.",
            "One act takes %(limit)s cards at most. Narrow the list with a filter.",
            limit,
        ) % {"limit": format.count(limit)}


@transaction.atomic
def start_bulk(*, by: Membership, cards: QuerySet[Card], act: str, template: CardTemplate | None = None) -> CardBulk:
    """Note which cards an act is asked for, exactly those of this moment, and leave it to the worker.

    `cards` are rows the person may see. Each is checked again when its turn comes. Raises NotYours, NothingTicked, TooMany,
    and WrongState for a policy that is archived.
    """
    if not by.can(CAPABILITIES[BulkAct(act)]):
        raise NotYours
    if (act == BulkAct.FOLLOW) != (template is not None):
        raise WrongState
    if template is not None and (template.archived_at or template.company_id != by.company_id):
        raise WrongState
    ids = list(cards.order_by("id").values_list("pk", flat=True)[: MAX_ROWS + 1])
    return _noted(by, act, ids, template=template)


@transaction.atomic
def undo_bulk(*, bulk: CardBulk, by: Membership) -> CardBulk:
    """Ask for putting back what a finished act changed, where nobody changed it since. Once. Raises NotYours, WrongState."""
    if not by.can(CAPABILITIES.get(BulkAct(bulk.act), "cards.manage")):
        raise NotYours
    if not bulk.can_be_undone:
        raise WrongState
    done = bulk.rows.filter(state=BulkRowState.DONE).exclude(before=SAME)
    ids = list(done.order_by("card_id").values_list("card_id", flat=True))
    if not ids:
        raise WrongState
    try:
        with transaction.atomic():
            return _noted(by, BulkAct.UNDO, ids, undo_of=bulk)
    except IntegrityError as error:
        raise WrongState from error


def _noted(by: Membership, act: str, ids: list[UUID], **fields: object) -> CardBulk:
    from cards.tasks import bulk_cards  # here, because the task calls this module's neighbour

    if not ids:
        raise NothingTicked
    if len(ids) > MAX_ROWS:
        raise TooMany(limit=MAX_ROWS)
    bulk: CardBulk = CardBulk.objects.create(company=by.company, by=by, act=act, total=len(ids), **fields)
    CardBulkRow.objects.bulk_create((CardBulkRow(bulk=bulk, card_id=pk) for pk in ids), batch_size=BATCH)
    work.enqueue(bulk_cards, bulk_id=bulk.pk)
    return bulk
