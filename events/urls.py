"""Routes of events under /c/<company>/."""

from __future__ import annotations

from django.urls import path

from events import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/export/", views.audit_export, name="audit-export"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/reading/", views.notifications_reading, name="notifications-reading"),
    path("notifications/<uuid:notification_id>/", views.notification, name="notification"),
]
