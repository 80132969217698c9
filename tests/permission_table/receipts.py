"""Who may open the routes of receipts."""

from __future__ import annotations

from tests.permission_table.roles import ALL, ANYONE, FINANCE, SERVICE, UPLOADERS, api, company, door, root

# ---- receipts


company("receipts-upload", GET=UPLOADERS | {SERVICE}, POST=UPLOADERS | {SERVICE})
company("receipt", GET=ALL)
company("receipt-status", GET=ALL)
company("receipt-retry", POST=UPLOADERS | {SERVICE})
company("receipt-original", GET=ALL)
api("api-receipts", GET=ALL, POST=UPLOADERS | {SERVICE})
api("api-receipt", GET=ALL)
root("file", GET=ANYONE)
company("receipts-by-mail", GET=UPLOADERS | {SERVICE}, POST=UPLOADERS | {SERVICE})
company("receiving-address-renewal", POST=UPLOADERS | {SERVICE})
company("sender-removal", POST=UPLOADERS | {SERVICE})
company("mails", GET=FINANCE | {SERVICE})
company("mails-csv", GET=FINANCE | {SERVICE})
company("mail-retry", POST=FINANCE | {SERVICE})
root("sender-link", GET=ANYONE, POST=ANYONE)
door("mail-hook")
door("mail-hook-mime")
api("api-receiving-address", GET=UPLOADERS | {SERVICE})
api("api-receiving-address-renewal", POST=UPLOADERS | {SERVICE})
api("api-senders", GET=UPLOADERS | {SERVICE}, POST=UPLOADERS | {SERVICE})
api("api-sender", DELETE=UPLOADERS | {SERVICE})
api("api-mails", GET=FINANCE | {SERVICE})
api("api-mail-retry", POST=FINANCE | {SERVICE})
company("direct-upload", POST=UPLOADERS | {SERVICE})
company("direct-upload-finish", POST=UPLOADERS | {SERVICE})
api("api-direct-uploads", POST=UPLOADERS | {SERVICE})
api("api-direct-upload", POST=UPLOADERS | {SERVICE})
