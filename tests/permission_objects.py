"""Rows to make for the ids in URLs, so that tests/test_permissions.py can check that those of another company stay hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import ApiToken, Company, Membership, Role, Team
from cards.issue import issue
from cards.models import Authorization, CardBatch, CardBulk, Clearing, Consent, Dispute, Drift
from expenses.models import (
    AllocationTemplate,
    CodingRule,
    Expense,
    MasterImport,
    RuleRun,
    Tag,
    TagGroup,
    Vendor,
    VendorMerge,
)
from receipts.models import DirectUpload, InboundMail, Receipt, SenderAddress
from wallet.models import BankLine, BankStatement, LedgerAccount, Mandate, TopUp, TopUpRule, Withdrawal

OWNER = Role.OWNER

# Id parameter of a URL -> makes a row in a company and returns its id.
OBJECTS: dict[str, Callable[[Company], Any]] = {
    "person_id": lambda company: (
        Membership.objects.create(
            company=company, name="Ida", email=f"{uuid4()}@x.example", role=Role.EMPLOYEE, status="invited"
        ).pk
    ),
    "team_id": lambda company: Team.objects.create(company=company, name=str(uuid4())).pk,
    "token_id": lambda company: (
        ApiToken.objects.create(
            company=company,
            membership=company.memberships.get(role=Role.OWNER),
            name="T",
            prefix="p",
            token_hash=str(uuid4()),
        ).pk
    ),
}


def _card(of: Company) -> Any:
    return issue(cardholder=Membership.objects.get(company=of, role=OWNER), name="Made up", by=None).pk


def _authorization(of: Company) -> Any:
    now = timezone.now()
    row = Authorization.objects.create(
        company=of, card_id=_card(of), issuer=of.issuer, issuer_reference=f"made up {now.timestamp()}", amount=1, currency=of.currency,
        merchant_amount=1, merchant_currency=of.currency, merchant_name="Made up", channel="chip", our_answer="declined",
        outcome="declined", decided_by="us", status="declined", decline_reason="funds", occurred_at=now,
    )  # fmt: skip
    return row.pk


def _sub_wallet(of: Company) -> Any:
    row = LedgerAccount.objects.create(company=of, kind="sub_wallet", name=str(uuid4()), currency=of.currency)
    return row.pk


def _top_up(of: Company) -> Any:
    row = TopUp.objects.create(
        company=of, account=LedgerAccount.objects.wallet_of(of), bank_line=str(uuid4()), amount=1, currency=of.currency,
        value_date=timezone.now().date(),
    )  # fmt: skip
    return row.pk


def _withdrawal(of: Company) -> Any:
    row = Withdrawal.objects.create(
        company=of, account=LedgerAccount.objects.wallet_of(of), amount=1, currency=of.currency, holder="Made up",
        iban="DE02120300000000202051", key=uuid4(), by=of.memberships.get(role=OWNER),
    )  # fmt: skip
    return row.pk


def _bank_statement(of: Company) -> Any:
    by, number = of.memberships.get(role=OWNER), BankStatement.objects.filter(company=of).count() + 1
    row = BankStatement.objects.create(
        company=of, by=by, number=number, key="made/up", sha256=str(uuid4()), size=1, status="read"
    )
    return row.pk


def _bank_line(of: Company) -> Any:
    row = BankLine.objects.create(
        company=of, statement_id=_bank_statement(of), part=0, position=0, line_key=str(uuid4()), direction="credit", amount=1,
        currency=of.currency, booked_on=timezone.now().date(), value_date=timezone.now().date(), status="waiting",
    )  # fmt: skip
    return row.pk


def _mandate(of: Company) -> Any:
    row = Mandate.objects.create(
        company=of, holder="Made up", iban=f"DE02{Mandate.objects.count():018d}", reference=str(uuid4())[:35],
        signed_by=of.memberships.get(role=OWNER),
    )  # fmt: skip
    return row.pk


def _top_up_rule(of: Company) -> Any:
    row = TopUpRule.objects.create(
        company=of, account_id=_sub_wallet(of), mandate_id=_mandate(of), threshold=1, amount=1, cap_amount=1,
        currency=of.currency, by=of.memberships.get(role=OWNER),
    )  # fmt: skip
    return row.pk


OBJECTS["mandate_id"] = _mandate
OBJECTS["top_up_rule_id"] = _top_up_rule
OBJECTS["wallet_id"] = _sub_wallet
OBJECTS["statement_id"] = _bank_statement
OBJECTS["line_id"] = _bank_line
OBJECTS["account_id"] = _sub_wallet
OBJECTS["top_up_id"] = _top_up
OBJECTS["withdrawal_id"] = _withdrawal


def _batch(of: Company) -> Any:
    row = CardBatch.objects.create(
        company=of, by=Membership.objects.get(company=of, role=OWNER), sha256=uuid4().hex * 2, row_count=0
    )
    return row.pk


def _consent(of: Company) -> Any:
    now = timezone.now()
    row = Consent.objects.create(
        company=of, card_id=_card(of), kind="paying", issuer=of.issuer, issuer_reference=uuid4().hex, amount=1,
        currency=of.currency, merchant_name="Made up", asked_at=now, deadline=now + timedelta(minutes=5),
    )  # fmt: skip
    return row.pk


OBJECTS["consent_id"] = _consent
OBJECTS["batch_id"] = _batch


def _clearing(of: Company) -> Any:
    row = Clearing.objects.create(
        company=of, card_id=_card(of), kind="purchase", issuer=of.issuer, issuer_reference=str(uuid4()), amount=100,
        currency=of.currency, merchant_amount=100, merchant_currency=of.currency, merchant_name="Made up",
        cleared_at=timezone.now(),
    )  # fmt: skip
    return row.pk


def _dispute(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    row = Dispute.objects.create(
        company=of, clearing_id=_clearing(of), reason="fraud", amount=100, currency=of.currency, opened_by=by,
        issuer=of.issuer,
    )  # fmt: skip
    return row.pk


def _card_bulk(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    return CardBulk.objects.create(company=of, by=by, act="freeze", status="done", total=0).pk


def _drift(of: Company) -> Any:
    now = timezone.now()
    row = Drift.objects.create(
        company=of, issuer=of.issuer, kind="card_not_ours", reference=str(uuid4()), found_at=now, seen_at=now
    )
    return row.pk


OBJECTS["card_bulk_id"], OBJECTS["drift_id"] = _card_bulk, _drift
OBJECTS["clearing_id"], OBJECTS["dispute_id"] = _clearing, _dispute
OBJECTS["card_id"] = _card
OBJECTS["authorization_id"] = OBJECTS["decline_id"] = _authorization


def _template(of: Company) -> Any:
    from cards.models import CardTemplate

    return CardTemplate.objects.create(company=of, name=str(uuid4())).pk


def _wish(of: Company) -> Any:
    from cards.models import CardRequest

    row = CardRequest.objects.create(
        company=of, kind="new_card", status="withdrawn", asked_by=Membership.objects.get(company=of, role=OWNER), name="Made up",
        amount=1, currency=of.currency, asked_at=timezone.now(), decided_at=timezone.now(),
    )  # fmt: skip
    return row.pk


def _raise(of: Company) -> Any:
    from cards.models import Limit

    now = timezone.now()
    row = Limit.objects.create(
        company=of, membership=Membership.objects.get(company=of, role=OWNER), interval="day", amount=1, currency=of.currency,
        set_at=now, starts_at=now, ends_at=now + timedelta(days=1), ended_at=now,
    )  # fmt: skip
    return row.pk


def _allowance(of: Company) -> Any:
    from cards.models import Allowance

    refused = Authorization.objects.get(pk=_authorization(of))
    row = Allowance.objects.create(
        company=of, card=refused.card, refused=refused, codes=[], merchant_name="Made up", amount=1, currency=of.currency,
        expires_at=timezone.now(), withdrawn_at=timezone.now(),
    )  # fmt: skip
    return row.pk


OBJECTS["template_id"] = _template
OBJECTS["request_id"] = _wish
OBJECTS["limit_id"] = _raise
OBJECTS["allowance_id"] = _allowance


def _receipt(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    row = Receipt(
        company=of, uploaded_by=by, source="web", client_key="made-up", media_type="image/jpeg", size=1, sha256="0" * 64
    )
    row.key, row.status, row.last_error = f"{of.pk}/{row.pk}/original", "unreadable", {"code": "broken"}
    row.save()
    return row.pk


OBJECTS["receipt_id"] = _receipt


def _mail(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    return InboundMail.objects.create(
        company=of, membership=by, door="hook", recipient=f"{uuid4()}@x.example", size=1, sha256="0" * 64, key="mail/made/up",
        received_at=timezone.now(), status="taken", outcome="nothing",
    ).pk  # fmt: skip


def _sender(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    return SenderAddress.objects.create(
        company=of, membership=by, email=f"{uuid4()}@x.example", token_hash=uuid4().hex, expires_at=timezone.now()
    ).pk


def _direct(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    return DirectUpload.objects.create(
        company=of, by=by, client_key=uuid4().hex, source="web", size=1, key=f"incoming/{uuid4()}", expires_at=timezone.now(),
        receipt_id=_receipt(of),
    ).pk  # fmt: skip


OBJECTS["upload_id"] = _direct
OBJECTS["mail_id"] = _mail
OBJECTS["sender_id"] = _sender


def _expense(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    row = Expense(
        company=of, number=Expense.objects.filter(company=of).count() + 1, owner=by, kind="card", amount=0, lines_total=0,
        currency=of.currency, merchant="Made up", purchased_at=timezone.now(), payment="reversed",
    )  # fmt: skip
    row.save()
    return row.pk


OBJECTS["expense_id"] = _expense


def _export(of: Company) -> Any:
    from bookkeeping.models import Export

    batch, _ = Export.objects.get_or_create(
        company=of,
        client_key="made",
        defaults={
            "number": 1,
            "by": of.memberships.get(role=Role.OWNER),
            "item_count": 1,
            "currency": of.currency,
        },
    )
    return batch.pk


def _export_file(of: Company) -> Any:
    from bookkeeping.models import ExportFile

    batch = {"export_id": _export(of), "company": of}
    fields = {"kind": "journal", "name": "made.csv", "media_type": "text/csv", "sha256": "0" * 64}
    file, _ = ExportFile.objects.get_or_create(**batch, position=1, defaults=fields)
    return file.pk


OBJECTS["export_id"] = _export
OBJECTS["file_id"] = _export_file


def _layout(of: Company) -> Any:
    from bookkeeping.formats.custom import PRESETS
    from bookkeeping.models import BookLayout

    return BookLayout.objects.get_or_create(company=of, name="Made", defaults={"look": PRESETS["billy"].dump()})[0].pk


OBJECTS["layout_id"] = _layout


def _queue_run(of: Company) -> Any:
    from bookkeeping.models import QueueRun

    by = of.memberships.get(role=Role.OWNER)
    made, _ = QueueRun.objects.get_or_create(company=of, client_key="made", defaults={"by": by, "act": "queue"})
    return made.pk


OBJECTS["queue_run_id"] = _queue_run


def _budget(of: Company) -> Any:
    from expenses.models import Budget

    row = Budget.objects.create(
        company=of, name=str(uuid4()), owner=of.memberships.get(role=OWNER), interval="month", currency=of.currency, amount=1,
        starts_on=timezone.now().date().replace(day=1),
    )  # fmt: skip
    return row.pk


def _declaration(of: Company) -> Any:
    from expenses.models import Declaration

    by = of.memberships.get(role=Role.OWNER)
    row = Declaration.objects.create(
        company=of, expense_id=_expense(of), by=by, receipt_id=OBJECTS["receipt_id"](of), reason="lost", purpose="Made up",
        facts={}, digest="0" * 64, signed_at=timezone.now(), status="waiting",
    )  # fmt: skip
    return row.pk


OBJECTS["budget_id"] = _budget


def _closing(of: Company) -> Any:
    from datetime import date

    from bookkeeping.models import PeriodClose

    by = of.memberships.get(role=Role.OWNER)
    fields = {"by": by, "upto": date(2026, 9, 30)}
    return PeriodClose.objects.get_or_create(company=of, month=date(2026, 9, 1), defaults=fields)[0].pk


OBJECTS["closing_id"] = _closing


def _paper_report(of: Company) -> Any:
    from datetime import date

    from bookkeeping.models import PaperReport

    fields = {"by": of.memberships.get(role=Role.OWNER), "starts": date(2026, 9, 1), "ends": date(2026, 9, 30)}
    return PaperReport.objects.get_or_create(company=of, client_key="made", defaults=fields)[0].pk


OBJECTS["report_id"] = _paper_report
OBJECTS["declaration_id"] = _declaration


def _rule_version(of: Company) -> Any:
    from expenses.keep_rule import Wording, keep_rule

    words = Wording("Made up", "over_amount", "warn", timezone.now().date(), parameters={"limit": 100})
    return keep_rule(by=of.memberships.get(role=OWNER), wording=words, now=timezone.now())


def _policy_flag(of: Company) -> Any:
    from expenses.models import PolicyFlag

    version = _rule_version(of)
    row = PolicyFlag.objects.create(
        company=of, expense_id=OBJECTS["expense_id"](of), rule=version.rule, version=version, check_code="over_amount",
        effect="warn", raised_at=timezone.now(),
    )  # fmt: skip
    return row.pk


OBJECTS["flag_id"] = _policy_flag
OBJECTS["rule_id"] = lambda company: _rule_version(company).rule_id


def _policy_run(of: Company) -> Any:
    from expenses.models import PolicyRun

    fields = {"kind": "preview", "since": timezone.now().date(), "total": 0, "status": "done"}
    return PolicyRun.objects.create(company=of, version=_rule_version(of), **fields).pk


OBJECTS["policy_run_id"] = _policy_run


def _guideline(of: Company) -> Any:
    from expenses.models import Guideline

    fields = {"text": "# Meals", "published_at": timezone.now(), "published_by": of.memberships.get(role=OWNER)}
    return Guideline.objects.get_or_create(company=of, number=1, defaults=fields)[0].pk


OBJECTS["guideline_id"] = _guideline


def _own_rate(of: Company) -> Any:
    from expenses.models import OwnRate

    terms = {"kind": "mileage", "country": of.country, "vehicle": "car", "currency": of.currency, "rate": 3}
    rest = {"valid_from": timezone.now().date(), "by": of.memberships.get(role=OWNER)}
    return OwnRate.objects.get_or_create(company=of, last_day=None, vehicle="car", defaults=terms | rest)[0].pk


OBJECTS["own_rate_id"] = _own_rate


def _ask(of: Company) -> Any:
    from expenses.models import SpendRequest

    row = SpendRequest.objects.create(
        company=of, number=SpendRequest.objects.filter(company=of).count() + 1, client_key=str(uuid4()), title="Made up",
        asked_by=of.memberships.get(role=OWNER), asked_at=timezone.now(), amount=1, currency=of.currency, value=1,
        value_currency=of.currency, until=timezone.now().date(), status="withdrawn",
    )  # fmt: skip
    return row.pk


def _ask_spend(of: Company) -> Any:
    from expenses.models import AskSpend

    row = AskSpend.objects.create(company=of, request_id=_ask(of), expense_id=_expense(of), removed_at=timezone.now())
    return row.pk


def _ask_file(of: Company) -> Any:
    from expenses.models import AskFile

    row = AskFile.objects.create(
        company=of,
        request_id=_ask(of),
        name="a.pdf",
        media_type="application/pdf",
        size=1,
        sha256=uuid4().hex,
        key="made/up",
    )
    return row.pk


OBJECTS["ask_id"] = _ask
OBJECTS["spend_id"] = _ask_spend
OBJECTS["paper_id"] = _ask_file


def _pause(of: Company) -> Any:
    from expenses.models import LockPause

    person = Membership.objects.get(pk=OBJECTS["person_id"](of))
    by = of.memberships.get(role=Role.OWNER)
    return LockPause.objects.create(company=of, person=person, by=by, reason="Made up").pk


OBJECTS["pause_id"] = _pause


def _vendor(of: Company) -> Any:
    return Vendor.objects.create(company=of, name=str(uuid4())).pk


def _merge(of: Company) -> Any:
    gone, kept = (Vendor.objects.get(pk=_vendor(of)) for _ in range(2))
    by = of.memberships.get(role=OWNER)
    return VendorMerge.objects.create(company=of, gone=gone, kept=kept, by=by, moved={"aliases": [], "merged": []}).pk


def _coding_rule(of: Company) -> Any:
    by, place = of.memberships.get(role=OWNER), CodingRule.objects.filter(company=of).count() + 1
    return CodingRule.objects.create(
        company=of, by=by, name="Made up", position=place, conditions={"kinds": ["card"]}, note="Made up"
    ).pk


def _rule_run(of: Company) -> Any:
    return RuleRun.objects.create(company=of, by=of.memberships.get(role=OWNER), total=0, status="done").pk


def _spread(of: Company) -> Any:
    return AllocationTemplate.objects.create(company=of, name=str(uuid4()), share_total=100).pk


def _import(of: Company) -> Any:
    by = of.memberships.get(role=OWNER)
    return MasterImport.objects.create(company=of, by=by, what="accounts", file_name="x.csv", digest="0" * 64).pk


OBJECTS["vendor_id"], OBJECTS["merge_id"] = _vendor, _merge
OBJECTS["coding_rule_id"], OBJECTS["rule_run_id"] = _coding_rule, _rule_run
OBJECTS["spread_id"], OBJECTS["import_id"] = _spread, _import


def _tag(of: Company) -> Any:
    group = TagGroup.objects.create(company=of, name=str(uuid4()))
    return Tag.objects.create(company=of, group=group, name="Made up", path="Made up").pk


OBJECTS["tag_id"] = _tag


def _webhook(of: Company) -> Any:
    from events.models import WebhookEndpoint

    fields = {"by": of.memberships.get(role=Role.OWNER), "verbs": ["export.ready"]}
    return WebhookEndpoint.objects.get_or_create(company=of, url="https://made.example/up", defaults=fields)[0].pk


def _delivery(of: Company) -> Any:
    from events.models import Delivery, Event

    event = Event.objects.create(
        company=of, actor="system", verb="export.ready", subject_type="bookkeeping.export", subject_id=uuid4(),
        happened_at=timezone.now(),
    )  # fmt: skip
    return Delivery.objects.create(company=of, endpoint_id=_webhook(of), event=event, status="failed").pk


OBJECTS["endpoint_id"] = _webhook
OBJECTS["delivery_id"] = _delivery


def _workflow(of: Company) -> Any:
    from expenses.models import Workflow, WorkflowVersion

    row = Workflow.objects.create(company=of, position=1)
    WorkflowVersion.objects.create(company=of, workflow=row, number=1, name="Made")
    return row.pk


def _absence(of: Company) -> Any:
    from expenses.models import Absence

    by, day = of.memberships.get(role=OWNER), timezone.now().date()
    other = Membership.objects.create(
        company=of, name="Ida", email=f"{uuid4()}@x.example", role=Role.EMPLOYEE, status="invited"
    )
    return Absence.objects.create(company=of, person=by, substitute=other, starts_on=day, ends_on=day, by=by).pk


OBJECTS["workflow_id"], OBJECTS["absence_id"] = _workflow, _absence


def _comment(of: Company) -> Any:
    from expenses.models import Comment

    by = of.memberships.get(role=OWNER)
    fields = {"company": of, "expense_id": _expense(of), "by": by, "text": "Made", "said_at": timezone.now()}
    return Comment.objects.create(**fields).pk


OBJECTS["comment_id"] = _comment


def _hold(of: Company) -> Any:
    from bookkeeping.models import LegalHold

    by = of.memberships.get(role=OWNER)
    return LegalHold.objects.create(company=of, scope="company", reason="Made", by=by, placed_at=timezone.now()).pk


OBJECTS["hold_id"] = _hold
