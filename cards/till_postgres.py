"""The till on PostgreSQL: the statements of the ORM's way, written once, prepared, and sent in few round trips.

A pipeline sends several statements without waiting between them; each still sees what was committed when it begins, so that
limits are read after the card is locked, as through the ORM. Columns come from the models: a new field needs nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import psycopg
from django.db import connection, models

from accounts.models import Company, Membership
from cards import controls, limits
from cards.limits import CARD, PERSON, Used, counted_by, window_start
from cards.models import Authorization, Card, CardTemplate, Control, Freeze, Limit, LimitUse
from cards.till import Opened
from events.models import Event
from pleo.lib.ids import uuid7
from wallet.hold import InsufficientFunds
from wallet.models import Hold, LedgerAccount

Row = Sequence[Any]


def _fields(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)


def _columns(model: type[models.Model], alias: str) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in _fields(model))


@cache
def _json_places(model: type[models.Model]) -> tuple[int, ...]:
    """Return which columns come as JSON text, as Django's own connections give it."""
    return tuple(place for place, field in enumerate(_fields(model)) if isinstance(field, models.JSONField))


@cache
def _names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in _fields(model)]


def _made(model: type[models.Model], values: Row) -> Any:
    places = _json_places(model)
    if places:
        values = list(values)
        for place in places:
            values[place] = json.loads(values[place]) if isinstance(values[place], str) else values[place]
    return model.from_db(connection.alias, _names(model), values)


PARTS = (Card, Company, Membership, LedgerAccount)


@cache
def _lock_sql() -> str:
    parts = ", ".join(_columns(model, alias) for model, alias in zip(PARTS, ("c", "o", "h", "a"), strict=True))
    return f"""
        SELECT {parts},
            EXISTS (SELECT 1 FROM {Freeze._meta.db_table} f WHERE f.card_id = c.id AND f.ended_at IS NULL)
        FROM {Card._meta.db_table} c
        JOIN {Company._meta.db_table} o ON o.id = c.company_id
        JOIN {Membership._meta.db_table} h ON h.id = c.cardholder_id
        JOIN {LedgerAccount._meta.db_table} a ON a.id = c.account_id
        WHERE c.issuer = %s AND c.issuer_reference = %s
        FOR NO KEY UPDATE OF c
    """  # noqa: S608 - names of our own tables


# Whose rules count: the first card of the chain, its policy, its holder.
_OWNERS = f"""
    WITH k AS (
        SELECT COALESCE(c.head_id, c.id) AS head_id, c.cardholder_id, c.company_id,
            CASE WHEN c.head_id IS NULL THEN c.template_id ELSE first.template_id END AS template_id
        FROM {Card._meta.db_table} c LEFT JOIN {Card._meta.db_table} first ON first.id = c.head_id
        WHERE c.issuer = %s AND c.issuer_reference = %s
    )
"""  # noqa: S608


@cache
def _limits_sql() -> str:
    table, columns = Limit._meta.db_table, _columns(Limit, "l")
    owners = ("l.card_id = k.head_id", "l.membership_id = k.cardholder_id", "l.template_id = k.template_id")
    each = (
        f"SELECT {columns} FROM k JOIN {table} l ON {owner} AND l.ended_at IS NULL AND l.company_id = k.company_id"  # noqa: S608
        for owner in owners
    )
    return _OWNERS + " UNION ALL ".join(each)


@cache
def _controls_sql() -> str:
    table, columns = Control._meta.db_table, _columns(Control, "r")
    of_card = f"SELECT {columns}, NULL FROM k JOIN {table} r ON r.card_id = k.head_id AND r.ended_at IS NULL"  # noqa: S608
    of_policy = (
        f"SELECT {columns}, t.name FROM k JOIN {table} r ON r.template_id = k.template_id AND r.ended_at IS NULL "  # noqa: S608
        f"JOIN {CardTemplate._meta.db_table} t ON t.id = r.template_id"
    )
    return f"{_OWNERS} {of_card} UNION ALL {of_policy}"


@cache
def _count_sql(column: str) -> str:
    table = LimitUse._meta.db_table
    return f"""
        INSERT INTO {table} (id, created_at, company_id, {column}, interval, window_start, used)
        SELECT w.id, now(), %s, %s, w.interval, w.start, %s
        FROM unnest(%s::uuid[], %s::text[], %s::date[]) AS w (id, interval, start)
        ON CONFLICT ({column}, interval, window_start) DO UPDATE SET used = {table}.used + %s RETURNING interval, used
    """  # noqa: S608


_TAKE = f"""
    UPDATE {LedgerAccount._meta.db_table} SET debits_pending = debits_pending + %s
    WHERE id = %s AND credits_posted >= debits_posted + debits_pending - overdraft + %s
"""  # noqa: S608


@cache
def _insert_sql(model: type[models.Model]) -> str:
    names = ", ".join(f'"{field.column}"' for field in _fields(model))
    places = ", ".join(["%s"] * len(_fields(model)))
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})"  # noqa: S608


def _values(row: models.Model) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in _fields(type(row))]


class PostgresTill:
    """Through prepared statements of our own, on Django's connection and in its transaction."""

    def open(self, issuer: str, reference: str, at: datetime) -> Opened | None:
        if not reference:
            return None
        key = (issuer, reference)
        (found,), limit_rows, control_rows = _ask(
            (_lock_sql(), key, _one), (_limits_sql(), key, _all), (_controls_sql(), key, _all)
        )
        if found is None:
            return None
        card = _card(found)
        live = limits.in_force([_made(Limit, row) for row in limit_rows], at)
        return Opened(card, live, controls.in_force([_control(row) for row in control_rows]))

    def count(self, card: Card, at: datetime, change: int, *, is_cash: bool) -> Used:
        if not change:
            return {}
        day, intervals = card.company.day_of(at), counted_by(is_cash=is_cash)
        names = [interval.value for interval in intervals]
        starts = [window_start(interval, day) for interval in intervals]
        # A row that is missing starts at `change`, or at zero for a release: a proposed negative would break the check.
        first = max(change, 0)

        def added(owner_id: Any) -> tuple[Any, ...]:
            return (card.company_id, owner_id, first, [uuid7() for _ in names], names, starts, change)

        by_card, by_person = _ask(
            (_count_sql("card_id"), added(card.head_id or card.pk), _all),
            (_count_sql("membership_id"), added(card.cardholder_id), _all),
        )
        used = {(CARD, interval): int(total) for interval, total in by_card}
        return used | {(PERSON, interval): int(total) for interval, total in by_person}

    def write(self, authorization: Authorization, event: Event, hold: Hold | None) -> None:
        rows = [each for each in (hold, authorization, event) if each is not None]
        sent: list[Any] = [(_insert_sql(type(row)), _values(row), _nothing) for row in rows]
        if hold:
            sent.insert(0, (_TAKE, (hold.amount, hold.account_id, hold.amount), _count_of_rows))
        answers = _ask(*sent)
        if hold and answers[0] != 1:
            raise InsufficientFunds(account=str(hold.account_id), asked=hold.amount, currency=hold.currency)
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias


def _card(found: Row) -> Card:
    """Make the card with its company, holder and account, as `select_related` does."""
    made, place = [], 0
    for model in PARTS:
        width = len(_fields(model))
        made.append(_made(model, found[place : place + width]))
        place += width
    card: Any
    card, company, holder, account = made
    card.company, card.cardholder, card.account = company, holder, account
    holder.company = account.company = company
    card.is_frozen = found[place]
    locked: Card = card
    return locked


def _control(row: Row) -> Control:
    rule: Control = _made(Control, row[:-1])
    if rule.template_id:
        rule.template = CardTemplate(id=rule.template_id, company_id=rule.company_id, name=row[-1])
    return rule


def _one(cursor: Any) -> Any:
    return (cursor.fetchone(),)


def _all(cursor: Any) -> Any:
    return cursor.fetchall()


def _count_of_rows(cursor: Any) -> Any:
    return cursor.rowcount


def _nothing(cursor: Any) -> Any:
    return None


def _ask(*statements: tuple[str, Sequence[Any], Callable[[Any], Any]]) -> list[Any]:
    """Send statements together and return what each reads of its answer. Errors are Django's, as of any statement."""
    assert connection.in_atomic_block, "a decision is one transaction"
    connection.ensure_connection()
    raw: Any = connection.connection
    with connection.wrap_database_errors:
        cursors = [psycopg.Cursor(raw) for _ in statements]
        with raw.pipeline():
            for cursor, (sql, values, _) in zip(cursors, statements, strict=True):
                cursor.execute(sql, values)
        return [read(cursor) for cursor, (_, _, read) in zip(cursors, statements, strict=True)]
