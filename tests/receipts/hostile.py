"""What readers live through: files from strangers one after another, by the product's own way, and what became of each.

The functions run inside an installation (`Installation.script`); the readers are workers of the product beside it.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pillow_heif
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from PIL import Image

from accounts.create_company import create_company
from accounts.create_token import create_token
from accounts.models import Membership, User
from pleo.lib import files
from receipts.explain import explain
from receipts.models import Receipt
from tests.receipts.broken import broken, whole

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "receipts" / "nasty"
# Real ones to damage, beside those made on the spot: their compression is what phones and scanners make.
REAL = ("ok.jpg", "ok.heic", "ok.avif", "ok.webp", "ok.bmp", "multipage.tiff")
REAL_PDF = ("scan_only.pdf", "pdf_other_attachment.pdf")
# Of pictures to damage a piece is taken, with a few lines of print: recognising a whole receipt costs ten times as much and
# says nothing new about damage. The hostile files before them are whole.
PIECE = (420, 320)
# No built set of static files is wanted for looking at pages.
PLAIN = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
FINAL = ("ready", "unreadable")
# Ours to answer for, whatever sentence a person is told.
OUR_FAULTS = ("our_fault", "decoder_killed", "worker_died", "original_missing")


def piece(content: bytes) -> bytes:
    """Return a piece from the middle of a picture, in the format and with the number of pages that it has."""
    pillow_heif.register_heif_opener()
    with Image.open(io.BytesIO(content)) as picture:
        left, top = (max(whole - part, 0) // 2 for whole, part in zip(picture.size, PIECE, strict=True))
        box = (left, top, left + min(PIECE[0], picture.width), top + min(PIECE[1], picture.height))
        pages = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            pages.append(picture.convert("RGB").crop(box))
        target = io.BytesIO()
        more: dict[str, Any] = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
        pages[0].save(target, picture.format, **more)
    return target.getvalue()


def hostile(damaged: int, first_seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield every hostile file there is, then sound ones damaged by seeds."""
    there = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir())} if FOLDER.is_dir() else {}
    yield from there.items()
    sound = whole() | {name: piece(there[name]) for name in REAL if name in there}
    sound |= {name: there[name] for name in REAL_PDF if name in there}
    for seed in range(first_seed, first_seed + damaged):
        name, content = broken(seed, sound)
        yield f"{seed} {name}", content


def send(damaged: int, first_seed: int, folder: Path) -> dict[str, Any]:
    """Send each file by the API and keep a copy in a folder, by the receipt's id.

    Returns the ids by the files' names, which files were refused, and what was odd.
    """
    owner = User.objects.create_user("owner@hostile.example", None, name="Owner")
    company = create_company(
        owner=owner, name="Hostile", slug="hostile", country="DK", currency="DKK", time_zone="Europe/Copenhagen", region="DK"
    )  # fmt: skip
    api = _program(company.memberships.get())
    sent: dict[str, str] = {}
    odd: list[str] = []
    refused: list[str] = []
    for name, content in hostile(damaged, first_seed):
        answer = api.post("/api/v1/receipts", {"file": SimpleUploadedFile("receipt", content)})
        if answer.status_code == 201:
            sent[name] = answer.json()["id"]
            (folder / sent[name]).write_bytes(content)
            continue
        refused.append(name)
        if not 400 <= answer.status_code < 500 or not answer.json()["error"]["message"]:
            odd.append(f"{name}: answer {answer.status_code}")
    return {"sent": sent, "refused": refused, "odd": odd}


def _program(owner: Membership) -> Client:
    scopes = ["receipts.see", "receipts.upload"]
    token = create_token(membership=owner, name="t", scopes=scopes, by=owner)
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token.secret}"})


@override_settings(STORAGES=PLAIN)
def look(sent: dict[str, str], folder: Path) -> dict[str, Any]:
    """Return how the files that `send` sent ended, counted, and everything about any of them that should not be."""
    owner = Membership.objects.select_related("user", "company").get(company__slug="hostile")
    api, person = _program(owner), Client(raise_request_exception=False)
    assert owner.user is not None
    person.force_login(owner.user)
    ends: Counter[str] = Counter()
    odd: list[str] = []
    for name, receipt_id in sent.items():
        end, wrong = one(api, person, receipt_id, (folder / receipt_id).read_bytes())
        ends[end] += 1
        odd += [f"{name}: {what}" for what in wrong]
    return {"ends": ends, "odd": odd}


def one(api: Client, person: Client, receipt_id: str, content: bytes) -> tuple[str, list[str]]:
    """Return how a file ended, and everything about it that should not be."""
    receipt = Receipt.objects.get(pk=receipt_id)
    code = (receipt.last_error or {}).get("code", "")
    wrong = [] if receipt.status in FINAL else [f"left as {receipt.status}: {receipt.last_error}"]
    if receipt.status == "unreadable" and (
        explain(receipt.last_error) == explain({"code": "nobody knows"}) or code in OUR_FAULTS
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
