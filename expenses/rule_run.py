"""Ask the rules again for the expenses that nobody coded yet, some at a time, with a count of how far it is."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from expenses.evaluate_policies import evaluate_policies
from expenses.fill_in import fill_in, rules_of
from expenses.lock_period import first_open_moment
from expenses.models import Expense, Lane, LockKind, PaymentState, RuleRun
from expenses.tasks import run_rules
from pleo.lib import work
from pleo.lib.errors import DomainError

LOT = 100


class RunOpen(DomainError):
    """The rules are being asked already."""

    code = "rule_run_open"
    status = 409

    def message(self) -> str:
        return gettext("The rules are running already.")


def uncoded(company: Company) -> QuerySet[Expense]:
    """Return the expenses that rules may still code: open, in no closed period, and with something that nobody said yet."""
    rows: QuerySet[Expense] = Expense.objects.for_company(company)
    if begin := first_open_moment(company, LockKind.EDITS):
        rows = rows.filter(purchased_at__gte=begin)
    open_rows = rows.filter(books_lane__in=[Lane.NONE, Lane.UNEXPORTED], is_private=False)
    return open_rows.filter(Q(is_coded=False) | Q(vendor=None)).exclude(payment=PaymentState.REVERSED)


def start_rule_run(*, by: Membership) -> RuleRun:
    """Leave running the rules over what is not coded yet to the worker; one at a time. Raises RunOpen."""
    try:
        with transaction.atomic():
            run: RuleRun = RuleRun.objects.create(company=by.company, by=by, total=uncoded(by.company).count())
            work.enqueue(run_rules, run_id=run.pk)
    except IntegrityError:
        raise RunOpen from None
    return run


def work_through(run_id: Any) -> None:
    """Go through the expenses of a run in the order of their ids. Returns at once when another worker has it."""
    RuleRun.in_lots(run_id, _lot)


def _lot(run: RuleRun, mine: Any) -> bool:
    """Do some rows and say whether there were any."""
    after = mine.values_list("after", flat=True).get()
    rows = uncoded(run.company).select_related("owner", "company", "authorization").order_by("pk")
    if after:
        rows = rows.filter(pk__gt=after)
    lot = list(rows.select_for_update(no_key=True, of=("self",))[:LOT])
    if not lot:
        return False
    rules = rules_of(run.company)
    filled = [expense for expense in lot if fill_in(expense, rules=rules)]
    for expense in filled:
        evaluate_policies(expense, now=timezone.now())
    # What came since the start is done too; the count never runs beyond its end.
    handled = F("handled") + len(lot)
    mine.update(after=lot[-1].pk, handled=handled, changed=F("changed") + len(filled))
    mine.filter(total__lt=F("handled")).update(total=F("handled"))
    return True
