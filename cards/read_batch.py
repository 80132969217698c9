"""Read a file of wanted cards: any spreadsheet's CSV, each line with what is wrong with it. A pure reading: nothing is stored."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext, gettext_lazy

from accounts.models import Company, Membership, MembershipStatus
from cards.issuers import issuer_named
from cards.issuers.base import Feature
from cards.issuers.reading import redact
from cards.models import OPEN_STATES, Card, CardKind, Period
from pleo.lib import format
from pleo.lib.errors import DomainError

MOST_ROWS, MOST_BYTES = 10_000, 2 * 1024 * 1024
# Column -> what else a head may call it. Heads are compared without case, spaces and dashes.
COLUMNS: dict[str, tuple[str, ...]] = {
    "person": ("email", "mail", "employee", "employeenumber", "holder", "cardholder"),
    "name": ("card", "cardname"),
    "kind": ("type",),
    "each_purchase": ("perpurchase", "limitpurchase"),
    "each_month": ("permonth", "limitmonth", "monthly"),
    "total": ("limittotal", "inall"),
    "from": ("start", "startson"),
    "to": ("end", "endson", "lastday"),
    "merchant": ("vendor", "shop"),
    "street": ("line1", "address"),
    "postal_code": ("zip", "postcode", "plz"),
    "city": ("town",),
    "country": (),
}
KINDS = {
    **{kind.value: kind.value for kind in CardKind},
    "plastic": "physical",
    "single use": "single_use",
    "": "virtual",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Problem = dict[str, Any]


class FileUnreadable(DomainError):
    """The file is no table that we can read. `why` says what is wrong with it as a whole."""

    code = "file_unreadable"
    field = "file"

    WHY = {
        "empty": gettext_lazy("The file has no lines below its head."),
        "too_large": gettext_lazy("The file is larger than 2 MB."),
        "too_many": gettext_lazy("The file has more than 10,000 lines. Split it in two."),
        "encoding": gettext_lazy("The file is not text. Save it as CSV, best as CSV UTF-8."),
        "no_head": gettext_lazy("The first line must name the columns: at least person and name."),
        "twice": gettext_lazy("A column stands twice in the first line."),
        "broken": gettext_lazy("A cell of the file does not end: a quotation mark is missing."),
    }

    def message(self) -> str:
        return str(self.WHY[self.params["why"]])


@dataclass
class Line:
    """One line: its number in the file (the head is 1), what it asks for, whose card it is, what is wrong."""

    number: int
    wanted: dict[str, Any]
    cardholder: Membership | None = None
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, code: str, **params: Any) -> None:
        self.problems.append({"code": code, **params})


def read_batch(*, content: bytes, company: Company) -> list[Line]:
    """Return every line of a file, checked as far as it can be before anything is made. Raises FileUnreadable."""
    if len(content) > MOST_BYTES:
        raise FileUnreadable(why="too_large")
    table = _table(_text(content))
    reader = _Reader(company)
    return [reader.line(number, cells) for number, cells in table]


def _text(content: bytes) -> str:
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings: tuple[str, ...] = ("utf-16",) if is_wide else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileUnreadable(why="encoding")


def _table(text: str) -> list[tuple[int, dict[str, str]]]:
    head, _, _ = text.partition("\n")
    delimiter = max(";,\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [_column(cell) for cell in next(rows, [])]
        known = [name for name in names if name]
        if "person" not in known or "name" not in known:
            raise FileUnreadable(why="no_head")
        if len(known) != len(set(known)):
            raise FileUnreadable(why="twice")
        found = []
        for number, cells in enumerate(rows, 2):
            if any(cell.strip() for cell in cells):
                found.append((number, _cells(names, cells)))
            if len(found) > MOST_ROWS:
                raise FileUnreadable(why="too_many")
    except csv.Error:
        raise FileUnreadable(why="broken") from None
    if not found:
        raise FileUnreadable(why="empty")
    return found


def _column(cell: str) -> str:
    plain = "".join(letter for letter in cell.casefold() if letter.isalnum())
    return next((name for name, others in COLUMNS.items() if plain in (name.replace("_", ""), *others)), "")


def _cells(names: list[str], cells: list[str]) -> dict[str, str]:
    return {name: cell.strip()[:200] for name, cell in zip(names, cells, strict=False) if name}


class _Reader:
    """Checks lines against the company, with everybody and every open card read once."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.people: dict[str, list[Membership]] = {}
        for person in Membership.objects.for_company(company).select_related("company"):
            for name in {person.email.casefold(), person.employee_number.casefold()} - {""}:
                self.people.setdefault(name, []).append(person)
        open_cards = Card.objects.for_company(company).filter(state__in=OPEN_STATES)
        self.taken = {(holder, name.casefold()) for holder, name in open_cards.values_list("cardholder_id", "name")}
        self.seen: dict[tuple[Any, str], int] = {}
        self.has_plastic = Feature.PHYSICAL in issuer_named(company.issuer).features

    def line(self, number: int, cells: dict[str, str]) -> Line:
        # Whatever was typed into the wrong column: no card number is kept.
        cells = {column: redact(text) if column != "name" else text for column, text in cells.items()}
        line = Line(number, {"person": cells.get("person", ""), "name": cells.get("name", "")})
        line.cardholder = self._person(line, cells.get("person", ""))
        self._name(line)
        kind = KINDS.get(cells.get("kind", "").casefold().replace("-", " "))
        if kind is None:
            line.wrong("kind_unknown", value=cells["kind"])
            return line
        line.wanted["kind"] = kind
        for column in ("each_purchase", "each_month", "total"):
            self._amount(line, column, cells.get(column, ""))
        if kind == CardKind.PHYSICAL:
            self._address(line, cells)
        if kind == CardKind.TEMPORARY:
            self._period(line, cells)
        if kind == CardKind.VENDOR:
            line.wanted |= {"merchant": cells.get("merchant", ""), "period": Period.MONTH.value}
        return line

    def _person(self, line: Line, text: str) -> Membership | None:
        found = self.people.get(text.casefold(), [])
        # Who left may have come back under the same address: the one who is here is meant.
        here = [person for person in found if person.status != MembershipStatus.LEFT] or found
        if len(here) != 1:
            code = "person_missing" if not text else "person_ambiguous" if here else "person_unknown"
            line.wrong(code, value=text)
            return None
        person = here[0]
        if person.status == MembershipStatus.LEFT:
            line.wrong("person_left", value=person.name)
        elif not person.can("cards.see") or not person.can("expenses.claim"):
            line.wrong("person_cannot", value=person.name)
        return person

    def _name(self, line: Line) -> None:
        name = line.wanted["name"] = " ".join(line.wanted["name"].split())[:60]
        if not name:
            line.wrong("name_missing")
        elif redact(name) != name:
            # A card number is kept nowhere, not even in a line that is refused.
            line.wanted["name"] = ""
            line.wrong("number_as_name")
        elif name.startswith(FORMULA):
            line.wrong("name_formula", value=name)
        if line.cardholder is None or not name:
            return
        key = (line.cardholder.pk, name.casefold())
        if key in self.seen:
            line.wrong("twice", value=self.seen[key])
        elif key in self.taken:
            line.wrong("exists", value=line.cardholder.name)
        self.seen.setdefault(key, line.number)

    def _amount(self, line: Line, column: str, text: str) -> None:
        if not text:
            return
        try:
            money = format.parse_amount(text, self.company.currency)
        except (format.AmountUnreadable, format.AmountTooLarge):
            line.wrong("amount_unreadable", value=text, column=column)
            return
        if money.amount < 0:
            line.wrong("amount_unreadable", value=text, column=column)
            return
        line.wanted[column] = money.amount

    def _address(self, line: Line, cells: dict[str, str]) -> None:
        parts = {name: cells.get(name, "") for name in ("street", "postal_code", "city")}
        country = cells.get("country", "").upper() or self.company.country
        if not self.has_plastic:
            line.wrong("no_plastic")
        if not all(parts.values()) or len(country) != 2 or not (country.isascii() and country.isalpha()):
            line.wrong("address_missing")
        line.wanted |= parts | {"country": country}

    def _period(self, line: Line, cells: dict[str, str]) -> None:
        for column in ("from", "to"):
            text = cells.get(column, "")
            try:
                day = date.fromisoformat(text) if text else None
            except ValueError:
                day = date.min
            line.wanted[column] = day.isoformat() if day else ""
            if day and not 2000 <= day.year <= 2100:
                line.wrong("date_unreadable", value=text, column=column)
        if not line.wanted.get("to") and not any(each.get("column") == "to" for each in line.problems):
            line.wrong("end_missing")
        if "total" not in line.wanted and not any(each.get("column") == "total" for each in line.problems):
            line.wrong("total_missing")


def said(problem: Problem) -> str:
    """Return a problem of a line as a sentence."""
    code, values = problem["code"], {"value": problem.get("value", ""), "column": problem.get("column", "")}
    sentences = {
        "person_missing": gettext("No person: write an e-mail address or employee number."),
        "person_unknown": gettext("Nobody here has %(value)s."),
        "person_ambiguous": gettext("Several people have %(value)s."),
        "person_left": gettext("%(value)s has left the company."),
        "person_cannot": gettext("%(value)s has a role without a card."),
        "name_missing": gettext("The card has no name."),
        "number_as_name": gettext("A card number stands where the name belongs."),
        "name_formula": gettext("The name %(value)s looks like a formula."),
        "twice": gettext("The same person and name as line %(value)s."),
        "exists": gettext("%(value)s has an open card of that name."),
        "kind_unknown": gettext("There is no kind %(value)s: virtual, physical, vendor, temporary or single_use."),
        "amount_unreadable": gettext("“%(value)s” in %(column)s is no amount."),
        "date_unreadable": gettext("“%(value)s” in %(column)s is no date: write 2026-12-31."),
        "end_missing": gettext("A temporary card needs its last day in the column “to”."),
        "total_missing": gettext("A temporary card needs an amount in the column “total”."),
        "address_missing": gettext("A plastic card needs street, postal_code, city and country."),
        "no_plastic": gettext("The issuer of this company makes no plastic cards."),
    }
    sentence = sentences.get(code)
    return sentence % values if sentence else str(problem.get("said", code.replace("_", " ")))
