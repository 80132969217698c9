"""Entry points of the worker for receipts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from pleo.lib import work


@shared_task(name="receipts.tasks.process")
def process(receipt_id: str, **_: Any) -> None:
    """Make pages of a receipt and read it. A receipt that another worker has is left alone."""
    from receipts.process import process as run

    run(receipt_id=UUID(receipt_id), now=timezone.now())


@shared_task(name="receipts.tasks.sweep_receipts")
def sweep_receipts(**_: Any) -> None:
    """Ring again for receipts that nobody works on, and give up those that killed every worker."""
    from receipts.give_up import give_up_the_dead
    from receipts.models import Receipt

    now = timezone.now()
    give_up_the_dead(now=now)
    for receipt_id in Receipt.overdue(now=now, waiting_since=now - timedelta(seconds=30)):
        work.enqueue(process, receipt_id=receipt_id)


@shared_task(name="receipts.tasks.collect_orphans")
def collect_orphans(**_: Any) -> None:
    """Remove files that a process stored and died before it wrote their row, and uploads that were never finished."""
    from receipts.collect_half_sent import collect_half_sent
    from receipts.collect_orphans import collect_orphans as collect
    from receipts.direct_upload import collect_abandoned

    collect_abandoned(now=timezone.now())
    collect_half_sent(now=timezone.now())
    for _found in collect(now=timezone.now(), delete=True):
        pass


@shared_task(name="receipts.tasks.take_mail")
def take_mail(mail_id: str, **_: Any) -> None:
    """Open a mail that came in. One that another worker has is left alone."""
    from receipts.take_mail import take_mail as run

    run(mail_id=UUID(mail_id), now=timezone.now())


@shared_task(name="receipts.tasks.send_mail_answer")
def send_mail_answer(answer_id: str, **_: Any) -> None:
    """Send one answer to a mail that came in."""
    from receipts.answer_mail import send_answer

    send_answer(answer_id=UUID(answer_id), now=timezone.now())


@shared_task(name="receipts.tasks.send_sender_link")
def send_sender_link(sender_id: str, **_: Any) -> None:
    """Mail the link of one sender address."""
    from receipts.sender_addresses import send_link

    send_link(sender_id=UUID(sender_id), now=timezone.now())


@shared_task(name="receipts.tasks.collect_mail")
def collect_mail(**_: Any) -> None:
    """Fetch what lies in the mailbox and in the folder. Two at once fetch the same mail, which is one row."""
    from receipts.collect_mail import collect_mail as run

    run(now=timezone.now())


@shared_task(name="receipts.tasks.sweep_mail")
def sweep_mail(**_: Any) -> None:
    """Ring again for mail, answers and links that nobody works on."""
    from receipts import answer_mail, sender_addresses
    from receipts.models import InboundMail

    now = timezone.now()
    before = now - timedelta(seconds=30)
    for mail_id in InboundMail.overdue(now=now, waiting_since=before):
        work.enqueue(take_mail, mail_id=mail_id)
    for answer_id in answer_mail.unsent(before=before):
        work.enqueue(send_mail_answer, answer_id=answer_id)
    for sender_id in sender_addresses.unsent(before=before):
        work.enqueue(send_sender_link, sender_id=sender_id)


@shared_task(name="receipts.tasks.forget_mail")
def forget_mail(**_: Any) -> None:
    """Remove mail that was kept long enough."""
    from receipts.forget_mail import forget_mail as forget
    from receipts.forget_mail import forget_rowless

    forget(now=timezone.now())
    forget_rowless(now=timezone.now())
