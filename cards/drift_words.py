"""A difference with the issuer as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from cards.mend_drift import Remedy, offers
from cards.models import Drift, DriftKind, IssuerStatus, MessageKind
from pleo.lib import format
from pleo.lib.money import Money


@dataclass(frozen=True)
class DriftRow:
    """One line of the list: both sides in words, what it means, and what one tap can do."""

    drift: Drift
    ours: str
    theirs: str
    hint: str
    remedies: list[tuple[str, str]]


def row_of(drift: Drift) -> DriftRow:
    """Put a difference into words."""
    return DriftRow(
        drift=drift,
        ours=side(drift, drift.ours),
        theirs=side(drift, drift.theirs),
        hint=_hint(drift),
        remedies=[(remedy.value, _label(remedy)) for remedy in offers(drift)],
    )


def side(drift: Drift, says: dict[str, Any]) -> str:
    """Return what one side says, or a dash."""
    parts = []
    if "status" in says:
        parts.append(
            str(IssuerStatus(says["status"]).label) if says["status"] in IssuerStatus.values else says["status"]
        )
    if says.get("kind"):
        kind = says["kind"]
        parts.append(str(MessageKind(kind).label) if kind in MessageKind.values else kind)
    if says.get("last_four"):
        parts.append(f"•• {says['last_four']}")
    if says.get("expires"):
        parts.append(says["expires"])
    if says.get("currency") and isinstance(says.get("amount"), int):
        parts.append(format.amount(Money(says["amount"], says["currency"])))
    if says.get("where"):
        parts.append(_("field %(name)s") % {"name": says["where"]})
    return ", ".join(parts) or "–"


def _label(remedy: Remedy) -> str:
    words = {
        Remedy.TAKE_THEIRS: _("Freeze it here too"),
        Remedy.SEND_OURS: _("Send ours again"),
        Remedy.TAKE_IN: _("Take it in again"),
        Remedy.NOTE: _("Take note"),
        Remedy.UNDO_NOTE: _("Open again"),
    }
    return words[remedy]


def _hint(drift: Drift) -> str:
    """Say what a difference means, and what to do where no tap can."""
    if not drift.is_standing:
        return str(drift.get_ended_how_display())
    if drift.kind == DriftKind.FUNDS_SHORT and not drift.theirs:
        return _(
            "Less lies at the issuer than the wallets here hold. Purchases may be declined: ask who runs this installation."
        )
    why = (drift.message.last_error or {}).get("code", "") if drift.message else ""
    words = {
        DriftKind.CARD_STATUS: _("The issuer is told ours again by itself. It stands here until the issuer has it."),
        DriftKind.CARD_DETAILS: "",
        DriftKind.CARD_NOT_THEIRS: _("The issuer does not know this card, so it cannot pay. Replace it."),
        DriftKind.CARD_NOT_OURS: _("Somebody made this card at the issuer. Close it there if nobody needs it."),
        DriftKind.MISSED: _("It could not be taken in: %(why)s.") % {"why": why or "–"},
        DriftKind.UNREADABLE: _("Nothing was booked from it. Look at it at the issuer."),
        DriftKind.FUNDS_SHORT: _("Purchases that are approved here would fail there. Top up at the issuer."),
    }
    return words[DriftKind(drift.kind)]
