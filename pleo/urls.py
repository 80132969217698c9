"""Every route of the product.

Pages of a company live under /c/<company>/ so that two tabs on two companies can never mix. Each app brings `urls.py`
(pages under that prefix) and `api_urls.py` (under /api/v1/).
"""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from pleo import api, api_docs
from pleo.pages.views import demo

# Operators log in where everybody does: with limits on trying, and their second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

PAGES: list[URLPattern | URLResolver] = [
    path("", include("pleo.pages.urls")),
    path("", include("accounts.urls")),
    path("", include("events.urls")),
    path("", include("wallet.urls")),
    path("", include("cards.urls")),
    path("", include("receipts.urls")),
    path("", include("expenses.urls")),
    path("", include("bookkeeping.urls")),
]

API: list[URLPattern | URLResolver] = [
    path("", include("accounts.api_urls")),
    path("", include("events.api_urls")),
    path("", include("wallet.api_urls")),
    path("", include("cards.api_urls")),
    path("", include("receipts.api_urls")),
    path("", include("expenses.api_urls")),
    path("", include("bookkeeping.api_urls")),
    path("schema", api_docs.schema, name="api-schema"),
    path("", api.NotFound.as_view(), {"path": ""}),
    path("<path:path>", api.NotFound.as_view()),
]

urlpatterns = [
    path("", include("accounts.urls_account")),
    path("", include("events.urls_root")),
    path("", include("expenses.urls_root")),
    path("", include("bookkeeping.urls_root")),
    path("demo/", demo, name="demo"),
    path("c/<slug:company>/", include(PAGES)),
    path("api/docs/", api_docs.docs, name="api-docs"),
    path("api/v1/", include(API)),
    path("issuer/", include("cards.urls_issuer")),
    path("element/", include("cards.urls_element")),
    path("files/", include("receipts.urls_files")),
    path("mail/", include("receipts.urls_mail")),
    path("operator/", admin.site.urls),
]

handler400 = "pleo.pages.errors.senseless"
handler403 = "pleo.pages.errors.refused"
handler404 = "pleo.pages.errors.missing"
handler500 = "pleo.pages.errors.broken"
