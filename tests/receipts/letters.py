"""Mails as people and shops send them."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.message import MIMEMessage
from typing import Any

from tests.receipts.conftest import image_bytes

SHOP = "kvittering@klitten.example"


def letter(
    text: str = "Her er kvitteringen.",
    *,
    sender: str = SHOP,
    to: str = "receipts@localhost",
    subject: str = "Din kvittering",
    message_id: str = "<one@klitten.example>",
    html: str = "",
    headers: dict[str, str] | None = None,
) -> EmailMessage:
    """Return a mail without attachments."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Wed, 18 Nov 2026 20:41:00 +0100"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def attach(
    message: EmailMessage,
    content: bytes | None = None,
    *,
    name: str = "bon.jpg",
    kind: str = "image/jpeg",
    **options: Any,
) -> EmailMessage:
    """Attach a file, a drawn receipt unless other content is given."""
    main, _, sub = kind.partition("/")
    message.add_attachment(content or image_bytes(), maintype=main, subtype=sub, filename=name, **options)
    return message


def inside(message: EmailMessage, content: bytes, *, cid: str = "logo@x", kind: str = "image/png") -> EmailMessage:
    """Put a picture into the HTML part of a mail."""
    main, _, sub = kind.partition("/")
    html: Any = message.get_body(("html",))
    html.add_related(content, maintype=main, subtype=sub, cid=f"<{cid}>")
    return message


def forwarded(message: EmailMessage, **options: Any) -> EmailMessage:
    """Return a mail that carries another as an attachment."""
    outer = letter("Se venligst.", **options)
    outer.make_mixed()
    outer.attach(MIMEMessage(message))  # type: ignore[arg-type]
    return outer
