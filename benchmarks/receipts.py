"""Receipts per minute, and what one photo costs beside the bare engine and libvips in the same run.

`python -m benchmarks.receipts 20` measures photos alone, without a database.
"""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.world import NOW, Servers, found_company
from tests.installation import wait_until

RECEIPTS, WARM_UP, PHOTOS = 60, 6, 20
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
    alone = in_a_process_of_its_own()
    with_total = sum("total" in reading.fields for reading in Reading.objects.filter(company=company))
    return {
        "per_min": round(60 * RECEIPTS / spent, 1),
        "receipts": RECEIPTS,
        "workers": workers,
        "unreadable": in_state("unreadable"),
        "with_a_total": with_total - WARM_UP if with_total > RECEIPTS else with_total,
        **alone,
    }


def in_a_process_of_its_own() -> dict[str, Any]:
    """Read photos in a fresh process, whose memory is that of a worker, and say what reading and drawing cost."""
    command = [sys.executable, "-m", "benchmarks.receipts", str(PHOTOS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1800)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def photo(number: int, chance: random.Random) -> bytes:
    """Return a drawn slip as a phone would see it: on a table, a little turned, twelve megapixels, noise."""
    from PIL import Image, ImageFilter

    from pleo.demo.receipts import draw

    paper = Image.open(io.BytesIO(draw(slip(number, chance)).page)).convert("RGB")
    paper = paper.resize((int(paper.width * 3400 / paper.height), 3400)) if paper.height > paper.width else paper
    table = Image.new("RGB", (3000, 4000), (96, 84, 72))
    table.paste(paper.crop((0, 0, min(paper.width, 2800), 3400)), (100, 300))
    turned = table.rotate(chance.uniform(-4, 4), fillcolor=(96, 84, 72)).filter(ImageFilter.GaussianBlur(1.2))
    target = io.BytesIO()
    turned.save(target, "JPEG", quality=88)
    return target.getvalue()


def spent(act: Any) -> tuple[float, float]:
    """Return seconds of the clock and of processors (children included) that an act took."""
    began, used = time.perf_counter(), os.times()
    act()
    after = os.times()
    return time.perf_counter() - began, sum(after[:4]) - sum(used[:4])


def alone(count: int) -> dict[str, Any]:
    """Compare the way of a receipt through the worker with the bare engine, and our pages and thumbnails with libvips."""
    import logging
    import resource

    import pyvips  # type: ignore[import-untyped]

    from receipts.media import JPEG
    from receipts.normalise import normalise
    from receipts.reading.engine import engine
    from receipts.reading.read import read

    logging.getLogger("pyvips").setLevel(logging.WARNING)
    chance, ours, bare, made, vips = random.Random(7), [], [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count + 1):
            original = folder / f"{number}.jpg"
            original.write_bytes(photo(number, chance))
            place = folder / str(number)
            place.mkdir()
            pages = []
            drawing = spent(lambda: pages.append(normalise(original=original, kind=JPEG, folder=place)))  # noqa: B023
            reading = spent(lambda: read(pages[0], country="DK"))  # noqa: B023
            only = spent(lambda: engine().read(pages[0].pages[0].image))  # noqa: B023
            with_vips = spent(lambda: draw_with_vips(pyvips, original, place))  # noqa: B023
            if number:  # The first one loads the models.
                ours.append((drawing[0] + reading[0], drawing[1] + reading[1]))
                bare.append(only)
                made.append(drawing)
                vips.append(with_vips)
    return {
        "photo_p50_s": round(part(ours, 0, 0.5), 2),
        "photo_p95_s": round(part(ours, 0, 0.95), 2),
        "photo_cpu_s": round(part(ours, 1, 0.5), 2),
        "engine_p50_s": round(part(bare, 0, 0.5), 2),
        "engine_cpu_s": round(part(bare, 1, 0.5), 2),
        "over_the_engine": round(sum(cpu for _, cpu in ours) / sum(cpu for _, cpu in bare) - 1, 3),
        "pages_cpu_ms": round(1000 * part(made, 1, 0.5)),
        "vips_cpu_ms": round(1000 * part(vips, 1, 0.5)),
        "worker_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def draw_with_vips(pyvips: Any, original: Path, folder: Path) -> None:
    """Make the same page and thumbnails with libvips, in this process."""
    page = pyvips.Image.thumbnail(str(original), 1600, height=1600).copy_memory()
    page.write_to_file(str(folder / "vips.jpg"), Q=85, keep="none")
    for side in (320, 96):
        page.thumbnail_image(side, height=2 * side).write_to_file(str(folder / f"vips-{side}.webp"), Q=72, keep="none")


def part(figures: list[tuple[float, float]], column: int, share: float) -> float:
    ordered = sorted(figure[column] for figure in figures)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleo.settings")
    import django

    django.setup()
    print(json.dumps(alone(int(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS)))
