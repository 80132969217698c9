"""The API of reports of expenses with their receipts."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.models import Membership
from bookkeeping.begin_report import begin_report
from bookkeeping.downloads import download
from bookkeeping.models import PaperReport


class PaperSerializer(serializers.Serializer[PaperReport]):
    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id", allow_null=True, help_text="none: everybody")
    starts = serializers.DateField()
    ends = serializers.DateField()
    progress = serializers.CharField(source="status", help_text="waiting, running, ready or failed")
    progress_done = serializers.IntegerField(help_text="receipts that are in")
    progress_total = serializers.IntegerField()
    expense_count = serializers.IntegerField()
    page_count = serializers.IntegerField()
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)


class BeginPaperSerializer(serializers.Serializer[Any]):
    person = serializers.UUIDField(required=False, allow_null=True, default=None)
    starts = serializers.DateField()
    ends = serializers.DateField(help_text="included")


class PapersEndpoint(Endpoint):
    capabilities = {"GET": "books.see", "POST": "books.export"}
    serializer_class = PaperSerializer

    @extend_schema(tags=["books"], summary="Reports of expenses with receipts, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(PaperReport.objects.visible_to(self.membership))

    @extend_schema(
        tags=["books"],
        summary="Begin a PDF of one person's expenses with their receipts; poll it until it is ready",
        request=BeginPaperSerializer,
        responses={201: PaperSerializer},
    )
    def post(self, request: Any) -> Response:
        body = BeginPaperSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        person = self.of_company(Membership, wanted.pop("person"), field="person")
        report = begin_report(by=self.membership, person=person, client_key=uuid4().hex, now=timezone.now(), **wanted)
        return Response(self.get_serializer(report).data, status=201)


class _OnePaper(Endpoint):
    capabilities = {"GET": "books.see"}

    def found(self, report_id: UUID) -> PaperReport:
        return get_object_or_404(PaperReport.objects.visible_to(self.membership), pk=report_id)


class PaperEndpoint(_OnePaper):
    serializer_class = PaperSerializer

    @extend_schema(tags=["books"], summary="One report of expenses")
    def get(self, request: Any, report_id: UUID) -> Response:
        return Response(self.get_serializer(self.found(report_id)).data)


class FileEndpoint(_OnePaper):
    def perform_content_negotiation(self, request: Any, force: bool = False) -> Any:
        """The file is what it is, whatever the caller accepts; refusals are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        tags=["books"],
        summary="The file of a report of expenses",
        operation_id="expense_report_file",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Any, report_id: UUID) -> HttpResponseBase:
        report = self.found(report_id)
        return download(report.file_key, report.file_name, report.sha256, "application/pdf")
