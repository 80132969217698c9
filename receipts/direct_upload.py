"""A file goes from the browser straight into the bucket: we sign what may be put where, and look at it before it is a receipt."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts.models import Membership
from pleo.lib import files
from pleo.lib.errors import DomainError
from pleo.lib.ids import uuid7
from pleo.lib.s3 import bucket_storage
from pleo.lib.storage_down import telling_storage_faults
from receipts.ingest import ClientKeyReused, ReceiptEmpty, ReceiptTooLarge, ReceiptTypeUnknown, ingest
from receipts.models import DirectUpload, Receipt
from receipts.storage_down import remove_leftover

MINUTES = 10
# Whatever it claims to be, it is stored as bytes: nobody is ever shown it from here.
MEDIA_TYPE = "application/octet-stream"
ABANDONED_AFTER = timedelta(hours=2)


class NoDirectUpload(DomainError):
    """Files are kept on the disk here: send the file to us."""

    code = "no_direct_upload"
    status = 409

    def message(self) -> str:
        return gettext("Send the file itself.")


class NotArrived(DomainError):
    """The bucket has no such file: it was never put there, the time was over, or it was replaced while we looked at it."""

    code = "not_arrived"
    status = 409
    field = "file"

    def message(self) -> str:
        return gettext("The file did not arrive. Send it again.")


@dataclass(frozen=True)
class Allowed:
    """What a browser needs: where to post the file, with which fields before it. Already a receipt when it came before."""

    upload: DirectUpload
    url: str = ""
    fields: dict[str, str] | None = None


def allow_direct_upload(
    *, by: Membership, name: str, size: int, source: str, client_key: str, now: datetime
) -> Allowed:
    """Return a signed policy for exactly this key and size, for MINUTES. The same client key again is the same upload.

    Raises NoDirectUpload, ReceiptEmpty, ReceiptTooLarge, ClientKeyReused, StorageDown.
    """
    storage: Any = bucket_storage(default_storage)
    if storage is None:
        raise NoDirectUpload
    if size <= 0:
        raise ReceiptEmpty
    if size > settings.RECEIPT_MAX_BYTES:
        raise ReceiptTooLarge(limit=settings.RECEIPT_MAX_BYTES)
    upload = _row(by, files.clean_name(name), size, source, client_key, now)
    if upload.size != size:
        raise ClientKeyReused
    if upload.receipt_id is not None:
        return Allowed(upload)
    with telling_storage_faults():
        post = storage.bucket.meta.client.generate_presigned_post(
            Bucket=storage.bucket_name,
            Key=upload.key,
            Fields={"Content-Type": MEDIA_TYPE},
            Conditions=[{"Content-Type": MEDIA_TYPE}, ["content-length-range", size, size]],
            ExpiresIn=MINUTES * 60,
        )
    return Allowed(upload, post["url"], post["fields"])


def _row(by: Membership, name: str, size: int, source: str, client_key: str, now: datetime) -> DirectUpload:
    row_id, ends = uuid7(), now + timedelta(minutes=MINUTES)
    try:
        with transaction.atomic():
            return DirectUpload.objects.create(
                id=row_id, company_id=by.company_id, by=by, client_key=client_key, source=source, file_name=name, size=size,
                key=f"incoming/{by.company_id}/{row_id}", expires_at=ends,
            )  # fmt: skip
    except IntegrityError:
        DirectUpload.objects.filter(by=by, client_key=client_key).update(expires_at=ends)
        return DirectUpload.objects.select_related("receipt").get(by=by, client_key=client_key)


class StoredUpload:
    """A file in the bucket, read as an uploaded one is. `store_as` copies it there without bringing it here."""

    def __init__(self, upload: DirectUpload) -> None:
        storage: Any = bucket_storage(default_storage)
        self.client, self.bucket, self.key = storage.bucket.meta.client, storage.bucket_name, upload.key
        self.name = upload.file_name
        head = self.client.head_object(Bucket=self.bucket, Key=self.key)
        self.size, self.tag, self.sha256 = head["ContentLength"], head["ETag"], ""

    def seek(self, place: int) -> None:
        assert place == 0, "it is read from its beginning"

    def chunks(self) -> Iterator[bytes]:
        found, digest = self.client.get_object(Bucket=self.bucket, Key=self.key, IfMatch=self.tag), hashlib.sha256()
        for chunk in found["Body"].iter_chunks(256 * 1024):
            digest.update(chunk)
            yield chunk
        self.sha256 = digest.hexdigest()

    def store_as(self, key: str, media_type: str) -> None:
        """Copy what was looked at. Raises NotArrived when it was replaced meanwhile.

        S3 itself refuses then; Ceph's gateway does not know that condition, so the copy is looked at too.
        """
        copied = self.client.copy_object(
            Bucket=self.bucket, Key=key, CopySource={"Bucket": self.bucket, "Key": self.key}, CopySourceIfMatch=self.tag,
            ContentType=media_type, MetadataDirective="REPLACE",
        )  # fmt: skip
        if copied["CopyObjectResult"]["ETag"].strip('"') == self.tag.strip('"'):
            return
        with files.read(key) as copy:
            is_same = files.sha256(copy) == self.sha256
        if not is_same:
            remove_leftover(key)
            raise NotArrived


def finish_direct_upload(*, upload: DirectUpload, now: datetime) -> Receipt:
    """Look at the file that was put into the bucket and make a receipt of it. Twice returns the same receipt.

    Raises NotArrived, StorageDown, and what `ingest` raises; a file that is refused is removed.
    """
    if upload.receipt is not None:
        return upload.receipt
    try:
        with telling_storage_faults(), _telling_absence():
            receipt = ingest(
                by=upload.by, file=StoredUpload(upload), source=upload.source, client_key=upload.client_key, now=now
            )
    except (ReceiptEmpty, ReceiptTooLarge, ReceiptTypeUnknown):
        _forget(upload)
        raise
    DirectUpload.objects.filter(pk=upload.pk).update(receipt=receipt)
    remove_leftover(upload.key)
    return receipt


@contextmanager
def _telling_absence() -> Iterator[None]:
    """Turn the bucket's 404 for the file, and its 412 for another one by now, into NotArrived.

    A bucket that is gone answers 404 alike, and is a fault of the storage.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("412", "PreconditionFailed"):
            raise NotArrived from None
        if code not in ("404", "NoSuchKey"):
            raise
        storage: Any = bucket_storage(default_storage)
        storage.bucket.meta.client.head_bucket(Bucket=storage.bucket_name)
        raise NotArrived from None


def collect_abandoned(*, now: datetime) -> int:
    """Remove uploads whose time was over long ago, with what lies in the bucket; returns how many. Repeating is safe."""
    rows = DirectUpload.objects.filter(expires_at__lt=now - ABANDONED_AFTER).order_by("expires_at")[:500]
    for upload in rows:
        _forget(upload)
    return len(rows)


def _forget(upload: DirectUpload) -> None:
    """The file first: a row without its file is found again, a file without a row would be nobody's."""
    files.delete(upload.key)
    DirectUpload.objects.filter(pk=upload.pk).delete()
