"""Remove what was half sent to the bucket: the parts of a large file whose sender died lie there unseen and are paid for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from pleo.lib.s3 import bucket_storage
from receipts.collect_orphans import OLD_ENOUGH


def collect_half_sent(*, now: datetime) -> int:
    """Give up uploads in parts that began two days ago; returns how many. Does nothing without a bucket. Repeating is safe.

    A file is there as a whole or not at all, so no row names any of these. Keys that are not of our form are left alone.
    """
    storage: Any = bucket_storage(default_storage)
    if storage is None:
        return 0
    client, count = storage.bucket.meta.client, 0
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=storage.bucket_name):
        for upload in page.get("Uploads", []):
            if _is_ours(upload["Key"]) and now - upload["Initiated"] >= OLD_ENOUGH:
                client.abort_multipart_upload(
                    Bucket=storage.bucket_name, Key=upload["Key"], UploadId=upload["UploadId"]
                )
                count += 1
    return count


def _is_ours(key: str) -> bool:
    first = key.partition("/")[0]
    if first == "mail":
        return True
    try:
        return str(UUID(first)) == first
    except ValueError:
        return False
