"""Jobs that look at all apps."""

from __future__ import annotations

from typing import Any

from celery import shared_task


@shared_task(name="pleo.pages.tasks.check_books")
def check_books(**_: Any) -> None:
    from pleo.pages.check_books import check_books as check

    check()
