"""What a worker that never restarts lives through: files from strangers one after another, by the product's own way.

Runs inside an installation, in a process of its own, so that what it holds is what a worker holds.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils import timezone

from accounts.create_company import create_company
from accounts.create_token import create_token
from accounts.models import User
from pleo.lib import files
from receipts.explain import explain
from receipts.models import Receipt
from receipts.process import process
from tests.receipts.broken import broken, whole

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "receipts" / "nasty"
# Real ones to damage, beside those made on the spot: large enough that reading them costs what receipts cost.
REAL = (
    "ok.jpg",
    "ok.heic",
    "ok.avif",
    "ok.webp",
    "ok.bmp",
    "scan_only.pdf",
    "multipage.tiff",
    "pdf_other_attachment.pdf",
)
# Neither a built set of static files nor a broker is wanted for this.
PLAIN = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
FINAL = ("ready", "unreadable")
# Starts a program, notes the most memory it held, and ends as it ended. A child that the worker started itself would be
# counted with what the worker held at that moment.
NOTED = (
    "import os, sys\n"
    "pid = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[2:]], os.environ)\n"
    "_, status, used = os.wait4(pid, 0)\n"
    "open(sys.argv[1], 'a').write(f'{used.ru_maxrss // 1024}\\n')\n"
    "code = os.waitstatus_to_exitcode(status)\n"
    "if code < 0: os.kill(os.getpid(), -code)\n"
    "os._exit(code)\n"
)


def hostile(damaged: int, first_seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield every hostile file there is, then sound ones damaged by seeds."""
    there = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else []
    yield from ((path.name, path.read_bytes()) for path in there)
    sound = whole() | {path.name: path.read_bytes() for path in there if path.name in REAL}
    for seed in range(first_seed, first_seed + damaged):
        name, content = broken(seed, sound)
        yield f"{seed} {name}", content


def most_held() -> int:
    """Return the most memory that this process ever held, in megabytes (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


@override_settings(STORAGES=PLAIN)
def live_through(damaged: int, first_seed: int, log: str) -> dict[str, Any]:
    """Send, read and look at each file; return how each ended, what was odd, and the most megabytes held by us and by a decoder."""
    owner = User.objects.create_user("owner@hostile.example", None, name="Owner")
    company = create_company(
        owner=owner, name="Hostile", slug="hostile", country="DK", currency="DKK", time_zone="Europe/Copenhagen", region="DK"
    )  # fmt: skip
    scopes = ["receipts.see", "receipts.upload"]
    token = create_token(membership=company.memberships.get(), name="t", scopes=scopes, by=company.memberships.get())
    api = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token.secret}"})
    person = Client(raise_request_exception=False)
    person.force_login(owner)
    ends: Counter[str] = Counter()
    odd: list[str] = []
    with tempfile.TemporaryDirectory() as folder, Path(log).open("a") as progress:
        noted = Path(folder) / "noted"
        noted.touch()
        with patch("receipts.sandbox.subprocess.Popen", started(noted)), patch("celery.app.task.Task.apply_async"):
            for name, content in hostile(damaged, first_seed):
                end, wrong = one(api, person, name, content)
                ends[end] += 1
                odd += [f"{name}: {what}" for what in wrong]
                print(name, end, wrong, most_held(), file=progress, flush=True)
        peaks = [int(line) for line in noted.read_text().split()]
    return {"ends": ends, "odd": odd, "worker": most_held(), "decoder": max(peaks), "decoders": len(peaks)}


def started(noted: Path) -> Any:
    """Return a Popen that has the memory of what it starts noted."""
    real = subprocess.Popen

    def start(command: list[str], **options: Any) -> Any:
        return real([command[0], "-S", "-I", "-c", NOTED, str(noted), *command[1:]], **options)

    return start


def one(api: Client, person: Client, name: str, content: bytes) -> tuple[str, list[str]]:
    """Return how a file ended, and everything about it that should not be."""
    answer = api.post("/api/v1/receipts", {"file": SimpleUploadedFile("receipt", content)})
    if answer.status_code != 201:
        known = 400 <= answer.status_code < 500 and bool(answer.json()["error"]["message"])
        return "refused", [] if known else [f"answer {answer.status_code}"]
    receipt = Receipt.objects.get(pk=answer.json()["id"])
    process(receipt_id=receipt.pk, now=timezone.now())
    receipt.refresh_from_db()
    wrong = [] if receipt.status in FINAL else [f"left as {receipt.status}"]
    code = (receipt.last_error or {}).get("code", "")
    if receipt.status == "unreadable" and (
        explain(receipt.last_error) == explain({"code": "nobody knows"}) or code in ("our_fault", "decoder_killed")
    ):
        wrong.append(f"no reason of its own: {receipt.last_error}")
    if receipt.status == "ready" and not receipt.pages.exists():
        wrong.append("ready without a page")
    with files.read(receipt.key) as stored:
        if stored.read() != content:
            wrong.append("the original is another")
    for client, address in (
        (api, f"/api/v1/receipts/{receipt.pk}"),
        (person, f"/c/hostile/receipts/{receipt.pk}/"),
        (person, f"/c/hostile/receipts/{receipt.pk}/status/"),
    ):
        if (status := client.get(address).status_code) != 200:
            wrong.append(f"{address} answers {status}")
    return f"unreadable: {code}" if receipt.status == "unreadable" else receipt.status, wrong
