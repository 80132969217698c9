"""e-conomic: each entry becomes a voucher of unbooked finance entries in a journal, with its receipts attached.

REST API at restapi.e-conomic.com, documented at restdocs.e-conomic.com: two tokens as headers, `POST /journals/:n/vouchers` with
`entries.financeVouchers` (amounts above zero are debit), `POST .../vouchers/:year-:number/attachment/file` as multipart. The
accounting year is named as `GET /accounting-years` names it. Entries are drafts until somebody books them there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from bookkeeping.destinations.port import ItemRefused, JobStopped, Later, Sent
from bookkeeping.formats.csv import amount_writer
from bookkeeping.formats.document import BookEntry, Line
from bookkeeping.formats.encoding import plain
from bookkeeping.models.destinations import FailureType
from pleo.lib import outbound

SECONDS = 20
TEXT, REASON = 250, 400
PAGE, MOST_PAGES = 1000, 100
MOST_ATTACHED = 9 << 20
ATTACHED = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif"})


class Economic:
    """A connection to one agreement and one of its journals."""

    def __init__(self, *, token: str, journal: int) -> None:
        self.token, self.journal = token, journal
        self._years: list[dict[str, Any]] | None = None

    def test(self) -> str:
        """Return the company's name over there. Raises JobStopped, Later."""
        me = self._get("/self")
        self._get(f"/journals/{self.journal}")
        return str(me.get("company", {}).get("name", ""))

    def find(self, entry: BookEntry) -> Sent | None:
        """Look through the journal's vouchers for our reference. Raises JobStopped, Later."""
        mark = f"{reference(entry)} "
        for voucher in self._pages(f"/journals/{self.journal}/vouchers?pagesize={PAGE}"):
            rows = (voucher.get("entries") or {}).get("financeVouchers") or []
            if any(f"{row.get('text', '')} ".startswith(mark) for row in rows):
                return self._sent(voucher)
        return None

    def send(self, entry: BookEntry, *, key: str) -> Sent:
        """Make the voucher. Raises ItemRefused, JobStopped, Later."""
        number = f"{{{uuid4().hex}}}"
        body = json.dumps(self._voucher(entry, number))
        # JSON has no decimal numbers in Python: amounts are written as marked texts, and their marks taken off.
        exact = re.sub(rf'"{re.escape(number)}(-?[0-9.]+)"', r"\1", body)
        answer = self._call("POST", f"/journals/{self.journal}/vouchers", exact.encode(), key=key)
        if answer.status not in (200, 201):
            raise _refused(answer)
        made = _json(answer)
        first = made[0] if isinstance(made, list) and made else made
        if not isinstance(first, dict) or "voucherNumber" not in first:
            raise Later(FailureType.UNREACHABLE)
        return self._sent(first)

    def attach(self, sent: Sent, *, name: str, content: bytes, media_type: str, key: str) -> None:
        """Attach a receipt. Raises ItemRefused, JobStopped, Later."""
        if media_type not in ATTACHED:
            raise ItemRefused(FailureType.RECEIPT_CONVERSION, name)
        if len(content) > MOST_ATTACHED:
            raise ItemRefused(FailureType.RECEIPT_SIZE, name)
        boundary = uuid4().hex
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", name)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{safe}"\r\nContent-Type: {media_type}\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        path = f"/journals/{self.journal}/vouchers/{sent.external_id}/attachment/file"
        answer = self._call("POST", path, body, key=key, media=f"multipart/form-data; boundary={boundary}")
        if answer.status not in (200, 201, 204):
            refused = _refused(answer)
            raise ItemRefused(FailureType.RECEIPT_UPLOAD, refused.reason)

    def _voucher(self, entry: BookEntry, number: str) -> dict[str, Any]:
        write = amount_writer(entry.currency, ".")
        return {
            "accountingYear": {"year": self._year(entry.date)},
            "journal": {"journalNumber": self.journal},
            "entries": {"financeVouchers": [_row(entry, line, number, write) for line in entry.lines]},
        }

    def _year(self, day: date) -> str:
        if self._years is None:
            self._years = list(self._pages(f"/accounting-years?pagesize={PAGE}"))
        for year in self._years:
            if str(year.get("fromDate", "9")) <= day.isoformat() <= str(year.get("toDate", "")):
                return str(year["year"])
        raise ItemRefused(FailureType.INVALID, f"No accounting year holds {day}.")

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        following: str | None = path
        for _ in range(MOST_PAGES):
            if following is None:
                return
            page = self._get(following)
            yield from page.get("collection", [])
            wanted = urlsplit(str((page.get("pagination") or {}).get("nextPage") or ""))
            # Only its path is taken: tokens go nowhere but where they belong.
            following = f"{wanted.path}?{wanted.query}" if wanted.path else None

    def _sent(self, voucher: Mapping[str, Any]) -> Sent:
        year = (voucher.get("accountingYear") or {}).get("year", "")
        return Sent(f"{str(year).replace('/', '_6_')}-{voucher['voucherNumber']}", str(voucher.get("self", ""))[:500])

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._call("GET", path)
        if answer.status != 200:
            refused = _refused(answer)
            raise JobStopped(FailureType.INVALID if answer.status == 404 else refused.type, refused.reason)
        found = _json(answer)
        return found if isinstance(found, dict) else {}

    def _call(
        self, method: str, path: str, body: bytes = b"", *, key: str = "", media: str = "application/json"
    ) -> outbound.Answer:
        headers = {"X-AppSecretToken": settings.ECONOMIC_APP_SECRET, "X-AgreementGrantToken": self.token}
        headers |= {"Content-Type": media} if body else {}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            # The address is a setting of the installation, not input.
            answer = outbound.call(
                method, settings.ECONOMIC_URL + path, headers=headers, body=body, seconds=SECONDS, allow_private=True
            )
        except (outbound.NotReached, outbound.NoAnswer, outbound.AddressRefused) as error:
            raise Later(FailureType.UNREACHABLE) from error
        if answer.status == 429:
            wait = answer.headers.get("retry-after", "")
            raise Later(FailureType.RATE_LIMIT, min(int(wait), 3600) if wait.isdecimal() else 5)
        if answer.status >= 500:
            raise Later(FailureType.UNREACHABLE)
        if answer.status == 401:
            raise JobStopped(FailureType.AUTHENTICATION)
        if answer.status == 403:
            raise JobStopped(FailureType.AUTHORIZATION)
        return answer


def reference(entry: BookEntry) -> str:
    """Return what stands first in every text of a voucher, so that it is found again: our number of it."""
    return f"P{entry.number}"


def _row(entry: BookEntry, line: Line, number: str, write: Any) -> dict[str, Any]:
    if not line.account.isascii() or not line.account.isdigit():
        raise ItemRefused(FailureType.INVALID, f"Account {line.account} is no number.")
    row: dict[str, Any] = {
        "account": {"accountNumber": int(line.account)},
        "amount": f"{number}{'' if line.debit else '-'}{write(line.debit or line.credit)}",
        "currency": {"code": entry.currency},
        "date": entry.date.isoformat(),
        "text": plain(f"{reference(entry)} {entry.words(line)}")[:TEXT],
    }
    first = line.at(1)
    if first and first.code.isascii() and first.code.isdigit():
        row["departmentalDistribution"] = {
            "departmentalDistributionNumber": int(first.code), "distributionType": "department",
        }  # fmt: skip
    return row


def _json(answer: outbound.Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        raise Later(FailureType.UNREACHABLE) from None


def _refused(answer: outbound.Answer) -> ItemRefused:
    """Return what the other system says against an entry, with its own words."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = {}
    words = [str(said.get("message", ""))] if isinstance(said, dict) else []
    words += _messages(said.get("errors")) if isinstance(said, dict) else []
    return ItemRefused(FailureType.VALIDATION, plain(" ".join(filter(None, words)) or f"HTTP {answer.status}")[:REASON])


def _messages(found: Any) -> list[str]:
    if isinstance(found, dict):
        own = [str(found["errorMessage"])] if "errorMessage" in found else []
        return own + [word for value in found.values() for word in _messages(value)]
    return [word for value in found for word in _messages(value)] if isinstance(found, list) else []
