"""The place where files are kept does not answer: told in words to people, and waited for by workers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext

from pleo.lib.errors import DomainError

logger = logging.getLogger(__name__)


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
    except (BotoCoreError, ClientError, OSError) as error:
        logger.error("storage fault: %s: %s", type(error).__name__, error)
        raise StorageDown from error
