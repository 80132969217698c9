"""Write and send the mail of a reminder. What was settled since is left out; when all of it was, no mail goes."""

from __future__ import annotations

import logging
from datetime import datetime
from itertools import groupby
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from expenses.debts import owed, totals
from expenses.models import Expense, Reminder, ReminderKind
from expenses.snap_link import snap_path
from pleo.lib import format
from pleo.lib.mail import Mail, MailRow, send_mail
from pleo.lib.work import LeaseLost

logger = logging.getLogger(__name__)
# A mail is read on a phone: the oldest stand in it, the page has them all.
SHOWN = 12


def send_reminder(*, reminder_id: UUID, now: datetime) -> bool:
    """Claim a reminder and send its mail; False when another worker has it or nothing is left to say.

    It is marked after it went out: a crash between the two sends a mail twice, never not at all.
    """
    reminder = Reminder.claim(reminder_id, now=now)
    if reminder is None:
        return False
    try:
        sent = _send(reminder)
        with reminder.finishing():
            pass
    except (OSError, SMTPException) as error:
        logger.warning("a reminder waits for the sweep: reminder=%s error=%s", reminder.pk, error)
        reminder.put_back("mail_refused", now=timezone.now())
        return False
    except LeaseLost:
        return False
    return sent


def _send(reminder: Reminder) -> bool:
    person, company = reminder.person, reminder.person.company
    user = person.user
    assert user is not None, "only people with an account are reminded"
    items = reminder.items.values("expense")
    rows = owed(Expense.objects.for_company(company).filter(pk__in=items)).select_related("owner", "company")
    language = user.language or settings.LANGUAGE_CODE
    with translation.override(language), format.region(user.region or company.region), timezone.override(company.zone):
        mail = _mail(reminder, rows)
        if mail is not None:
            send_mail(mail, to=user.email)
    return mail is not None


def _mail(reminder: Reminder, rows: Any) -> Mail | None:
    count = rows.count()
    if not count:
        return None
    sums = ", ".join(format.amount(money) for money, _ in totals(rows))
    company = reminder.person.company
    where = reverse("receipts-missing", kwargs={"company": company.slug})
    note = gettext("How often you get this is set in your profile: %(url)s") % {
        "url": settings.BASE_URL + reverse("account-profile")
    }
    words = {"count": count, "sums": sums, "company": company.name}
    if reminder.kind == ReminderKind.MANAGER:
        subject = (
            ngettext("%(count)d receipt of your people is late", "%(count)d receipts of your people are late", count)
            % words
        )
        text = (
            gettext("Still without a receipt at %(company)s: %(sums)s. A word from you helps more than another mail.")
            % words
        )
        return Mail(subject, text, gettext("See them"), where, note, _by_person(rows))
    subject = ngettext("%(count)d receipt is missing", "%(count)d receipts are missing", count) % words
    text = (
        gettext("Not documented yet at %(company)s: %(sums)s. A photo is enough; each line opens its own upload.")
        % words
    )
    return Mail(subject, text, gettext("See what is missing"), where, note, _of_spender(rows))


def _of_spender(rows: Any) -> tuple[MailRow, ...]:
    return tuple(
        MailRow(
            f"{expense.merchant}, {format.amount(expense.booked)}", format.day(expense.purchased_at),
            snap_path(expense.pk, expense.owner_id),
        )
        for expense in rows.order_by("owed_since", "id")[:SHOWN]
    )  # fmt: skip


def _by_person(rows: Any) -> tuple[MailRow, ...]:
    """One line for each person: how many, what they come to, and since when."""
    found = []
    ordered = sorted(rows, key=lambda row: (row.owner.name, str(row.owner_id), row.owed_since))
    for _, group in groupby(ordered, key=lambda row: row.owner_id):
        mine = list(group)
        sums = ", ".join(format.amount(money) for money, _ in totals(rows.filter(pk__in=[row.pk for row in mine])))
        owner = mine[0].owner
        said = ngettext("%(count)d receipt", "%(count)d receipts", len(mine)) % {"count": len(mine)}
        since = gettext("oldest from %(day)s") % {"day": format.day(mine[0].purchased_at)}
        path = reverse("receipts-missing", kwargs={"company": mine[0].company.slug})
        found.append(MailRow(f"{owner.name}: {said}, {sums}", since, f"{path}?person={owner.pk}"))
    return tuple(found[: SHOWN * 2])
