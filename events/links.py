"""Where the subject of an event is shown."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from events.models import Event

# Subject type -> (URL name, its id parameter; none for a page of the company).
PAGES: dict[str, tuple[str, str]] = {
    "accounts.company": ("settings-company", ""),
    "accounts.membership": ("person", "person_id"),
    "accounts.team": ("team", "team_id"),
    "accounts.apitoken": ("settings-tokens", ""),
    "wallet.topup": ("wallet", ""),
    "cards.card": ("card", "card_id"),
    "cards.authorization": ("declines", ""),
    "receipts.receipt": ("receipt", "receipt_id"),
    "expenses.expense": ("expense", "expense_id"),
    "bookkeeping.bookitem": ("export", ""),
    "bookkeeping.export": ("export-job", "export_id"),
    "bookkeeping.booksettings": ("books-settings", ""),
}


def link_of(event: Event) -> str:
    """Return the path of the page about an event's subject, or nothing where there is none."""
    if event.company is None or event.subject_type not in PAGES:
        return ""
    name, parameter = PAGES[event.subject_type]
    ids = {parameter: event.subject_id} if parameter else {}
    try:
        return reverse(name, kwargs={"company": event.company.slug, **ids})
    except NoReverseMatch:
        return ""
