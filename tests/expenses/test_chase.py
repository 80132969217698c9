"""Reminders of missing receipts: on working days, by the company's clock, once a day, and never in a storm."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Company, Team
from expenses.attach import attach
from expenses.change_receipt_rules import change_receipt_rules
from expenses.chase import chase, deadline_of, is_working_time, next_reminder
from expenses.debts import owed
from expenses.models import Expense, Reminder, ReminderItem
from expenses.remind import NobodyToRemind, RemindedToday, remind
from expenses.remind_many import remind_many
from expenses.send_reminder import send_reminder
from expenses.snap_link import open_snap, snap_path
from tests.conftest import Cast
from tests.expenses.conftest import NOON, buy, make_receipt, pay_privately

pytestmark = pytest.mark.django_db
# `buy` clears on Friday 20 November 2026 at noon; three days later is Monday the 23rd.
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def days(number: int, hour: int = 9) -> datetime:
    return MONDAY.replace(hour=hour) + timedelta(days=number)


def prefer(person: Any, choice: str) -> None:
    person.user.receipt_mails = choice
    person.user.save()


def send_all(now: datetime = MONDAY) -> int:
    return sum(send_reminder(reminder_id=pk, now=now) for pk in Reminder.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("reminded", "last", "expected"),
    [(0, None, date(2026, 1, 4)), (1, date(2026, 1, 9), date(2026, 1, 16)), (2, date(2026, 1, 9), None)],
)
def test_when_a_purchase_is_due(reminded: int, last: date | None, expected: date | None) -> None:
    found = next_reminder(owed_on=date(2026, 1, 1), reminded=reminded, reminded_on=last, first=3, every=7, most=2)
    assert found == expected


def test_weekly_people_hear_on_mondays_and_late_where_monday_was_missed() -> None:
    assert deadline_of("weekly", date(2026, 11, 23)) == date(2026, 11, 23)
    assert deadline_of("weekly", date(2026, 11, 26)) == date(2026, 11, 23)
    assert deadline_of("daily", date(2026, 11, 26)) == date(2026, 11, 26)


def test_working_time_is_the_companys() -> None:
    tokyo, oslo = Company(time_zone="Asia/Tokyo"), Company(time_zone="Europe/Oslo")
    assert not is_working_time(tokyo, MONDAY) and is_working_time(oslo, MONDAY)
    assert is_working_time(tokyo, datetime(2026, 11, 22, 23, 30, tzinfo=UTC)), "Monday morning there"
    assert not is_working_time(oslo, datetime(2026, 11, 21, 9, tzinfo=UTC)), "Saturday"


def test_the_first_reminder_comes_when_it_is_due_and_only_once(cast: Cast) -> None:
    for number in range(5):
        buy(cast.carol, 1000 + number)
    assert chase(now=days(-1)) == 0, "Sunday"
    assert chase(now=days(0, hour=3)) == 0, "at night"
    assert chase(now=MONDAY) == 1
    assert chase(now=MONDAY) == 0 and chase(now=days(0, hour=15)) == 0
    assert ReminderItem.objects.count() == 5
    assert send_all() == 1 and len(mail.outbox) == 1 and send_all() == 0
    assert mail.outbox[0].to == ["carol@example.com"] and "5 receipts are missing" in mail.outbox[0].subject
    assert mail.outbox[0].body.count("/snap/") == 5


def test_it_is_repeated_and_stops_at_the_most(cast: Cast) -> None:
    buy(cast.carol)
    change_receipt_rules(by=cast.dave, now=NOON, chase_most=2, escalate_days=None)
    sent = [number for number in range(60) if chase(now=days(number))]
    assert sent == [0, 7]


def test_a_late_beat_catches_up_without_a_storm(cast: Cast) -> None:
    buy(cast.carol)
    change_receipt_rules(by=cast.dave, now=NOON, escalate_days=None)
    assert chase(now=days(30)) == 1
    assert chase(now=days(31)) == 0 and chase(now=days(37)) == 1


def test_it_stops_when_the_receipt_is_there(cast: Cast) -> None:
    first, second = buy(cast.carol, 100), buy(cast.carol, 200)
    attach(expense=first, receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)
    assert chase(now=MONDAY) == 1
    assert ReminderItem.objects.get().expense == second
    attach(expense=second, receipt=make_receipt(cast.carol), by=cast.carol, now=NOON)
    assert send_all() == 0 and not mail.outbox, "settled between the reminder and its mail"
    assert chase(now=days(7)) == 0


def test_what_needs_no_receipt_is_not_asked_for(cast: Cast) -> None:
    pay_privately(cast.carol)
    expense = buy(cast.carol)
    Expense.objects.filter(pk=expense.pk).update(receipt_wanted=False)
    assert not owed(Expense.objects.all()).exists() and chase(now=MONDAY) == 0


@pytest.mark.parametrize(("choice", "on_wednesday", "mails"), [("daily", 1, 1), ("weekly", 0, 1), ("never", 1, 0)])
def test_each_person_chooses(cast: Cast, choice: str, on_wednesday: int, mails: int) -> None:
    prefer(cast.carol, choice)
    buy(cast.carol, occurred_at=NOON + timedelta(days=2))  # cleared on Sunday: due on Wednesday
    assert chase(now=days(2)) == on_wednesday
    chase(now=days(7))
    assert min(send_all(), 1) == mails
    assert Reminder.objects.first().person == cast.carol, "in the app it stands in any case"


def test_at_once_means_a_mail_with_the_purchase(cast: Cast) -> None:
    from django.utils import timezone

    from events.models import Notification

    buy(cast.lena, occurred_at=timezone.now())
    prefer(cast.carol, "at_once")
    buy(cast.carol, occurred_at=timezone.now())
    mailed = Notification.objects.filter(event__verb="expense.created", channel="email")
    assert [row.membership for row in mailed] == [cast.carol]


def test_the_lead_hears_of_the_team_and_finance_of_the_rest(cast: Cast) -> None:
    buy(cast.carol, 100)
    buy(cast.carol, 200)
    buy(cast.bob.company.memberships.get(pk=cast.alice.pk), 300)
    change_receipt_rules(by=cast.dave, now=NOON, chase_is_on=True, chase_most=3, escalate_days=10)
    assert not Reminder.objects.filter(kind="manager").exists()
    chase(now=days(7))
    assert {row.person for row in Reminder.objects.filter(kind="manager")} == {cast.lena, cast.dave}
    send_all(days(7))
    to_lena = next(one for one in mail.outbox if one.to == ["lena@example.com"])
    assert (
        "2 receipts of your people" in to_lena.subject
        and "Carol: 2 receipts" in to_lena.body
        and "/snap/" not in to_lena.body
    )
    assert chase(now=days(8)) == 0


def test_a_manager_comes_before_the_lead(cast: Cast) -> None:
    cast.carol.manager = cast.bob
    cast.carol.save()
    buy(cast.carol)
    chase(now=days(14))
    assert Reminder.objects.get(kind="manager").person == cast.bob


def test_somebody_who_left_is_not_written_to_but_finance_is(cast: Cast) -> None:
    team = Team.objects.create(company=cast.company, name="Empty")
    cast.carol.team = team
    cast.carol.status = "left"
    cast.carol.save()
    buy(cast.carol)
    chase(now=days(14))
    assert {row.person for row in Reminder.objects.all()} == {cast.alice, cast.dave}
    with pytest.raises(NobodyToRemind):
        remind(person=cast.carol, expenses=[], now=MONDAY)


def test_pressing_remind_is_limited_to_once_a_day(cast: Cast) -> None:
    expense = buy(cast.carol)
    rows = owed(Expense.objects.filter(pk=expense.pk))
    assert remind_many(expenses=rows, by=cast.dave, now=NOON)[0] == 1
    done, skipped = remind_many(expenses=rows, by=cast.alice, now=NOON + timedelta(hours=3))
    assert done == 0 and isinstance(skipped[0], RemindedToday) and "Carol" in skipped[0].message()
    assert remind_many(expenses=rows, by=cast.alice, now=NOON + timedelta(days=1))[0] == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Reminder.objects.update(day=NOON.date())


def test_a_refused_mail_waits_and_goes_out_later(cast: Cast, monkeypatch: Any) -> None:
    buy(cast.carol)
    chase(now=MONDAY)
    reminder = Reminder.objects.get()

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("no route")

    with monkeypatch.context() as patched:
        patched.setattr("expenses.send_reminder.send_mail", broken)
        assert not send_reminder(reminder_id=reminder.pk, now=MONDAY)
    reminder.refresh_from_db()
    assert reminder.status == "waiting"
    assert send_reminder(reminder_id=reminder.pk, now=datetime.now(UTC) + timedelta(days=1)) and len(mail.outbox) == 1


def test_the_link_takes_a_receipt_for_one_purchase_without_signing_in(cast: Cast, client: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    expense = buy(cast.carol)
    path = snap_path(expense.pk, cast.carol.pk)
    page = client.get(path)
    assert page.status_code == 200 and "Kaffebar Nordhavn" in page.content.decode()
    assert client.post(path).status_code == 422
    assert client.post(path, {"files": SimpleUploadedFile("x.html", b"<html><script>")}).status_code == 422
    pdf = SimpleUploadedFile("slip.pdf", b"%PDF-1.4 made up")
    assert "The receipt is here" in client.post(path, {"files": pdf}).content.decode()
    assert Expense.objects.get(pk=expense.pk).receipt_count == 1


def test_the_link_ends(cast: Cast, client: Any, monkeypatch: Any) -> None:
    expense = buy(cast.carol)
    path = snap_path(expense.pk, cast.carol.pk)
    token = path.strip("/").rpartition("/")[2]
    assert open_snap(token) is not None
    assert client.get(reverse("snap", args=[token[:-1] + ("A" if token[-1] != "A" else "B")])).status_code == 404
    assert open_snap(snap_path(expense.pk, cast.lena.pk).strip("/").rpartition("/")[2]) is None, "another person's"
    monkeypatch.setattr("expenses.snap_link.VALID", timedelta(seconds=-1))
    assert client.get(path).status_code == 404
    monkeypatch.undo()
    cast.carol.status = "left"
    cast.carol.save()
    assert client.get(path).status_code == 404


def test_the_page_shows_people_ages_and_sums(cast: Cast, sign_in: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        buy(cast.carol, 1000, f"Shop {number}")
    buy(cast.lena, 5000, "Hotel")
    client = sign_in(cast.dave)
    where = reverse("receipts-missing", kwargs={"company": "havblik"})
    client.get(where)
    with django_assert_max_num_queries(20):
        page = client.get(where).content.decode()
    assert "7 receipts" in page and "By person" in page and "Carol" in page
    assert "Hotel" not in client.get(where, {"person": str(cast.carol.pk)}).content.decode()
    assert "Shop 1" not in client.get(where, {"q": "hotel"}).content.decode()
    for nonsense in ({"person": "x"}, {"older": "99"}, {"sort": "?"}, {"cursor": "%00"}, {"q": "\x00"}):
        assert client.get(where, nonsense).status_code == 200
    text = b"".join(client.get(reverse("receipts-missing-export", args=["havblik"])).streaming_content).decode()
    assert text.count("\r\n") == 8
    one = Expense.objects.filter(owner=cast.carol).first()
    panel = client.get(reverse("expense", args=["havblik", one.pk])).content.decode()
    assert "Remind Carol" in panel and "Last reminded" not in panel
    mine = sign_in(cast.carol).get(where).content.decode()
    assert mine.count("data-upload") >= 6 and "Hotel" not in mine and "Remind" not in mine
    keys = [str(pk) for pk in Expense.objects.values_list("pk", flat=True)]
    posted = client.post(
        reverse("receipts-remind", args=["havblik"]), {"expense": [*keys, "x"], "next": "https://evil.example/"}
    )
    assert posted.status_code == 303 and posted["Location"] == where and Reminder.objects.count() == 2
    assert (
        sign_in(cast.mallory).post(reverse("receipts-remind", args=["strandgut"]), {"expense": keys}).status_code == 303
    )
    assert Reminder.objects.count() == 2
