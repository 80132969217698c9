"""What plays an issuer's own pages in the browser, under /element/."""

from __future__ import annotations

from django.urls import path

from cards import views_element

urlpatterns = [path("simulator/<str:token>/", views_element.element, name="simulator-element")]
