"""What was said between shops and Pleo, told from what is stored: purchases with their messages, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from cards.issuers.simulator import REQUEST, TYPES
from cards.models import Authorization, Card, IssuerMessage, MessageKind, MessageStatus, OurAnswer, Outcome
from pleo.lib import format
from pleo.lib.money import Money

WORDS: dict[str, Promise] = {
    MessageKind.AUTHORIZATION: _("The network’s report"),
    MessageKind.INCREMENT: _("Grows by"),
    MessageKind.ADVICE: _("Advice, the real amount"),
    MessageKind.REVERSAL: _("Release"),
    MessageKind.EXPIRY: _("The reserve ran out"),
    MessageKind.CLEARING: _("Clearing"),
    MessageKind.SINGLE_MESSAGE: _("Asked and taken at once"),
    MessageKind.REFUND_AUTHORIZATION: _("Refund announced"),
    MessageKind.REFUND: _("Refund"),
    MessageKind.BALANCE_INQUIRY: _("Balance inquiry"),
    MessageKind.UNKNOWN: _("Not understood"),
}
# Money that comes, and money that goes: what is posted, not what is only reserved.
COMES = frozenset({MessageKind.REFUND, MessageKind.CHARGEBACK, MessageKind.CORRECTION_CREDIT})
GOES = frozenset(
    {
        MessageKind.CLEARING,
        MessageKind.SINGLE_MESSAGE,
        MessageKind.REFUND_REVERSAL,
        MessageKind.SECOND_PRESENTMENT,
        MessageKind.CORRECTION_DEBIT,
    }
)
CODES = {kind: name for name, kind in TYPES.items()}


@dataclass(frozen=True)
class Line:
    """One thing said. `icon` and `tone` are the look; `code` is the message's own name; `look` styles the amount."""

    at: datetime
    icon: str
    what: str
    code: str = ""
    amount: Money | None = None
    look: str = ""
    sign: str = ""
    note: str = ""
    tone: str = "neutral"


@dataclass(frozen=True)
class Roll:
    """What was said about one purchase."""

    title: str
    card: Card
    lines: list[Line]
    at: datetime


def rolls(company: Company, *, size: int = 6) -> list[Roll]:
    """Return the last purchases and the money taken or given without one, each with everything said about it."""
    asked = (
        Authorization.objects.for_company(company)
        .select_related("card__cardholder")
        .prefetch_related("messages")
        .order_by("-created_at", "-id")[:size]
    )
    # A message that was not taken in yet has no company: it is known by the card it names.
    cards = Card.objects.for_company(company).select_related("cardholder")
    by_reference = {card.issuer_reference: card for card in cards if card.issuer_reference}
    alone = IssuerMessage.objects.filter(
        issuer=company.issuer, authorization=None, card_reference__in=by_reference
    ).exclude(kind__in=[MessageKind.BALANCE_INQUIRY, MessageKind.UNKNOWN])
    found = [_of_authorization(row) for row in asked]
    found += [_of_message(row, by_reference[row.card_reference]) for row in alone.order_by("-created_at", "-id")[:size]]
    return sorted(found, key=lambda roll: roll.at, reverse=True)[:size]


def _of_authorization(row: Authorization) -> Roll:
    lines = []
    if row.our_answer:
        told = Line(
            row.occurred_at, "arrow-right", gettext("Authorization"), REQUEST, row.merchant_money, note=_about(row)
        )
        lines = [told, _answer(row)]
    messages = sorted(row.messages.all(), key=lambda message: (message.created_at, message.pk))
    lines += [_line(message, row) for message in messages]
    return Roll(row.merchant_name, row.card, lines, row.created_at)


def _about(row: Authorization) -> str:
    channel = row.get_channel_display()
    if not row.merchant_category_code:
        return channel
    return gettext("%(channel)s, code %(code)s") % {"channel": channel, "code": row.merchant_category_code}


def _answer(row: Authorization) -> Line:
    passed, count = sum(check["passed"] for check in row.checks), len(row.checks)
    note = ngettext("%(passed)s of %(count)s check passed.", "%(passed)s of %(count)s checks passed.", count)
    values = {"passed": passed, "count": count, "time": row.decision_ms or 0, "code": row.decline_reason}
    words = {
        OurAnswer.APPROVED: (_("Approved in %(time)s ms"), _("Approved")),
        OurAnswer.DECLINED: (_("Declined in %(time)s ms"), _("Declined")),
        OurAnswer.LATE: (_("Too late, after %(time)s ms"), _("Too late")),
    }
    timed, plain = words[OurAnswer(row.our_answer)]
    is_yes = row.our_answer == OurAnswer.APPROVED
    return Line(
        row.occurred_at,
        "arrow-left" if is_yes else "ban",
        str(timed if row.decision_ms is not None else plain) % values,
        row.decline_reason if row.outcome == Outcome.DECLINED else "",
        row.billing if is_yes else None,
        look="money--reserved",
        note=note % values,
        tone="positive" if is_yes else "negative",
    )


def _line(message: IssuerMessage, row: Authorization | None) -> Line:
    comes = message.kind in COMES
    amount = Money(message.amount, message.currency) if message.amount is not None else None
    return Line(
        message.created_at,
        "hourglass" if message.status == MessageStatus.WAITING else "arrow-right",
        _words(message),
        CODES.get(MessageKind(message.kind), ""),
        amount,
        look="money--refund" if comes else "money--strong" if message.kind in GOES else "",
        sign="+" if comes else "",
        note=_note(message, row),
        tone=_tone(message),
    )


def _words(message: IssuerMessage) -> str:
    if message.kind in WORDS:
        return str(WORDS[message.kind])
    return str(MessageKind(message.kind).label)


def _tone(message: IssuerMessage) -> str:
    if message.status == MessageStatus.FAILED:
        return "negative"
    if message.outcome == Outcome.DECLINED:
        return "negative"
    return "positive" if message.kind in COMES | GOES else "neutral"


def _note(message: IssuerMessage, row: Authorization | None) -> str:
    code = (message.last_error or {}).get("code", "")
    if message.status == MessageStatus.FAILED:
        return gettext("Kept, not booked: %(code)s.") % {"code": code}
    if message.details.get("is_ours") and message.outcome == Outcome.DECLINED:
        return gettext("Declined: %(code)s. What is reserved stays.") % {"code": message.details.get("reason", "")}
    if message.details.get("is_ours") and message.kind == MessageKind.INCREMENT:
        return gettext("Asked at the door and approved.")
    if message.kind == MessageKind.REFUND_AUTHORIZATION:
        return gettext("Not money yet. Nothing is available before it comes.")
    if message.details.get("fee"):
        return gettext("With the machine’s fee.")
    if code == "repeated":
        return gettext("Settled before under the same reference. Booked once.")
    if message.status in (MessageStatus.RECEIVED, MessageStatus.PROCESSING):
        return gettext("Received, being taken in.")
    if message.status == MessageStatus.WAITING:
        return gettext("Waits for the purchase it speaks of.")
    if row is None and message.kind == MessageKind.CLEARING:
        return gettext("Taken without asking. Nothing can refuse it.")
    if row is not None and message.kind == MessageKind.CLEARING and not message.is_final and row.open_amount:
        return gettext("More may follow. %(left)s stay reserved.") % {"left": format.amount(row.reserved)}
    return ""


def _of_message(message: IssuerMessage, card: Card) -> Roll:
    """A message that belongs to no purchase, or not yet, under a head of its own."""
    shop = message.details.get("merchant", {}).get("name")
    return Roll(shop or _words(message), card, [_line(message, None)], message.created_at)
