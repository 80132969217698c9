"""The issuers' doors, under /issuer/."""

from __future__ import annotations

from django.urls import path

from cards import views_issuer

urlpatterns = [
    path("<slug:issuer_name>/authorizations", views_issuer.authorizations, name="issuer-authorizations"),
    path("<slug:issuer_name>/messages", views_issuer.messages, name="issuer-messages"),
]
