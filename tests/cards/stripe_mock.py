"""A Stripe of our own for tests: keeps cards and keys, pages through lists, and refuses parameters that Stripe does not know.

What it knows is read from the types of Stripe's library, and from the table of operations where that lies beside the checkout.
"""

from __future__ import annotations

import json
import re
import threading
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import typing_extensions
from stripe.params import EphemeralKeyCreateParams, EventListParams, TopupCreateParams
from stripe.params.issuing import (
    AuthorizationListParams,
    CardCreateParams,
    CardholderCreateParams,
    CardListParams,
    CardUpdateParams,
    DisputeCreateParams,
    DisputeSubmitParams,
    TransactionListParams,
)

TABLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "stripe" / "operations-2026-08.json"
TYPES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/issuing/cards"): CardCreateParams,
    ("POST", "/v1/issuing/cards/{id}"): CardUpdateParams,
    ("POST", "/v1/issuing/cardholders"): CardholderCreateParams,
    ("POST", "/v1/issuing/disputes"): DisputeCreateParams,
    ("POST", "/v1/issuing/disputes/{id}/submit"): DisputeSubmitParams,
    ("POST", "/v1/topups"): TopupCreateParams,
    ("POST", "/v1/ephemeral_keys"): EphemeralKeyCreateParams,
    ("GET", "/v1/events"): EventListParams,
    ("GET", "/v1/issuing/authorizations"): AuthorizationListParams,
    ("GET", "/v1/issuing/transactions"): TransactionListParams,
    ("GET", "/v1/issuing/cards"): CardListParams,
}
UNTYPED = {("GET", "/v1/balance"), ("POST", "/v1/files")}
# Names that the library spells out for type checkers alone.
UNDEFINED = {"StripeContext": object, "Mapping": Mapping}
ID = re.compile(r"(?<=/)[a-z]{2,5}_[A-Za-z0-9]+")


@dataclass
class Call:
    """A request as it came."""

    method: str
    path: str
    params: dict[str, str]
    key: str
    version: str


@dataclass
class StripeMock:
    """What is there, what was asked, and what shall go wrong."""

    calls: list[Call] = field(default_factory=list)
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answered: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    failures: list[tuple[int, str]] = field(default_factory=list)
    available: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def fail(self, status: int, code: str, times: int = 1) -> None:
        self.failures += [(status, code)] * times

    def of(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def handle(self, call: Call) -> tuple[int, dict[str, Any]]:
        self.calls.append(call)
        if self.failures:
            status, code = self.failures.pop(0)
            return status, _error(code)
        wrong = unknown(call)
        if wrong:
            return 400, _error("parameter_unknown", wrong)
        if call.method == "POST" and call.key in self.answered:
            body, answer = self.answered[call.key]
            same = body == json.dumps([call.path, call.params])
            return (200, answer) if same else (400, {"error": {"type": "idempotency_error", "message": "another body"}})
        answer = self._answer(call)
        if call.method == "POST" and call.key:
            self.answered[call.key] = (json.dumps([call.path, call.params]), answer)
        return 200, answer

    def _answer(self, call: Call) -> dict[str, Any]:
        number = len(self.calls)
        if call.method == "GET":
            return self._listed(call)
        if call.path == "/v1/issuing/cards":
            made = {
                "id": f"ic_{number:04}",
                "object": "issuing.card",
                "last4": f"{number:04}",
                "exp_month": 11,
                "exp_year": 2029,
                "status": call.params.get("status", "inactive"),
                "shipping": {"status": "pending"} if call.params["type"] == "physical" else None,
            }
            self.cards[str(made["id"])] = made
            return made
        if call.path.startswith("/v1/issuing/cards/"):
            card = self.cards[call.path.rpartition("/")[2]]
            card["status"] = call.params.get("status", card["status"])
            return card
        kinds = {"cardholders": "ich", "disputes": "idp", "submit": "idp", "topups": "tu", "files": "file"}
        if call.path == "/v1/ephemeral_keys":
            return {"id": f"ephkey_{number}", "object": "ephemeral_key", "secret": f"ek_test_{number}"}
        return {"id": f"{kinds[call.path.rpartition('/')[2]]}_{number:04}", "object": "thing"}

    def _listed(self, call: Call) -> dict[str, Any]:
        if call.path == "/v1/balance":
            return {"object": "balance", "issuing": {"available": self.available}}
        things = list(self.cards.values()) if call.path == "/v1/issuing/cards" else self.lists.get(call.path, [])
        after = call.params.get("starting_after")
        if after:
            things = things[[thing["id"] for thing in things].index(after) + 1 :]
        # Two at a time, so that every test of a list turns pages.
        return {"object": "list", "url": call.path, "data": things[:2], "has_more": len(things) > 2}


def _error(code: str, message: str = "") -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "code": code, "message": message or code}}


def unknown(call: Call) -> str:
    """Return the first parameter that Stripe does not know or would not take, or nothing."""
    path = ID.sub("{id}", call.path)
    if (call.method, path) in UNTYPED:
        return ""
    if (call.method, path) not in TYPES:
        return f"{call.method} {path}"
    wrong = [name for name in call.params if not _is_typed(TYPES[call.method, path], _parts(name))]
    return (wrong or _not_in_table(call.method, path, call.params) or [""])[0]


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[\[\].]+", name) if part]


def _is_typed(kind: Any, parts: list[str]) -> bool:
    """Walk a name through the types of Stripe's library."""
    if not parts:
        return True
    options = [one for one in typing.get_args(kind) if one is not type(None)]
    if typing_extensions.is_typeddict(kind):
        hints = typing_extensions.get_type_hints(kind, localns=UNDEFINED)
        return parts[0] in hints and _is_typed(hints[parts[0]], parts[1:])
    if typing.get_origin(kind) is list:
        return parts[0].isdigit() and _is_typed(options[0], parts[1:])
    if typing.get_origin(kind) is dict:
        return len(parts) == 1
    return any(_is_typed(one, parts) for one in options)


def _not_in_table(method: str, path: str, params: dict[str, str]) -> list[str]:
    """Hold a call against Stripe's own table: names it does not have, values that are none of its words, what it misses."""
    if not TABLE.is_file():
        return []
    rows = json.loads(TABLE.read_text())
    found = [row for row in rows if row["method"] == method and re.sub(r"\{\w+\}", "{id}", row["path"]) == path]
    if not found:
        return []
    known = found[0]["params"]
    given = {".".join(part for part in _parts(name) if not part.isdigit()): value for name, value in params.items()}
    wrong = [f"{name} is required" for name, about in known.items() if about.get("required") and name not in given]
    for name, value in given.items():
        about = known.get(name)
        # The table leaves out free words and lists of objects, which the types know.
        if about is None and not name.startswith(
            ("metadata", "spending_controls.spending_limits", "created", "expand")
        ):
            wrong.append(name)
        if about and about.get("enum") and value not in about["enum"]:
            wrong.append(f"{name}={value}")
    return wrong


class _Handler(BaseHTTPRequestHandler):
    mock: StripeMock

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_form = "multipart" not in self.headers.get("Content-Type", "")
        text = (body.decode() if is_form else "") or parts.query
        call = Call(
            method=self.command,
            path=parts.path,
            params=dict(parse_qsl(text, keep_blank_values=True)),
            key=self.headers.get("Idempotency-Key", ""),
            version=self.headers.get("Stripe-Version", ""),
        )
        status, answer = self.mock.handle(call)
        sent = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.send_header("Stripe-Should-Retry", "false")
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = _serve

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[StripeMock]:
    """Serve a mock on a free port of the loopback interface for as long as the block runs."""
    mock = StripeMock()
    handler = type("Handler", (_Handler,), {"mock": mock})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    mock.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield mock
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
