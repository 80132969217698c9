"""Who may open the routes of platform."""

from __future__ import annotations

from tests.permission_table.roles import ADMINS, ALL, ANYONE, BOOKS, SIGNED_IN, api, company, root

# ---- events


api("api-events", GET=BOOKS)
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
