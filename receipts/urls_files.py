"""Signed local files, under /files/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from receipts import views_files

urlpatterns: list[URLPattern | URLResolver] = [path("<str:token>/", views_files.file, name="file")]
