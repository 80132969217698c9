"""What stands in a mail: its headers as facts, the attachments that may be receipts, and its text.

Pure functions over `email.message.Message` for the two programs that open files from strangers (`decoder.py`, `unpacker.py`).
They run alone, with little memory and time, so this imports nothing of the product. Nothing here fetches or runs anything.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr
from typing import Any

MAX_DEPTH = 12
MAX_LEAVES = 200
MAX_ATTACHMENTS = 20
MAX_TEXT = 200_000
# A picture inside the text (a logo, a signature, a counter) is decoration when it is small, or when a real attachment stands beside it.
SMALL_INSIDE, LOGO_INSIDE = 30_000, 200_000
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
_SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "text/calendar"}
)
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_BLOCKS = frozenset(
    [
        *("address", "article", "blockquote", "br", "center", "div", "dl", "dd", "dt", "fieldset", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"),
        *("table", "tbody", "tfoot", "thead", "tr", "ul"),
    ]
)
_SILENT = frozenset(["script", "style", "head", "template", "noscript", "svg", "math", "object", "iframe", "title"])


@dataclass
class Leaf:
    """A part that is no container."""

    part: Message
    content: bytes
    name: str
    is_inside: bool

    @property
    def is_picture(self) -> bool:
        return self.part.get_content_maintype() == "image"


@dataclass
class Contents:
    """A mail taken apart. `attachments` are those that may be receipts; `bearer` is the message whose text counts."""

    attachments: list[Leaf] = field(default_factory=list)
    bearer: Message | None = None
    text: str = ""
    is_encrypted: bool = False
    left_out: int = 0

    @property
    def has_amount(self) -> bool:
        return bool(_AMOUNT.search(self.text))


def unpack(message: Message) -> Contents:
    """Take a mail apart, mails inside it too. Decoration is left out: pictures inside the text that are small, and larger ones
    where a real attachment stands beside them or the text itself names an amount.
    """
    found = Contents()
    messages: list[Message] = []
    leaves: list[Leaf] = []
    texts: list[str] = []
    for leaf in _walk(message, found, messages, texts):
        leaves.append(leaf)
    shown = " ".join(texts)
    outside = [leaf for leaf in leaves if not (leaf.is_picture and (leaf.is_inside or _is_shown(leaf.part, shown)))]
    found.bearer, found.text = _speaker(messages)
    for leaf in leaves:
        is_real = any(leaf is other for other in outside)
        limit = LOGO_INSIDE if outside else SMALL_INSIDE
        if is_real or (len(leaf.content) >= limit and not (found.has_amount and not outside)):
            found.attachments.append(leaf)
    found.left_out = max(len(found.attachments) - MAX_ATTACHMENTS, 0)
    del found.attachments[MAX_ATTACHMENTS:]
    return found


def _walk(message: Message, found: Contents, messages: list[Message], texts: list[str]) -> Iterator[Leaf]:
    """Yield the leaves of a mail in order, going into mails that were forwarded as attachments."""
    messages.append(message)
    waiting: list[tuple[Any, int]] = [(message, 0)]
    seen = 0
    while waiting and seen < MAX_LEAVES:
        part, depth = waiting.pop()
        kind = part.get_content_type()
        if kind == "multipart/encrypted" or kind in _SEALED:
            found.is_encrypted = True
        elif part.is_multipart() and depth < MAX_DEPTH:
            inner = list(part.get_payload())
            if kind == "message/rfc822":
                messages.extend(inner)
            waiting.extend((each, depth + 1) for each in reversed(inner))
        elif kind in ("text/plain", "text/html") and not part.get_filename():
            seen += 1
            if kind == "text/html":
                texts.append(_decoded(part).decode("latin-1"))
        elif kind not in _SIGNATURES and not part.is_multipart():
            seen += 1
            content = _decoded(part)
            if content:
                yield Leaf(part, content, _name(part), _is_inside(part))


def _decoded(part: Any) -> bytes:
    with contextlib.suppress(LookupError, ValueError, AttributeError, TypeError, AssertionError):
        content = part.get_payload(decode=True)
        return content if isinstance(content, bytes) else b""
    return b""


def _name(part: Any) -> str:
    with contextlib.suppress(LookupError, ValueError, AttributeError, TypeError):
        return str(part.get_filename() or "")[:200]
    return ""


def _is_inside(part: Any) -> bool:
    """Some programs mark photos of their user as inline too; only a Content-ID says that the text shows it."""
    return bool(part.get_content_disposition() != "attachment" and part.get("Content-ID"))


def _is_shown(part: Any, html: str) -> bool:
    name = str(part.get("Content-ID") or "").strip().strip("<>")
    return bool(name) and f"cid:{name}" in html


def _speaker(messages: list[Message]) -> tuple[Message | None, str]:
    """Return the message whose text says most, and that text: of a mail that only carries another, the inner one."""
    best: tuple[Message | None, str] = (None, "")
    for message in messages[:MAX_DEPTH]:
        text = "\n".join(body_lines(message))
        if len(text.strip()) >= 2 and (not best[1] or (_AMOUNT.search(text) and not _AMOUNT.search(best[1]))):
            best = (message, text)
    return best


def body_lines(message: Any) -> list[str]:
    """Return the text of a message as lines: the plain one, unless only the HTML names amounts."""
    plain, html = _body(message, "plain"), _body(message, "html")
    text = plain
    if html:
        said = html_text(html)
        if not plain.strip() or (_AMOUNT.search(said) and not _AMOUNT.search(plain)):
            text = said
    return [re.sub(r"[ \xa0]+", " ", line).strip(" ") for line in text[:MAX_TEXT].splitlines()]


def _body(message: Any, kind: str) -> str:
    with contextlib.suppress(LookupError, ValueError, AttributeError, TypeError, KeyError, AssertionError):
        body = message.get_body(preferencelist=(kind,))
        return str(body.get_content())[: MAX_TEXT * 5] if body is not None else ""
    return ""


def html_text(html: str) -> str:
    """Return what a page says, without scripts, styles and what is hidden; cells of a row are parted by tabs."""
    from lxml import html as pages

    parser = pages.HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True, recover=True)
    try:
        root = pages.document_fromstring(html.replace("\x00", ""), parser=parser)
    except (ValueError, pages.etree.LxmlError):
        return ""
    words: list[str] = []
    for event, node in pages.etree.iterwalk(root, events=("start", "end")):
        _say(event, node, words)
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", "".join(words)).strip("\n")


def _say(event: str, node: Any, words: list[str]) -> None:
    """Append what one node adds at its start or its end. The marks of a hidden subtree are taken away at its end."""
    name = node.tag if isinstance(node.tag, str) else ""
    if event == "start":
        if _is_hidden(node, name):
            node.set("data-from", str(len(words)))
        if name in _BLOCKS:
            words.append("\n")
        words.append(_flat(node.text))
        return
    start = node.get("data-from")
    if start is not None:
        del words[int(start) :]
    if name in ("td", "th") and start is None:
        words.append("\t")
    elif name in _BLOCKS and name != "br":
        words.append("\n")
    words.append(_flat(node.tail))


def _flat(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def _is_hidden(node: Any, name: str) -> bool:
    style = re.sub(r"\s", "", node.get("style") or "").lower()[:2000]
    return name in _SILENT or "display:none" in style or "visibility:hidden" in style or node.get("hidden") is not None


def header(message: Any, name: str, limit: int = 400) -> str:
    """Return a header as text that holds no line break; empty when it is missing or senseless."""
    with contextlib.suppress(Exception):  # The parser of headers raises anything on senseless ones.
        clean = "".join(
            letter for letter in str(message.get(name, "") or "")[: limit * 4] if letter.isprintable() or letter == " "
        )
        return " ".join(clean.split())[:limit]
    return ""


def addresses(message: Any, *names: str) -> list[str]:
    """Return the addresses in headers, in small letters, each once."""
    found: list[str] = []
    for name in names:
        raw: list[str] = []
        with contextlib.suppress(Exception):
            raw = [str(value)[:4_000] for value in (message.get_all(name) or [])]
        for _, address in getaddresses(raw):
            folded = address.strip().lower()
            if "@" in folded and len(folded) <= 254 and folded not in found:
                found.append(folded)
    return found[:50]


def facts(message: EmailMessage | Message) -> dict[str, Any]:
    """Return what the headers say, as plain values. `sender` is the one From address; two of them are none at all."""
    senders = addresses(message, "From")
    sender = senders[0] if len(senders) == 1 else ""
    results: list[str] = []
    with contextlib.suppress(Exception):
        results = [" ".join(str(value).split())[:2_000] for value in (message.get_all("Authentication-Results") or [])]
    return {
        "sender": sender if parseaddr(sender)[1] else "",
        "subject": header(message, "Subject", 200),
        "message_id": header(message, "Message-ID", 250),
        "in_reply_to": header(message, "In-Reply-To", 250),
        "date": header(message, "Date", 80),
        "auto_submitted": header(message, "Auto-Submitted", 40).lower(),
        "precedence": header(message, "Precedence", 40).lower(),
        "return_path": header(message, "Return-Path", 254),
        "has_return_path": message.get("Return-Path") is not None,
        "is_ours": message.get("X-Pleo-Answer") is not None,
        "is_list": message.get("List-Id") is not None,
        "is_auto_reply": any(
            message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Autoreply-From")
        ),
        "is_cut": message.get("X-Pleo-Cut") is not None,
        "is_report": message.get_content_type() == "multipart/report",
        "authentication": results[:1],
        "recipients": addresses(
            message, "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To", "To", "Cc"
        ),
    }
