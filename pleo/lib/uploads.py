"""A bound on what an upload may write to the disk before anybody looks at it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class CutOff(FileUploadHandler):
    """Stops storing a file soon after RECEIPT_MAX_BYTES; the rest of the request is read and forgotten.

    The file that is kept is then larger than allowed, and whoever takes it in says so in words. Stands first of the handlers.
    """

    received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        enough = self.received > settings.RECEIPT_MAX_BYTES
        self.received += len(raw_data)
        return None if enough else raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers after this one."""
