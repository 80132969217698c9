"""The API of the books: items, the queue, exports with their entries and files."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, SearchFilter, TruthFilter, WordFilter
from bookkeeping import checks, outcome, overview
from bookkeeping.downloads import download
from bookkeeping.export import export
from bookkeeping.models import BookItem, BookSettings, Export, ExportFile, JournalEntry, Posting
from bookkeeping.queue import Outcome, queue
from bookkeeping.unqueue import unqueue
from bookkeeping.withdraw import withdraw
from expenses.models import Lane

MOST = 500
LANES = [lane for lane in Lane.values if lane]


class BookItemSerializer(serializers.Serializer[BookItem]):
    id = serializers.UUIDField()
    expense = serializers.UUIDField(source="expense_id", allow_null=True)
    transfer = serializers.UUIDField(source="transfer_id", allow_null=True)
    balance_entry = serializers.UUIDField(
        source="balance_entry_id", allow_null=True, help_text="a payment between a person and the company"
    )
    kind = serializers.CharField(
        help_text="original, adjustment when the expense was exported before, or correction of what was exported"
    )
    lane = serializers.ChoiceField(choices=LANES)
    booked_date = serializers.DateField()
    direction = serializers.CharField(help_text="spend, or refund when money came in")
    amount = serializers.IntegerField(help_text="minor units")
    currency = serializers.CharField()
    text = serializers.CharField(source="__str__")
    person = serializers.UUIDField(source="person_id", allow_null=True)
    queued_at = serializers.DateTimeField(allow_null=True)


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField(source="sentence")


class SkippedSerializer(serializers.Serializer[Any]):
    item = serializers.UUIDField(source="item.pk", allow_null=True, default=None)
    text = serializers.CharField(source="label")
    reasons = ReasonSerializer(many=True)


class OutcomeSerializer(serializers.Serializer[Outcome]):
    done = BookItemSerializer(many=True)
    skipped = SkippedSerializer(many=True)


class WantedSerializer(serializers.Serializer[Any]):
    items = serializers.ListField(child=serializers.UUIDField(), max_length=MOST, required=False, default=list)
    expenses = serializers.ListField(child=serializers.UUIDField(), max_length=MOST, required=False, default=list)


class UnwantedSerializer(serializers.Serializer[Any]):
    items = serializers.ListField(child=serializers.UUIDField(), max_length=MOST, allow_empty=False)


class ExportFileSerializer(serializers.Serializer[ExportFile]):
    id = serializers.UUIDField()
    kind = serializers.CharField(
        help_text="journal, receipts, report, or changes: texts that a file writes differently"
    )
    format = serializers.CharField()
    name = serializers.CharField()
    media_type = serializers.CharField()
    sha256 = serializers.CharField()
    changed = serializers.IntegerField(help_text="texts that the format could not hold as they were")
    erased = serializers.IntegerField(help_text="receipts left out of an archive because they were erased since")


class ExportSerializer(serializers.Serializer[Export]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    status = serializers.CharField(help_text="waiting, running, ready or failed")
    formats = serializers.ListField(child=serializers.CharField())
    with_receipts = serializers.BooleanField()
    with_reports = serializers.BooleanField()
    items = serializers.IntegerField(source="item_count")
    progress_done = serializers.IntegerField()
    progress_total = serializers.IntegerField()
    first_date = serializers.DateField(allow_null=True)
    last_date = serializers.DateField(allow_null=True)
    totals = serializers.JSONField(help_text="control totals in minor units of the currency")
    currency = serializers.CharField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    receipts_name = serializers.CharField()
    receipts_sha256 = serializers.CharField()
    files = ExportFileSerializer(
        source="files_in_order", many=True, help_text="every file of it; empty until it is ready"
    )
    error = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField()

    def get_error(self, batch: Export) -> dict[str, Any] | None:
        found = outcome.failure(batch)
        if found is None:
            return None
        entries = [{"text": text, "code": result.code, "message": result.sentence} for text, result in found.entries]
        return {"code": found.code, "message": found.sentence, "entries": entries}


class BeginSerializer(serializers.Serializer[Any]):
    formats = serializers.ListField(
        child=serializers.CharField(max_length=48),
        max_length=10,
        required=False,
        help_text="keys of formats, or custom: and the id of a layout; what the book settings name when left out",
    )
    with_receipts = serializers.BooleanField(default=True)
    with_reports = serializers.BooleanField(default=False, help_text="a PDF of each person's expenses with receipts")
    receipts_by_month = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="folders in the ZIP; left out: as the book settings"
    )


class WithdrawalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class PostingSerializer(serializers.Serializer[Posting]):
    account = serializers.CharField(source="account_number")
    account_name = serializers.CharField()
    debit = serializers.IntegerField()
    credit = serializers.IntegerField()
    tax_code = serializers.CharField(source="tax_code_name")
    tax_rate = serializers.DecimalField(max_digits=9, decimal_places=6, allow_null=True)
    category = serializers.CharField(source="category_name")
    text = serializers.CharField()
    dimensions = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="place, SIE number, group, code, name of each",
    )


class EntrySerializer(serializers.Serializer[JournalEntry]):
    id = serializers.UUIDField()
    voucher_number = serializers.IntegerField()
    series = serializers.CharField(help_text="a voucher is its series and its number; empty: its number alone")
    book_item = serializers.UUIDField(source="book_item_id")
    date = serializers.DateField()
    document_date = serializers.DateField()
    text = serializers.CharField()
    person = serializers.CharField(source="person_name")
    merchant = serializers.CharField()
    expense_number = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    adjusts = serializers.UUIDField(
        source="adjusts_id", allow_null=True, help_text="the entry of the same expense that this one adjusts"
    )
    postings = PostingSerializer(many=True)


class BookItemFilters(ApiFilterSet):
    lane = WordFilter(LANES)
    ready = TruthFilter(method="only_ready", help_text="true: only unexported items that pass every check")
    q = SearchFilter("search_text", "expense__search_text", help_text="words of merchant, person or note")

    def only_ready(self, rows: QuerySet[BookItem], name: str, value: bool) -> QuerySet[BookItem]:
        if not value:
            return rows
        found: QuerySet[BookItem] = checks.ready(
            rows.filter(lane=Lane.UNEXPORTED), overview.contra(self.request.auth.company)
        )
        return found


class BookItemsEndpoint(Endpoint):
    capabilities = {"GET": "books.see"}
    serializer_class = BookItemSerializer
    filterset_class = BookItemFilters

    @extend_schema(tags=["books"], summary="What is to be booked, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(BookItem.objects.visible_to(self.membership).select_related("expense", "transfer"))


class QueueEndpoint(Endpoint):
    capabilities = {"POST": "books.queue"}
    serializer_class = OutcomeSerializer

    @extend_schema(
        tags=["books"], summary="Queue items or expenses; says what was skipped and why", request=WantedSerializer
    )
    def post(self, request: Any) -> Response:
        body = WantedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = queue(by=self.membership, now=timezone.now(), **body.validated_data)
        return Response(self.get_serializer(done).data)


class UnqueueEndpoint(Endpoint):
    capabilities = {"POST": "books.queue"}
    serializer_class = OutcomeSerializer

    @extend_schema(tags=["books"], summary="Take items out of the queue", request=UnwantedSerializer)
    def post(self, request: Any) -> Response:
        body = UnwantedSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = unqueue(by=self.membership, now=timezone.now(), **body.validated_data)
        return Response(self.get_serializer(done).data)


class ExportsEndpoint(Endpoint):
    capabilities = {"GET": "books.see", "POST": "books.export"}
    serializer_class = ExportSerializer

    @extend_schema(tags=["books"], summary="Exports, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Export.objects.visible_to(self.membership).prefetch_related("files"))

    @extend_schema(
        tags=["books"],
        summary="Export the queue; poll the export until it is ready",
        request=BeginSerializer,
        responses={201: ExportSerializer},
    )
    def post(self, request: Any) -> Response:
        body = BeginSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        formats = wanted.get("formats") or BookSettings.objects.for_company(self.membership.company).get().formats
        batch = export(
            by=self.membership,
            client_key=uuid4().hex,
            now=timezone.now(),
            formats=formats,
            with_receipts=wanted["with_receipts"],
            with_reports=wanted["with_reports"],
            receipts_by_month=wanted["receipts_by_month"],
        )
        return Response(self.get_serializer(batch).data, status=201)


class _OneExport(Endpoint):
    def found(self, export_id: UUID) -> Export:
        return get_object_or_404(Export.objects.visible_to(self.membership).select_related("company"), pk=export_id)


class ExportEndpoint(_OneExport):
    capabilities = {"GET": "books.see"}
    serializer_class = ExportSerializer

    @extend_schema(tags=["books"], summary="One export")
    def get(self, request: Any, export_id: UUID) -> Response:
        return Response(self.get_serializer(self.found(export_id)).data)


class EntriesEndpoint(_OneExport):
    capabilities = {"GET": "books.see"}
    serializer_class = EntrySerializer

    @extend_schema(tags=["books"], summary="The entries of an export with their debit and credit lines")
    def get(self, request: Any, export_id: UUID) -> Response:
        return self.listed(self.found(export_id).entries.prefetch_related("postings"))


class WithdrawalEndpoint(_OneExport):
    capabilities = {"POST": "books.export"}
    serializer_class = ExportSerializer

    @extend_schema(
        tags=["books"], summary="Undo an export", request=WithdrawalSerializer, responses={201: ExportSerializer}
    )
    def post(self, request: Any, export_id: UUID) -> Response:
        batch = self.found(export_id)
        body = WithdrawalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        undone = withdraw(export=batch, by=self.membership, reason=body.validated_data["reason"], now=timezone.now())
        return Response(self.get_serializer(undone).data, status=201)


class _FileEndpoint(_OneExport):
    capabilities = {"GET": "books.see"}

    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        """The file is what it is, whatever the caller accepts; refusals are JSON."""
        return super().perform_content_negotiation(request, force=True)


class FileEndpoint(_FileEndpoint):
    @extend_schema(tags=["books"], summary="The first file of an export", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Any, export_id: UUID) -> HttpResponseBase:
        batch = self.found(export_id)
        first = batch.files.order_by("position").first()
        media = first.media_type if first else "application/octet-stream"
        return download(batch.file_key, batch.file_name, batch.sha256, media)


class OneFileEndpoint(_FileEndpoint):
    @extend_schema(tags=["books"], summary="One of several files", responses={(200, "*/*"): OpenApiTypes.BINARY})
    def get(self, request: Any, export_id: UUID, file_id: UUID) -> HttpResponseBase:
        file = get_object_or_404(self.found(export_id).files, pk=file_id)
        return download(file.key, file.name, file.sha256, file.media_type)


class ReceiptsEndpoint(_FileEndpoint):
    @extend_schema(
        tags=["books"], summary="The receipts of an export", responses={(200, "application/zip"): OpenApiTypes.BINARY}
    )
    def get(self, request: Any, export_id: UUID) -> HttpResponseBase:
        batch = self.found(export_id)
        return download(batch.receipts_key, batch.receipts_name, batch.receipts_sha256, "application/zip")
