"""Files that go straight into the bucket: a browser's script asks where, and says when it is done."""

from __future__ import annotations

from uuid import UUID

from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import permitted
from pleo.lib.errors import DomainError
from pleo.lib.http import CompanyRequest
from pleo.lib.ids import uuid7
from receipts.direct_upload import Allowed, allow_direct_upload, finish_direct_upload
from receipts.models import DirectUpload
from receipts.views import Sent, answer, source_of


@require_POST
@permitted("receipts.upload")
def direct_upload(request: CompanyRequest) -> JsonResponse:
    """Answer where a file may be put: url and fields for a POST of the browser's own; 409 where files come to us."""
    size = request.POST.get("size", "")
    key = request.POST.get("client_key", "")[:64].replace("\x00", "")
    try:
        allowed = allow_direct_upload(
            by=request.membership,
            name=request.POST.get("name", ""),
            size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
            source=source_of(request),
            client_key=key or str(uuid7()),
            now=timezone.now(),
        )
    except DomainError as error:
        return JsonResponse({"error": {"code": error.code, "message": error.message()}}, status=error.status)
    return JsonResponse(_told(request, allowed), status=201)


def _told(request: CompanyRequest, allowed: Allowed) -> dict[str, object]:
    ids = {"company": request.company.slug, "upload_id": allowed.upload.pk}
    return {"url": allowed.url, "fields": allowed.fields or {}, "done": reverse("direct-upload-finish", kwargs=ids)}


@require_POST
@permitted("receipts.upload")
def direct_upload_finish(request: CompanyRequest, upload_id: UUID) -> JsonResponse:
    """Make a receipt of what was put there, and answer as an upload does."""
    rows = DirectUpload.objects.for_company(request.company).select_related("by__company", "receipt")
    upload = get_object_or_404(rows, pk=upload_id, by=request.membership)
    sent = Sent()
    try:
        sent.receipts.append(finish_direct_upload(upload=upload, now=timezone.now()))
    except DomainError as error:
        sent.refused.append((upload.file_name, error))
    return answer(request, sent)
