"""Routes of mail that belong to no company: the providers' door, and the link that proves a sender's address."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from receipts import views_mail, views_mail_hooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("in/<slug:provider>/", views_mail_hooks.mail_hook, name="mail-hook"),
    # Mailgun posts a mail as it came only to addresses that end in this word.
    path("in/<slug:provider>/mime", views_mail_hooks.mail_hook, name="mail-hook-mime"),
    path("sender/<str:token>/", views_mail.sender_link, name="sender-link"),
]
