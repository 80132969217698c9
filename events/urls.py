"""Routes of events under /c/<company>/."""

from __future__ import annotations

from django.urls import path

from events import views, views_webhooks

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/export/", views.audit_export, name="audit-export"),
    path("settings/webhooks/", views_webhooks.webhooks, name="settings-webhooks"),
    path("settings/webhooks/<uuid:endpoint_id>/", views_webhooks.webhook, name="settings-webhook"),
    path("settings/webhooks/<uuid:endpoint_id>/pause/", views_webhooks.pause, name="settings-webhook-pause"),
    path("settings/webhooks/<uuid:endpoint_id>/removal/", views_webhooks.removal, name="settings-webhook-removal"),
    path("settings/deliveries/<uuid:delivery_id>/again/", views_webhooks.redelivery, name="settings-delivery-again"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/reading/", views.notifications_reading, name="notifications-reading"),
    path("notifications/<uuid:notification_id>/", views.notification, name="notification"),
]
