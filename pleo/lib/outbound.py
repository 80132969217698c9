"""HTTP to the outside: bounded in time and size, no redirects, and never to an address inside our own network by accident.

The name is resolved once and the connection goes to that very address, so that a name that changes between the look and the
call (DNS rebinding) reaches nothing else.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_BYTES = 1 << 20
PIECE = 1 << 14


class AddressRefused(Exception):
    """The URL is none that may be called: not http(s), with a user in it, or its name stands for a private address."""


class NotReached(Exception):
    """Nothing was sent: the name is unknown, or nobody listens."""


class NoAnswer(Exception):
    """It was sent, at least in part, and no whole answer came in time. It may have been done or not."""


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are lower case; `body` is cut at a megabyte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was looked at before."""

    address = ""

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Secure(_Plain):
    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def address_of(url: str, *, allow_private: bool) -> tuple[str, str, int, bool]:
    """Return (host, address, port, is TLS) of a URL. Raises AddressRefused, NotReached."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AddressRefused from None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise AddressRefused
    if parts.scheme == "http" and not allow_private:
        raise AddressRefused
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotReached from None
    addresses = [str(each[4][0]) for each in found]
    # One private address among public ones is a trick as well.
    if not addresses or (not allow_private and not all(is_public(each) for each in addresses)):
        raise AddressRefused
    return host, addresses[0], port, parts.scheme == "https"


def is_public(address: str) -> bool:
    """Say whether an address is one of the internet, also where it hides inside one of IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        # 64:ff9b::/96 translates to IPv4 on many networks.
        if inside is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    return ip.is_global and not ip.is_multicast


def call(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", seconds: int = 10, allow_private: bool = False
) -> Answer:  # fmt: skip
    """Send one request and return the answer, whatever its status. Redirects are answers.

    Raises AddressRefused, NotReached (surely not sent), NoAnswer (perhaps done).
    """
    host, address, port, is_secure = address_of(url, allow_private=allow_private)
    parts, until = urlsplit(url), time.monotonic() + seconds
    connection = (_Secure if is_secure else _Plain)(host, port, timeout=seconds)
    connection.address = address
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NotReached(str(error)) from error
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body=body or None, headers=dict(headers))
            return _read(connection, until)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(type(error).__name__) from error
    finally:
        connection.close()


def _read(connection: http.client.HTTPConnection, until: float) -> Answer:
    response, data = connection.getresponse(), b""
    while len(data) < MOST_BYTES and (piece := response.read1(PIECE)):
        data += piece
        if time.monotonic() > until:
            raise TimeoutError
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data[:MOST_BYTES])
