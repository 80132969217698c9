"""What a token may do, in words. API scopes are the capabilities of `permissions.CAPABILITIES` that the API asks for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

SCOPES: dict[str, Any] = {
    "company.see": _("See the company"),
    "people.see": _("See people and teams"),
    "people.manage": _("Invite people"),
    "audit.see": _("Read the audit log"),
    "wallet.see": _("See the wallet, its holds and transfers"),
    "wallet.top_up": _("Ask for transfer details"),
    "cards.see": _("See own cards"),
    "cards.see_all": _("See all cards"),
    "cards.issue": _("Issue cards"),
    "cards.freeze": _("Freeze and thaw cards"),
    "cards.manage": _("Change cards"),
    "cards.limits": _("Change limits"),
    "declines.see": _("See declines"),
    "receipts.upload": _("Upload receipts"),
    "receipts.see": _("See own receipts"),
    "receipts.see_all": _("See all receipts"),
    "receipts.rules": _("Decide on receipts that are missing"),
    "receipts.chase": _("Remind people of receipts"),
    "mail.see": _("See the mail that brought receipts"),
    "expenses.see": _("See own expenses"),
    "expenses.see_all": _("See all expenses"),
    "expenses.edit": _("Change own expenses"),
    "expenses.edit_all": _("Change all expenses"),
    "expenses.review": _("Say okay or not okay"),
    "expenses.comment": _("Comment on expenses"),
    "workflows.see": _("See who reviews what"),
    "workflows.manage": _("Say who reviews what"),
    "policies.see": _("See the expense policy"),
    "policies.manage": _("Change the expense policy"),
    "guidelines.see": _("Read the spending guidelines"),
    "masters.see": _("See categories and accounts"),
    "masters.manage": _("Change categories and accounts"),
    "books.see": _("See the books"),
    "books.queue": _("Queue for export"),
    "books.export": _("Export"),
}
