"""Files that programs put straight into the bucket."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from receipts.api import ReceiptRow, client_key
from receipts.direct_upload import allow_direct_upload, finish_direct_upload
from receipts.models import DirectUpload, Source


class DirectUploadAsk(serializers.Serializer[Any]):
    """The file that shall be put there."""

    file_name = serializers.CharField(max_length=200, allow_blank=True, default="")
    size = serializers.IntegerField(min_value=1, help_text="Bytes, exactly.")


class DirectUploadAllowed(serializers.Serializer[Any]):
    """Where to put it: a multipart/form-data POST to `url` with `fields` first and the file last, as `file`."""

    id = serializers.UUIDField()
    url = serializers.CharField(help_text="Empty when this key's file is a receipt already.")
    fields_before = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class DirectUploads(Endpoint):
    """Asking where a file may be put."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "receipts.upload"}
    keeps_own_keys = True
    serializer_class = DirectUploadAsk

    @extend_schema(summary="Ask to put a file straight into the bucket", responses={201: DirectUploadAllowed})
    def post(self, request: Any) -> Response:
        """409 `no_direct_upload` where files are kept on a disk: send it to /receipts then. Repeat with the same Idempotency-Key."""
        body = DirectUploadAsk(data=request.data)
        body.is_valid(raise_exception=True)
        allowed = allow_direct_upload(
            by=self.membership,
            name=body.validated_data["file_name"],
            size=body.validated_data["size"],
            source=Source.API,
            client_key=client_key(request.headers.get("Idempotency-Key")),
            now=timezone.now(),
        )
        told = {"id": allowed.upload.pk, "url": allowed.url, "fields_before": allowed.fields or {}}
        return Response(DirectUploadAllowed({**told, "expires_at": allowed.upload.expires_at}).data, status=201)


class DirectUploadFinish(Endpoint):
    """Saying that it is there."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "receipts.upload"}
    serializer_class = ReceiptRow

    @extend_schema(
        operation_id="receipts_direct_finish",
        summary="Make a receipt of the file",
        request=None,
        responses={201: ReceiptRow},
    )
    def post(self, request: Any, upload_id: UUID) -> Response:
        """The file is looked at now: its type by content, its size. 409 `not_arrived` when it is not there."""
        rows = DirectUpload.objects.for_company(self.company).select_related("by__company", "receipt")
        upload = get_object_or_404(rows, pk=upload_id, by=self.membership)
        return Response(ReceiptRow(finish_direct_upload(upload=upload, now=timezone.now())).data, status=201)
