"""What receipts announce to the apps above. The row is the truth; a receiver only enqueues."""

from __future__ import annotations

from django.dispatch import Signal

# Sent after the commit that made a receipt ready: receipt_ready.send(sender=Receipt, receipt=...).
receipt_ready = Signal()
