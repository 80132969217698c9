"""Who may open the routes of platform."""

from __future__ import annotations

from tests.permission_table.roles import ADMINS, ALL, ANYONE, BOOKS, SIGNED_IN, api, company, root

# ---- events


api("api-events", GET=BOOKS)
api("api-webhooks", GET=ADMINS, POST=ADMINS)
api("api-webhook", GET=ADMINS, PATCH=ADMINS, DELETE=ADMINS)
api("api-webhook-secret", POST=ADMINS)
api("api-webhook-deliveries", GET=ADMINS)
api("api-webhook-redelivery", POST=ADMINS)
company("audit", GET=BOOKS)
company("audit-export", GET=BOOKS)
company("notifications", GET=ALL)
company("notifications-reading", POST=ALL)
company("notification", GET=ALL)
root("mailbox", GET=SIGNED_IN)
root("mailbox-letter", GET=SIGNED_IN)
root("mailbox-letter-html", GET=SIGNED_IN)

# ---- pages


company("home", GET=ALL)
company("first-run", GET=ADMINS)
company("search", GET=ALL)

# ---- the API's own pages


root("api-docs", GET=ANYONE)
root("api-schema", GET=ANYONE)
