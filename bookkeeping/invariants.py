"""Do the books agree? What must hold between the wallet's ledger, the items, the exports and the expenses, recomputed.

Each rule is asked of one company; the page shows all of them with their figures, `check_books` runs them every night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from bookkeeping.formats.document import CONTRA
from bookkeeping.models import (
    BookItem,
    BooksCheck,
    CheckRun,
    CheckStatus,
    Export,
    ExportFile,
    ExportItem,
    ExportStatus,
    ItemKind,
    JournalEntry,
    PeriodClose,
    Posting,
)
from bookkeeping.sources import CLEARING, WALLETS, own_transfers
from expenses.models import Direction, Expense, Lane
from pleo.lib.money import Money
from wallet.models import LedgerAccount, Transfer, TransferCode

RULES: dict[str, Any] = {
    "wallet_agrees": _("The wallet's ledger is what was exported plus what is open"),
    "exports_balance": _("In every export debit is credit, line by line and in the control totals"),
    "exported_once": _("No entry stands in two exports that count"),
    "lanes_agree": _("What is in the exported lane is in an export, and the other way round"),
    "expenses_agree": _("Every expense shows the lane of its entries"),
    "unchanged": _("Nothing that was exported changed since: what is booked is what the entries say"),
    "closed_stays_closed": _("No voucher was dated in a closed month after it was closed"),
    "corrections_stand": _("Every correction stands on an entry that counts, and changes no amount"),
    "files_unchanged": _("Every stored file has the checksum it was made with"),
}


@dataclass(frozen=True)
class Finding:
    """One rule and whether it holds; `wrong` counts what breaks it, `figures` are amounts by name."""

    code: str
    wrong: int = 0
    figures: dict[str, Money] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.wrong

    @property
    def sentence(self) -> str:
        return str(RULES[self.code])

    def __str__(self) -> str:
        figures = ", ".join(f"{name} {amount}" for name, amount in self.figures.items())
        return f"{self.code}: {'holds' if self.holds else f'{self.wrong} wrong'}{f' ({figures})' if figures else ''}"


def check_invariants(*, company: Company, with_files: bool = False) -> list[Finding]:
    """Return every rule with its result, for one company. Reading the stored files again is for the night."""
    return [check(company) for check in (*QUICK, *([_files] if with_files else []))]


def check_now(*, company: Company, now: datetime) -> list[Finding]:
    """Check everything of one company, its stored files too, and keep when that was and what did not hold."""
    findings = check_invariants(company=company, with_files=True)
    wrong = in_short(findings)
    keep(company=company, wrong=wrong, now=now)
    fields = {"findings": wrong, "checked_at": now, "created_at": now, "progress_done": len(findings)}
    CheckRun.objects.create(company=company, status=CheckStatus.DONE, **fields)
    return findings


def in_short(findings: list[Finding]) -> dict[str, int]:
    """Return what does not hold: {rule's code: how much is wrong}."""
    return {finding.code: finding.wrong for finding in findings if not finding.holds}


def keep(*, company: Company, wrong: dict[str, int], now: datetime) -> None:
    """Keep the newest result of a company."""
    BooksCheck.objects.update_or_create(company=company, defaults={"checked_at": now, "findings": wrong})


def _signed(rows: Any) -> int:
    """Sum amounts as they change the wallet: what came in less what went out."""
    sums = rows.aggregate(
        up=Sum("amount", filter=Q(direction=Direction.REFUND), default=0),
        down=Sum("amount", filter=Q(direction=Direction.SPEND), default=0),
    )
    return int(sums["up"] - sums["down"])


def _live() -> Any:
    return ExportItem.objects.filter(
        book_item=OuterRef("pk"), withdrawn_at=None, export__status=ExportStatus.READY, export__withdrawn_at=None
    )


def _wallet(company: Company) -> Finding:
    accounts = LedgerAccount.objects.for_company(company).filter(kind__in=WALLETS)
    counters = accounts.aggregate(up=Sum("credits_posted", default=0), down=Sum("debits_posted", default=0))
    ledger = counters["up"] - counters["down"]
    postings = Posting.objects.for_company(company).filter(
        is_wallet=True, entry__export__status=ExportStatus.READY, entry__export__withdrawn_at=None
    )
    booked = postings.aggregate(debit=Sum("debit", default=0), credit=Sum("credit", default=0))
    exported = booked["debit"] - booked["credit"]
    items = BookItem.objects.for_company(company).filter(~Exists(_live()))
    open_amount = _signed(items.of_wallet())
    arriving = _arriving(company)
    gap = ledger - exported - open_amount - arriving
    figures = {"ledger": ledger, "exported": exported, "open": open_amount, "arriving": arriving, "gap": gap}
    return Finding("wallet_agrees", int(gap != 0), {name: Money(n, company.currency) for name, n in figures.items()})


def arriving() -> Q:
    """Return the condition on Transfer rows of which no item tells yet: their tasks have not run."""
    unbooked = Q(subject_type=CLEARING) & ~Exists(BookItem.objects.filter(movement__clearing=OuterRef("subject_id")))
    return unbooked | (own_transfers() & ~Exists(BookItem.objects.filter(transfer=OuterRef("pk"))))


def _arriving(company: Company) -> int:
    rows = Transfer.objects.for_company(company).filter(arriving())
    up = rows.filter(credit_account__kind__in=WALLETS).aggregate(sum=Sum("amount", default=0))["sum"]
    down = rows.filter(debit_account__kind__in=WALLETS).aggregate(sum=Sum("amount", default=0))["sum"]
    return int(up - down)


def _balance(company: Company) -> Finding:
    entries = JournalEntry.objects.for_company(company)
    sums = entries.annotate(debit=Sum("postings__debit", default=0), credit=Sum("postings__credit", default=0))
    wrong = sums.exclude(debit=F("debit_total"), credit=F("credit_total")).count()
    by_export = dict(entries.order_by().values_list("export").annotate(sum=Sum("debit_total")))
    totals = Export.objects.for_company(company).filter(status=ExportStatus.READY).values_list("pk", "totals")
    for pk, total in totals:
        wrong += not by_export.get(pk, 0) == total.get("debit") == total.get("credit")
    return Finding("exports_balance", wrong)


def _once(company: Company) -> Finding:
    live = ExportItem.objects.for_company(company).filter(withdrawn_at=None)
    return Finding("exported_once", live.values("book_item").annotate(times=Count("pk")).filter(times__gt=1).count())


def _lanes(company: Company) -> Finding:
    items = BookItem.objects.for_company(company).annotate(is_live=Exists(_live()))
    return Finding(
        "lanes_agree",
        items.exclude(Q(is_live=True, lane=Lane.EXPORTED) | (Q(is_live=False) & ~Q(lane=Lane.EXPORTED))).count(),
    )


def _expenses(company: Company) -> Finding:
    items = BookItem.objects.filter(expense=OuterRef("pk")).exclude(kind=ItemKind.CORRECTION)
    order = (Lane.UNEXPORTED, Lane.QUEUE, Lane.EXPORTED)
    least = Case(
        *[When(Exists(items.filter(lane=lane)), then=Value(lane.value)) for lane in order],
        default=Value(Lane.NONE.value),
    )
    expenses = Expense.objects.for_company(company).annotate(least=least)
    return Finding("expenses_agree", expenses.exclude(books_lane=F("least")).count())


def _unchanged(company: Company) -> Finding:
    """Hold exported items against their sources and their frozen entries, and their lines against the lock."""
    items = BookItem.objects.for_company(company).filter(lane=Lane.EXPORTED)
    moved = Q(movement__isnull=False) & ~Q(movement__amount=F("amount"), movement__direction=F("direction"))
    paid = Q(transfer__isnull=False) & ~Q(transfer__amount=F("amount"))
    settled = Q(balance_entry__isnull=False) & ~Q(balance_entry__amount=F("amount"))
    wrong = items.filter(moved | paid | settled).count()
    live = JournalEntry.objects.for_company(company).filter(
        export__status=ExportStatus.READY, export__withdrawn_at=None
    )
    contra = Sum("postings__debit", filter=Q(postings__is_wallet=True), default=0) + Sum(
        "postings__credit", filter=Q(postings__is_wallet=True), default=0
    )
    # Money between two wallets stands on the wallet's side twice.
    within = Q(book_item__transfer__code=TransferCode.INTERNAL)
    booked = live.exclude(within).annotate(wallet=contra).filter(wallet__gt=0)
    return Finding("unchanged", wrong + booked.exclude(wallet=F("book_item__amount")).count())


def _closed(company: Company) -> Finding:
    """Count vouchers of live exports that were begun after a closing in force, and are dated up to its last day."""
    closing = PeriodClose.objects.filter(company=OuterRef("company"), reopened_at=None, upto__gte=OuterRef("date"))
    late = closing.filter(created_at__lt=OuterRef("export__created_at"))
    live = JournalEntry.objects.for_company(company).filter(
        export__status=ExportStatus.READY, export__withdrawn_at=None
    )
    return Finding("closed_stays_closed", live.filter(Exists(late)).count())


def _corrections(company: Company) -> Finding:
    """Count entries of corrections that count while what they turn round does not, or that change more than accounts."""
    live = JournalEntry.objects.for_company(company).live().filter(book_item__kind=ItemKind.CORRECTION)
    standing = JournalEntry.objects.live().filter(
        pk=OuterRef("adjusts"), book_item=OuterRef("book_item__correction__corrects")
    )
    plain = ~Q(postings__role=CONTRA)
    net = Sum("postings__debit", filter=plain, default=0) - Sum("postings__credit", filter=plain, default=0)
    return Finding("corrections_stand", live.annotate(net=net).filter(~Exists(standing) | ~Q(net=0)).count())


def _files(company: Company) -> Finding:
    return Finding("files_unchanged", sum(1 for key, expected in _stored(company) if _digest(key) != expected))


def _stored(company: Company) -> Iterator[tuple[str, str]]:
    rows = ExportFile.objects.for_company(company).filter(export__status=ExportStatus.READY)
    yield from rows.values_list("key", "sha256").iterator()
    # Each names its first file itself, too: a ready export whose files are not listed is no less checked.
    unlisted = Export.objects.for_company(company).filter(status=ExportStatus.READY, files=None)
    yield from unlisted.values_list("file_key", "sha256").iterator()


def _digest(key: str) -> str:
    """Return the checksum of a stored file, or nothing when it is gone."""
    try:
        with default_storage.open(key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


# In the order of RULES; the stored files are read only when they are asked for.
QUICK = (_wallet, _balance, _once, _lanes, _expenses, _unchanged, _closed, _corrections)
CHECKS = (*QUICK, _files)
