"""What expenses announce to the books above. The row is the truth; a receiver only enqueues."""

from __future__ import annotations

from django.dispatch import Signal

# Sent inside the transaction that books money on an expense: movement_recorded.send(sender=Movement, movement=...).
movement_recorded = Signal()

# Sent inside the transaction that pays between a person and the company: balance_settled.send(sender=BalanceEntry, entry=...).
balance_settled = Signal()

# Sent inside the transaction that changes the amount or the day of a movement that no batch holds: the books repeat them at
# once. movement_changed.send(sender=Movement, movement=...).
movement_changed = Signal()

# Sent inside the transaction that takes a claim back, before its movement goes: the books let go of it, or refuse by raising
# a DomainError. movement_withdrawn.send(sender=Movement, movement=...).
movement_withdrawn = Signal()
