"""Routes of expenses outside a company: links from mails that need no sign-in."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from expenses.views import by_mail, missing

urlpatterns: list[URLPattern | URLResolver] = [
    path("snap/<str:token>/", missing.snap, name="snap"),
    path("review/by-mail/<str:token>/", by_mail.review_by_mail, name="review-by-mail"),
]
