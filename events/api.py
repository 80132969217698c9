"""The API of events: the audit log, as codes and parameters."""

from __future__ import annotations

from typing import Any

from django_filters import UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from events.models import Event
from events.sentences import VERBS


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


class EventFilters(ApiFilterSet):
    verb = WordFilter(VERBS)
    subject_id = UUIDFilter()


class EventsEndpoint(Endpoint):
    capabilities = {"GET": "audit.see"}
    serializer_class = EventSerializer
    filterset_class = EventFilters

    @extend_schema(tags=["events"], summary="What happened, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(Event.objects.for_company(self.company))
