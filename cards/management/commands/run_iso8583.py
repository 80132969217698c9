"""Open the door for a processor that speaks ISO 8583, until somebody ends it."""

from __future__ import annotations

import asyncio
import signal
import ssl
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cards.iso8583_door import on_a_thread
from cards.issuers.iso8583.server import Server


class Command(BaseCommand):
    """`manage.py run_iso8583`: listen where ISO8583_HOST and ISO8583_PORT say, to the addresses in ISO8583_PEERS."""

    help = "Listen to a card processor that speaks ISO 8583 over TCP."
    # It shows no page, so it starts without looking at any.
    requires_system_checks: ClassVar[list[str]] = []  # type: ignore[misc]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.ISO8583_PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        if "iso8583" not in settings.ISSUERS:
            raise CommandError("ISSUERS does not name iso8583.")
        asyncio.run(self._run(options["port"]))

    async def _run(self, port: int) -> None:
        server = Server(on_a_thread, peers=frozenset(settings.ISO8583_PEERS))
        port = await server.start(settings.ISO8583_HOST, port, _tls())
        self.stdout.write(f"Listening on {settings.ISO8583_HOST}:{port}")
        self.stdout.flush()
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        await ended.wait()
        await server.stop()


def _tls() -> ssl.SSLContext | None:
    """Both sides show a certificate when ISO8583_TLS names ours, its key and the authority that signed the processor's."""
    if not settings.ISO8583_TLS:
        return None
    certificate, key, authority = settings.ISO8583_TLS
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
