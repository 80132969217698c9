"""The till on PostgreSQL: the statements of the ORM's way, written once, prepared, and sent in three round trips.

Statements that travel together still see each what was committed when it begins, so that limits are read after the card is
locked, as through the ORM. Columns come from the models: a new field needs nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, connections, models

from accounts.models import Company, Membership
from cards import controls, limits
from cards.limits import CARD, PERSON, Used, counted_by, window_start
from cards.models import Authorization, Card, CardTemplate, Control, Freeze, Limit, LimitUse
from cards.till import Opened
from events.models import Event
from pleo.lib.ids import uuid7
from pleo.lib.round_trip import ask
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
        WHERE c.issuer = $1 AND c.issuer_reference = $2
        FOR NO KEY UPDATE OF c
    """  # noqa: S608 - names of our own tables


# Whose rules count: the first card of the chain, its policy, its holder.
_OWNERS = f"""
    WITH k AS (
        SELECT COALESCE(c.head_id, c.id) AS head_id, c.cardholder_id, c.company_id,
            CASE WHEN c.head_id IS NULL THEN c.template_id ELSE first.template_id END AS template_id
        FROM {Card._meta.db_table} c LEFT JOIN {Card._meta.db_table} first ON first.id = c.head_id
        WHERE c.issuer = $1 AND c.issuer_reference = $2
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
        SELECT w.id, now(), $1::uuid, $2::uuid, w.interval, w.start, $3::bigint
        FROM unnest($4::uuid[], $5::text[], $6::date[]) AS w (id, interval, start)
        ON CONFLICT ({column}, interval, window_start) DO UPDATE SET used = {table}.used + $7 RETURNING interval, used
    """  # noqa: S608


_TAKE = f"""
    UPDATE {LedgerAccount._meta.db_table} SET debits_pending = debits_pending + $1
    WHERE id = $2 AND credits_posted >= debits_posted + debits_pending - overdraft + $1
"""  # noqa: S608


@cache
def _insert_sql(model: type[models.Model]) -> str:
    names = ", ".join(f'"{field.column}"' for field in _fields(model))
    places = ", ".join(f"${place}" for place in range(1, len(_fields(model)) + 1))
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})"  # noqa: S608


def _values(row: models.Model) -> list[Any]:
    # The connection itself: what stands for it in `django.db` looks it up anew for each of a hundred values.
    to = connections[connection.alias]
    return [field.get_db_prep_save(field.pre_save(row, True), to) for field in _fields(type(row))]


class PostgresTill:
    """Through prepared statements of our own, on Django's connection and in its transaction."""

    def open(self, issuer: str, reference: str, at: datetime) -> Opened | None:
        if not reference:
            return None
        key = (issuer, reference)
        found, limit_rows, control_rows = ask((_lock_sql(), key), (_limits_sql(), key), (_controls_sql(), key))
        if not found.rows:
            return None
        card = _card(found.rows[0])
        live = limits.in_force([_made(Limit, row) for row in limit_rows.rows], at)
        return Opened(card, live, controls.in_force([_control(row) for row in control_rows.rows]))

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

        by_card, by_person = ask(
            (_count_sql("card_id"), added(card.head_id or card.pk)),
            (_count_sql("membership_id"), added(card.cardholder_id)),
        )
        used = {(CARD, interval): int(total) for interval, total in by_card.rows}
        return used | {(PERSON, interval): int(total) for interval, total in by_person.rows}

    def write(self, authorization: Authorization, event: Event, hold: Hold | None) -> None:
        rows = [each for each in (hold, authorization, event) if each is not None]
        sent: list[tuple[str, Row]] = [(_insert_sql(type(row)), _values(row)) for row in rows]
        if hold:
            sent.insert(0, (_TAKE, (hold.amount, hold.account_id)))
        answers = ask(*sent)
        if hold and answers[0].count != 1:
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
