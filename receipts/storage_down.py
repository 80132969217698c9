"""The place where files are kept does not answer: told in words to people, waited for by workers, seen by finance."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.cache import cache
from django.utils.translation import gettext
from s3transfer.exceptions import RetriesExceededError

from accounts.models import Company
from pleo.lib.errors import DomainError
from receipts.models import Receipt, ReceiptStatus

logger = logging.getLogger(__name__)
# How long a fault is spoken of after it was last met, unless something worked meanwhile.
REMEMBER_SECONDS = 600
_MARK = "storage-down"


class StorageDown(DomainError):
    """The bucket or the disk refused or did not answer. Nothing was kept; the sender still has the file."""

    code = "storage_down"
    status = 503
    field = "file"

    def message(self) -> str:
        return gettext(
            "Files cannot be stored at the moment. Our side, not yours. Keep the file and send it again in a minute."
        )


@contextmanager
def telling_storage_faults() -> Iterator[None]:
    """Turn what storages raise into StorageDown. A file that is not there stays FileNotFoundError: that is no outage."""
    try:
        yield
    except FileNotFoundError as error:
        raise error
    except (BotoCoreError, ClientError, Boto3Error, RetriesExceededError, OSError) as error:
        logger.error("storage fault: %s: %s", type(error).__name__, error)
        cache.set(_MARK, True, REMEMBER_SECONDS)
        raise StorageDown from error
    if cache.get(_MARK):
        cache.delete(_MARK)


def is_storage_down(company: Company) -> bool:
    """Say whether files could not be stored or read lately, or receipts of a company wait for that."""
    waiting = Receipt.objects.for_company(company).filter(
        status=ReceiptStatus.RECEIVED, last_error__code="storage_down"
    )
    return bool(cache.get(_MARK)) or waiting.exists()
