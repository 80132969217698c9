"""What a file is, told by its first bytes. Names and claimed types are never believed."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Enough to see past the junk that some printers put before the mark of a PDF.
HEAD_BYTES = 1024
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that we can make pictures of. `decoder` is the one format that may be tried on it."""

    media_type: str
    extension: str
    decoder: str


JPEG = Kind("image/jpeg", "jpg", "JPEG")
PNG = Kind("image/png", "png", "PNG")
GIF = Kind("image/gif", "gif", "GIF")
WEBP = Kind("image/webp", "webp", "WEBP")
TIFF = Kind("image/tiff", "tif", "TIFF")
BMP = Kind("image/bmp", "bmp", "BMP")
HEIC = Kind("image/heic", "heic", "HEIF")
AVIF = Kind("image/avif", "avif", "AVIF")
PDF = Kind("application/pdf", "pdf", "PDF")
INVOICE = Kind("application/xml", "xml", "XML")
MAIL = Kind("message/rfc822", "eml", "MAIL")
KINDS = {kind.media_type: kind for kind in (JPEG, PNG, GIF, WEBP, TIFF, BMP, HEIC, AVIF, PDF, INVOICE, MAIL)}

# What a browser offers when somebody chooses files: every upload field has this, and no other list. Extensions beside the types,
# because systems know no type for some of them; `image/*` is what makes a phone offer its camera.
ACCEPT = ",".join(
    [
        "image/*",
        "application/pdf",
        *(f".{kind.extension}" for kind in (PDF, HEIC, AVIF, TIFF, INVOICE, MAIL)),
        ".tiff",
        ".heif",
    ]
)

_MARKS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)


def kind_of(head: bytes) -> Kind | None:
    """Return the kind of a file from its first HEAD_BYTES, or None when it is nothing that can be a receipt."""
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00":
        return BMP
    if head[4:8] == b"ftyp":
        return _in_box(head)
    if b"%PDF-" in head[:HEAD_BYTES] and not _looks_like_text(head):
        return PDF
    if _INVOICE_ROOT.search(_as_text(head)):
        return INVOICE
    return MAIL if _is_mail(head) else None


# The roots of UN/CEFACT (old and new) and of UBL, with or without a prefix, after the declaration and comments.
_INVOICE_ROOT = re.compile(
    r"\A\s*(?:<\?[^>]*\?>\s*|<!--.*?-->\s*)*<(?:[\w.-]+:)?(?:CrossIndustryInvoice|CrossIndustryDocument|Invoice|CreditNote)[\s>/]",
    re.DOTALL,
)
_MAIL_HEADERS = re.compile(
    rb"^(?:return-path|received|delivered-to|from|to|subject|date|message-id|mime-version|content-type|dkim-signature|x-[\w-]+|reply-to|cc|arc-[\w-]+|authentication-results):",
    re.IGNORECASE | re.MULTILINE,
)


def _as_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    return head.decode("utf-8-sig", "ignore")


def _is_mail(head: bytes) -> bool:
    """A saved message begins with its headers, three of them at least."""
    start = head[5:] if head.startswith(b"From ") else head
    first = _MAIL_HEADERS.match(start.lstrip()) or head.startswith(b"From ")
    return bool(first) and len({match.lower() for match in _MAIL_HEADERS.findall(head)}) >= 3


def _in_box(head: bytes) -> Kind | None:
    """Tell HEIC from AVIF and video by the brands of an ISO container; the major brand may be a general one."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    return HEIC if brands & _HEIF_BRANDS else None


def _looks_like_text(head: bytes) -> bool:
    """A web page or letter that merely speaks of %PDF- is not one."""
    before = head[: head.index(b"%PDF-")].lstrip(b"\xef\xbb\xbf\r\n\t \x00")
    return before.startswith((b"<", b"#!")) or (before[:200].isascii() and before[:4].isalpha())


def stranger(head: bytes) -> str:
    """Return a code for what a refused file seems to be, so that the answer can name it."""
    text = head.lstrip(b"\xef\xbb\xbf\r\n\t ")[:256].lower()
    if head.startswith((b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"#!")):
        return "program"
    if head.startswith(b"PK\x03\x04"):
        return "archive"
    if b"<svg" in text:
        return "drawing"
    if text.startswith((b"<!doctype html", b"<html", b"<script", b"<body", b"<head")):
        return "web_page"
    if head[4:8] == b"ftyp":
        return "film"
    if text.startswith(b"<?xml"):
        return "xml"
    plain = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in text)
    if text and plain > 0.8 * len(text):
        return "text"
    return "other"
