"""Events in words. An event is stored as codes and parameters; this table turns each verb into what a person reads.

One line per verb: what was done (for the audit log, beside who and to what), and the whole sentence (for notifications).
`%(who)s`, `%(subject)s` and the event's own parameters can stand in the sentence. A test finds every verb
of the code here. Each app has a module of its own.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from events.sentences import accounts, bookkeeping, cards, expenses, receipts, wallet
from events.sentences.verb import Verb, Words

__all__ = ["AMOUNTS", "CODES", "DAYS", "FIELDS", "GROUPS", "LISTS", "PEOPLE", "VERBS", "Verb", "Words"]

VERBS: dict[str, Verb] = {
    **accounts.VERBS,
    **wallet.VERBS,
    **cards.VERBS,
    **receipts.VERBS,
    **expenses.VERBS,
    **bookkeeping.VERBS,
}

# Parameters of events, as heads and labels. A parameter that is not listed is not shown to people.
FIELDS: dict[str, Words] = {
    "amount": _("Amount"),
    "acts_as": _("Acts as"),
    "employee_number": _("Employee number"),
    "how": _("How"),
    "interval": _("Limit"),
    "control": _("Rule"),
    "merchant": _("Merchant"),
    "policy": _("Card policy"),
    "wish": _("Wish"),
    "comment": _("Comment"),
    "leads": _("Leads"),
    "legal_name": _("Legal name"),
    "manager": _("Manager"),
    "members": _("Members"),
    "because": _("Why"),
    "complaint": _("What is wrong"),
    "shipping": _("Post"),
    "renews_on": _("Next on"),
    "name": _("Name"),
    "outcome": _("Decision"),
    "owner": _("Person"),
    "reason": _("Reason"),
    "region": _("Numbers and dates as in"),
    "role": _("Role"),
    "scopes": _("May"),
    "slug": _("Short name in addresses"),
    "team": _("Team"),
    "time_zone": _("Time zone"),
    "vat_number": _("VAT number"),
    "wallet": _("Wallet"),
    "category": _("Category"),
    "tax_code": _("Tax code"),
    "tax": _("Tax"),
    "note": _("Note"),
    "lane": _("Lane"),
    "period": _("Period"),
    "percent": _("Percent"),
    "loss": _("Why"),
    "via": _("How"),
    "for_whom": _("In place of"),
    "substitute": _("Substitute"),
    "workflow": _("Workflow"),
    "end": _("Why"),
    "locks_on": _("From"),
}

# Words for stored codes, by parameter.
CODES: dict[str, dict[str, Words]] = {
    "role": {
        "owner": _("Owner"),
        "admin": _("Admin"),
        "controller": _("Finance"),
        "controller_limited": _("Finance, limited"),
        "accountant": _("Accountant"),
        "accountant_limited": _("Accountant, limited"),
        "employee": _("Employee"),
        "service": _("Service"),
    },
    "outcome": {
        "okay": _("okay"),
        "not_okay": _("not okay"),
        "needs_details": _("needs details"),
        "withdrawn": _("taken back"),
        "": _("open"),
    },
    "interval": {
        "purchase": _("per purchase"),
        "day": _("per day"),
        "week": _("per week"),
        "month": _("per month"),
        "year": _("per year"),
        "quarter": _("per quarter"),
        "total": _("in all"),
        "cash": _("per cash withdrawal"),
        "cash_day": _("cash per day"),
        "cash_month": _("cash per month"),
    },
    "wish": {"raise": _("higher limit"), "new_card": _("new card"), "allow_once": _("allow once")},
    "control": {
        "category": _("what is bought"),
        "merchant": _("merchants"),
        "first_shop": _("first merchant"),
        "country": _("countries"),
        "weekday": _("days"),
        "hours": _("hours"),
        "channel": _("how"),
        "amount": _("amounts"),
    },
    # Why a purchase was declined, by the check that failed. Reviews keep free text here, which is shown as written.
    "reason": {
        "company_active": _("company closed"),
        "card_active": _("card not active"),
        "not_frozen": _("card frozen"),
        "cardholder_active": _("cardholder not active"),
        "currency": _("wrong currency"),
        "in_person": _("card not activated"),
        "card_period": _("outside the card’s time"),
        "single_use": _("used before"),
        "limit_purchase": _("limit per purchase"),
        "limit_day": _("limit of the day"),
        "limit_week": _("limit of the week"),
        "limit_month": _("limit of the month"),
        "limit_quarter": _("limit of the quarter"),
        "limit_year": _("limit of the year"),
        "limit_total": _("limit in all"),
        "limit_cash": _("limit of a cash withdrawal"),
        "limit_cash_day": _("cash limit of the day"),
        "limit_cash_month": _("cash limit of the month"),
        "control_category": _("what is bought"),
        "control_merchant": _("merchant"),
        "control_first_shop": _("other merchant than the first"),
        "control_country": _("country"),
        "control_weekday": _("day of the week"),
        "control_hours": _("time of day"),
        "control_channel": _("how it was paid"),
        "control_amount": _("amount"),
        "funds": _("not enough in the wallet"),
        "too_late": _("answered too late"),
        "declined_elsewhere": _("declined by the issuer"),
        "original_known": _("no purchase to add to"),
        "original_open": _("nothing reserved to add to"),
    },
    "complaint": {
        "fraud": _("nobody of us bought this"),
        "not_received": _("it never arrived"),
        "not_as_described": _("it is not what was sold"),
        "duplicate": _("charged twice"),
        "wrong_amount": _("the amount is wrong"),
        "cancelled": _("it was cancelled before"),
        "no_refund": _("a promised refund never came"),
        "other": _("something else"),
    },
    "because": {
        "cancelled": _("cancelled"),
        "lost": _("lost"),
        "stolen": _("stolen"),
        "replaced": _("replaced by a new one"),
        "expired": _("expired"),
        "used": _("used once"),
        "ended": _("its time is over"),
        "left": _("its holder left"),
        "damaged": _("damaged"),
    },
    "shipping": {
        "ordered": _("ordered"),
        "produced": _("printed"),
        "shipped": _("on its way"),
        "delivered": _("delivered"),
        "returned": _("came back"),
        "failed": _("lost in the post"),
    },
    "via": {"mail": _("by e-mail link"), "bulk": _("together with others")},
    "end": {"used": _("spent"), "ended": _("its time is over"), "by_hand": _("closed by hand")},
    "how": {"expired": _("ran out"), "reversed": _("released by the merchant")},
    "loss": {
        "lost": _("lost"),
        "never_given": _("none was given"),
        "machine": _("a machine that prints none"),
        "damaged": _("it cannot be read any more"),
        "other": _("something else"),
    },
    "lane": {"unexported": _("Not exported"), "queue": _("In queue"), "exported": _("Exported")},
}

# Parameters that hold a list of words, not a value before and after.
LISTS = frozenset({"scopes", "reasons", "read"})
# Parameters that hold people by id.
PEOPLE = frozenset({"acts_as", "owner", "leads", "manager", "members", "for_whom", "substitute"})
# Parameters that are days, as ISO 8601.
DAYS = frozenset({"locks_on", "day", "due_on"})
# Parameters that are amounts in minor units of the event's `currency`.
AMOUNTS = frozenset({"amount", "tax"})

# Saved views of the audit log: the first words of verbs.
GROUPS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "access": (_("People and access"), ("person", "team", "token", "company")),
    "money": (_("Money"), ("top_up", "transfer", "authorization", "wallet", "sub_wallet", "dispute", "refund")),
    "cards": (
        _("Cards and limits"),
        ("card", "limit", "control", "allowance", "template", "card_request", "card_batch", "subscription", "consent"),
    ),
    "expenses": (
        _("Expenses and receipts"),
        (
            *("expense", "receipt", "mail", "receiving_address", "sender_address"),
            *("budget", "spend_request", "declaration", "receipt_rules", "receipt_lock", "reminder"),
            *("workflow", "absence"),
        ),
    ),
    "books": (_("Books"), ("book_item", "books", "export", "master", "retention", "legal_hold")),
}
