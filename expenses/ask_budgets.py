"""Whether a request still fits the hard budgets that it would count in. Asked under their locks, so that the last money goes once."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from accounts.models import Membership
from expenses.budget_use import counting, current
from expenses.models import Budget, SpendRequest
from pleo.lib import format
from pleo.lib.errors import DomainError
from pleo.lib.money import Money


class OverBudget(DomainError):
    """A hard budget has less left than is asked for."""

    code = "over_budget"
    status = 409
    field = "over_reason"

    def message(self) -> str:
        return gettext("The budget %(name)s has %(left)s left. Approve less, or write why it may go over.") % {
            "name": self.params["name"],
            "left": format.amount(self.params["left"]),
        }


def refuse_over_budget(request: SpendRequest, amount: Money, *, by: Membership, reason: str, now: datetime) -> str:
    """Raise OverBudget unless every hard budget of a request has the amount left; return the reason that overrode one.

    Who keeps budgets may go over with a reason. The caller's transaction holds the locks of the budgets to its end: of two
    approvals that want the last money the second sees the first.
    """
    rows = Budget.objects.for_company(request.company).live().filter(is_hard=True)
    # Locked by id alone, then read again: a joined row of before the wait would not do.
    ids = list(rows.order_by("id").select_for_update(no_key=True).values_list("pk", flat=True))
    budgets = counting(list(Budget.objects.filter(pk__in=ids).select_related("company").order_by("id")), request)
    today = request.company.day_of(now)
    begun = [
        each for each in budgets if each.starts_on <= request.until and (not each.ends_on or each.ends_on >= today)
    ]
    found, why = current(begun, today=today), " ".join(reason.replace("\x00", "").split())[:300]
    for budget in begun:
        left = found[budget.pk].left
        if amount > left:
            if not (why and by.can("budgets.manage")):
                raise OverBudget(name=budget.name, left=max(left, Money(0, left.currency)))
            return why
    return ""
