"""e-conomic as far as we use it: a real HTTP server on a loopback port, whose next answers a test decides."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Economic:
    """What it holds, what it was asked, and how it misbehaves next: (method, status or word) pairs in order.

    `hang` answers too late after doing it, `hang_before` without doing it, `drop` closes the connection after doing it.
    """

    def __init__(self) -> None:
        self.vouchers: list[dict[str, Any]] = []
        self.keys: dict[str, dict[str, Any]] = {}
        self.attached: list[tuple[str, str, bytes]] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.next: deque[tuple[str, Any]] = deque()
        self.refuse: dict[str, str] = {}
        self.bodies: list[str] = []
        self.forget_keys = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def make(self, body: dict[str, Any], key: str) -> dict[str, Any]:
        if key in self.keys and not self.forget_keys:
            return self.keys[key]
        number = len(self.vouchers) + 1
        year = body["accountingYear"]["year"]
        made = {**body, "voucherNumber": number, "self": f"{self.url}/journals/1/vouchers/{year}-{number}"}
        self.vouchers.append(made)
        self.keys[key] = made
        return made

    def _handler(outer: Any) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def _answer(self, status: int, body: Any = None, **headers: str) -> None:
                data = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _trouble(self, method: str) -> Any:
                outer.asked.append((method, self.path, dict(self.headers)))
                if outer.next and outer.next[0][0] in (method, "*"):
                    return outer.next.popleft()[1]
                return None

            def do_GET(self) -> None:
                trouble = self._trouble("GET")
                if isinstance(trouble, int):
                    return self._answer(trouble, {"message": "no"})
                if self.headers["X-AgreementGrantToken"] != "grant":
                    return self._answer(401)
                path = self.path.partition("?")[0]
                pages = {
                    "/self": {"company": {"name": "Havblik e-conomic"}},
                    "/journals/1": {"journalNumber": 1},
                    "/accounting-years": {
                        "collection": [{"year": "2026", "fromDate": "2026-01-01", "toDate": "2026-12-31"}]
                    },
                    "/journals/1/vouchers": {"collection": outer.vouchers, "pagination": {}},
                }
                return self._answer(200, pages[path]) if path in pages else self._answer(404, {"message": "Not found"})

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                trouble = self._trouble("POST")
                if trouble == "hang_before":
                    time.sleep(1.5)
                    return None
                if trouble == 429:
                    return self._answer(429, Retry_After="1")
                if isinstance(trouble, int):
                    return self._answer(trouble, {"message": "no"})
                if self.path.endswith("/attachment/file"):
                    outer.attached.append((self.path, self.headers["Content-Type"], data))
                    return self._answer(204)
                outer.bodies.append(data.decode())
                body = json.loads(data)
                for word, message in outer.refuse.items():
                    if word in data.decode():
                        error = {"message": "Validation failed", "errors": {"entries": [{"errorMessage": message}]}}
                        return self._answer(400, error)
                made = outer.make(body, self.headers["Idempotency-Key"])
                if trouble == "hang":
                    time.sleep(1.5)
                    return None
                if trouble == "drop":
                    self.connection.close()
                    return None
                return self._answer(201, [made])

        return Handler
