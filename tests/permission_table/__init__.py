"""Who may open which route with which method: one line per route, in the module of its app.

tests/test_permissions.py checks every line for every role.

How to add a route (the test fails until you do):

    company("expense-list", GET=ALL, POST=SPENDERS)      # a page under /c/<company>/; the name in urls.py, method=roles
    company("expense-detail", GET=ALL)                   # ids in the URL are made up, so 404 counts as "let in"
    api("api-expense-list", GET=ALL, POST=SPENDERS)      # a route under /api/v1/, for tokens
    root("account_login", GET=ANYONE, POST=ANYONE)       # no company: ANYONE, or SIGNED_IN (others go to the login page)
    door("issuer-messages")                              # let in by signature alone: unsigned is 400, 401, 403 or 404

Roles that are not listed get 403, people of another company 404, strangers the login page (or 401 from the API), and a method
that is not listed 405. To check that a real row of another company stays hidden, give its id parameter a maker in
tests/permission_objects.py.
"""

from __future__ import annotations

# Each of these fills the tables.
from tests.permission_table import accounts, bookkeeping, cards, expenses, platform, receipts, wallet  # noqa: F401
from tests.permission_table.roles import ANYONE, API, COMPANY, DOORS, ROOT, SERVICE, SIGNED_IN

__all__ = ["ANYONE", "API", "COMPANY", "DOORS", "ROOT", "SERVICE", "SIGNED_IN"]
