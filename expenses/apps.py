"""Wiring of expenses: news from below only rings a bell, except that a new company gets its masters at once."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    name = "expenses"

    def ready(self) -> None:
        from accounts.signals import company_created
        from cards.signals import authorization_changed, authorization_decided, clearing_recorded
        from expenses import on_people
        from expenses.start_set import make_for_new_company
        from receipts.signals import receipt_ready
        from wallet.signals import debit_lines_read

        on_people.register()
        company_created.connect(make_for_new_company, dispatch_uid="expenses.start_set")
        authorization_decided.connect(_authorization_news, dispatch_uid="expenses.authorization_decided")
        authorization_changed.connect(_authorization_news, dispatch_uid="expenses.authorization_changed")
        clearing_recorded.connect(_clearing_news, dispatch_uid="expenses.clearing_recorded")
        receipt_ready.connect(_receipt_news, dispatch_uid="expenses.receipt_ready")
        debit_lines_read.connect(_debit_news, dispatch_uid="expenses.debit_lines_read")


def _authorization_news(sender: Any, *, authorization: Any, **_: Any) -> None:
    from expenses.tasks import record_authorization
    from pleo.lib import work

    work.enqueue(record_authorization, authorization_id=authorization.pk)


def _clearing_news(sender: Any, *, clearing: Any, **_: Any) -> None:
    from expenses.tasks import record_clearing
    from pleo.lib import work

    work.enqueue(record_clearing, clearing_id=clearing.pk)


def _receipt_news(sender: Any, *, receipt: Any, **_: Any) -> None:
    from expenses.tasks import match_receipt
    from pleo.lib import work

    work.enqueue(match_receipt, receipt_id=receipt.pk)


def _debit_news(sender: Any, *, statement: Any, **_: Any) -> None:
    from expenses.tasks import mark_payouts
    from pleo.lib import work

    work.enqueue(mark_payouts, statement_id=statement.pk)
