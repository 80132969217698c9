"""The books: settings and facts, exports and entries, dimensions."""

from bookkeeping.models.books import (
    BookItem,
    BookItemQuerySet,
    BookMethod,
    BooksCheck,
    BookSettings,
    Export,
    ExportFile,
    ExportFormat,
    ExportItem,
    ExportQuerySet,
    ExportStatus,
    FileKind,
    ItemKind,
    JournalEntry,
    Posting,
    QueueRun,
    RunAct,
    RunStatus,
    WalletAccount,
    usual_formats,
)
from bookkeeping.models.checks import CheckRun, CheckStatus
from bookkeeping.models.clients import ClientPart, ClientRun, ClientRunStatus
from bookkeeping.models.closing import PeriodClose
from bookkeeping.models.corrections import Correction, CorrectionLine
from bookkeeping.models.destinations import Destination, ExportJob, ExportJobItem
from bookkeeping.models.dimensions import BookDimension
from bookkeeping.models.layouts import BookLayout, TaxName
from bookkeeping.models.reports import PaperReport, PaperStatus
from bookkeeping.models.retention import HoldScope, LegalHold, RetentionNotice

__all__ = [
    "BookDimension",
    "BookItem",
    "BookItemQuerySet",
    "BookLayout",
    "BookMethod",
    "BookSettings",
    "BooksCheck",
    "CheckRun",
    "CheckStatus",
    "ClientPart",
    "ClientRun",
    "ClientRunStatus",
    "Correction",
    "CorrectionLine",
    "Destination",
    "Export",
    "ExportFile",
    "ExportFormat",
    "ExportItem",
    "ExportJob",
    "ExportJobItem",
    "ExportQuerySet",
    "ExportStatus",
    "FileKind",
    "HoldScope",
    "ItemKind",
    "JournalEntry",
    "LegalHold",
    "PaperReport",
    "PaperStatus",
    "PeriodClose",
    "Posting",
    "QueueRun",
    "RetentionNotice",
    "RunAct",
    "RunStatus",
    "TaxName",
    "WalletAccount",
    "usual_formats",
]
