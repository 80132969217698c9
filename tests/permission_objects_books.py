"""The same as `permission_objects.py`, for the ids of the books."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import Company, Role
from tests.permission_objects import OBJECTS


def _correction(of: Company) -> Any:
    from bookkeeping.models import BookItem, Correction
    from expenses.models import Movement

    day, by = timezone.now().date(), of.memberships.get(role=Role.OWNER)
    money = {"company": of, "direction": "spend", "amount": 1, "currency": of.currency, "booked_date": day}
    movement = Movement.objects.create(expense_id=OBJECTS["expense_id"](of), **money)
    fields = {**money, "movement": movement, "expense_id": movement.expense_id, "text": "Made up"}
    old = BookItem.objects.create(**fields)
    new = BookItem.objects.create(**fields, revision=2, kind="correction")
    return Correction.objects.create(
        company=of, item=new, corrects=old, by=by, client_key=str(uuid4()), reason="Wrong"
    ).pk


OBJECTS["correction_id"] = _correction


def _destination(of: Company) -> Any:
    from bookkeeping.models import Destination

    fields = {"by": of.memberships.get(role=Role.OWNER), "config": {"journal": 1}}
    return Destination.objects.get_or_create(company=of, kind="economic", disconnected_at=None, defaults=fields)[0].pk


def _job(of: Company) -> Any:
    from bookkeeping.models import ExportJob

    fields = {"destination_id": _destination(of), "export_id": OBJECTS["export_id"](of)}
    return ExportJob.objects.get_or_create(company=of, **fields)[0].pk


OBJECTS["destination_id"] = _destination
OBJECTS["job_id"] = _job
OBJECTS["item_id"] = lambda company: uuid4()
OBJECTS["place"] = lambda company: 1
