"""Masters from a file: what would change is shown first, and applied when somebody confirms. The same file twice changes nothing.

`plan` and `write` know no file format: whoever has rows of texts by column (a chart of accounts from another program) can use them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Company, Membership
from events.models import Event
from events.record import event_of, record
from expenses.import_kinds import IMPORTS, Kind
from expenses.master_columns import COLUMNS
from expenses.models import ChartAccount, ImportState, MasterImport
from expenses.read_chart import read_chart
from expenses.read_table import Table, read_table
from expenses.tasks import import_masters
from pleo.lib import work
from pleo.lib.errors import DomainError, WrongState
from pleo.lib.work import LeaseLost
from pleo.lib.write_many import write_many

NEW, CHANGED, SAME, ARCHIVED, WRONG = "new", "changed", "unchanged", "archived", "wrong"
STATES = (NEW, CHANGED, ARCHIVED, SAME, WRONG)
AT_ONCE = 500
TRUE = frozenset({"yes", "true", "1", "x", "ja", "oui", "si", "sí"})


class ColumnsMissing(DomainError):
    """A file without the columns that a row needs."""

    code = "import_columns_missing"
    field = "file"

    def message(self) -> str:
        return gettext("These columns are missing: %(names)s.") % self.params


@dataclass
class Planned:
    """What would become of one row. `values` are its texts by column, tidied; `changes` say before and after."""

    line: int
    values: dict[str, str]
    state: str = SAME
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    row: Any = None

    @property
    def name(self) -> str:
        """What the row is called, for whoever reads the preview."""
        return self.values.get("path") or self.values.get("name") or next(iter(self.values.values()), "")


def read_import(*, by: Membership, what: str, name: str, data: bytes) -> MasterImport:
    """Read a file and keep its rows to be confirmed; nothing of the masters changes. Raises TableUnreadable, ColumnsMissing."""
    table = _table(by.company, what, data)
    columns, ignored = _columns(what, table)
    rows: list[dict[str, Any]] = [
        {"line": line, "values": {key: cells[place] if place < len(cells) else "" for place, key in columns.items()}}
        for line, cells in table.rows
    ]
    plans = plan(company=by.company, what=what, rows=[(row["line"], row["values"]) for row in rows])
    found: MasterImport = MasterImport.objects.create(
        company=by.company, by=by, what=what, file_name=name[:120].replace("\x00", ""), rows=rows,
        digest=hashlib.sha256(data).hexdigest(), counts=_counts(plans),
        read_as={"encoding": table.encoding, "separator": table.separator, "ignored": ignored},
    )  # fmt: skip
    return found


def _table(company: Company, what: str, data: bytes) -> Table:
    """Read a file: a chart of accounts also as SIE and DATEV write it."""
    if what != "accounts":
        return read_table(data)
    types = dict(ChartAccount.objects.for_company(company).values_list("number", "type"))
    return read_chart(data, types=types) or read_table(data)


def _columns(what: str, table: Table) -> tuple[dict[int, str], list[str]]:
    """Return place -> column for the columns that are known by key or word, and the words of the others."""
    words = {str(word).casefold(): one.key for one in COLUMNS[what] for word in (one.label, one.key)}
    found: dict[int, str] = {}
    for place, head in enumerate(table.header):
        key = words.get(head.strip().casefold())
        if key and key not in found.values():
            found[place] = key
    missing = [str(one.label) for one in COLUMNS[what] if one.is_required and one.key not in found.values()]
    if missing:
        raise ColumnsMissing(names=", ".join(missing))
    return found, [head[:80] for place, head in enumerate(table.header) if place not in found and head.strip()]


def plan(*, company: Company, what: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[Planned]:
    """Compare rows of texts by column, each with its line, with the masters there are. Nothing is written.

    A column that is not there stays as it is; an empty cell empties. A row that stands twice is wrong the second time.
    """
    kind = IMPORTS[what](company)
    return _planned(kind, rows)


def _planned(kind: Kind, rows: Sequence[tuple[int, Mapping[str, str]]]) -> list[Planned]:
    known = {kind.key_of(row): row for row in kind.rows()}
    seen: dict[str, int] = {}
    plans = []
    for line, values in rows:
        one = Planned(line, {name: " ".join(text.split()) for name, text in values.items() if name in kind.columns})
        _judge(one, kind, known, seen)
        plans.append(one)
    return plans


def _judge(one: Planned, kind: Kind, known: Mapping[str, Any], seen: dict[str, int]) -> None:
    for column in kind.columns.values():
        text = one.values.get(column.key, "")
        if column.is_required and not text:
            one.errors[column.key] = gettext("This is needed.")
        elif len(text) > column.length:
            one.errors[column.key] = gettext("At most %(most)s characters.") % {"most": column.length}
    if not one.errors:
        row = known.get(kind.key(one.values))
        one.errors = kind.clean(one.values, row)
        one.row = known.get(kind.key(one.values))
    if "archived" in one.values:
        one.values["archived"] = "yes" if one.values["archived"].casefold() in TRUE else ""
    key = kind.key(one.values)
    if not one.errors and seen.setdefault(key, one.line) != one.line:
        one.errors = {"": gettext("The same as line %(line)s.") % {"line": seen[key]}}
    if (
        not one.errors
        and one.row is not None
        and one.values.get("archived")
        and not one.row.archived_at
        and kind.uses(one.row)
    ):
        one.errors["archived"] = gettext("It is still used. Change what points here first.")
    if one.errors:
        one.state = WRONG
    elif one.row is None:
        one.state = NEW
        one.changes = {name: ("", text) for name, text in one.values.items() if text}
    else:
        told = {name: kind.columns[name].text(one.row) for name in one.values}
        one.changes = {name: (told[name], text) for name, text in one.values.items() if told[name] != text}
        one.state = SAME if not one.changes else ARCHIVED if one.changes.get("archived") == ("", "yes") else CHANGED


def _counts(plans: Sequence[Planned]) -> dict[str, int]:
    counts = Counter(one.state for one in plans)
    return {state: counts[state] for state in STATES}


@transaction.atomic
def write(*, by: Membership, what: str, rows: Sequence[tuple[int, Mapping[str, str]]], now: datetime) -> dict[str, int]:
    """Compare once more and write what is new or changed, in a few statements; rows that are wrong are left out.

    Returns how many rows were new, changed, archived, unchanged and wrong. Raises IntegrityError when somebody else wrote one
    of them at the same moment; nothing is written then.
    """
    kind = IMPORTS[what](by.company)
    plans = _planned(kind, rows)
    doing = [one for one in plans if one.state in (NEW, CHANGED, ARCHIVED)]
    # Parents before what stands below them.
    doing.sort(key=lambda one: one.values.get("path", "").count("/"))
    events: list[Event] = []
    for one in doing:
        is_new = one.row is None
        one.row = kind.build(one.row, one.values)
        if "archived" in one.values:
            one.row.archived_at = (one.row.archived_at or now) if one.values["archived"] else None
        changes = {name: [None if is_new else before, after] for name, (before, after) in one.changes.items()}
        verb = "master.created" if is_new else "master.archived" if one.state == ARCHIVED else "master.changed"
        events.append(event_of(company=by.company, verb=verb, subject=one.row, by=by, changes=changes, now=now))
    levels: dict[int, list[Any]] = {}
    for one in doing:
        if one.state == NEW:
            levels.setdefault(one.values.get("path", "").count("/"), []).append(one.row)
    for level in sorted(levels):
        kind.model.objects.bulk_create(levels[level], batch_size=1_000)
    write_many([one.row for one in doing if one.state != NEW], kind.written)
    kind.after([one.row for one in doing], [one.values for one in doing])
    Event.objects.bulk_create(events, batch_size=2_000)
    return _counts(plans)


def preview_of(found: MasterImport) -> list[Planned]:
    """Return what an import would do if it were confirmed now."""
    return plan(company=found.company, what=found.what, rows=[(row["line"], row["values"]) for row in found.rows])


def confirm_import(*, found: MasterImport, by: Membership) -> MasterImport:
    """Let an import be applied, once: a small one before the answer, a large one by the worker. Raises WrongState."""
    waiting = MasterImport.objects.for_company(by.company).filter(pk=found.pk, status=ImportState.PREVIEW)
    with transaction.atomic():
        if not waiting.update(status=ImportState.WAITING, by=by):
            raise WrongState
        if len(found.rows) > AT_ONCE:
            work.enqueue(import_masters, import_id=found.pk)
    if len(found.rows) <= AT_ONCE:
        apply_import(found.pk)
    found.refresh_from_db()
    return found


def apply_import(import_id: Any) -> None:
    """Apply a confirmed import whole or not at all. Returns at once when another worker has it."""
    found = MasterImport.claim(import_id, now=timezone.now())
    if found is None:
        return
    now = timezone.now()
    try:
        with found.finishing():
            rows = [(row["line"], row["values"]) for row in found.rows]
            counts = write(by=found.by, what=found.what, rows=rows, now=now)
            MasterImport.objects.filter(pk=found.pk).update(counts=counts)
            changes = {"file": found.file_name, **counts}
            record(
                company=found.company,
                verb="master.imported",
                subject=found.company,
                by=found.by,
                changes=changes,
                now=now,
            )
    except LeaseLost:
        return
    except IntegrityError:
        found.give_up("changed_meanwhile")
