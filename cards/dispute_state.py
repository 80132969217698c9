"""How a dispute stands: a pure function of the set of what was said about it, whatever order it arrived in.

    status = the last of won, lost, withdrawn if any was said, else what was said last
    lent   = the provisional credit, until money comes from the shop's bank or the case is lost

Both are monotone in what ends them, so a credit is given at most once and taken back at most once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cards.models import DisputeStatus

OPENED, SUBMITTED, LENT = "opened", "submitted", "provisional_credit"
RETURNED, CHARGED_AGAIN = "chargeback", "second_presentment"
WON, LOST, WITHDRAWN = "won", "lost", "withdrawn"

STATUS: dict[str, DisputeStatus] = {
    OPENED: DisputeStatus.OPENED,
    SUBMITTED: DisputeStatus.SUBMITTED,
    LENT: DisputeStatus.CREDITED,
    RETURNED: DisputeStatus.CREDITED,
    CHARGED_AGAIN: DisputeStatus.CONTESTED,
    WON: DisputeStatus.WON,
    LOST: DisputeStatus.LOST,
    WITHDRAWN: DisputeStatus.WITHDRAWN,
}
ENDS = frozenset({WON, LOST, WITHDRAWN})
TAKES_BACK = frozenset({RETURNED, LOST, WITHDRAWN})


@dataclass(frozen=True)
class Said:
    """One thing that was said. `order` is the issuer's: time, sequence, id. Amount in minor units where it lends money."""

    word: str
    order: tuple[datetime, int, str]
    amount: int = 0


@dataclass(frozen=True)
class Standing:
    """What follows. `lent` is what the issuer has credited for now."""

    status: DisputeStatus
    lent: int


def standing(said: Iterable[Said]) -> Standing:
    """Work out the state. There is always the opening."""
    ordered = sorted(said, key=lambda each: each.order)
    assert ordered, "a dispute was opened"
    ends = [each for each in ordered if each.word in ENDS]
    credits = [each for each in ordered if each.word == LENT]
    is_over = any(each.word in TAKES_BACK for each in ordered)
    # The opening and the filing may carry a later time of ours than what the issuer said meanwhile.
    later = [each for each in ordered if each.word not in (OPENED, SUBMITTED)]
    filed = [each for each in ordered if each.word == SUBMITTED]
    last = (ends or later or filed or ordered)[-1]
    return Standing(STATUS[last.word], 0 if is_over or not credits else credits[-1].amount)
