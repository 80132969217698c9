"""The routes of the issuers' own process: the doors they call, and nothing else."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("issuer/", include("cards.urls_issuer"))]
