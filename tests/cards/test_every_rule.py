"""Each of the 33 rules of card money has a test of its own name somewhere in the suite; and the path of a decision has a budget."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cards.authorize import authorize
from cards.models import Authorization, Card
from pleo.lib import files, work
from tests.cards import play
from tests.cards.play import NOON

TESTS = Path(__file__).resolve().parent.parent


def rules() -> dict[int, list[ast.FunctionDef]]:
    """Every test named for a rule, by its number."""
    found: dict[int, list[ast.FunctionDef]] = {}
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            named = re.match(r"test_rule_(\d\d)_", node.name) if isinstance(node, ast.FunctionDef) else None
            if named:
                found.setdefault(int(named.group(1)), []).append(node)  # type: ignore[arg-type]
    return found


def test_there_is_a_test_for_each_of_the_33_rules() -> None:
    found = rules()
    assert sorted(found) == list(range(1, 34))
    silent = [node.name for nodes in found.values() for node in nodes if not ast.get_docstring(node)]
    assert silent == [], "a rule's test says the rule"


def test_rule_15_a_decision_costs_the_same_with_and_without_history(card: Card) -> None:
    """The path of a decision has a budget: a fixed number of statements, whatever the card has bought before."""
    play.fund(card.company, 10_000_000)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert authorize(request=play.request(card, 100), now=NOON).outcome == "approved"
        return len(asked)

    statements()
    before = statements()
    for _ in range(60):
        play.buy(card, 100)
    assert statements() == before <= 16
    assert Authorization.objects.count() == 63


def test_rule_15_nothing_slow_is_in_the_path_of_a_decision(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """No mail, no file, no network and no broker is asked before the till has its answer."""
    import smtplib
    import socket
    import urllib.request

    touched: list[str] = []

    def forbidden(name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> Any:
            touched.append(name)
            raise AssertionError(f"{name} in the path of a decision")

        return refuse

    monkeypatch.setattr(smtplib, "SMTP", forbidden("mail"))
    monkeypatch.setattr(urllib.request, "urlopen", forbidden("http"))
    monkeypatch.setattr(files, "put", forbidden("file"))
    if connection.vendor == "sqlite":
        monkeypatch.setattr(socket.socket, "connect", forbidden("a socket"))
    with work.later() as bells:
        paid = authorize(request=play.request(card, 100), now=NOON)
        refused = authorize(request=play.request(card, 10**9), now=NOON)
    assert (paid.outcome, refused.decline_reason, touched) == ("approved", "funds", [])
    assert isinstance(bells, list), "what there is to ring waits for the answer"
