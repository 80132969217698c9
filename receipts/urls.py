"""Routes of receipts under /c/<company>/. The inbox at receipts/ belongs to expenses, which know what is matched."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from receipts import views, views_direct, views_mail

urlpatterns: list[URLPattern | URLResolver] = [
    path("receipts/upload/", views.upload, name="receipts-upload"),
    path("receipts/upload/direct/", views_direct.direct_upload, name="direct-upload"),
    path("receipts/upload/direct/<uuid:upload_id>/", views_direct.direct_upload_finish, name="direct-upload-finish"),
    path("receipts/by-mail/", views_mail.by_mail, name="receipts-by-mail"),
    path("receipts/by-mail/address/", views_mail.address_renewal, name="receiving-address-renewal"),
    path("receipts/by-mail/senders/<uuid:sender_id>/removal/", views_mail.sender_removal, name="sender-removal"),
    path("receipts/mail/", views_mail.mails, name="mails"),
    path("receipts/mail/csv/", views_mail.mails_csv, name="mails-csv"),
    path("receipts/mail/<uuid:mail_id>/retry/", views_mail.mail_retry, name="mail-retry"),
    path("receipts/<uuid:receipt_id>/", views.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>/status/", views.status, name="receipt-status"),
    path("receipts/<uuid:receipt_id>/retry/", views.retry_reading, name="receipt-retry"),
    path("receipts/<uuid:receipt_id>/original/", views.original, name="receipt-original"),
]
