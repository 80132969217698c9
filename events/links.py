"""Where the subject of an event is shown."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from accounts.models import Membership
from events.models import Event

# Subject type -> (URL name, its id parameter; none for a page of the company; what it takes to open it).
PAGES: dict[str, tuple[str, str, str]] = {
    "accounts.company": ("settings-company", "", "company.manage"),
    "accounts.membership": ("person", "person_id", "people.see"),
    "accounts.team": ("team", "team_id", "people.manage"),
    "accounts.apitoken": ("settings-tokens", "", "tokens.manage"),
    "events.webhookendpoint": ("settings-webhooks", "", "tokens.manage"),
    "wallet.topup": ("top-ups", "", "wallet.see"),
    "wallet.bankstatement": ("bank-statement", "statement_id", "wallet.see"),
    "wallet.lowbalance": ("wallet", "", "wallet.see"),
    "wallet.topuprule": ("wallet-automatic", "", "wallet.see"),
    "wallet.mandate": ("wallet-automatic", "", "wallet.see"),
    "wallet.withdrawal": ("withdrawals", "", "wallet.see"),
    "wallet.fee": ("wallet", "", "wallet.see"),
    "wallet.ledgeraccount": ("sub-wallet", "account_id", "wallet.see"),
    "wallet.walletmove": ("wallet", "", "wallet.see"),
    "cards.drift": ("drifts", "", "cards.manage"),
    "cards.consent": ("card-consent", "consent_id", "cards.see"),
    "cards.cardbatch": ("card-batch", "batch_id", "cards.issue"),
    "cards.card": ("card", "card_id", "cards.see"),
    "cards.cardrequest": ("card-request", "request_id", "cards.see"),
    "cards.cardtemplate": ("policy", "template_id", "cards.limits"),
    "cards.authorization": ("declines", "", "declines.see"),
    "cards.dispute": ("dispute", "dispute_id", "disputes.see"),
    "expenses.reimbursementrun": ("reimbursement-run", "run_id", "balance.see_all"),
    "expenses.spendrequest": ("ask", "ask_id", "requests.see"),
    "expenses.budget": ("budget", "budget_id", "budgets.see"),
    "receipts.inboundmail": ("mails", "", "mail.see"),
    "receipts.receipt": ("receipt", "receipt_id", "receipts.see"),
    "expenses.workflow": ("settings-workflows", "", "workflows.see"),
    "expenses.reminder": ("receipts-missing", "", "expenses.see"),
    "expenses.receiptlock": ("receipts-missing", "", "expenses.see"),
    "expenses.expense": ("expense", "expense_id", "expenses.see"),
    "bookkeeping.bookitem": ("export", "", "books.see"),
    "bookkeeping.export": ("export-job", "export_id", "books.see"),
    "bookkeeping.paperreport": ("paper-report", "report_id", "books.see"),
    "bookkeeping.periodclose": ("months", "", "books.see"),
    "bookkeeping.exportjob": ("books-job", "job_id", "books.see"),
    "bookkeeping.destination": ("books-destinations", "", "books.see"),
    "bookkeeping.booksettings": ("books-settings", "", "books.see"),
    "bookkeeping.legalhold": ("holds", "", "retention.see"),
    "bookkeeping.retentionnotice": ("retention-due", "", "retention.see"),
    "bookkeeping.booklayout": ("books-layout", "layout_id", "books.settings"),
}


def link_of(event: Event, reader: Membership) -> str:
    """Return the path of the page about an event's subject, or nothing where there is none that the reader may open."""
    if event.company is None or event.subject_type not in PAGES:
        return ""
    name, parameter, capability = PAGES[event.subject_type]
    if not reader.can(capability):
        return ""
    ids = {parameter: event.subject_id} if parameter else {}
    try:
        return reverse(name, kwargs={"company": event.company.slug, **ids})
    except NoReverseMatch:
        return ""
