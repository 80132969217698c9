"""Who may open the routes of bookkeeping."""

from __future__ import annotations

from tests.permission_table.roles import (
    ACCOUNTANT,
    ADMINS,
    ALL,
    BOOKS,
    FINANCE,
    MANAGERS,
    SERVICE,
    SIGNED_IN,
    UPLOADERS,
    api,
    company,
    root,
)

# ---- bookkeeping


BOOK_READERS = BOOKS | {SERVICE}
BOOK_QUEUERS = FINANCE | {ACCOUNTANT}
BOOK_EXPORTERS = FINANCE | {ACCOUNTANT, SERVICE}

company("export", GET=BOOK_READERS)
company("export-run", GET=BOOK_READERS)
company("export-run-undo", POST=BOOK_QUEUERS)
company("export-slip", GET=BOOK_READERS)
company("export-queue", GET=BOOK_READERS, POST=BOOK_QUEUERS)
company("export-unqueue", POST=BOOK_QUEUERS)
company("export-items-csv", GET=BOOK_READERS)
company("export-agreement", GET=BOOK_READERS, POST=BOOK_READERS)
company("export-create", POST=BOOK_EXPORTERS)
company("export-job", GET=BOOK_READERS)
company("export-progress", GET=BOOK_READERS)
company("export-again", POST=BOOK_EXPORTERS)
company("export-file", GET=BOOK_READERS)
company("export-receipts", GET=BOOK_READERS)
company("export-one-file", GET=BOOK_READERS)
company("export-history", GET=BOOK_READERS)
company("export-history-csv", GET=BOOK_READERS)
company("export-undo", GET=BOOK_EXPORTERS, POST=BOOK_EXPORTERS)
PERIOD_CLOSERS = MANAGERS | {ACCOUNTANT}
company("paper-reports", GET=BOOK_READERS, POST=BOOK_EXPORTERS)
company("paper-report", GET=BOOK_READERS)
company("paper-report-again", POST=BOOK_EXPORTERS)
company("paper-report-file", GET=BOOK_READERS)
company("months", GET=BOOK_READERS)
company("closings-csv", GET=BOOK_READERS)
company("month", GET=BOOK_READERS, POST=PERIOD_CLOSERS)
company("month-reopen", POST=PERIOD_CLOSERS)
company("month-report", GET=BOOK_READERS)
company("month-report-pdf", GET=BOOK_READERS)
company("month-report-csv", GET=BOOK_READERS)
company("month-point", GET=BOOK_READERS)
company("month-point-csv", GET=BOOK_READERS)
company("expense-correction", GET=BOOK_QUEUERS, POST=BOOK_QUEUERS)
company("correction-drop", POST=BOOK_QUEUERS)
company("books-settings", GET=BOOK_READERS, POST=MANAGERS | {ACCOUNTANT})
company("books-layouts", GET=BOOK_READERS)
company("books-layout-new", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
company("books-layout", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
company("books-layout-archive", POST=MANAGERS | {ACCOUNTANT})
company("books-destinations", GET=BOOK_READERS, POST=MANAGERS | {ACCOUNTANT})
company("books-connector", POST=MANAGERS | {ACCOUNTANT})
company("books-destination-test", POST=MANAGERS | {ACCOUNTANT})
company("books-destination-end", POST=MANAGERS | {ACCOUNTANT})
company("books-job", GET=BOOK_READERS)
company("books-job-again", POST=BOOK_EXPORTERS)
company("books-dimensions", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
company("books-tax-names", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
root("clients", GET=SIGNED_IN)
root("clients-csv", GET=SIGNED_IN)
root("client-run-create", POST=SIGNED_IN)
root("client-run", GET=SIGNED_IN)
root("client-run-again", POST=SIGNED_IN)
root("client-run-zip", GET=SIGNED_IN)


api("api-book-items", GET=BOOK_READERS)
api("api-book-items-queue", POST=BOOK_QUEUERS)
api("api-book-items-unqueue", POST=BOOK_QUEUERS)
api("api-book-item-correct", POST=BOOK_QUEUERS)
api("api-corrections", GET=BOOK_READERS)
api("api-correction", GET=BOOK_READERS, DELETE=BOOK_QUEUERS)
api("api-book-dimensions", GET=BOOK_READERS, PUT=MANAGERS | {ACCOUNTANT})
api("api-exports", GET=BOOK_READERS, POST=BOOK_EXPORTERS)
api("api-export", GET=BOOK_READERS)
api("api-export-entries", GET=BOOK_READERS)
api("api-export-file", GET=BOOK_READERS)
api("api-export-receipts", GET=BOOK_READERS)
api("api-export-one-file", GET=BOOK_READERS)
api("api-export-withdrawal", POST=BOOK_EXPORTERS)
api("api-paper-reports", GET=BOOK_READERS, POST=BOOK_EXPORTERS)
api("api-paper-report", GET=BOOK_READERS)
api("api-paper-report-file", GET=BOOK_READERS)
api("api-closings", GET=BOOK_READERS, POST=PERIOD_CLOSERS)
api("api-closing-reopening", POST=PERIOD_CLOSERS)
api("api-month-report", GET=BOOK_READERS)
api("api-month-checklist", GET=BOOK_READERS)
api("api-export-jobs", GET=BOOK_READERS)
api("api-export-job", GET=BOOK_READERS)
api("api-export-job-start", POST=BOOK_EXPORTERS)
api("api-export-job-items", GET=BOOK_READERS, PUT=BOOK_EXPORTERS)
api("api-export-job-completion", POST=BOOK_EXPORTERS)
api("api-export-job-receipt", GET=BOOK_READERS)

company("retention", GET=BOOKS, POST=ADMINS)
company("retention-due", GET=BOOKS)
company("retention-due-csv", GET=BOOKS)
company("holds", GET=BOOKS)
company("holds-csv", GET=BOOKS)
company("hold-create", GET=PERIOD_CLOSERS, POST=PERIOD_CLOSERS)
company("hold-lift", GET=ADMINS, POST=ADMINS)
company("receipt-keeping", GET=ALL)
company("receipt-removal", GET=UPLOADERS | {SERVICE}, POST=UPLOADERS | {SERVICE})
api("api-retention", GET=BOOKS, PATCH=ADMINS)
api("api-legal-holds", GET=BOOKS, POST=PERIOD_CLOSERS)
api("api-legal-hold-lifting", POST=ADMINS)
