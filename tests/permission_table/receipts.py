"""Who may open the routes of receipts."""

from __future__ import annotations

from tests.permission_table.roles import ALL, ANYONE, SERVICE, UPLOADERS, api, company, root

# ---- receipts


company("receipts-upload", GET=UPLOADERS | {SERVICE}, POST=UPLOADERS | {SERVICE})
company("receipt", GET=ALL)
company("receipt-status", GET=ALL)
company("receipt-retry", POST=UPLOADERS | {SERVICE})
company("receipt-original", GET=ALL)
api("api-receipts", GET=ALL, POST=UPLOADERS | {SERVICE})
api("api-receipt", GET=ALL)
root("file", GET=ANYONE)
