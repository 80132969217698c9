"""The API of webhooks: addresses that are told of what happens, their secrets and their log."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, WordFilter
from events.models import Delivery, DeliveryStatus, WebhookEndpoint
from events.webhooks import TOLD, add_endpoint, deliver_again, pause_endpoint, remove_endpoint, renew_secret


class WebhookSerializer(serializers.Serializer[WebhookEndpoint]):
    id = serializers.UUIDField()
    url = serializers.CharField()
    verbs = serializers.ListField(child=serializers.CharField(), help_text="what it is told of")
    is_paused = serializers.SerializerMethodField()
    former_secret_until = serializers.DateTimeField(
        source="before_until", allow_null=True, help_text="the secret of before signs as well until then"
    )
    created_at = serializers.DateTimeField()

    def get_is_paused(self, row: WebhookEndpoint) -> bool:
        return row.paused_at is not None


class WebhookSecretSerializer(WebhookSerializer):
    """An address with its secret, which is shown this once."""

    secret = serializers.CharField(help_text="shown this once; signs what is sent")


class DeliverySerializer(serializers.Serializer[Delivery]):
    id = serializers.UUIDField()
    event = serializers.UUIDField(source="event_id")
    verb = serializers.CharField(source=".".join(("event", "verb")))
    progress = serializers.CharField(source="status", help_text="waiting, running, delivered or failed")
    attempts = serializers.IntegerField()
    response_status = serializers.IntegerField(allow_null=True)
    response_text = serializers.CharField()
    tried_at = serializers.DateTimeField(allow_null=True)
    again_of = serializers.UUIDField(source="again_of_id", allow_null=True)
    created_at = serializers.DateTimeField()


class WebhookInput(serializers.Serializer[Any]):
    url = serializers.URLField(max_length=500)
    verbs = serializers.ListField(
        child=serializers.CharField(max_length=60), allow_empty=False, max_length=len(TOLD),
        help_text=f"of {', '.join(TOLD)}",
    )  # fmt: skip

    def validate_verbs(self, verbs: list[str]) -> list[str]:
        if unknown := sorted(set(verbs) - set(TOLD)):
            raise serializers.ValidationError(f"Unknown: {', '.join(unknown)}.")
        return list(dict.fromkeys(verbs))


class PauseInput(serializers.Serializer[Any]):
    is_paused = serializers.BooleanField()


class DeliveryFilters(ApiFilterSet):
    progress = WordFilter(DeliveryStatus.values, field_name="status")


class _Webhooks(Endpoint):
    serializer_class: Any = WebhookSerializer

    def live(self) -> QuerySet[WebhookEndpoint]:
        rows: QuerySet[WebhookEndpoint] = WebhookEndpoint.objects.for_company(self.company).filter(removed_at=None)
        return rows

    def with_secret(self, row: WebhookEndpoint, secret: str) -> Response:
        """Answer the address with its secret, to be kept by nobody on the way."""
        row.refresh_from_db()
        row.secret = secret  # type: ignore[attr-defined]
        return Response(WebhookSecretSerializer(row).data, status=201, headers={"Cache-Control": "no-store"})


class WebhooksEndpoint(_Webhooks):
    capabilities: ClassVar[dict[str, str]] = {"GET": "tokens.manage", "POST": "tokens.manage"}
    # No answer with a secret is stored to be replayed; an address is added once anyway.
    keeps_own_keys = True

    @extend_schema(tags=["webhooks"], summary="Addresses that are told of what happens, newest first")
    def get(self, request: Any) -> Response:
        return self.listed(self.live())

    @extend_schema(
        tags=["webhooks"], summary="Add an address; its secret is in this answer alone", request=WebhookInput,
        responses={201: WebhookSecretSerializer},
    )  # fmt: skip
    def post(self, request: Any) -> Response:
        body = WebhookInput(data=request.data)
        body.is_valid(raise_exception=True)
        return self.with_secret(*add_endpoint(by=self.membership, now=timezone.now(), **body.validated_data))


class WebhookEndpointEndpoint(_Webhooks):
    capabilities: ClassVar[dict[str, str]] = {
        "GET": "tokens.manage", "PATCH": "tokens.manage", "DELETE": "tokens.manage",
    }  # fmt: skip

    @extend_schema(tags=["webhooks"], summary="One address")
    def get(self, request: Any, endpoint_id: UUID) -> Response:
        return Response(self.get_serializer(get_object_or_404(self.live(), pk=endpoint_id)).data)

    @extend_schema(tags=["webhooks"], summary="Pause an address, or go on with it", request=PauseInput)
    def patch(self, request: Any, endpoint_id: UUID) -> Response:
        row, body = get_object_or_404(self.live(), pk=endpoint_id), PauseInput(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["is_paused"] != (row.paused_at is not None):
            pause_endpoint(endpoint=row, by=self.membership, now=timezone.now())
            row.refresh_from_db()
        return Response(self.get_serializer(row).data)

    @extend_schema(tags=["webhooks"], summary="Tell an address nothing more", responses={204: None})
    def delete(self, request: Any, endpoint_id: UUID) -> Response:
        row = get_object_or_404(self.live(), pk=endpoint_id)
        remove_endpoint(endpoint=row, by=self.membership, now=timezone.now())
        return Response(status=204)


class WebhookSecretEndpoint(_Webhooks):
    capabilities: ClassVar[dict[str, str]] = {"POST": "tokens.manage"}
    keeps_own_keys = True
    serializer_class = WebhookSecretSerializer

    @extend_schema(
        tags=["webhooks"], summary="Make a new secret; the old one signs as well for a day", request=None,
        responses={201: WebhookSecretSerializer},
    )  # fmt: skip
    def post(self, request: Any, endpoint_id: UUID) -> Response:
        row = get_object_or_404(self.live(), pk=endpoint_id)
        return self.with_secret(row, renew_secret(endpoint=row, by=self.membership, now=timezone.now()))


class WebhookDeliveriesEndpoint(_Webhooks):
    capabilities: ClassVar[dict[str, str]] = {"GET": "tokens.manage"}
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters

    @extend_schema(tags=["webhooks"], summary="What an address was told, newest first")
    def get(self, request: Any, endpoint_id: UUID) -> Response:
        return self.listed(get_object_or_404(self.live(), pk=endpoint_id).deliveries.select_related("event"))


class WebhookRedeliveryEndpoint(_Webhooks):
    capabilities: ClassVar[dict[str, str]] = {"POST": "tokens.manage"}
    serializer_class = DeliverySerializer

    @extend_schema(
        tags=["webhooks"], summary="Send an event once more, as a delivery of its own", request=None,
        responses={201: DeliverySerializer},
    )  # fmt: skip
    def post(self, request: Any, delivery_id: UUID) -> Response:
        rows = Delivery.objects.for_company(self.company).filter(endpoint__removed_at=None)
        row = get_object_or_404(rows.select_related("event"), pk=delivery_id)
        again = deliver_again(delivery=row, by=self.membership, now=timezone.now())
        return Response(self.get_serializer(again).data, status=201)
