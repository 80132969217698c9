"""Receipts per minute: product-made till slips and invoices, uploaded, decoded, and read by the OCR of the product."""

from __future__ import annotations

import io
import os
import random
import sys
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from benchmarks.world import NOW, Servers, found_company
from tests.installation import wait_until

RECEIPTS, WARM_UP = 60, 6
SHOPS = ("Kaffeværket", "Netto", "Papirhuset", "Bagergården", "DSB", "Sportshuset")


def slip(number: int, chance: random.Random) -> Any:
    """Return what one receipt says; every third is an invoice on A4."""
    from pleo.demo.receipts import Slip

    items = tuple(
        (f"Vare {chance.randint(100, 999)}", chance.randint(500, 40_000)) for _ in range(chance.randint(2, 8))
    )
    return Slip(
        merchant=chance.choice(SHOPS),
        address=("Vestergade 12", "8000 Aarhus C"),
        tax_number="29403473",
        country="DK",
        region="DK",
        at=NOW - timedelta(hours=number),
        currency="DKK",
        items=items,
        total=sum(amount for _, amount in items),
        tax_rate=Decimal(25),
        number=f"{100_000 + number}",
        customer=("Havblik ApS",) if number % 3 == 0 else (),
        is_invoice=number % 3 == 0,
    )


def upload(count: int, member: Any, seed: int) -> None:
    """Send receipts as a person would."""
    from django.core.files.base import File

    from pleo.demo.receipts import draw
    from receipts.ingest import ingest

    chance = random.Random(seed)
    for number in range(count):
        data = io.BytesIO(draw(slip(number, chance)).page)
        ingest(by=member, file=File(data, name=f"{number}.jpg"), source="web", client_key=f"b-{seed}-{number}", now=NOW)


def in_state(*states: str) -> int:
    from receipts.models import Receipt

    return Receipt.objects.filter(status__in=states).count()


def measure(servers: Servers) -> dict[str, Any]:
    """Let warm workers, one for each core, read sixty receipts."""
    from accounts.models import Role
    from receipts.models import Reading

    company = found_company(10_000, "Receipts")
    member = company.memberships.get(role=Role.OWNER)
    workers = os.cpu_count() or 1
    command = [
        "celery",
        "-A",
        "pleo",
        "worker",
        "-Q",
        "receipts",
        "-c",
        str(workers),
        "--without-gossip",
        "--without-mingle",
    ]
    servers.start("receipts", [sys.executable, "-m", *command], OMP_NUM_THREADS="1")
    upload(WARM_UP, member, 1)
    wait_until(lambda: in_state("received", "processing") == 0, "the workers are warm", seconds=120)
    began = time.perf_counter()
    upload(RECEIPTS, member, 2)
    wait_until(lambda: in_state("received", "processing") == 0, "all receipts are read", seconds=600)
    spent = time.perf_counter() - began
    servers.stop()
    with_total = sum("total" in reading.fields for reading in Reading.objects.filter(company=company))
    return {
        "per_min": round(60 * RECEIPTS / spent, 1),
        "receipts": RECEIPTS,
        "workers": workers,
        "unreadable": in_state("unreadable"),
        "with_a_total": with_total - WARM_UP if with_total > RECEIPTS else with_total,
    }
