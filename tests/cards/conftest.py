"""Carol's card, and money for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cards.check_limits import check_limits
from cards.models import Card
from tests.cards import play
from tests.conftest import Cast
from wallet.check_ledger import check_ledger


@pytest.fixture
def card(cast: Cast) -> Card:
    """Carol's card; the wallet holds 1.000,00 kr. and there is no limit."""
    play.fund(cast.company, 100_000)
    return play.new_card(cast.carol)


@pytest.fixture(autouse=True)
def _no_deadline(settings: Any) -> None:
    """A busy machine must not turn a yes into a late one; what the deadline does is tested by setting it."""
    settings.DECISION_SECONDS = None


@pytest.fixture(autouse=True)
def _books_agree(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rule 33 after every test that touched money: the ledger and the limits' counters are exact."""
    touches_money = "cast" in request.fixturenames
    if touches_money:
        request.getfixturevalue("cast")
    yield
    if touches_money:
        assert check_ledger() == []
        assert check_limits() == []
