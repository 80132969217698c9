"""Opening balance, movements, closing balance."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from pleo.lib.money import Money
from tests.cards.play import kroner, wallet
from tests.conftest import Cast
from wallet.models import AccountKind, LedgerAccount, TopUp, Transfer
from wallet.statement import statement
from wallet.top_up import receive_top_up
from wallet.transfer import transfer


def arrive(cast: Cast, amount: int, now: datetime, line: str) -> TopUp:
    return receive_top_up(
        account=wallet(cast.company), bank_line=line, amount=kroner(amount), value_date=now.date(), now=now
    )


def spend(cast: Cast, amount: int, now: datetime, top_up: TopUp) -> Transfer:
    return transfer(
        debit=wallet(cast.company),
        credit=LedgerAccount.objects.of_kind(cast.company, AccountKind.CARD_SETTLEMENT),
        amount=kroner(amount),
        code="card_purchase",
        subject=top_up,
        booked_at=now,
        value_date=now.date(),
    )


def test_a_month_opens_with_what_the_last_one_closed_with(cast: Cast) -> None:
    first = arrive(cast, 10_000, datetime(2026, 10, 5, 9, tzinfo=UTC), "1")
    spend(cast, 2_500, datetime(2026, 10, 20, 9, tzinfo=UTC), first)
    second = arrive(cast, 1_000, datetime(2026, 11, 3, 9, tzinfo=UTC), "2")
    spend(cast, 400, datetime(2026, 11, 4, 9, tzinfo=UTC), second)
    october = statement(account=wallet(cast.company), starts=date(2026, 10, 1), ends=date(2026, 11, 1))
    november = statement(account=wallet(cast.company), starts=date(2026, 11, 1), ends=date(2026, 12, 1))
    assert (october.opening, october.money_in, october.money_out) == (kroner(0), kroner(10_000), kroner(2_500))
    assert october.closing == november.opening == kroner(7_500)
    assert november.closing == kroner(8_100)
    lines = list(november.lines())
    assert [(line.change, line.balance) for line in lines] == [
        (kroner(1_000), kroner(8_500)),
        (kroner(-400), kroner(8_100)),
    ]


def test_the_companys_own_midnight_ends_the_month(cast: Cast) -> None:
    # 23:30 UTC on 31 October is already November in Copenhagen.
    arrive(cast, 10_000, datetime(2026, 10, 31, 23, 30, tzinfo=UTC), "1")
    october = statement(account=wallet(cast.company), starts=date(2026, 10, 1), ends=date(2026, 11, 1))
    november = statement(account=wallet(cast.company), starts=date(2026, 11, 1), ends=date(2026, 12, 1))
    assert (october.closing, november.closing) == (kroner(0), kroner(10_000))
    assert [line.transfer.text for line in november.lines()] == [""]


def test_a_month_without_movements_is_a_statement_too(cast: Cast) -> None:
    empty = statement(account=wallet(cast.company), starts=date(2026, 11, 1), ends=date(2026, 12, 1))
    assert (empty.opening, empty.closing, list(empty.lines())) == (kroner(0), kroner(0), [])


@given(
    amounts=st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 59), st.booleans()), max_size=12),
    cut=st.integers(0, 60),
)
def test_opening_and_movements_make_the_closing_wherever_it_is_cut(
    cast: Cast, amounts: list[tuple[int, int, bool]], cut: int
) -> None:
    from django.db import transaction

    with transaction.atomic():
        for number, (amount, day, is_spend) in enumerate(amounts):
            moment = datetime(2026, 9 + day // 30, day % 30 + 1, 12, tzinfo=UTC)
            top_up = arrive(cast, amount, moment, str(number))
            if is_spend:
                spend(cast, amount, moment, top_up)
        middle = date(2026, 9 + min(cut, 59) // 30, min(cut, 59) % 30 + 1)
        account = wallet(cast.company)
        before = statement(account=account, starts=date(2026, 9, 1), ends=middle)
        after = statement(account=account, starts=middle, ends=date(2026, 12, 1))
        assert before.closing == after.opening
        assert after.closing == account.balance
        for each in (before, after):
            lines = list(each.lines())
            assert (lines[-1].balance if lines else each.opening) == each.closing
            assert sum((line.change.amount for line in lines), each.opening.amount) == each.closing.amount
        transaction.set_rollback(True)
    assert wallet(cast.company).balance == Money(0, "DKK")
