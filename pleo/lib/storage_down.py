"""The place where files are kept does not answer: one fault, whatever it was, told in words to people."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.cache import cache
from django.utils.translation import gettext
from redis.exceptions import RedisError
from s3transfer.exceptions import RetriesExceededError

from pleo.lib.errors import DomainError

logger = logging.getLogger(__name__)
# How long a fault is spoken of after it was last met, unless something worked meanwhile.
REMEMBER_SECONDS = 600
_MARK = "storage-down"
# What whoever runs the product can do about it, by the server's code.
ADVICE = {
    "NoSuchBucket": "the bucket of S3_BUCKET does not exist",
    "404": "the bucket of S3_BUCKET does not exist",
    "InvalidAccessKeyId": "the server does not know S3_ACCESS_KEY",
    "SignatureDoesNotMatch": "S3_SECRET_KEY is not that of S3_ACCESS_KEY",
    "AccessDenied": "the key may not do this in the bucket",
    "403": "the key may not do this in the bucket, or the clock of this machine is wrong",
    "RequestTimeTooSkewed": "the clock of this machine and the server's differ by more than 15 minutes",
    "SlowDown": "the server has too much to do",
}


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
        logger.error("storage fault: %s: %s%s", type(error).__name__, error, _advice(error))
        with suppress(RedisError):
            cache.set(_MARK, True, REMEMBER_SECONDS)
        raise StorageDown from error
    # What is remembered is for a line on a page: without it, files are still stored and read.
    with suppress(RedisError):
        if cache.get(_MARK):
            cache.delete(_MARK)


def _advice(error: Exception) -> str:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return f" ({ADVICE[code]})" if code in ADVICE else ""


def failed_lately() -> bool:
    """Say whether a file could not be stored or read lately, and nothing worked since."""
    return bool(cache.get(_MARK))
