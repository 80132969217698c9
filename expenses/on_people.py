"""A person's latest expenses on their page, and how many of the last ten have their receipt."""

from __future__ import annotations

from typing import Any

from accounts.models import Membership
from accounts.parts import add_part
from cards.offboard import current
from expenses.leaving import LeavingPage
from expenses.models import Expense

LAST = 10


def part(person: Membership, viewer: Membership) -> dict[str, Any] | None:
    """Return the last ten expenses of a person that the viewer may see, or None when there is nothing to see."""
    rows = Expense.objects.visible_to(viewer).filter(owner=person).order_by("-purchased_at", "-id")
    last = list(rows[:LAST])
    if not last and not viewer.can("expenses.see_all"):
        return None
    for expense in last:
        expense.step = expense.next_step(viewer)
    missing = sum(1 for expense in last if not expense.receipt_count)
    return {"person": person, "expenses": last, "missing": missing, "company": viewer.company}


def leaving_part(person: Membership, viewer: Membership) -> dict[str, Any] | None:
    """Return what is waited for before somebody is out, for who shows them out; None when nobody is leaving."""
    if not viewer.can("people.manage") or current(person) is None:
        return None
    return {"person": person, "page_of": LeavingPage(person, viewer), "company": viewer.company}


def register() -> None:
    add_part("a-leaving", template="expenses/person_leaving.html", context=leaving_part)
    add_part("expenses", template="expenses/person_expenses.html", context=part)
