"""The ledger is recomputed, and what differs is said."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.cards import play
from tests.cards.play import wallet
from tests.conftest import Cast
from wallet.check_ledger import check_ledger
from wallet.models import LedgerAccount


def test_an_exact_ledger_says_so(cast: Cast) -> None:
    play.fund(cast.company, 1_000)
    play.buy(play.new_card(cast.carol), 300)
    out = StringIO()
    call_command("check_ledger", stdout=out)
    assert out.getvalue() == "The ledger is exact: 12 accounts, 1 transfers.\n"
    out = StringIO()
    call_command("check_ledger", company=cast.other.slug, stdout=out)
    assert out.getvalue() == "The ledger is exact: 6 accounts, 0 transfers.\n"


@pytest.mark.parametrize("counter", ["debits_posted", "credits_posted", "debits_pending", "credits_pending"])
def test_a_counter_changed_past_the_verbs_is_found(cast: Cast, counter: str) -> None:
    play.fund(cast.company, 1_000)
    kept = getattr(wallet(cast.company), counter) + 7
    LedgerAccount.objects.filter(pk=wallet(cast.company).pk).update(**{counter: kept})
    (difference,) = check_ledger(company=cast.company)
    assert (difference.account_id, difference.counter, difference.kept) == (wallet(cast.company).pk, counter, kept)
    assert difference.counted == kept - 7
    assert check_ledger(company=cast.other) == []
    errors = StringIO()
    with pytest.raises(CommandError, match="differs in 1 places"):
        call_command("check_ledger", stderr=errors)
    assert counter in errors.getvalue()


def test_an_unknown_company_is_a_clear_sentence(cast: Cast) -> None:
    with pytest.raises(CommandError, match="no company called nobody"):
        call_command("check_ledger", company="nobody")
