"""Files on the local disk, for whoever holds a link that we signed a few minutes ago."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from pleo.lib import files


@require_safe
def file(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer with the file that a signed link names; 404 when the link was changed or has ended.

    Whoever signed it had checked who may see the file, and it ends soon. Nothing here is ever shown as a web page.
    """
    fact = files.open_signed(token)
    if fact is None:
        raise Http404("link")
    shown, disposition = files.headers(fact["t"], fact["n"], download=fact["d"])
    try:
        content = files.read(fact["k"])
    except FileNotFoundError:
        raise Http404("file") from None
    response: HttpResponse | FileResponse = FileResponse(content, content_type=shown)
    response["Content-Disposition"] = disposition
    response["Cache-Control"] = f"private, max-age={settings.FILE_URL_SECONDS}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
