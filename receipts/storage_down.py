"""What a storage that does not answer means for receipts: they wait for it, finance sees it, and nothing is left over."""

from __future__ import annotations

from contextlib import suppress

from accounts.models import Company
from pleo.lib import files
from pleo.lib.storage_down import StorageDown, failed_lately
from receipts.models import Receipt, ReceiptStatus


def is_storage_down(company: Company) -> bool:
    """Say whether files could not be stored or read lately, or receipts of a company wait for that."""
    waiting = Receipt.objects.for_company(company).filter(
        status=ReceiptStatus.RECEIVED, last_error__code="storage_down"
    )
    return failed_lately() or waiting.exists()


def remove_leftover(key: str) -> None:
    """Remove a file that nothing needs any more. When the storage fails, a nightly task removes it instead."""
    with suppress(StorageDown):
        files.delete(key)
