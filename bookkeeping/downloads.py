"""Hands out stored files of exports. Through the web process, so that every download asks for the right to it."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404


def download(key: str, name: str, sha256: str, media: str) -> FileResponse:
    """Stream what is stored under a key, byte for byte. Raises Http404 when there is no such file."""
    if not key:
        raise Http404("this export has no such file")
    try:
        stored = default_storage.open(key)
    except FileNotFoundError as error:
        raise Http404("the file is gone from the storage") from error
    response = FileResponse(stored, as_attachment=True, filename=name, content_type=media)
    response["ETag"] = f'"{sha256}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
