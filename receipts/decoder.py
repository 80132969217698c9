"""The program that opens files from strangers. It runs alone in a process with little memory and time, and may be killed.

Called by `receipts.normalise` as `python decoder.py <original> <decoder> <folder>`. It imports nothing of the product, writes
pictures and `result.json` into the folder, and says what went wrong as a code. Pictures carry no metadata: they are new files.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PAGE_SIDE = 1600
THUMB = (320, 640)
SMALL = (96, 192)
PAGES_KEPT = 20
# JPEG is shrunk while it is decoded, so that the largest phone cameras fit; the others are decoded whole. What each costs was
# measured (bytes a pixel: HEIF 7, PNG 9, TIFF 13, WebP 15), and none may take half a gigabyte.
MAX_PIXELS = {"JPEG": 220_000_000, "HEIF": 60_000_000, "TIFF": 33_000_000, "WEBP": 28_000_000, "AVIF": 28_000_000}
MAX_PIXELS_WHOLE = 48_000_000
# Scans in grey or black and white hold a byte a pixel, so that a sheet at 600 dpi fits.
GREY, GREY_TIMES = frozenset({"1", "L"}), 2
MAX_TEXTS = 4_000
MAX_ATTACHMENTS = 10
MAX_ATTACHMENT_BYTES = 5 * 1024 * 1024
MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 25
FILE_BYTES = 64 * 1024**2
# A page of drawn text: A4 at 150 dpi.
TEXT_PAGE, TEXT_SIZE, TEXT_WIDTH, LINES_ON_PAGE = (1240, 1600), 22, 92, 44


class Refused(Exception):
    """The file cannot become pages. Carries a code that `receipts.explain` has a sentence for."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.error = {"code": code, **params}


def limit_myself() -> None:
    """Bound memory, time and files of this process, and end with the worker that started it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    for what, soft, hard in (
        (resource.RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 5),
        (resource.RLIMIT_FSIZE, FILE_BYTES, FILE_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (soft, hard))


class Folder:
    """Where pages are written, and what will be told about them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pages: list[dict[str, Any]] = []
        self.image_hash = ""
        self.attachments: list[str] = []

    def add(self, picture: Any, texts: list[Any]) -> None:
        """Write a page and its two thumbnails."""
        number = len(self.pages) + 1
        picture.save(self.path / f"page-{number}", "JPEG", quality=85, optimize=False)
        if number == 1:
            self.image_hash = difference_hash(picture)
        for name, size in (("thumb", THUMB), ("small", SMALL)):
            small = picture.copy()
            small.thumbnail(size)
            small.save(self.path / f"{name}-{number}", "WEBP", quality=72, method=3)
        self.pages.append({"number": number, "width": picture.width, "height": picture.height, "texts": texts})

    def result(self, page_count: int) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "page_count": page_count,
            "image_hash": self.image_hash,
            "attachments": self.attachments,
        }


def difference_hash(picture: Any) -> str:
    """Return 256 bits as hex that stay nearly equal when a picture is resized or saved again (16 x 16 differences)."""
    from PIL import Image

    grey = picture.convert("L").resize((17, 16), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(16):
        for column in range(16):
            at = row * 17 + column
            bits = bits << 1 | (grey[at] > grey[at + 1])
    return f"{bits:064x}"


def upright(picture: Any) -> Any:
    """Shrink first, then turn as the camera says: turning twelve million pixels costs more than reading them."""
    from PIL import Image, ImageOps

    picture.thumbnail((PAGE_SIDE, PAGE_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    with contextlib.suppress(Exception):  # Broken EXIF says nothing about the picture itself.
        picture = ImageOps.exif_transpose(picture)
    return flat(picture)


def flat(picture: Any) -> Any:
    """Return 8-bit RGB on white paper, whatever the file used."""
    from PIL import Image

    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda level: level / 256).convert("L")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    clean = Image.new("RGB", picture.size)
    clean.paste(picture.convert("RGB"))
    return clean


def frames(picture: Any, decoder: str) -> Iterator[Any]:
    """Yield the pages of a picture file. Only TIFF has pages; the frames of an animation are one picture."""
    count = min(getattr(picture, "n_frames", 1), PAGES_KEPT) if decoder == "TIFF" else 1
    for number in range(count):
        if number:
            picture.seek(number)
        check_size(picture.size, decoder, picture.mode)
        yield picture.copy() if count > 1 else picture


def check_size(size: tuple[int, int], decoder: str, mode: str) -> None:
    pixels, limit = size[0] * size[1], MAX_PIXELS.get(decoder, MAX_PIXELS_WHOLE)
    limit *= GREY_TIMES if decoder == "TIFF" and mode in GREY else 1
    if pixels > limit:
        raise Refused("too_many_pixels", megapixels=round(pixels / 1e6), limit=round(limit / 1e6))


def decode_image(path: Path, decoder: str, folder: Folder) -> dict[str, Any]:
    """Make pages of a picture file, trying only the decoder that its first bytes named."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # `check_size` decides, by format.
    if decoder == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    with Image.open(path, formats=[decoder]) as picture:
        page_count = getattr(picture, "n_frames", 1) if decoder == "TIFF" else 1
        for frame in frames(picture, decoder):
            folder.add(upright(frame), [])
    return folder.result(page_count)


def decode_pdf(path: Path, folder: Folder) -> dict[str, Any]:
    """Draw the first pages of a PDF, and keep its text layer and attached XML. Scripts in it have no one to run them."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if "password" in str(error).lower() else "broken") from None
    page_count = len(document)
    if not page_count:
        raise Refused("no_pages")
    for number in range(min(page_count, PAGES_KEPT)):
        page = document[number]
        width, height = page.get_size()
        if min(width, height) <= 0:
            raise Refused("broken")
        scale = min(PAGE_SIDE / max(width, height), 4.0)
        picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        folder.add(picture, page_texts(page, picture.size))
        page.close()
    folder.attachments = keep_attachments(document, folder.path)
    return folder.result(page_count)


def page_texts(page: Any, size: tuple[int, int]) -> list[Any]:
    """Return the text layer as [text, left, top, right, bottom] in pixels of the drawn page."""
    import pypdfium2.raw as raw

    layer = page.get_textpage()
    texts: list[Any] = []
    for number in range(min(layer.count_rects(), MAX_TEXTS)):
        left, bottom, right, top = layer.get_rect(number)
        text = " ".join(layer.get_text_bounded(left, bottom, right, top).split())
        if not text:
            continue
        corners = []
        for x, y in ((left, top), (right, bottom)):
            px, py = ctypes.c_int(), ctypes.c_int()
            raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, px, py)
            corners.append((px.value, py.value))
        (x0, y0), (x1, y1) = corners
        texts.append([text[:500], min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)])
    layer.close()
    return texts


def keep_attachments(document: Any, folder: Path) -> list[str]:
    """Write attached files that begin like XML; an invoice for machines is one of them. A broken one is left out."""
    kept = []
    for number in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        with contextlib.suppress(Exception):
            content = bytes(document.get_attachment(number).get_data())
            if len(content) <= MAX_ATTACHMENT_BYTES and content[:200].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
                name = f"attachment-{number}"
                (folder / name).write_bytes(content)
                kept.append(name)
    return kept


def draw_text(lines: list[str], folder: Folder) -> None:
    """Write pages of plain text, with the text as their text layer: what XML and mails show people."""
    from PIL import Image, ImageDraw, ImageFont

    font, title = ImageFont.load_default(TEXT_SIZE), ImageFont.load_default(TEXT_SIZE * 1.5)
    wrapped = [part for line in lines[:MAX_TEXTS] for part in wrap(line)]
    for start in range(0, min(len(wrapped), LINES_ON_PAGE * PAGES_KEPT), LINES_ON_PAGE):
        page = Image.new("RGB", TEXT_PAGE, "white")
        pen, top = ImageDraw.Draw(page), 80
        texts: list[Any] = []
        for number, line in enumerate(wrapped[start : start + LINES_ON_PAGE]):
            face = title if number == 0 and start == 0 else font
            for left, text in columns(line):
                pen.text((left, top), text, fill="black", font=face)
                box = pen.textbbox((left, top), text, font=face)
                texts.append([text, *(int(edge) for edge in box)])
            top += int(TEXT_SIZE * (2.2 if face is title else 1.5))
        folder.add(page, [text for text in texts if text[3] > text[1] and text[4] > text[2]])


def wrap(line: str) -> list[str]:
    """Cut a line where the page ends; columns after a tab stay with their line."""
    clean = "".join(letter for letter in line if letter.isprintable() or letter == "\t")
    if "\t" in clean:
        return [clean[:200]]
    return [clean[at : at + TEXT_WIDTH] for at in range(0, min(len(clean), 4_000), TEXT_WIDTH)] or [" "]


def columns(line: str) -> list[tuple[int, str]]:
    """Return the parts of a line and where they begin: after each tab a third of the page further."""
    parts = line.split("\t")
    return [(90 + place * 380, part.strip()) for place, part in enumerate(parts[:3]) if part.strip()]


def decode_xml(path: Path, folder: Folder) -> dict[str, Any]:
    """Draw an invoice for machines so that people can read it, and hand its file on to the reader."""
    from lxml import etree

    content = path.read_bytes()
    if len(content) > MAX_ATTACHMENT_BYTES or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Refused("unsafe_xml")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise Refused("broken") from None
    if root.getroottree().docinfo.doctype:
        raise Refused("unsafe_xml")
    lines = [etree.QName(root).localname]
    for node in root.iter(tag=etree.Element):
        text = (node.text or "").strip()
        if text and len(text) <= 2_000 and not len(node):
            above = etree.QName(node.getparent()).localname if node.getparent() is not None else ""
            lines.append(f"{spaced(above)}\t{spaced(etree.QName(node).localname)}\t{text}")
    if len(lines) < 3:
        raise Refused("no_invoice")
    draw_text(lines, folder)
    (folder.path / "attachment-0").write_bytes(content)
    folder.attachments = ["attachment-0"]
    return folder.result(len(folder.pages))


def spaced(name: str) -> str:
    """Return "GrandTotalAmount" as words."""
    return "".join(f" {letter.lower()}" if letter.isupper() and at else letter for at, letter in enumerate(name))[:34]


def decode_mail(path: Path, folder: Folder) -> dict[str, Any]:
    """Write the attachments of a mail as `part-n`, for their own decoders, and draw its text in case none is a receipt."""
    import email
    from email import policy

    # Run alone (-I), a program finds no package of ours by itself.
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from receipts.mail_parts import body_lines, header, unpack

    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    found = unpack(message)
    parts: list[str] = []
    for leaf in found.attachments[:MAX_ATTACHMENTS]:
        parts.append(f"part-{len(parts)}")
        (folder.path / parts[-1]).write_bytes(leaf.content)
    bearer = found.bearer or message
    head = [header(bearer, "Subject", 200) or "-", header(bearer, "From", 200), header(bearer, "Date", 80), ""]
    draw_text([*head, *body_lines(bearer)], folder)
    return {**folder.result(len(folder.pages)), "parts": parts}


def decode(path: Path, decoder: str, folder: Folder) -> dict[str, Any]:
    """Return what became of the file: its pages, or an error."""
    special: dict[str, Callable[[Path, Folder], dict[str, Any]]] = {
        "PDF": decode_pdf,
        "XML": decode_xml,
        "MAIL": decode_mail,
    }
    try:
        return special[decoder](path, folder) if decoder in special else decode_image(path, decoder, folder)
    except Refused as refused:
        return {"error": refused.error}
    except MemoryError:
        return {"error": {"code": "too_much_memory"}}
    except Exception as error:  # noqa: BLE001 - decoders raise anything; whatever it was, this file is not readable
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return {"error": {"code": "broken"}}


def main() -> None:
    limit_myself()
    original, decoder, folder = sys.argv[1:]
    result = decode(Path(original), decoder, Folder(Path(folder)))
    (Path(folder) / "result.json").write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main()
