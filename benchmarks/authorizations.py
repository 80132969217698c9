"""Authorizations through HTTP, beside what the same PostgreSQL does with pgbench in the same run.

Clients in two processes send signed requests over connections that stay open, to the issuer's doors as they run in
production. Every request must be approved. The workers that make expenses of them are not running: it is the till that is measured.
Besides the eight clients over fifty companies: one and thirty-two clients, a company of five thousand cards that all have limits
and a rule, and one of its cards with one and with two thousand earlier purchases.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from benchmarks.world import NOW, Servers, found_company, milliseconds

CLIENTS, PROCESSES, SECONDS, WARM_UP = 8, 2, 30, 3
# No client is answered more often than this.
MOST_PER_S = 400
COMPANIES, CARDS_EACH = 50, 4
LARGE, HISTORY, SHORT = 5000, 2000, 10
PGBENCH_SCALE = 50


@dataclass
class Heard:
    """What one client heard: seconds per answer, and answers that were not a yes."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    spent: float = 0.0


def pgbench() -> float:
    """Return transactions per second of pgbench's standard test on the server that the product uses."""
    server = urlsplit(os.environ["DATABASE_URL"])
    where = ["-h", server.hostname or "", "-p", str(server.port), "-U", server.username or ""]
    folder = os.path.dirname(os.environ["PGBENCH"])
    subprocess.run([f"{folder}/createdb", *where, "pgbench"], check=True)
    program = os.environ["PGBENCH"]
    subprocess.run([program, *where, "-i", "-s", str(PGBENCH_SCALE), "-q", "pgbench"], check=True, capture_output=True)
    command = [program, *where, "-c", str(CLIENTS), "-j", str(PROCESSES), "-T", str(SECONDS), "pgbench"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    subprocess.run([f"{folder}/dropdb", *where, "pgbench"], check=True)
    found = re.search(r"tps = ([\d.]+)", shown)
    assert found, shown
    return float(found[1])


def make_cards() -> list[list[str]]:
    """Found the companies and issue cards without limits; returns the cards' references by company."""
    from accounts.models import Role
    from cards.issue import issue

    cards = []
    for number in range(COMPANIES):
        company = found_company(number, f"Till {number}")
        owner = company.memberships.get(role=Role.OWNER)
        cards.append(
            [
                issue(cardholder=owner, name=f"Card {each}", by=owner, now=NOW).issuer_reference
                for each in range(CARDS_EACH)
            ]
        )
    return cards


def composed(card: str, chance: random.Random) -> bytes:
    """Return one signed request as it goes over the wire. The signature is good for five minutes."""
    from cards.issuers.simulator import HEADER, REQUEST, compose, sign

    now = datetime.now(UTC)
    asked = {
        "id": f"auth_{uuid.uuid4().hex}",
        "card": card,
        "amount": chance.randint(100, 50_000),
        "currency": "DKK",
        "channel": "chip",
        "merchant": {"name": "Kaffe", "id": "m1", "category_code": "5814", "city": "Aarhus", "country": "DK"},
    }
    document = compose(REQUEST, message_id=f"req_{uuid.uuid4().hex}", now=now, authorization=asked)
    body = json.dumps(document).encode()
    head = (
        "POST /issuer/simulator/authorizations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{HEADER}: {sign(body, now)}\r\n\r\n"
    )
    return head.encode() + body


def answered(connection: socket.socket) -> bytes:
    """Read one answer: its head, and as much body as the head says."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += connection.recv(65536)
    head, _, body = heard.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return body if head.startswith(b"HTTP/1.1 200") else head


def client(port: int, requests: Sequence[bytes], seconds: float, heard: Heard) -> None:
    """Ask without a pause until the time is over."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.perf_counter() + seconds
        for request in requests:
            began = time.perf_counter()
            if began > end:
                return
            connection.sendall(request)
            answer = answered(connection)
            heard.seconds.append(time.perf_counter() - began)
            if b'"approved": true' not in answer:
                heard.refused.append(answer.decode(errors="replace")[:200])
    raise AssertionError("more was answered than was prepared")


def large_company() -> list[str]:
    """Found a company of five thousand cards, each with limits and a rule; returns the cards' references."""
    from accounts.models import Role
    from cards.models import Card, Control, Limit
    from wallet.models import LedgerAccount

    company = found_company(COMPANIES, "Large")
    owner = company.memberships.get(role=Role.OWNER)
    wallet = LedgerAccount.objects.wallet_of(company)
    cards = Card.objects.bulk_create(
        [
            Card(
                company=company, cardholder=owner, account=wallet, name=f"Card {number}", state="active", issuer=company.issuer,
                issuer_reference=f"large_{number}", last_four=f"{number % 10000:04}", expires_month=NOW.date(),
            )
            for number in range(LARGE)
        ]
    )  # fmt: skip
    cap: dict[str, Any] = {"company": company, "amount": 9_000_000_000, "currency": company.currency, "set_at": NOW}
    Limit.objects.bulk_create(
        [Limit(card=card, interval=interval, **cap) for card in cards for interval in ("purchase", "month")],
        batch_size=2000,
    )
    Control.objects.bulk_create(
        [
            Control(company=company, card=card, kind="country", mode="allow", values=["DK"], set_at=NOW)
            for card in cards
        ],
        batch_size=2000,
    )
    return [card.issuer_reference for card in cards]


def give_history(reference: str, purchases: int) -> None:
    """Let a card have bought before: settled purchases of the last months."""
    from cards.models import Authorization, Card

    card = Card.objects.get(issuer_reference=reference)
    Authorization.objects.bulk_create(
        [
            Authorization(
                company=card.company, card=card, issuer=card.issuer, issuer_reference=f"past_{reference}_{number}", amount=100,
                currency="DKK", merchant_amount=100, merchant_currency="DKK", merchant_name="Kaffe", channel="chip",
                our_answer="approved", outcome="approved", decided_by="us", authorized_total=100, cleared_total=100,
                status="closed", occurred_at=NOW - timedelta(hours=number),
            )
            for number in range(purchases)
        ],
        batch_size=1000,
    )  # fmt: skip


def clients(port: int, cards: list[str], seconds: float, seed: int, threads_each: int) -> Heard:
    """Run this process's share of the clients. What they send is signed before the clock runs: pgbench signs nothing either."""
    chance, prepared = random.Random(seed), int(seconds * MOST_PER_S)
    sent = [[composed(chance.choice(cards), chance) for _ in range(prepared)] for _ in range(threads_each)]
    heard = [Heard() for _ in range(threads_each)]
    threads = [
        threading.Thread(target=client, args=(port, requests, seconds, each))
        for requests, each in zip(sent, heard, strict=True)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Heard(
        [second for each in heard for second in each.seconds],
        [text for each in heard for text in each.refused],
        time.perf_counter() - began,
    )


def load(port: int, cards: list[str], *, at_once: int = CLIENTS, seconds: int = SECONDS) -> dict[str, Any]:
    """Let all clients ask for the whole time and count what came of it."""
    import django

    context = multiprocessing.get_context("spawn")
    processes = min(PROCESSES, at_once)
    share = [at_once // processes] * processes
    with ProcessPoolExecutor(processes, mp_context=context, initializer=django.setup) as pool:
        every = ([port] * processes, [cards] * processes)
        list(pool.map(clients, *every, [WARM_UP] * processes, range(processes), share))
        heard = list(pool.map(clients, *every, [seconds] * processes, range(9, 9 + processes), share))
    answers = [second for each in heard for second in each.seconds]
    refused = [text for each in heard for text in each.refused]
    p50, p95, p99 = milliseconds(answers)
    return {
        "per_s": round(sum(len(each.seconds) / each.spent for each in heard), 1),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "answers": len(answers),
        "not_approved": len(refused),
        "first_refusal": refused[0] if refused else "",
    }


def measure(servers: Servers) -> dict[str, Any]:
    """Measure pgbench, then the till over fifty companies, on one, and on a large one."""
    base = pgbench()
    cards, large = make_cards(), large_company()
    give_history(large[1], HISTORY)
    port = servers.web("issuer", PLEO_URLCONF="pleo.urls_issuer", DATABASE_TIMEOUT="1.5")
    everywhere = [card for company in cards for card in company]

    def rated(**heard: Any) -> dict[str, Any]:
        return {**heard, "ratio": round(heard["per_s"] / base, 3)}

    spread = rated(**load(port, everywhere))
    found = {
        **spread,
        "one_company": rated(**load(port, cards[0])),
        "by_clients": {
            str(at_once): rated(**load(port, everywhere, at_once=at_once, seconds=SHORT)) for at_once in (1, 32)
        },
        "large_company": rated(**load(port, large, seconds=SHORT)) | {"cards": LARGE},
        # One client: on one card nobody can buy twice at the same time.
        "by_history": {
            "1": rated(**load(port, large[:1], at_once=1, seconds=SHORT)),
            str(HISTORY): rated(**load(port, large[1:2], at_once=1, seconds=SHORT)),
        },
    }
    servers.stop()
    return {
        **found,
        "pgbench_tps": round(base, 1),
        "clients": CLIENTS,
        "companies": COMPANIES,
        "seconds": SECONDS,
    }
