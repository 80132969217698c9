"""What wallet announces, inside the transaction of the change. Receivers only enqueue, which waits for the commit."""

from django.dispatch import Signal

# A bank statement was read and holds lines of money that left the bank account. With: statement (BankStatement). The lines are
# `BankLine` rows of it with direction "debit" and status "outgoing": reference, end_to_end_id, amount, currency, booked_on,
# counterparty. A line that an earlier statement held already is not among them.
debit_lines_read = Signal()
