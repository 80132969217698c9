"""Routes of accounts under /api/v1/."""

from __future__ import annotations

from django.urls import path

from accounts import api

urlpatterns = [
    path("me", api.MeEndpoint.as_view(), name="api-me"),
    path("company", api.CompanyEndpoint.as_view(), name="api-company"),
    path("people", api.PeopleEndpoint.as_view(), name="api-people"),
    path("people/<uuid:person_id>", api.PersonEndpoint.as_view(), name="api-person"),
    path("teams", api.TeamsEndpoint.as_view(), name="api-teams"),
]
