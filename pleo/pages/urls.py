"""Routes of pages under /c/<company>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from pleo.pages import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("start/", views.first_run_page, name="first-run"),
    path("search/", views.search, name="search"),
]
