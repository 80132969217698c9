"""Refusals that several verbs of expenses share."""

from __future__ import annotations

from django.utils.translation import gettext

from pleo.lib.errors import DomainError


class ExpenseLocked(DomainError):
    """The expense stands in a batch for the books, or its money was released: nothing of it can change."""

    code = "expense_locked"
    status = 409

    def message(self) -> str:
        return {
            "queue": gettext("It waits in the export queue. Take it out of the queue first, then change it."),
            "exported": gettext("It is in the books. Undo the export first, then change it."),
        }.get(self.params.get("lane", ""), gettext("The money was released. There is nothing left to decide."))


class ExpenseChanged(DomainError):
    """Somebody saved another version while this one was open."""

    code = "expense_changed"
    status = 409

    def message(self) -> str:
        return gettext("%(who)s changed this while you had it open. Look at it again, then save.") % {
            "who": self.params.get("who") or gettext("Someone")
        }


class NotYours(DomainError):
    """The person may see the expense, and may not do this to it."""

    code = "expense_not_yours"
    status = 403

    def message(self) -> str:
        return gettext("Only the person who paid, their team's lead and finance can change this.")


class VatNeedsReceipt(DomainError):
    """VAT is claimed on an expense whose only paper the spender signed."""

    code = "vat_needs_receipt"
    field = "tax_code"

    def message(self) -> str:
        return gettext("VAT cannot be claimed without the receipt. Choose a code without VAT.")
