"""Routes of events under /api/v1/."""

from __future__ import annotations

from django.urls import path

from events import api

urlpatterns = [path("events", api.EventsEndpoint.as_view(), name="api-events")]
