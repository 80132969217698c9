"""Files in S3 or a server that speaks its protocol."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from django.utils.functional import empty
from storages.backends.s3 import S3Storage

from pleo.lib import files


def client_config(*, addressing_style: Any, signature_version: str = "s3v4") -> Config:
    """Return how every client of ours talks to the bucket: a few tries, bounded waits, checksums only where asked for.

    The newer default of a checksum on every request is refused by several servers that speak the protocol.
    """
    return Config(
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=5,
        read_timeout=30,
        signature_version=signature_version,
        s3={"addressing_style": addressing_style},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


class BucketStorage(S3Storage):
    """A bucket that nobody may read but by links that we sign; the link fixes the type and name of what is answered."""

    def __init__(self, **options: Any) -> None:
        style = options.pop("addressing_style", "auto")
        options.setdefault("client_config", client_config(addressing_style=style))
        super().__init__(**options)

    def _open(self, name: str, mode: str = "rb") -> Any:
        """Open a file. A bucket that is gone answers like a file that is gone; only the latter is FileNotFoundError."""
        try:
            return super()._open(name, mode)
        except FileNotFoundError:
            self.bucket.meta.client.head_bucket(Bucket=self.bucket_name)
            raise

    def signed_url(self, key: str, *, media_type: str, name: str, download: bool) -> str:
        """Return a link to the bucket that ends after FILE_URL_SECONDS."""
        shown, disposition = files.headers(media_type, name, download=download)
        parameters = {
            "ResponseContentType": shown,
            "ResponseContentDisposition": disposition,
            "ResponseCacheControl": f"private, max-age={self.querystring_expire}",
        }
        return str(self.url(key, parameters=parameters))


def bucket_storage(storage: Any) -> BucketStorage | None:
    """Return the bucket that files are kept in, or None where they are kept on the disk."""
    if getattr(storage, "_wrapped", None) is empty:
        # Nobody has asked it for anything yet.
        storage._setup()
    found = getattr(storage, "_wrapped", storage)
    return found if isinstance(found, BucketStorage) else None
