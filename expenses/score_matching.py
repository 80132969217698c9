"""How well receipts find their purchases: a made-up year is lived through day by day, and what was matched by itself is judged.

Everything is written in a transaction that is rolled back, with the verbs that real receipts and purchases go through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.create_company import create_company
from accounts.models import Company, Membership, MembershipStatus, Role, User
from cards.models import Authorization, Card, CardState
from expenses import record_authorization
from expenses.made_up_year import HOME, TRADES, Purchase, Slip, Year, make
from expenses.match_receipt import match_receipt, waiting_for
from expenses.models import Attachment, Expense, MatchRun
from pleo.lib.search import search_text
from receipts.alike import alike_key
from receipts.models import Reading, Receipt, ReceiptStatus
from wallet.models import AccountKind, LedgerAccount

# A receipt that may not be matched by itself: nothing belongs to it, or its sender may not touch what does.
NOT_TO_MATCH = ("no_purchase", "wrong_person")


@dataclass
class Verdict:
    """What became of the receipts of a year. A second receipt of one purchase counts as right on that purchase or nowhere."""

    receipts: int = 0
    to_match: int = 0
    matched: int = 0
    right: int = 0
    offered: int = 0
    by_case: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.matched if self.matched else 1.0

    @property
    def recall(self) -> float:
        """Of the receipts that have a purchase which takes them, the share that was put on it without a person."""
        return self.right / self.to_match if self.to_match else 1.0

    @property
    def hard(self) -> float:
        return 1 - sum(self.by_case.get("plain", Counter()).values()) / max(self.receipts, 1)

    def lines(self) -> Iterator[str]:
        yield f"{self.receipts} receipts, {100 * self.hard:.0f} % of them hard"
        yield f"precision of automatic matches {100 * self.precision:6.2f} %  ({self.right} of {self.matched})"
        yield f"recall                         {100 * self.recall:6.2f} %  ({self.right} of {self.to_match})"
        yield f"recall with those proposed     {100 * (self.right + self.offered) / max(self.to_match, 1):6.2f} %"
        for case, counts in sorted(self.by_case.items()):
            yield f"  {case:<24}" + "  ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        yield from (f"WRONG {line}" for line in self.wrong)


def score_matching(*, seed: int, purchases: int = 600) -> Verdict:
    """Live through the year of a seed and judge it. Nothing stays in the database."""
    with transaction.atomic():
        verdict = _Life(make(seed, purchases=purchases)).live()
        transaction.set_rollback(True)
    return verdict


class _Life:
    def __init__(self, year: Year) -> None:
        self.year = year
        self.company, self.people = _company(year.people)
        self.cards = [_card(year, number, person) for number, person in enumerate(self.people)]
        self.expenses: dict[int, UUID] = {}
        self.receipts: dict[int, Receipt] = {}

    def live(self) -> Verdict:
        events: list[tuple[datetime, int, Purchase | Slip]] = [
            *((purchase.at, 0, purchase) for purchase in self.year.purchases),
            *((slip.sent_at, 1, slip) for slip in self.year.slips),
        ]
        for now, _, event in sorted(events, key=lambda event: (event[0], event[1], event[2].number)):
            if isinstance(event, Purchase):
                self._pay(event, now)
            else:
                self._send(event, now)
        return self._judge()

    def _pay(self, bought: Purchase, now: datetime) -> None:
        expense = record_authorization.record(authorization=_authorization(self.cards[bought.person], bought))
        assert expense is not None
        self.expenses[bought.number] = expense.pk
        fresh = Expense.objects.select_related("owner").get(pk=expense.pk)
        for receipt_id in waiting_for(fresh, now=now):
            match_receipt(receipt=Receipt.objects.get(pk=receipt_id), now=now)

    def _send(self, slip: Slip, now: datetime) -> None:
        receipt = _receipt(self.people[slip.sender], slip)
        self.receipts[slip.number] = receipt
        match_receipt(receipt=receipt, now=now)

    def _judge(self) -> Verdict:
        verdict = Verdict()
        numbers = {key: number for number, key in self.expenses.items()}
        live = Attachment.objects.filter(company=self.company, detached_at=None)
        put = {row.receipt_id: (numbers[row.expense_id], row) for row in live}
        runs = {run.receipt_id: run for run in MatchRun.objects.filter(company=self.company)}
        documented: set[int] = set()
        for slip in self.year.slips:
            verdict.receipts += 1
            counts = verdict.by_case.setdefault(slip.case, Counter())
            place, row = put.get(self.receipts[slip.number].pk, (None, None))
            # The second file of one purchase need not be matched by itself: the first one documents it.
            again = slip.case == "sent_twice" and slip.truth <= documented
            documented |= slip.truth
            verdict.to_match += bool(slip.truth) and not again
            if place is None:
                offers = {numbers[UUID(one["expense"])] for one in runs[self.receipts[slip.number].pk].proposals}
                verdict.offered += bool(slip.truth & offers) and not again
                counts["proposed" if slip.truth & offers else "waits"] += 1
                continue
            verdict.matched += 1
            verdict.to_match += again and place in slip.truth
            is_right = place in slip.truth
            verdict.right += is_right
            counts["right" if is_right else "WRONG"] += 1
            if not is_right:
                verdict.wrong.append(self._tell(slip, place, row))
        return verdict

    def _tell(self, slip: Slip, place: int, row: Any) -> str:
        bought = self.year.purchases[place]
        why = ", ".join(reason["code"] for reason in row.reasons)
        own = [self.year.purchases[number] for number in sorted(slip.truth)]
        belongs = (
            "; ".join(f"{one.place.descriptor} {one.at:%d.%m. %H:%M} {one.billed.amount}" for one in own) or "nothing"
        )
        return (
            f"{slip.case}: receipt {slip.merchant!r} {slip.day} {slip.clock} {slip.total} {slip.currency} on "
            f"{bought.place.descriptor!r} {bought.at:%Y-%m-%d %H:%M} {bought.billed.amount} ({row.score}: {why}); belongs to {belongs}"
        )


def _company(people: int) -> tuple[Company, list[Membership]]:
    users = [
        User.objects.create_user(f"{uuid4().hex}@invalid.example", None, name=f"Person {number}")
        for number in range(people)
    ]
    company = create_company(
        owner=users[0], name=f"Made-up {uuid4().hex[:8]}", country="DK", currency=HOME, time_zone="Europe/Copenhagen"
    )
    members = [company.memberships.get(role=Role.OWNER)]
    for user in users[1:]:
        members.append(
            Membership.objects.create(
                company=company, user=user, role=Role.EMPLOYEE, status=MembershipStatus.ACTIVE, name=user.name,
                email=user.email, search_text=search_text(user.name, user.email),
            )
        )  # fmt: skip
    return company, members


def _card(year: Year, number: int, holder: Membership) -> Card:
    account, _ = LedgerAccount.objects.get_or_create(
        company=holder.company, kind=AccountKind.WALLET, name="", defaults={"currency": HOME}
    )
    return Card.objects.create(
        company=holder.company, cardholder=holder, last_four=year.last_four(number), state=CardState.ACTIVE, name="Card",
        issuer="simulator", issuer_reference=uuid4().hex, account=account,
    )  # fmt: skip


def _authorization(card: Card, bought: Purchase) -> Authorization:
    billed, charged = bought.billed, bought.charged
    return Authorization.objects.create(
        company=card.company, card=card, issuer="simulator", issuer_reference=uuid4().hex, amount=billed.amount,
        currency=billed.currency, merchant_amount=charged.amount, merchant_currency=charged.currency,
        merchant_name=bought.place.descriptor, merchant_category_code=TRADES[bought.place.trade][0],
        merchant_country="DK" if charged.currency == HOME else "DE", channel="chip", outcome="approved", decided_by="us",
        our_answer="approved", authorized_total=billed.amount, open_amount=billed.amount, status="pending", occurred_at=bought.at,
    )  # fmt: skip


def _receipt(sender: Membership, slip: Slip) -> Receipt:
    key = uuid4().hex
    receipt = Receipt.objects.create(
        company=sender.company, uploaded_by=sender, source="phone", client_key=key, file_name="slip.jpg", media_type="image/jpeg",
        size=1000, sha256=key * 2, key=f"made-up/{key}", page_count=1, status=ReceiptStatus.READY, created_at=slip.sent_at,
    )  # fmt: skip
    values: dict[str, Any] = {
        "merchant": slip.merchant, "total": slip.total, "currency": slip.currency, "date": slip.day and slip.day.isoformat(),
        "time": slip.clock, "card_last_four": slip.last_four,
    }  # fmt: skip
    fields = {name: {"value": value, "confidence": "sure"} for name, value in values.items() if value}
    Reading.objects.create(
        company=sender.company,
        receipt=receipt,
        engine="made-up",
        version="1",
        amounts=sorted(slip.amounts),
        fields=fields,
    )
    Receipt.objects.filter(pk=receipt.pk).update(alike_key=alike_key(fields))
    receipt.alike_key = alike_key(fields)
    return receipt
