"""Receipts over the API: send a file, ask how far it is, fetch what was read."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, MomentFilter, WordFilter
from accounts.idempotency import KeyMalformed, KeyReused
from pleo.lib.ids import uuid7
from pleo.lib.parsers import JsonParser
from receipts.explain import explain
from receipts.facts import latest
from receipts.ingest import ClientKeyReused, ingest
from receipts.models import Receipt, ReceiptStatus, Source
from receipts.viewer import original_link, page_view


class ReceiptRow(serializers.Serializer[Receipt]):
    """A receipt in a list."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(ReceiptStatus.choices)
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    file_name = serializers.CharField()
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes of the original.")
    sha256 = serializers.CharField(help_text="Of the original, as hex.")
    page_count = serializers.IntegerField(help_text="Pages of the file; at most 20 of them have pictures.")
    uploaded_by = serializers.UUIDField(source="uploaded_by_id")
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    erased_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when the file is gone; the row stays for the books."
    )
    error = serializers.SerializerMethodField(help_text="Why it could not be read: code and message, or null.")

    @extend_schema_field({"type": "object", "nullable": True})
    def get_error(self, receipt: Receipt) -> dict[str, str] | None:
        if receipt.status != ReceiptStatus.UNREADABLE or not receipt.last_error:
            return None
        return {"code": receipt.last_error.get("code", ""), "message": explain(receipt.last_error)}


class ReceiptWhole(ReceiptRow):
    """A receipt with what was read and links that end within minutes."""

    reading = serializers.SerializerMethodField(
        help_text="Newest reading: engine, fields (value, confidence, page, box), all amounts seen in minor units; or null."
    )
    pages = serializers.SerializerMethodField(help_text="Number, size and links of the pictures.")
    original_url = serializers.SerializerMethodField(help_text="Link to the file as it came.")

    def _absolute(self, url: str) -> str:
        return str(self.context["request"].build_absolute_uri(url))

    @extend_schema_field({"type": "object", "nullable": True})
    def get_reading(self, receipt: Receipt) -> dict[str, Any] | None:
        reading = None if receipt.erased_at else latest(receipt)
        if reading is None:
            return None
        return {
            "engine": reading.engine,
            "version": reading.version,
            "fields": reading.fields,
            "amounts": reading.amounts,
        }

    @extend_schema_field({"type": "array", "items": {"type": "object"}})
    def get_pages(self, receipt: Receipt) -> list[dict[str, Any]]:
        return [
            {
                "number": page.number,
                "width": page.width,
                "height": page.height,
                "url": self._absolute(shown.url),
                "thumbnail_url": self._absolute(shown.thumbnail),
            }
            for page in receipt.pages.order_by("number")
            if receipt.erased_at is None
            for shown in [page_view(page)]
        ]

    def get_original_url(self, receipt: Receipt) -> str:
        """Empty while the file may not leave: it is erased, carries a virus, or was not scanned yet."""
        return self._absolute(original_link(receipt)) if receipt.is_servable else ""


class ReceiptUpload(serializers.Serializer[Receipt]):
    """One file, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True, use_url=False)


class ReceiptFilters(ApiFilterSet):
    """How a list is narrowed."""

    status = WordFilter(ReceiptStatus.values)
    uploaded_by = UUIDFilter()
    created_from = MomentFilter("created_at", "gte", help_text="ISO 8601, inclusive.")


def client_key(header: str | None) -> str:
    """Return the key under which an API client's file is taken in once. Raises KeyMalformed."""
    if header is None:
        return str(uuid7())
    if not (0 < len(header) <= 255 and header.isascii() and header.isprintable()):
        raise KeyMalformed
    return f"api-{hashlib.sha256(header.encode()).hexdigest()[:60]}"


class ReceiptList(Endpoint):
    """All receipts that the token's membership may see; sending one."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "receipts.see", "POST": "receipts.upload"}
    keeps_own_keys = True
    serializer_class = ReceiptRow
    filterset_class = ReceiptFilters
    parser_classes = (MultiPartParser, JsonParser)

    @extend_schema(summary="Receipts, newest first")
    def get(self, request: Any) -> Response:
        """What this token may see: one's own, a team's, or all."""
        return self.listed(Receipt.objects.visible_to(self.membership))

    @extend_schema(
        summary="Send a receipt", request={"multipart/form-data": ReceiptUpload}, responses={201: ReceiptRow}
    )
    def post(self, request: Any) -> Response:
        """Send one file. The same Idempotency-Key and file again answer with the same receipt."""
        body = ReceiptUpload(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        try:
            receipt = ingest(
                by=self.membership,
                file=body.validated_data["file"],
                source=Source.API,
                client_key=client_key(request.headers.get("Idempotency-Key")),
                now=now,
            )
        except ClientKeyReused:
            raise KeyReused from None
        replay = {"Idempotent-Replay": "true"} if receipt.created_at < now else {}
        return Response(ReceiptRow(receipt).data, status=201, headers=replay)


class ReceiptDetail(Endpoint):
    """One receipt."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "receipts.see"}
    serializer_class = ReceiptWhole

    @extend_schema(summary="One receipt with what was read")
    def get(self, request: Any, receipt_id: UUID) -> Response:
        """Fetch a receipt with its reading and links. Ask again while its status is received or processing."""
        receipt = get_object_or_404(Receipt.objects.visible_to(self.membership), pk=receipt_id)
        return Response(self.get_serializer(receipt).data)
