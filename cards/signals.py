"""What cards announces, inside the transaction of the change. Receivers only enqueue, which waits for the commit."""

from django.dispatch import Signal

# A request at a till was answered, or an issuer reported one that we never saw. With: authorization.
authorization_decided = Signal()

# A later message changed an authorization: its totals, its status or its outcome. With: authorization.
authorization_changed = Signal()

# A final amount was booked: one Clearing and its Transfer. With: clearing.
clearing_recorded = Signal()
