"""The demo as it stands in the database: proved by the checks that prove real companies."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import Company, Invitation, Membership, Role, User
from bookkeeping import checks, facts
from bookkeeping.models import BookItem, BookSettings, Export, JournalEntry, Posting
from bookkeeping.sources import unbooked_movements, unbooked_transfers
from cards.lifecycle import state
from cards.models import Authorization, CardRequest, Consent, Dispute, Drift, Freeze, IssuerMessage, Limit
from cards.settle import facts_of
from events.models import Event, Notification
from expenses import lines, sweep
from expenses.models import Expense, ExpenseKind, ExpenseLine, Lane, Movement
from pleo.demo.logins import LOGINS, PASSWORD, demo_logins
from pleo.demo.seed import AlreadyThere, seed, today_of
from pleo.pages.check_books import check_books
from receipts.models import Page, Reading, Receipt, ReceiptStatus
from tests.demo.conftest import SCALE, TODAY
from wallet.models import AccountKind, LedgerAccount

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def _files_of_the_demo(demo, settings):
    settings.MEDIA_ROOT = demo / "media"


def content_digest() -> str:
    """Return a digest of what the demo says, without the ids that differ each time."""
    facts: list[object] = [
        list(Company.objects.order_by("slug").values_list("slug", "currency")),
        list(Membership.objects.order_by("company__slug", "name").values_list("name", "role", "team__name")),
        list(
            Limit.objects.order_by("card__name", "card__cardholder__name", "interval").values_list("amount", "currency")
        ),
        list(
            Expense.objects.order_by("company__slug", "number").values_list(
                "number",
                "merchant",
                "amount",
                "foreign_amount",
                "rate",
                "payment",
                "review",
                "books_lane",
                "note",
                "receipt_count",
            )
        ),
        list(
            ExpenseLine.objects.order_by("expense__company__slug", "expense__number", "position").values_list(
                "tax_amount", "category__code"
            )
        ),
        list(
            Receipt.objects.order_by("company__slug", "created_at", "sha256").values_list(
                "sha256", "file_name", "created_at"
            )
        ),
        # Facts of one day are booked in the order of their ids, so voucher numbers differ within the day.
        sorted(Posting.objects.values_list("entry__company__slug", "entry__date", "account_number", "debit", "credit")),
        # An export is ready when its files are, and that takes another moment each time.
        sorted(Event.objects.exclude(verb="export.ready").values_list("verb", "happened_at", "company__slug")),
        sorted(
            LedgerAccount.objects.values_list("kind", "currency", "debits_posted", "credits_posted", "debits_pending")
        ),
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def test_everything_that_can_be_recomputed_agrees():
    """Ledger, limits, facts repeated on expenses, seals, books and stored files: the nightly check."""
    assert {report.check: report.wrong for report in check_books() if report.wrong} == {}


def test_no_sweep_finds_anything_left_to_do():
    from django.utils import timezone

    now = timezone.now() + timezone.timedelta(hours=1)
    assert sweep.authorizations(now=now) == []
    assert sweep.clearings(now=now) == []
    assert sweep.receipts(now=now) == []
    assert unbooked_movements() == []
    assert unbooked_transfers() == []
    assert Receipt.overdue(now=now, waiting_since=now) == []
    assert Export.overdue(now=now, waiting_since=now) == []
    assert IssuerMessage.overdue(now=now, waiting_since=now) == []


def test_authorizations_are_what_their_messages_say():
    for authorization in Authorization.objects.prefetch_related("messages").select_related("hold"):
        says = state(facts_of(authorization, list(authorization.messages.all())))
        assert (authorization.status, authorization.outcome) == (says.status, says.outcome)
        assert (authorization.open_amount, authorization.cleared_total) == (says.open, says.cleared)
        assert (authorization.hold.amount if authorization.hold else 0) == says.open


def test_expenses_are_what_the_money_says():
    """Following the money again, as the verbs do, changes nothing."""
    for expense in Expense.objects.filter(locked_at=None).select_related("authorization"):
        held = expense.authorization.reserved if expense.authorization else None
        before = (expense.amount, expense.payment, expense.direction, expense.is_coded)
        lines.follow_money(expense, held=held)
        assert before == (expense.amount, expense.payment, expense.direction, expense.is_coded)


def test_what_is_in_the_queue_passes_every_check():
    for settings in BookSettings.objects.select_related("company"):
        contra = facts.contra_of(settings)
        queued = BookItem.objects.for_company(settings.company).filter(lane=Lane.QUEUE).with_facts()
        assert [str(result) for item in queued for result in checks.failures(item, contra)] == []


def test_entries_balance_and_exports_have_their_files():
    assert JournalEntry.objects.exists() and Export.objects.count() >= 20
    for export in Export.objects.all():
        assert export.ready_at and export.ready_at.date() <= TODAY
        assert hashlib.sha256(default_storage.open(export.file_key).read()).hexdigest() == export.sha256


def test_receipts_are_there_and_already_read():
    assert Receipt.objects.exclude(status=ReceiptStatus.READY).count() == 0
    assert Receipt.objects.count() == Page.objects.count() == Reading.objects.count()
    for receipt in Receipt.objects.order_by("?")[:20]:
        original = default_storage.open(receipt.key).read()
        assert (len(original), hashlib.sha256(original).hexdigest()) == (receipt.size, receipt.sha256)
        assert default_storage.exists(receipt.pages.get().thumbnail_key)


def test_a_receipt_says_what_its_expense_says():
    attached = Expense.objects.filter(receipt_count=1).prefetch_related("attachments__receipt__readings")
    assert attached.exists()
    for expense in attached:
        fields = expense.attachments.all()[0].receipt.readings.all()[0].fields
        assert fields["merchant"]["value"] == expense.merchant
        if expense.kind != ExpenseKind.OUT_OF_POCKET and expense.movements.exists():
            assert fields["total"]["value"] == (expense.foreign_amount or expense.amount)


def test_wallets_have_money_and_somebody_is_invited():
    for wallet in LedgerAccount.objects.filter(kind=AccountKind.WALLET):
        assert wallet.available.amount > 0
    assert Invitation.objects.filter(accepted_at=None, withdrawn_at=None).count() >= 1
    assert Freeze.objects.filter(ended_at=None).count() == 3
    assert Authorization.objects.filter(outcome="declined").exists()


def test_the_logins_work(client):
    assert [login.email for login in demo_logins()] == [login.email for login in LOGINS]
    for login in LOGINS:
        assert User.objects.get(email=login.email).check_password(PASSWORD)
    lars = Membership.objects.filter(user__email="lf@fjordholm.example", role=Role.ACCOUNTANT)
    assert lars.count() == 2
    assert Company.objects.filter(is_demo=False).count() == 0


def test_nothing_happened_in_the_future():
    latest = Event.objects.order_by("-happened_at").first()
    assert latest.happened_at.date() <= TODAY
    assert Movement.objects.filter(booked_date__gt=TODAY).count() == 0


def test_nobody_is_told_of_a_year_ago():
    told = Notification.objects.exclude(event__happened_at__date__gte=TODAY - timedelta(days=2))
    assert list(told.values_list("event__verb", flat=True)) == []


def test_a_second_time_needs_to_be_asked_for():
    with pytest.raises(AlreadyThere):
        seed(today=TODAY, scale=SCALE)


def test_the_command_leaves_companies_alone(demo, settings, capsys):
    settings.VAR = demo
    call_command("demo")
    said = capsys.readouterr().out
    assert "no demo was made" in said and "katrine@havblik.example" in said
    assert json.loads((Path(settings.VAR) / "demo.json").read_text())["done"] == 1
    with pytest.raises(CommandError, match="future"):
        call_command("demo", "--today", "2199-01-01")
    for bad in ("--today=soon", "--scale=5", "--scale=much"):
        with pytest.raises(CommandError):
            call_command("demo", bad)


def test_the_same_seed_and_day_make_the_same_demo(settings, tmp_path):
    first = content_digest()
    settings.MEDIA_ROOT = tmp_path / "again"
    settings.VAR = tmp_path
    with transaction.atomic():
        _forget_the_demo()
        seen: list[tuple[int, int, str]] = []
        made = seed(today=TODAY, scale=SCALE, report=lambda *state: seen.append(state))
        assert seen[0][0] == 0 and seen[-1][:2] == (made, made)
        second = content_digest()
        transaction.set_rollback(True)
    assert second == first


def _forget_the_demo() -> None:
    """Empty every table, in a transaction that is undone."""
    from django.apps import apps
    from django.db import connection

    from pleo.lib import append_only

    with append_only.lifted(), connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label in {
                "accounts",
                "events",
                "wallet",
                "cards",
                "receipts",
                "expenses",
                "bookkeeping",
                "account",
            }:
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


def test_the_day_of_the_demo_is_the_latest_whose_morning_has_come():
    from datetime import UTC, date, datetime

    assert today_of(datetime(2026, 11, 20, 7, 59, tzinfo=UTC)) == date(2026, 11, 19)
    assert today_of(datetime(2026, 11, 20, 8, 0, tzinfo=UTC)) == date(2026, 11, 20)


def test_one_press_signs_in_to_the_demo(client):
    page = client.get("/login/").content.decode()
    assert all(login.name in page for login in LOGINS)
    answer = client.post("/login/", {"login": LOGINS[2].email, "password": PASSWORD})
    assert answer.status_code == 303
    assert client.get("/c/havblik/").status_code == 200


def test_there_are_no_logins_without_a_demo(client):
    Company.objects.update(is_demo=False)
    assert "try-pleo-today" not in client.get("/login/").content.decode()


def test_nobody_of_the_demo_signs_in_before_it_is_finished(client):
    User.objects.filter(email=LOGINS[0].email).update(is_active=False)
    assert LOGINS[0].name not in client.get("/login/").content.decode()
    assert client.post("/login/", {"login": LOGINS[0].email, "password": PASSWORD}).status_code != 302
    assert client.get("/c/havblik/").status_code == 302


def test_what_goes_wrong_with_cards_is_there_to_look_at(demo):
    company = Company.objects.get(slug="havblik")
    statuses = set(Dispute.objects.for_company(company).values_list("status", flat=True))
    assert statuses == {"submitted", "credited", "contested", "won", "lost"}
    assert sum(Dispute.objects.for_company(company).values_list("credited", flat=True)) > 0
    asked = Consent.objects.for_company(company).get(status="open")
    assert asked.kind == "was_you" and asked.card.is_live
    assert CardRequest.objects.for_company(company).filter(kind="raise", status="open").count() == 1
    assert not Drift.objects.exists()
