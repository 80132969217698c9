"""What came of one act on many cards: why a card was skipped, and the whole in one line."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from cards.card_policies import CardChanged
from cards.freeze import CardClosed, FrozenByFinance, NotYours
from cards.models import BulkAct, CardBulk
from pleo.lib import format
from pleo.lib.errors import DomainError, WrongState

REFUSALS: dict[str, type[DomainError]] = {
    refusal.code: refusal for refusal in (CardChanged, CardClosed, FrozenByFinance, NotYours, WrongState)
}


def sentence(error: dict[str, Any]) -> str:
    """Return the sentence of a stored refusal: its code with its parameters."""
    params = {name: value for name, value in error.items() if name != "code"}
    return REFUSALS.get(error["code"], WrongState)(**params).message()


def report(bulk: CardBulk) -> str:
    """Say what was done, in one line."""
    count = bulk.done
    words = {
        BulkAct.FREEZE: ngettext("%(count)s card is frozen.", "%(count)s cards are frozen.", count),
        BulkAct.THAW: ngettext("%(count)s card is thawed.", "%(count)s cards are thawed.", count),
        BulkAct.CLOSE: ngettext("%(count)s card is closed for good.", "%(count)s cards are closed for good.", count),
        BulkAct.FOLLOW: ngettext(
            "%(count)s card follows %(policy)s now.", "%(count)s cards follow %(policy)s now.", count
        ),
        BulkAct.UNDO: ngettext("%(count)s card is as before.", "%(count)s cards are as before.", count),
    }
    policy = bulk.template.name if bulk.template else ""
    return words[BulkAct(bulk.act)] % {"count": format.count(count), "policy": policy}
