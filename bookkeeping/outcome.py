"""An export in words: how far it is, why it was not made, its control totals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from bookkeeping.checks import FAILURES, Result
from bookkeeping.formats.registry import CUSTOM
from bookkeeping.models import ClientPart, Export, ExportFile, ExportFormat, ExportStatus
from pleo.lib.money import Money


@dataclass(frozen=True)
class Stage:
    """What is counted now: entries first, then receipts."""

    done: int
    total: int
    is_receipts: bool


def stage(export: Export) -> Stage:
    """Return how far an export is. Counted, never guessed."""
    packed = export.progress_done - export.item_count
    receipts = export.progress_total - export.item_count
    if export.progress_done >= export.item_count and receipts > 0:
        return Stage(packed, receipts, is_receipts=True)
    return Stage(min(export.progress_done, export.item_count), export.item_count, is_receipts=False)


@dataclass(frozen=True)
class Failure:
    """Why an export was not made, with the entries at fault."""

    code: str
    sentence: str
    entries: list[tuple[str, Result]] = field(default_factory=list)


def unwritable(error: dict[str, Any]) -> str:
    """Say which format could not hold what."""
    format = dict(ExportFormat.choices).get(error.get("format", ""), error.get("format", ""))
    reasons = {
        "account_number": gettext("%(format)s cannot take the account number %(value)s. Nothing left the queue."),
        "amount": gettext("%(format)s cannot take the amount of voucher %(value)s. Nothing left the queue."),
        "entry_too_long": gettext(
            "Voucher %(value)s has more lines than one file of %(format)s holds. Nothing left the queue."
        ),
    }
    other = gettext("%(format)s cannot take this batch (%(value)s). Nothing left the queue.")
    return reasons.get(str(error.get("reason")), other) % {"format": format, "value": error.get("value", "")}


def failure(export: Export) -> Failure | None:
    """Return why an export failed; None when it did not."""
    if export.status != ExportStatus.FAILED or not export.last_error:
        return None
    code = str(export.last_error.get("code", ""))
    sentences = {
        "entries_not_ready": gettext("Something changed after these entries were queued. Nothing left the queue."),
        "receipt_file_missing": gettext("The file of receipt %(name)s is not in the storage. Nothing left the queue.")
        % {"name": export.last_error.get("name", "")},
        "format_unwritable": unwritable(export.last_error),
        "worker_died": gettext(
            "The work stopped several times without a word. Our side, not yours. Nothing left the queue."
        ),
    }
    other = gettext("The export did not finish. Our side, not yours. Nothing left the queue.")
    entries = [
        (str(entry["text"]), Result("settled", entry["code"], entry["params"]))
        for entry in export.last_error.get("entries", [])
        if entry.get("code") in FAILURES
    ]
    return Failure(code, sentences.get(code, other), entries)


def files(export: Export) -> list[ExportFile]:
    """Return the files of an export in their order, each with the name of its format as `label`."""
    labels = dict(ExportFormat.choices)
    layouts = export.options.get("layouts", {})
    found = export.files_in_order
    for file in found:
        own = layouts.get(file.format.removeprefix(CUSTOM))
        file.label = str(own["name"] if own else labels.get(file.format, ""))
    return found


def state(export: Export) -> str:
    """Return the state of an export in a word."""
    if export.withdrawn_at and export.status == ExportStatus.READY:
        return gettext("Undone")
    return str(export.get_status_display())


def totals(export: Export) -> dict[str, Any] | None:
    """Return the control totals of a ready export as Money; None before."""
    if not export.totals:
        return None

    def money(amount: int) -> Money:
        return Money(amount, export.currency)

    return {
        "debit": money(export.totals["debit"]),
        "credit": money(export.totals["credit"]),
        "difference": money(export.totals["debit"] - export.totals["credit"]),
        "accounts": [
            (f"{number} {name}", money(debit), money(credit))
            for number, name, debit, credit in export.totals["by_account"]
        ],
        "taxes": [(code, rate, money(amount)) for code, rate, amount in export.totals["tax"]],
    }


def part_sentence(part: ClientPart) -> str:
    """Say why a company of a run over several has no export; empty when it has one or waits."""
    if part.state == "empty":
        return gettext("Nothing was ready or queued in the period.")
    if part.state != "failed":
        return ""
    if part.export is not None:
        found = failure(part.export)
        return found.sentence if found else ""
    sentences = {
        "expense_not_yours": gettext("You may not export this company any more."),
        "format_unknown": gettext("This company has no such format."),
        "contra_account_missing": gettext("A contra account is missing in its book settings."),
    }
    return sentences.get(part.code, gettext("It did not finish. Our side, not yours. Nothing left the queue."))
