"""Routes of receipts under /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from receipts import api, api_direct, api_mail

urlpatterns: list[URLPattern | URLResolver] = [
    path("receipts", api.ReceiptList.as_view(), name="api-receipts"),
    path("receipts/<uuid:receipt_id>", api.ReceiptDetail.as_view(), name="api-receipt"),
    path("receipts/direct", api_direct.DirectUploads.as_view(), name="api-direct-uploads"),
    path("receipts/direct/<uuid:upload_id>", api_direct.DirectUploadFinish.as_view(), name="api-direct-upload"),
    path("receiving-address", api_mail.AddressEndpoint.as_view(), name="api-receiving-address"),
    path("receiving-address/renewal", api_mail.AddressRenewalEndpoint.as_view(), name="api-receiving-address-renewal"),
    path("sender-addresses", api_mail.SendersEndpoint.as_view(), name="api-senders"),
    path("sender-addresses/<uuid:sender_id>", api_mail.SenderEndpoint.as_view(), name="api-sender"),
    path("mails", api_mail.MailsEndpoint.as_view(), name="api-mails"),
    path("mails/<uuid:mail_id>/retry", api_mail.MailRetryEndpoint.as_view(), name="api-mail-retry"),
]
