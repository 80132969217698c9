"""Routes of events outside a company: what the product mailed, where no mail server is connected."""

from __future__ import annotations

from django.urls import path

from events import views

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<uuid:letter_id>/", views.mailbox_letter, name="mailbox-letter"),
    path("mailbox/<uuid:letter_id>/html/", views.mailbox_letter_html, name="mailbox-letter-html"),
]
