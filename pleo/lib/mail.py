"""Mails: one thing to say, one thing to do, in text and in HTML from the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


@dataclass(frozen=True)
class MailRow:
    """A line of a digest and where it leads, from the root of the site."""

    title: str
    sub: str
    path: str

    @property
    def url(self) -> str:
        return str(settings.BASE_URL) + self.path


@dataclass(frozen=True)
class Mail:
    """A mail in words. `action` is the button's text and `path` where it leads, from the root of the site.

    `rows` are what a digest lists between the text and the button, each with a link of its own.
    """

    subject: str
    text: str
    action: str
    path: str
    note: str = ""
    rows: tuple[MailRow, ...] = ()


def send_mail(mail: Mail, *, to: str) -> None:
    """Send a mail. Raises what the mail server's connection raises: the caller decides whether to try again."""
    context: dict[str, Any] = {"mail": mail, "url": settings.BASE_URL + mail.path}
    message = EmailMultiAlternatives(
        subject=" ".join(mail.subject.split()), body=render_to_string("emails/mail.txt", context), to=[to]
    )
    message.attach_alternative(render_to_string("emails/mail.html", context), "text/html")
    message.send()
