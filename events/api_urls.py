"""Routes of events under /api/v1/."""

from __future__ import annotations

from django.urls import path

from events import api, api_webhooks

urlpatterns = [
    path("events", api.EventsEndpoint.as_view(), name="api-events"),
    path("webhooks", api_webhooks.WebhooksEndpoint.as_view(), name="api-webhooks"),
    path("webhooks/<uuid:endpoint_id>", api_webhooks.WebhookEndpointEndpoint.as_view(), name="api-webhook"),
    path("webhooks/<uuid:endpoint_id>/secret", api_webhooks.WebhookSecretEndpoint.as_view(), name="api-webhook-secret"),
    path(
        "webhooks/<uuid:endpoint_id>/deliveries",
        api_webhooks.WebhookDeliveriesEndpoint.as_view(),
        name="api-webhook-deliveries",
    ),
    path(
        "webhook-deliveries/<uuid:delivery_id>/redelivery",
        api_webhooks.WebhookRedeliveryEndpoint.as_view(),
        name="api-webhook-redelivery",
    ),
]
