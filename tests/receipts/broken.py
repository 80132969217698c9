"""Files of every kind that is taken, and what bad luck and bad people make of them: the same seed breaks the same way."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import tempfile
from email.message import EmailMessage
from pathlib import Path

import pillow_heif
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from receipts.media import Kind
from receipts.normalise import PROGRAM
from tests.receipts.conftest import image_bytes
from tests.receipts.test_einvoice import UBL, cii


def pdf_bytes(*lines: str, pages: int = 1) -> bytes:
    """Return a PDF with a text layer."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 500), invariant=1)
    for _ in range(pages):
        for place, line in enumerate(
            lines or ("KLITTEN", "18-11-2026 20:41", "I ALT DKK 240,00", "heraf moms 25% 48,00")
        ):
            canvas.drawString(30, 450 - 20 * place, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def heic_bytes() -> bytes:
    target = io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(image_bytes()))).save(target, format="HEIF")
    return target.getvalue()


def mail_bytes(*files: tuple[str, str, bytes], text: str = "Tak for dit køb", html: str = "") -> bytes:
    """Return a saved mail with attachments (type, name, content)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = (
        "Klitten <kasse@klitten.example>",
        "carol@example.com",
        "Kvittering",
        "Wed, 18 Nov 2026 20:41:00 +0100",
    )
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for media_type, name, content in files:
        main, _, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    for number, part in enumerate(each for each in mail.walk() if each.is_multipart()):
        part.set_boundary(f"=={number}==")
    return mail.as_bytes()


def whole() -> dict[str, bytes]:
    """Return a sound file of each kind."""
    second = Image.open(io.BytesIO(image_bytes()))
    tiff = io.BytesIO()
    second.save(tiff, "TIFF", save_all=True, append_images=[second], compression="tiff_lzw")
    return {
        "jpeg": image_bytes(), "png": image_bytes("PNG"), "webp": image_bytes("WEBP"), "gif": image_bytes("GIF"), "bmp": image_bytes("BMP"),
        "tiff": tiff.getvalue(), "heic": heic_bytes(), "pdf": pdf_bytes(pages=2), "cii": cii(), "ubl": UBL.encode(),
        "mail": mail_bytes(("application/pdf", "bon.pdf", pdf_bytes()), ("image/jpeg", "bon.jpg", image_bytes())),
    }  # fmt: skip


def broken(seed: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """Return one of the files, damaged: bits turned, cut, doubled, filled, or with the end of another file."""
    dice = random.Random(seed)
    name = dice.choice(sorted(files))
    content = bytearray(files[name])
    for _ in range(dice.choice([1, 1, 2, 5, 40])):
        at = dice.randrange(len(content))
        match dice.randrange(7):
            case 0:
                content[at] ^= 1 << dice.randrange(8)
            case 1:
                content[at] = dice.choice([0, 1, 0x7F, 0x80, 0xFF])
            case 2:
                content[at : at + 4] = dice.choice(
                    [b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x00\x00\xff\xff"]
                )
            case 3:
                del content[at : at + dice.choice([1, 3, 200, 5000])]
            case 4:
                content[at:at] = content[at : at + dice.choice([1, 16, 500])]
            case 5:
                other = files[dice.choice(sorted(files))]
                content[at:] = other[dice.randrange(len(other)) :]
            case 6:
                content[at:at] = dice.choice(
                    [b"<!ENTITY x 'y'>", b"%PDF-1.7", b"\x00" * 300, b"99999999999", b"\xff\xd8\xff"]
                )
        if not content:
            content = bytearray(b"\xff")
    return name, bytes(content)


# A small process of its own starts the decoder, because a child counts what its parent held when it was made.
LAUNCHER = (
    "import os, sys\n"
    "pid = os.posix_spawn(sys.executable, [sys.executable, '-I', *sys.argv[1:]], {'MALLOC_ARENA_MAX': '2', 'OMP_NUM_THREADS': '1'})\n"
    "_, code, used = os.wait4(pid, 0)\n"
    "print(used.ru_maxrss // 1024)\n"
)


def peak_of(path: Path, kind: Kind) -> int:
    """Run the decoder on a file and return the most memory it held, in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-S", "-I", "-c", LAUNCHER, str(PROGRAM), str(path), kind.decoder, folder]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
