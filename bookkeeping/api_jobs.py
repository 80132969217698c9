"""The API for connectors: list jobs, take one, read its entries with receipts, say what became of each, end it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from bookkeeping.api import EntrySerializer
from bookkeeping.models import ExportJob, ExportJobItem
from bookkeeping.models.destinations import FailureType, JobStatus
from bookkeeping.take_job import MOST_ITEMS, SAID, Said, end_job, say_of_items, take_job
from receipts.models import Receipt

STATUSES = [status.value for status in SAID]
FAILURES = [type.value for type in FailureType]


class ExportJobSerializer(serializers.Serializer[ExportJob]):
    id = serializers.UUIDField()
    export = serializers.UUIDField(source="export_id")
    number = serializers.IntegerField(source="export.number")
    destination = serializers.CharField(source="destination.kind", help_text="connector, or a system that we push to")
    status = serializers.CharField(help_text="pending, started, completed, completed_with_errors or failed")
    items = serializers.IntegerField(source="export.item_count")
    expires_at = serializers.DateTimeField(
        source="lease_until", allow_null=True, help_text="a started job may be taken by another connector from then on"
    )
    error = serializers.JSONField(source="last_error", allow_null=True)
    created_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)


class JobReceiptSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    url = serializers.CharField(help_text="path of the original file")


class ExportJobItemSerializer(serializers.Serializer[ExportJobItem]):
    id = serializers.UUIDField()
    status = serializers.CharField(help_text="pending, in_progress, successful, failed or abandoned")
    failure_type = serializers.CharField()
    failure_reason = serializers.CharField()
    external_id = serializers.CharField()
    external_url = serializers.CharField()
    exported_at = serializers.DateTimeField(allow_null=True)
    entry = EntrySerializer()
    receipts = serializers.SerializerMethodField()

    @extend_schema_field(JobReceiptSerializer(many=True))
    def get_receipts(self, item: ExportJobItem) -> list[dict[str, str]]:
        base = f"/api/v1/export-jobs/{item.job_id}/items/{item.pk}/receipts"
        names = enumerate(item.entry.receipts, 1)
        return [{"name": name.rpartition("/")[2], "url": f"{base}/{number}"} for number, (name, _) in names]


class ItemSaidSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=STATUSES)
    external_id = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    external_url = serializers.URLField(max_length=500, required=False, default="", allow_blank=True)
    failure_type = serializers.ChoiceField(choices=FAILURES, required=False, default="", allow_blank=True)
    failure_reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    exported_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class ItemsSaidSerializer(serializers.Serializer[Any]):
    items = serializers.ListField(child=ItemSaidSerializer(), min_length=1, max_length=MOST_ITEMS)


class ItemKeptSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    error = serializers.CharField(
        help_text="empty, item_unknown, item_already_successful or failure_type_missing", allow_blank=True
    )


class ItemsKeptSerializer(serializers.Serializer[Any]):
    items = ItemKeptSerializer(many=True)


class EndingSerializer(serializers.Serializer[Any]):
    failure_type = serializers.ChoiceField(
        choices=FAILURES, required=False, default="", allow_blank=True, help_text="left out when the job was done"
    )
    failure_reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ExportJobFilters(ApiFilterSet):
    status = WordFilter([status.value for status in JobStatus])


class ExportJobsEndpoint(Endpoint):
    capabilities = {"GET": "books.see"}
    serializer_class = ExportJobSerializer
    filterset_class = ExportJobFilters

    @extend_schema(tags=["books"], summary="Exports on their way to other systems, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(ExportJob.objects.visible_to(self.membership).select_related("export", "destination"))


class _OneJob(Endpoint):
    def found(self, job_id: UUID) -> ExportJob:
        rows = ExportJob.objects.visible_to(self.membership).select_related("export", "destination")
        return get_object_or_404(rows, pk=job_id)


class ExportJobEndpoint(_OneJob):
    capabilities = {"GET": "books.see"}
    serializer_class = ExportJobSerializer

    @extend_schema(tags=["books"], summary="One job")
    def get(self, request: Any, job_id: UUID) -> Response:
        return Response(self.get_serializer(self.found(job_id)).data)


class ExportJobStartEndpoint(_OneJob):
    capabilities = {"POST": "books.export"}
    serializer_class = ExportJobSerializer

    @extend_schema(tags=["books"], summary="Take a job for an hour; again makes the hour new", request=None)
    def post(self, request: Any, job_id: UUID) -> Response:
        job = take_job(job=self.found(job_id), by=self.membership, now=timezone.now())
        return Response(self.get_serializer(job).data)


class ExportJobItemsEndpoint(_OneJob):
    capabilities = {"GET": "books.see", "PUT": "books.export"}
    serializer_class = ExportJobItemSerializer

    @extend_schema(tags=["books"], summary="The entries of a job, with lines and receipts")
    def get(self, request: Any, job_id: UUID) -> Response:
        items = self.found(job_id).items.select_related("entry").prefetch_related("entry__postings")
        return self.listed(items)

    @extend_schema(
        tags=["books"], summary="Say what became of up to 100 entries", request=ItemsSaidSerializer,
        responses={200: ItemsKeptSerializer},
    )  # fmt: skip
    def put(self, request: Any, job_id: UUID) -> Response:
        job = self.found(job_id)
        body = ItemsSaidSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = [Said(**one) for one in body.validated_data["items"]]
        kept = say_of_items(job=job, by=self.membership, said=said, now=timezone.now())
        return Response({"items": [{"id": str(pk), "error": error} for pk, error in kept]})


class ExportJobCompletionEndpoint(_OneJob):
    capabilities = {"POST": "books.export"}
    serializer_class = ExportJobSerializer

    @extend_schema(tags=["books"], summary="End a job, once and for good", request=EndingSerializer)
    def post(self, request: Any, job_id: UUID) -> Response:
        found = self.found(job_id)
        body = EndingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        job = end_job(job=found, by=self.membership, now=timezone.now(), **body.validated_data)
        return Response(self.get_serializer(job).data)


class ExportJobReceiptEndpoint(_OneJob):
    capabilities = {"GET": "books.see"}

    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        """The file is what it is, whatever the caller accepts; refusals are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        tags=["books"], summary="A receipt of an entry, as it came", responses={(200, "*/*"): OpenApiTypes.BINARY}
    )
    def get(self, request: Any, job_id: UUID, item_id: UUID, place: int) -> HttpResponseBase:
        item = get_object_or_404(self.found(job_id).items.select_related("entry"), pk=item_id)
        if not 0 < place <= len(item.entry.receipts):
            raise Http404
        name, receipt = item.entry.receipts[place - 1]
        row = get_object_or_404(Receipt.objects.for_company(self.company), pk=receipt)
        if row.erased_at is not None or not default_storage.exists(row.key):
            raise Http404
        return FileResponse(
            default_storage.open(row.key), filename=name.rpartition("/")[2], content_type=row.media_type, as_attachment=True
        )  # fmt: skip
