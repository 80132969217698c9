"""Let thousands of random lives loose on the real doors: duplicated, delayed and shuffled, from several senders at once.

The same seed tells the same lives under the same ids, so that playing it again changes nothing.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import Company
from cards import lifecycle
from cards.check_limits import check_limits
from cards.issuers.simulator import HEADER, sign
from cards.lives import Document, Life, Tally
from cards.models import Authorization, Card, CardState, Clearing, IssuerMessage, MessageStatus
from cards.settle import OWN, facts_of
from cards.simulate import NAME, DoorClosed
from wallet.check_ledger import check_ledger
from wallet.models import LedgerAccount

# Of a hundred messages so many are delivered twice.
REPEATED = 25
TRIES, PAUSE = 60, 0.5
# A sender keeps this many messages back before it delivers some, in any order.
KEPT_BACK = 120


@dataclass
class Report:
    """What was sent, and what must have come of it. Money in minor units of the company's currency."""

    name: str
    lives: int = 0
    sent: int = 0
    repeated: int = 0
    asked: int = 0
    approved: int = 0
    declined: int = 0
    taken: int = 0
    given: int = 0
    booked: int = 0
    ids: set[str] = field(default_factory=set)
    seconds: float = 0.0


class Line:
    """A connection to the doors. What breaks is sent again: a door must bear that."""

    def __init__(self) -> None:
        self._url = urlsplit(settings.ISSUER_URL)
        self._open: http.client.HTTPConnection | None = None

    def post(self, door: str, document: Document) -> dict[str, Any]:
        """Deliver a message and return the answer. Raises DoorClosed when nobody answers for half a minute."""
        body = json.dumps(document).encode()
        for _ in range(TRIES):
            try:
                status, text = self._send(door, body)
            except (OSError, http.client.HTTPException):
                self._open = None
            else:
                if status == 200:
                    answer: dict[str, Any] = json.loads(text)
                    return answer
                assert status >= 500, f"the door refused a message: {status} {text[:200]!r}"
            time.sleep(PAUSE)
        raise DoorClosed(url=settings.ISSUER_URL)

    def _send(self, door: str, body: bytes) -> tuple[int, bytes]:
        if self._open is None:
            self._open = http.client.HTTPConnection(self._url.hostname or "", self._url.port, timeout=30)
        headers = {"Content-Type": "application/json", HEADER: sign(body, timezone.now())}
        self._open.request("POST", f"/issuer/{NAME}/{door}", body, headers)
        response = self._open.getresponse()
        return response.status, response.read(65_536)


def soak(
    *,
    company: Company,
    lives: int,
    seed: int,
    senders: int = 4,
    now: datetime | None = None,
    connect: Callable[[], Any] = Line,
) -> Report:
    """Play lives on the company's cards and return what must have come of it once every message is taken in."""
    cards = list(
        Card.objects.for_company(company)
        .filter(state=CardState.ACTIVE, issuer=NAME)
        .order_by("pk")
        .values_list("issuer_reference", flat=True)
    )
    assert cards, "there is a card to play with"
    began, lock = time.monotonic(), threading.Lock()
    report = Report(name=f"{company.pk.hex[-12:]}_{seed}")
    errors: list[BaseException] = []

    def send(number: int) -> None:
        try:
            _Sender(company, cards, seed, number, now or timezone.now(), connect(), report, lock).play(
                range(number, lives, senders)
            )
        except BaseException as error:  # noqa: BLE001 - a sender that dies must fail the run, not vanish with its thread
            errors.append(error)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(senders)]
    if senders == 1:
        send(0)
    else:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    report.seconds = time.monotonic() - began
    return report


class _Sender:
    """One thread: plays its lives, keeps messages back, and delivers them in any order, some twice."""

    def __init__(
        self,
        company: Company,
        cards: list[str],
        seed: int,
        number: int,
        now: datetime,
        line: Any,
        report: Report,
        lock: threading.Lock,
    ) -> None:
        self.company, self.cards, self.now = company, cards, now
        self.line, self.report, self.lock = line, report, lock
        self.draw = Random(f"{seed}:{number}")
        self.waiting: list[Document] = []
        self.asked = self.sent = self.repeated = 0

    def play(self, numbers: range) -> None:
        for number in numbers:
            name = f"{self.report.name}_{number}"
            card = Random(name).choice(self.cards)
            tally = Life(name=name, card=card, currency=self.company.currency, now=self.now).play(self._ask)
            self._plan(tally)
            while len(self.waiting) > KEPT_BACK:
                self._deliver()
            with self.lock:
                self._count(tally)
        while self.waiting:
            self._deliver()
        with self.lock:
            self.report.asked += self.asked
            self.report.sent += self.sent
            self.report.repeated += self.repeated

    def _ask(self, document: Document) -> dict[str, Any]:
        self.asked += 1
        answer: dict[str, Any] = self.line.post("authorizations", document)
        if self.draw.randrange(100) < REPEATED:
            self.repeated += 1
            again = self.line.post("authorizations", document)
            assert again["approved"] == answer["approved"], "the same question has the same answer"
        return answer

    def _plan(self, tally: Tally) -> None:
        for document in tally.said:
            self.waiting.append(document)
            if self.draw.randrange(100) < REPEATED:
                self.repeated += 1
                self.waiting.append(document)

    def _deliver(self) -> None:
        place = self.draw.randrange(len(self.waiting))
        self.waiting[place], self.waiting[-1] = self.waiting[-1], self.waiting[place]
        self.line.post("messages", self.waiting.pop())
        self.sent += 1

    def _count(self, tally: Tally) -> None:
        self.report.lives += 1
        self.report.approved += tally.approved
        self.report.declined += tally.declined
        self.report.taken += tally.taken
        self.report.given += tally.given
        self.report.booked += tally.booked
        self.report.ids |= {document["id"] for document in tally.said}


def is_taken_in(company: Company) -> bool:
    """Say whether every message that was sent has been taken in."""
    open_ones = IssuerMessage.objects.filter(
        issuer=NAME, status__in=[MessageStatus.RECEIVED, MessageStatus.PROCESSING, MessageStatus.WAITING]
    )
    references = Card.objects.for_company(company).values("issuer_reference")
    return not open_ones.filter(card_reference__in=references).exists()


@dataclass(frozen=True)
class Finding:
    """What one check of a soak found; nothing is what is hoped for."""

    code: str
    count: int


def verify(*, company: Company, report: Report, before: int) -> list[Finding]:
    """Compare what stands in the database with what was sent. `before` is the wallet's balance at the start.

    lost: sent and not kept. unfinished: kept and not taken in. double: a message or a network reference more than once, or
    a clearing without exactly one transfer. state: an authorization that is not what its messages say.
    """
    kept = IssuerMessage.objects.filter(issuer=NAME, message_id__in=report.ids)
    stored = list(kept.values_list("message_id", "status"))
    wallet = LedgerAccount.objects.wallet_of(company)
    expected = before - report.taken + report.given
    differences = {
        "lost": len(report.ids - {message_id for message_id, _ in stored}),
        "double": len(stored) - len({message_id for message_id, _ in stored}),
        "unfinished": sum(status != MessageStatus.DONE for _, status in stored),
        "booked": Clearing.objects.for_company(company).filter(_of(report)).count() - report.booked,
        "balance": wallet.balance.amount - expected,
        "ledger": len(check_ledger(company=company)),
        "limits": len(check_limits(company=company)),
        "state": _wrong_states(company),
    }
    return [Finding(code, count) for code, count in differences.items() if count]


def _of(report: Report) -> Q:
    """The clearings that this run made; what a company had before does not count."""
    told = Q(issuer_reference__contains=f"_{report.name}_")
    return told | Q(
        issuer_reference__startswith=f"{OWN}returned:",
        authorization__issuer_reference__startswith=f"auth_{report.name}_",
    )


def _wrong_states(company: Company) -> int:
    wrong = 0
    rows = Authorization.objects.for_company(company).prefetch_related("messages")
    for row in rows.iterator(chunk_size=500):
        state = lifecycle.state(facts_of(row, list(row.messages.all())))
        told = (
            state.status,
            state.open,
            state.cleared,
            state.authorized,
            state.reversed,
            state.returned,
            state.outcome,
        )
        totals = (row.authorized_total, row.reversed_total, row.returned_total, row.outcome)
        wrong += told != (row.status, row.open_amount, row.cleared_total, *totals)
    return wrong
