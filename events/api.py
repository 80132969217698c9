"""The API of events: the audit log, as codes and parameters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from events.models import Event


class EventSerializer(serializers.Serializer[Event]):
    id = serializers.UUIDField()
    happened_at = serializers.DateTimeField()
    actor = serializers.CharField(help_text="membership, token, system or issuer")
    by = serializers.UUIDField(source="by_id", allow_null=True, help_text="the person")
    verb = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.UUIDField()
    subject_label = serializers.CharField()
    changes = serializers.JSONField(help_text="parameters, or [before, after]; amounts in minor units")
    request_id = serializers.CharField()


class EventsEndpoint(Endpoint):
    capabilities = {"GET": "audit.see"}
    serializer_class = EventSerializer

    @extend_schema(
        tags=["events"],
        summary="What happened, newest first",
        parameters=[
            OpenApiParameter("verb", str, description="such as card.frozen"),
            OpenApiParameter("subject_id", UUID),
        ],
    )
    def get(self, request: Any) -> Response:
        rows = Event.objects.for_company(self.company)
        if verb := request.query_params.get("verb"):
            rows = rows.filter(verb=verb.replace("\x00", ""))
        if subject := request.query_params.get("subject_id"):
            rows = rows.filter(subject_id=serializers.UUIDField().run_validation(subject))
        return self.listed(rows)
