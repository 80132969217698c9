"""Who may open which route with which method: one line per route, checked by tests/test_permissions.py for every role.

How to add a route (the test fails until you do):

    company("expense-list", GET=ALL, POST=SPENDERS)      # a page under /c/<company>/; the name in urls.py, method=roles
    company("expense-detail", GET=ALL)                   # ids in the URL are made up, so 404 counts as "let in"
    api("api-expense-list", GET=ALL, POST=SPENDERS)      # a route under /api/v1/, for tokens
    root("account_login", GET=ANYONE, POST=ANYONE)       # no company: ANYONE, or SIGNED_IN (others go to the login page)
    door("issuer-messages")                              # let in by signature alone: unsigned is 400, 401, 403 or 404

Roles that are not listed get 403, people of another company 404, strangers the login page (or 401 from the API), and a method
that is not listed 405. To check that a real row of another company stays hidden, give its id parameter a maker in OBJECTS.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import ApiToken, Company, Membership, Role, Team
from cards.issue import issue
from cards.models import Authorization, CardBatch, Clearing, Consent, Dispute
from expenses.models import Expense
from receipts.models import Receipt
from wallet.models import BankLine, BankStatement, LedgerAccount, Mandate, TopUp, TopUpRule, Withdrawal

OWNER, ADMIN, CONTROLLER, CONTROLLER_LIMITED = Role.OWNER, Role.ADMIN, Role.CONTROLLER, Role.CONTROLLER_LIMITED
ACCOUNTANT, ACCOUNTANT_LIMITED, EMPLOYEE, SERVICE = (
    Role.ACCOUNTANT, Role.ACCOUNTANT_LIMITED, Role.EMPLOYEE, Role.SERVICE,
)  # fmt: skip

ALL = frozenset(Role)
ADMINS = frozenset({OWNER, ADMIN})
MANAGERS = ADMINS | {CONTROLLER}
FINANCE = MANAGERS | {CONTROLLER_LIMITED}
BOOKS = FINANCE | {ACCOUNTANT, ACCOUNTANT_LIMITED}
SPENDERS = FINANCE | {EMPLOYEE}
NOBODY: frozenset[Role] = frozenset()

ANYONE, SIGNED_IN = "anyone", "signed in"

Roles = frozenset[Role]

COMPANY: dict[str, dict[str, Roles]] = {}
API: dict[str, dict[str, Roles]] = {}
ROOT: dict[str, dict[str, str]] = {}
DOORS: set[str] = set()

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


def company(name: str, **methods: Roles) -> None:
    assert name not in COMPANY, name
    COMPANY[name] = methods


def api(name: str, **methods: Roles) -> None:
    assert name not in API, name
    API[name] = methods


def root(name: str, **methods: str) -> None:
    assert name not in ROOT, name
    ROOT[name] = methods


def door(name: str) -> None:
    DOORS.add(name)


# ---- accounts: sign-in and the account

root("account_login", GET=ANYONE, POST=ANYONE)
root("account_logout", GET=ANYONE, POST=ANYONE)
root("account_signup", GET=ANYONE, POST=ANYONE)
root("account_inactive", GET=ANYONE)
root("account_reset_password", GET=ANYONE, POST=ANYONE)
root("account_reset_password_done", GET=ANYONE)
root("account_reset_password_from_key", GET=ANYONE, POST=ANYONE)
root("account_reset_password_from_key_done", GET=ANYONE)
root("account_email_verification_sent", GET=ANYONE)
root("account_confirm_email", GET=ANYONE, POST=ANYONE)
root("mfa_authenticate", GET=ANYONE, POST=ANYONE)
root("mfa_login_webauthn", GET=ANYONE, POST=ANYONE)
root("account_reauthenticate", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_reauthenticate", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_reauthenticate_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("account_email", GET=SIGNED_IN, POST=SIGNED_IN)
root("account_change_password", GET=SIGNED_IN, POST=SIGNED_IN)
root("account_set_password", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_index", GET=SIGNED_IN)
root("mfa_activate_totp", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_deactivate_totp", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_view_recovery_codes", GET=SIGNED_IN)
root("mfa_generate_recovery_codes", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_download_recovery_codes", GET=SIGNED_IN)
root("mfa_list_webauthn", GET=SIGNED_IN)
root("mfa_add_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_edit_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_remove_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("usersessions_list", GET=SIGNED_IN, POST=SIGNED_IN)

# ---- accounts: people and the company

root("start", GET=ANYONE)
root("demo", GET=ANYONE)
root("companies", GET=SIGNED_IN)
root("company-create", GET=SIGNED_IN, POST=SIGNED_IN)
root("invitation", GET=ANYONE, POST=ANYONE)
root("account-profile", GET=SIGNED_IN, POST=SIGNED_IN)
company("people", GET=BOOKS)
company("people-export", GET=BOOKS)
company("people-invite", GET=MANAGERS, POST=MANAGERS)
company("person", GET=BOOKS, POST=MANAGERS)
company("person-role", POST=ADMINS)
company("person-invitation", POST=MANAGERS)
company("person-invitation-withdrawal", POST=MANAGERS)
company("teams", GET=MANAGERS, POST=MANAGERS)
company("team", GET=MANAGERS, POST=MANAGERS)
company("settings-company", GET=ADMINS, POST=ADMINS)
company("settings-tokens", GET=ADMINS, POST=ADMINS)
company("settings-token-revocation", POST=ADMINS)

api("api-me", GET=ALL)
api("api-company", GET=ALL)
api("api-people", GET=BOOKS, POST=MANAGERS)
api("api-person", GET=BOOKS)
api("api-teams", GET=BOOKS)

# ---- events

api("api-events", GET=BOOKS)
company("audit", GET=BOOKS)
company("audit-export", GET=BOOKS)
company("notifications", GET=ALL)
company("notifications-reading", POST=ALL)
company("notification", GET=ALL)
root("mailbox", GET=SIGNED_IN)
root("mailbox-letter", GET=SIGNED_IN)
root("mailbox-letter-html", GET=SIGNED_IN)

# ---- pages

company("home", GET=ALL)
company("first-run", GET=ADMINS)
company("search", GET=ALL)

# ---- wallet

company("wallet", GET=BOOKS)
company("wallet-csv", GET=BOOKS)
company("wallet-top-up", GET=FINANCE, POST=FINANCE)
company("wallet-statement", GET=BOOKS)
company("wallet-statements", GET=BOOKS)
company("wallet-statements-csv", GET=BOOKS)
company("wallet-statement-pdf", GET=BOOKS)
company("wallet-period", GET=BOOKS)
company("wallet-period-csv", GET=BOOKS)
company("wallet-period-pdf", GET=BOOKS)
company("ledger-check", POST=BOOKS)
api("api-wallet-statements", GET=BOOKS)
api("api-wallet-statement", GET=BOOKS)
api("api-ledger-check", GET=BOOKS, POST=BOOKS)
company("wallet-statement-csv", GET=BOOKS)
company("ledger", GET=BOOKS)
company("ledger-csv", GET=BOOKS)
company("top-ups", GET=BOOKS)
company("top-ups-csv", GET=BOOKS)
company("top-up-cancel", POST=FINANCE)
company("top-up-return", GET=MANAGERS, POST=MANAGERS)
company("wallet-withdraw", GET=MANAGERS, POST=MANAGERS)
company("withdrawals", GET=BOOKS)
company("withdrawals-csv", GET=BOOKS)
company("withdrawal-decision", GET=MANAGERS, POST=MANAGERS)
company("wallet-fees", GET=BOOKS)
company("wallet-fees-csv", GET=BOOKS)
api("api-top-up-return", POST=MANAGERS)
api("api-withdrawals", GET=BOOKS, POST=MANAGERS)
api("api-withdrawal-decision", POST=MANAGERS)
api("api-fees", GET=BOOKS)
company("bank-statements", GET=BOOKS, POST=MANAGERS)
company("bank-statement", GET=BOOKS)
company("bank-statement-again", POST=MANAGERS)
company("bank-statement-original", GET=BOOKS)
company("bank-lines", GET=BOOKS)
company("bank-lines-csv", GET=BOOKS)
company("bank-line", GET=MANAGERS, POST=MANAGERS)
company("bank-line-ignore", POST=MANAGERS)
company("bank-line-undo", POST=MANAGERS)
api("api-bank-statements", GET=BOOKS, POST=MANAGERS)
api("api-bank-statement", GET=BOOKS)
api("api-bank-lines", GET=BOOKS)
api("api-bank-line-match", POST=MANAGERS, DELETE=MANAGERS)
api("api-bank-line-ignore", POST=MANAGERS)
company("wallet-automatic", GET=BOOKS)
company("wallet-alert", POST=MANAGERS)
company("wallet-rule", POST=MANAGERS)
company("wallet-rule-status", POST=MANAGERS)
company("wallet-mandate", POST=MANAGERS)
company("wallet-mandate-revoke", POST=MANAGERS)
company("top-up-play", POST=MANAGERS)
api("api-mandates", GET=BOOKS, POST=MANAGERS)
api("api-mandate", DELETE=MANAGERS)
api("api-wallet-rule", GET=BOOKS, PUT=MANAGERS, PATCH=MANAGERS, DELETE=MANAGERS)
api("api-wallet-alert", GET=BOOKS, PUT=MANAGERS, DELETE=MANAGERS)
api("api-wallet-forecast", GET=BOOKS)
company("wallet-move", GET=MANAGERS, POST=MANAGERS)
company("sub-wallets", GET=BOOKS)
company("sub-wallets-csv", GET=BOOKS)
company("sub-wallet-create", GET=MANAGERS, POST=MANAGERS)
company("sub-wallet", GET=BOOKS)
company("sub-wallet-csv", GET=BOOKS)
company("sub-wallet-edit", GET=MANAGERS, POST=MANAGERS)
company("sub-wallet-archive", POST=MANAGERS)
company("sub-wallet-restore", POST=MANAGERS)
company("sub-wallet-cards", GET=MANAGERS, POST=MANAGERS)
company("card-wallet", GET=MANAGERS, POST=MANAGERS)
api("api-wallet", GET=BOOKS)
api("api-sub-wallets", GET=BOOKS, POST=MANAGERS)
api("api-sub-wallet", GET=BOOKS, PATCH=MANAGERS)
api("api-sub-wallet-archive", POST=MANAGERS, DELETE=MANAGERS)
api("api-wallet-moves", GET=BOOKS, POST=MANAGERS)
api("api-card-wallet", PUT=MANAGERS)
api("api-transfers", GET=BOOKS)
api("api-top-ups", GET=BOOKS, POST=FINANCE)

# ---- cards

# The made-up card is the owner's: these may end it, and only the first of them may look at its number.
CARD_KEEPERS = SPENDERS - {CONTROLLER_LIMITED}
HOLDERS = frozenset({OWNER, EMPLOYEE})
company("cards", GET=SPENDERS | {SERVICE})
company("cards-csv", GET=SPENDERS | {SERVICE})
company("cards-bulk", POST=SPENDERS)
company("card-batches", GET=MANAGERS, POST=MANAGERS)
company("card-batch-sample", GET=MANAGERS)
company("card-batch", GET=MANAGERS)
company("card-batch-start", POST=MANAGERS)
company("card-batch-lines", GET=MANAGERS)
company("card", GET=SPENDERS | {SERVICE})
company("card-create", GET=MANAGERS, POST=MANAGERS)
company("card-limits", GET=MANAGERS, POST=MANAGERS)
company("card-raise", GET=MANAGERS, POST=MANAGERS)
company("card-rules", GET=MANAGERS)
company("card-own-rules", POST=MANAGERS)
company("card-rule", GET=MANAGERS, POST=MANAGERS)
company("card-trial", GET=MANAGERS, POST=MANAGERS)
company("card-more", GET=SPENDERS, POST=SPENDERS)
company("card-wish", GET=SPENDERS, POST=SPENDERS)
company("card-requests", GET=SPENDERS | {SERVICE})
company("card-requests-csv", GET=SPENDERS | {SERVICE})
company("card-request", GET=SPENDERS | {SERVICE})
company("card-request-answer", POST=MANAGERS)
company("card-request-withdrawal", POST=SPENDERS)
company("limit-raise-end", POST=MANAGERS)
company("person-limits", GET=MANAGERS, POST=MANAGERS)
company("person-raise", GET=MANAGERS, POST=MANAGERS)
company("person-trial", GET=MANAGERS, POST=MANAGERS)
company("policies", GET=MANAGERS)
company("policies-csv", GET=MANAGERS)
company("policy-create", GET=MANAGERS, POST=MANAGERS)
company("policy", GET=MANAGERS, POST=MANAGERS)
company("policy-archive", POST=MANAGERS)
company("policy-apply", GET=MANAGERS, POST=MANAGERS)
company("policy-limits", GET=MANAGERS, POST=MANAGERS)
company("policy-rule", GET=MANAGERS, POST=MANAGERS)
company("policy-trial", GET=MANAGERS, POST=MANAGERS)
company("decline-allow", POST=MANAGERS)
company("decline-raise", POST=MANAGERS)
company("decline-ask", POST=SPENDERS)
company("allowance-withdrawal", POST=MANAGERS)
company("card-freeze", POST=SPENDERS)
company("card-thaw", POST=SPENDERS)
company("card-activate", POST=SPENDERS)
company("card-tries", POST=MANAGERS)
company("card-replace", GET=CARD_KEEPERS, POST=CARD_KEEPERS)
company("card-lost", GET=CARD_KEEPERS, POST=CARD_KEEPERS)
company("card-close", GET=CARD_KEEPERS, POST=CARD_KEEPERS)
company("card-unblock", POST=CARD_KEEPERS)
company("card-ask", POST=FINANCE)
company("card-consent", GET=SPENDERS | {SERVICE})
company("card-consent-answer", POST=HOLDERS)
company("card-subscription", GET=SPENDERS, POST=SPENDERS)
company("card-price-seen", POST=SPENDERS)
company("subscriptions", GET=SPENDERS | {SERVICE})
company("subscriptions-csv", GET=SPENDERS | {SERVICE})
company("card-details", GET=HOLDERS, POST=HOLDERS)
company("card-pin", GET=SPENDERS, POST=SPENDERS)
root("simulator-element", GET=ANYONE, POST=ANYONE)
company("card-shipping", POST=FINANCE)
company("declines", GET=SPENDERS)
company("declines-csv", GET=SPENDERS)
company("decline", GET=SPENDERS)

company("disputes", GET=SPENDERS)
company("disputes-csv", GET=SPENDERS)
company("dispute", GET=SPENDERS)
company("dispute-evidence", GET=SPENDERS)
company("dispute-create", GET=SPENDERS, POST=SPENDERS)
api("api-disputes", GET=SPENDERS, POST=SPENDERS)
api("api-dispute", GET=SPENDERS)
company("simulator", GET=FINANCE)
company("simulator-live", GET=FINANCE)
company("simulator-purchase", POST=FINANCE)
company("simulator-push", POST=FINANCE)
company("simulator-say", POST=FINANCE)
company("simulator-story", POST=FINANCE)
company("simulator-day", POST=FINANCE)
company("simulator-dispute", POST=FINANCE)
door("issuer-authorizations")
door("issuer-messages")
api("api-cards", GET=SPENDERS | {SERVICE}, POST=MANAGERS)
api("api-card", GET=SPENDERS | {SERVICE})
api("api-card-freeze", POST=SPENDERS, DELETE=SPENDERS)
api("api-card-limits", GET=SPENDERS | {SERVICE}, PUT=MANAGERS)
api("api-simulator-purchases", POST=FINANCE)
api("api-simulator-messages", POST=FINANCE)
api("api-simulator-stories", POST=FINANCE)
api("api-simulator-days", POST=FINANCE)
api("api-card-activation", POST=SPENDERS)
api("api-card-replacement", POST=CARD_KEEPERS)
api("api-card-loss", POST=SPENDERS)
api("api-card-closing", POST=CARD_KEEPERS)
api("api-card-subscription", GET=SPENDERS | {SERVICE}, PUT=SPENDERS, DELETE=SPENDERS)
api("api-subscriptions", GET=SPENDERS | {SERVICE})
api("api-consents", GET=SPENDERS | {SERVICE})
api("api-card-files", GET=MANAGERS, POST=MANAGERS)
api("api-card-file", GET=MANAGERS)
api("api-card-file-start", POST=MANAGERS)
api("api-card-file-lines", GET=MANAGERS)
api("api-person-leaving", GET=MANAGERS, POST=MANAGERS, DELETE=MANAGERS)
api("api-person-leaving-end", POST=MANAGERS)
api("api-person-return", POST=MANAGERS)
api("api-card-raises", GET=SPENDERS | {SERVICE}, POST=MANAGERS)
api("api-card-controls", GET=SPENDERS | {SERVICE})
api("api-card-control", PUT=MANAGERS, DELETE=MANAGERS)
api("api-card-trial", GET=MANAGERS)
api("api-card-policy", DELETE=MANAGERS)
api("api-card-policies", GET=MANAGERS, POST=MANAGERS)
api("api-card-policy-control", PUT=MANAGERS)
api("api-card-policy-cards", POST=MANAGERS)
api("api-card-requests", GET=SPENDERS | {SERVICE}, POST=SPENDERS)
api("api-card-request", GET=SPENDERS | {SERVICE}, DELETE=SPENDERS)
api("api-card-request-grant", POST=MANAGERS)
api("api-card-request-refusal", POST=MANAGERS)
api("api-allowance", POST=MANAGERS)
api("api-authorizations", GET=SPENDERS | {SERVICE})
api("api-authorization", GET=SPENDERS | {SERVICE})


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

# ---- receipts

UPLOADERS = SPENDERS | {ACCOUNTANT}
company("receipts-upload", GET=UPLOADERS | {SERVICE}, POST=UPLOADERS | {SERVICE})
company("receipt", GET=ALL)
company("receipt-status", GET=ALL)
company("receipt-retry", POST=UPLOADERS | {SERVICE})
company("receipt-original", GET=ALL)
api("api-receipts", GET=ALL, POST=UPLOADERS | {SERVICE})
api("api-receipt", GET=ALL)
root("file", GET=ANYONE)


def _receipt(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    row = Receipt(
        company=of, uploaded_by=by, source="web", client_key="made-up", media_type="image/jpeg", size=1, sha256="0" * 64
    )
    row.key, row.status, row.last_error = f"{of.pk}/{row.pk}/original", "unreadable", {"code": "broken"}
    row.save()
    return row.pk


OBJECTS["receipt_id"] = _receipt

# ---- expenses

CODERS = SPENDERS | {ACCOUNTANT}
MASTER_KEEPERS = MANAGERS | {ACCOUNTANT}
company("person-leave", GET=MANAGERS, POST=MANAGERS)
company("person-leave-end", POST=MANAGERS)
company("person-leave-undo", POST=MANAGERS)
company("expenses", GET=ALL)
company("expenses-figures", GET=ALL)
company("expenses-filters", GET=ALL)
company("expenses-export", GET=ALL)
company("analytics", GET=ALL)
company("analytics-export", GET=ALL)
company("analytics-subscriptions", GET=ALL)
company("analytics-subscriptions-export", GET=ALL)
company("expenses-view-save", POST=ALL)
company("expenses-view-remove", POST=ALL)
company("expenses-view-restore", POST=ALL)
company("expenses-bulk", POST=CODERS)
company("expenses-bulk-job", GET=CODERS)
company("expenses-bulk-export", GET=CODERS)
company("expenses-bulk-undo", POST=CODERS)
company("expense", GET=ALL)
company("expense-create", GET=SPENDERS, POST=SPENDERS)
company("expense-reading", GET=ALL)
company("expense-code", POST=CODERS)
company("expense-review", POST=FINANCE)
company("expense-review-withdrawal", POST=FINANCE)
company("expense-attach", POST=CODERS)
company("expense-upload", POST=UPLOADERS | {SERVICE})
company("expense-detach", POST=CODERS)
company("expense-history", GET=ALL)
company("expense-split", GET=CODERS, POST=CODERS)
company("expense-split-rates", POST=CODERS)
company("expense-split-whole", POST=CODERS)
company("expense-tip", POST=CODERS)
company("expense-private", GET=CODERS, POST=CODERS)
company("expense-claim-change", GET=CODERS, POST=CODERS)
company("expense-claim-withdrawal", POST=CODERS)
company("mileage-create", GET=SPENDERS, POST=SPENDERS)
company("balance", GET=ALL)
company("balance-export", GET=BOOKS)
company("balance-undo", POST=FINANCE)
company("balance-person", GET=ALL)
company("balance-person-export", GET=ALL)
company("balance-settle", POST=FINANCE)
company("balance-account", GET=SPENDERS, POST=SPENDERS)
company("company-account", GET=FINANCE, POST=FINANCE)
company("reimbursements", GET=ALL)
company("reimbursement-prepare", POST=FINANCE)
company("reimbursement-schedule", POST=FINANCE)
company("reimbursement-answer", POST=FINANCE)
company("reimbursement-run", GET=BOOKS)
company("reimbursement-release", POST=MANAGERS)
company("reimbursement-cancel", POST=FINANCE)
company("reimbursement-file", POST=FINANCE)
company("reimbursement-mark", POST=FINANCE)
company("per-diem-create", GET=SPENDERS, POST=SPENDERS)
company("expense-refund", POST=CODERS)
company("settings-periods", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
company("period-open", POST=MANAGERS | {ACCOUNTANT})
company("receipts", GET=ALL)
company("receipts-export", GET=ALL)
company("receipt-matches", GET=ALL)
company("receipt-match", POST=CODERS)
company("books-accounts", GET=BOOKS | {SERVICE})
company("books-accounts-export", GET=BOOKS | {SERVICE})
company("books-master-create", GET=MASTER_KEEPERS, POST=MASTER_KEEPERS)
company("books-master", GET=MASTER_KEEPERS, POST=MASTER_KEEPERS)
company("books-master-archive", POST=MASTER_KEEPERS)
api("api-expenses", GET=ALL)
api("api-expense", GET=ALL, PATCH=CODERS)
api("api-expense-receipts", POST=CODERS)
api("api-expense-receipt", DELETE=CODERS)
api("api-expense-lines", PUT=CODERS)
api("api-expense-private", PUT=CODERS)
api("api-claims", POST=SPENDERS)
api("api-claim", PATCH=CODERS, DELETE=CODERS)
api("api-drives", POST=SPENDERS)
api("api-drive", PUT=CODERS)
api("api-journeys", POST=SPENDERS)
api("api-journey", PUT=CODERS)
api("api-expense-refund", PUT=CODERS)
api("api-balance-entries", GET=ALL)
api("api-balance", GET=ALL, POST=FINANCE)
api("api-balance-account", PUT=SPENDERS)
api("api-runs", GET=BOOKS, POST=FINANCE)
api("api-run", GET=BOOKS, DELETE=FINANCE)
api("api-run-release", POST=MANAGERS)
api("api-run-file", POST=FINANCE)
api("api-payout-mark", POST=FINANCE)
api("api-period-locks", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
api("api-period-lock", DELETE=MANAGERS | {ACCOUNTANT})
api("api-spend", GET=ALL)
api("api-paid-subscriptions", GET=ALL)
api("api-bulk-edits", POST=CODERS)
api("api-bulk-edit", GET=CODERS)
api("api-bulk-edit-results", GET=CODERS)
api("api-bulk-edit-undo", POST=CODERS)
api("api-expense-approval", POST=FINANCE, DELETE=FINANCE)
api("api-categories", GET=ALL)
api("api-accounts", GET=ALL)
api("api-tax-codes", GET=ALL)


def _expense(of: Company) -> Any:
    by = Membership.objects.get(company=of, role=OWNER)
    row = Expense(
        company=of, number=Expense.objects.filter(company=of).count() + 1, owner=by, kind="card", amount=0, lines_total=0,
        currency=of.currency, merchant="Made up", purchased_at=timezone.now(), payment="reversed",
    )  # fmt: skip
    row.save()
    return row.pk


OBJECTS["expense_id"] = _expense

# ---- bookkeeping

BOOK_READERS = BOOKS | {SERVICE}
BOOK_QUEUERS = FINANCE | {ACCOUNTANT}
BOOK_EXPORTERS = FINANCE | {ACCOUNTANT, SERVICE}

company("export", GET=BOOK_READERS)
company("export-run", GET=BOOK_READERS)
company("export-run-undo", POST=BOOK_QUEUERS)
company("export-slip", GET=BOOK_READERS)
company("export-queue", GET=BOOK_READERS, POST=BOOK_QUEUERS)
company("export-unqueue", POST=BOOK_QUEUERS)
company("export-items-csv", GET=BOOK_READERS)
company("export-agreement", GET=BOOK_READERS, POST=BOOK_READERS)
company("export-create", POST=BOOK_EXPORTERS)
company("export-job", GET=BOOK_READERS)
company("export-progress", GET=BOOK_READERS)
company("export-again", POST=BOOK_EXPORTERS)
company("export-file", GET=BOOK_READERS)
company("export-receipts", GET=BOOK_READERS)
company("export-one-file", GET=BOOK_READERS)
company("export-history", GET=BOOK_READERS)
company("export-history-csv", GET=BOOK_READERS)
company("export-undo", GET=BOOK_EXPORTERS, POST=BOOK_EXPORTERS)
company("books-settings", GET=BOOK_READERS, POST=MANAGERS | {ACCOUNTANT})
company("books-layouts", GET=BOOK_READERS)
company("books-layout-new", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
company("books-layout", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
company("books-layout-archive", POST=MANAGERS | {ACCOUNTANT})
company("books-tax-names", GET=MANAGERS | {ACCOUNTANT}, POST=MANAGERS | {ACCOUNTANT})
root("clients", GET=SIGNED_IN)
root("clients-csv", GET=SIGNED_IN)


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

api("api-book-items", GET=BOOK_READERS)
api("api-book-items-queue", POST=BOOK_QUEUERS)
api("api-book-items-unqueue", POST=BOOK_QUEUERS)
api("api-exports", GET=BOOK_READERS, POST=BOOK_EXPORTERS)
api("api-export", GET=BOOK_READERS)
api("api-export-entries", GET=BOOK_READERS)
api("api-export-file", GET=BOOK_READERS)
api("api-export-receipts", GET=BOOK_READERS)
api("api-export-one-file", GET=BOOK_READERS)
api("api-export-withdrawal", POST=BOOK_EXPORTERS)

# ---- the API's own pages

root("api-docs", GET=ANYONE)
root("api-schema", GET=ANYONE)
