"""Copy files from the local disk to the bucket: may be stopped, run again, and run while the product works."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.storage import default_storage

from pleo.lib import files
from pleo.lib.s3 import BucketStorage
from pleo.lib.storage_down import StorageDown
from receipts.models import Receipt

AT_ONCE = 8
_CHUNK = 200


class NoBucket(Exception):
    """The product does not keep its files in a bucket, so there is nowhere to copy them to."""


@dataclass
class Progress:
    """What has been done so far."""

    total: int = 0
    copied: int = 0
    there: int = 0
    bytes: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.copied + self.there + len(self.failed)


def local_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield key and path of every finished file below a folder, in a stable order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".writing-"):
            yield path.relative_to(folder).as_posix(), path


def move_files(*, folder: Path, dry_run: bool = False, delete: bool = False) -> Iterator[Progress]:
    """Copy what is not yet in the bucket, check each copy, and yield the progress now and then.

    A file counts as there when size and checksum agree. With `delete` a local file goes once its copy was checked; an original
    whose content is not what was received is never deleted. Raises NoBucket.
    """
    storage: Any = getattr(default_storage, "_wrapped", default_storage)
    bucket = default_storage if isinstance(storage, BucketStorage) else None
    if bucket is None:
        raise NoBucket
    progress = Progress(total=sum(1 for _ in local_files(folder)))
    yield progress
    waiting = local_files(folder)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while chunk := list(islice(waiting, _CHUNK)):
            sums = _received({key for key, _ in chunk})
            move = partial(_move, bucket=bucket, sums=sums, dry_run=dry_run, delete=delete)
            for result in pool.map(move, chunk):
                _count(progress, *result)
            yield progress


def _received(keys: set[str]) -> dict[str, str]:
    """Return the checksums that originals had when they were received."""
    rows: Any = Receipt.objects.filter(key__in=keys).values_list("key", "sha256")
    return dict(rows)


def _count(progress: Progress, key: str, outcome: str, size: int) -> None:
    if outcome == "copied":
        progress.copied += 1
        progress.bytes += size
    elif outcome == "there":
        progress.there += 1
    else:
        progress.failed.append(f"{key}: {outcome}")


def _move(
    item: tuple[str, Path], *, bucket: Any, sums: dict[str, str], dry_run: bool, delete: bool
) -> tuple[str, str, int]:
    key, path = item
    try:
        size, sha256, md5 = _digests(path)
        if sums.get(key, sha256) != sha256:
            return key, "the file on the disk is not what was received", size
        outcome = "there"
        if not _is_there(bucket, key, size, sha256, md5):
            outcome = "copied"
            if not dry_run:
                with path.open("rb") as source:
                    files.put(key, source, _media_type(path))
                if not _is_there(bucket, key, size, sha256, md5):
                    return key, "the copy differs from the file", size
        if delete and not dry_run:
            path.unlink()
    except (OSError, BotoCoreError, ClientError, StorageDown) as error:
        reason = error.__cause__ or error
        return key, f"{type(reason).__name__}: {reason}", 0
    return key, outcome, size


def _digests(path: Path) -> tuple[int, str, str]:
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as source:
        for block in files.blocks(source):
            sha256.update(block)
            md5.update(block)
            size += len(block)
    return size, sha256.hexdigest(), md5.hexdigest()


def _is_there(bucket: Any, key: str, size: int, sha256: str, md5: str) -> bool:
    """Say whether the bucket holds the same content. Objects sent in parts have no plain checksum and are read back."""
    try:
        head = bucket.bucket.meta.client.head_object(Bucket=bucket.bucket_name, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    if head["ContentLength"] != size:
        return False
    tag = head["ETag"].strip('"')
    if "-" not in tag and "ServerSideEncryption" not in head:
        return bool(tag == md5)
    with files.read(key) as stored:
        return files.sha256(stored) == sha256


_TYPES = {"page": "image/jpeg", "thumb": "image/webp", "small": "image/webp"}


def _media_type(path: Path) -> str:
    return _TYPES.get(path.name.partition("-")[0], "application/octet-stream")
