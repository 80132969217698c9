"""What accounts announces."""

from django.dispatch import Signal

# Sent inside the transaction of a change to people or companies, with: company (or None), verb, subject, by (membership or
# None), changes, and now where the caller knows it. `events` writes the audit row at once, and an exception there rolls the
# change back.
happened = Signal()

# Sent inside the transaction that makes a company, with: company, owner (the first membership). Apps above make the rows that
# the company cannot be without (ledger accounts, coding masters): a row that is missing cannot be locked.
company_created = Signal()
