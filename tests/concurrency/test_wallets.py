"""Many at once at a wallet: the last money moves once, and nobody fills a wallet that is being put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F

from cards.change_wallet import change_wallet
from pleo.lib.errors import DomainError
from tests.cards.play import NOON, fund, kroner, new_card, wallet
from tests.conftest import Cast
from tests.wallet.bank_files import Booking, camt, upload
from wallet import transfer as moving
from wallet.archive_sub_wallet import archive_sub_wallet, users_of
from wallet.check_ledger import check_ledger
from wallet.collect import collect_due
from wallet.import_statement import import_statement
from wallet.match_line import match_line
from wallet.match_new import match_new
from wallet.models import BankLine, LedgerAccount, TopUp, Transfer, WalletMove
from wallet.move_money import move_money
from wallet.open_sub_wallet import open_sub_wallet
from wallet.read_statement import read_statement
from wallet.set_low_balance import set_low_balance
from wallet.set_top_up_rule import set_top_up_rule
from wallet.settle_debit import settle_due
from wallet.sign_mandate import sign_mandate
from wallet.statements import read
from wallet.watch_balance import watch_balances

Together = Callable[[int, Callable[[int], Any]], list[Any]]


def attempt(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except DomainError as error:
        return error.code


def moves(cast: Cast, together: Together, count: int) -> list[Any]:
    """Let many people move the last hundred kroner at once, half of them one way, half of them back and forth."""
    target = open_sub_wallet(name="Havnehuset", by=cast.dave, now=NOON)
    source = wallet(cast.company)

    def act(_: int) -> Any:
        return attempt(
            lambda: move_money(source=source, target=target, amount=kroner(10_000), key=uuid4(), by=cast.dave, now=NOON)
        )

    return together(count, act)


def test_the_last_money_moves_once(cast: Cast, together: Together) -> None:
    fund(cast.company, 10_000)
    results = moves(cast, together, 6)
    assert sum(isinstance(result, WalletMove) for result in results) == 1
    assert sorted(result for result in results if isinstance(result, str)) == ["too_little_available"] * 5
    assert wallet(cast.company).balance == kroner(0)
    assert check_ledger() == []


@pytest.mark.postgres
def test_without_the_condition_in_the_statement_the_race_is_lost(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shows that the test above can fail: look first, then move, as people write it."""
    fund(cast.company, 10_000)
    honest = moving.transfer

    def look_then_move(*, only_available: bool = False, **values: Any) -> Any:
        account = LedgerAccount.objects.get(pk=values["debit"].pk)
        if account.available < values["amount"]:
            raise moving.TooLittleAvailable
        import time

        time.sleep(0.2)
        return honest(**values)

    monkeypatch.setattr("wallet.move_money.transfer", look_then_move)
    results = moves(cast, together, 4)
    assert sum(isinstance(result, WalletMove) for result in results) > 1
    assert wallet(cast.company).balance < kroner(0)


def test_money_that_crosses_never_waits_in_a_circle(cast: Cast, together: Together) -> None:
    fund(cast.company, 50_000)
    main, other = wallet(cast.company), open_sub_wallet(name="Havnehuset", by=cast.dave, now=NOON)
    move_money(source=main, target=other, amount=kroner(20_000), key=uuid4(), by=cast.dave, now=NOON)

    def act(number: int) -> Any:
        source, target = (main, other) if number % 2 else (other, main)
        return attempt(
            lambda: move_money(source=source, target=target, amount=kroner(1_000), key=uuid4(), by=cast.dave, now=NOON)
        )

    assert all(isinstance(result, WalletMove) for result in together(8, act))
    assert check_ledger() == []


def test_a_wallet_that_is_put_away_has_no_card_and_no_money(cast: Cast, together: Together) -> None:
    fund(cast.company, 50_000)
    for number in range(4):
        made = open_sub_wallet(name=f"Project {number}", by=cast.dave, now=NOON)
        card = new_card(cast.carol)

        def act(which: int, made: LedgerAccount = made, card: Any = card) -> Any:
            if which == 0:
                return attempt(lambda: archive_sub_wallet(account=made, by=cast.dave, now=NOON))
            if which == 1:
                return attempt(lambda: change_wallet(card=card, account=made, by=cast.dave, now=NOON))
            return attempt(
                lambda: move_money(
                    source=wallet(cast.company), target=made, amount=kroner(5), key=uuid4(), by=cast.dave, now=NOON
                )
            )

        together(3, act)
        after = LedgerAccount.objects.get(pk=made.pk)
        assert after.archived_at is None or (users_of(after) == 0 and not after.balance)
    assert not LedgerAccount.objects.filter(archived_at__isnull=False).exclude(credits_posted=F("debits_posted"))


def test_two_workers_on_overlapping_statements_book_each_line_once(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.read_statement.read_bounded", lambda path: read(path.read_bytes()))
    code = wallet(cast.company).top_up_reference
    shared = [Booking("5.00", code, ref=f"R{number}") for number in range(8)]
    rows = [
        import_statement(
            by=cast.dave, file=upload(camt([*shared, Booking("1.00", code, ref=name)], name=name)), now=NOON
        )
        for name in ("A", "B", "C")
    ]
    # Each file is given to two workers, as a broker does that delivers twice.
    together(6, lambda number: read_statement(statement_id=rows[number // 2].pk, now=NOON))
    match_new(company=cast.company, now=NOON)
    assert wallet(cast.company).balance == kroner(8 * 500 + 3 * 100)
    assert BankLine.objects.filter(status="repeated").count() == 16
    assert TopUp.objects.count() == 11
    assert check_ledger() == []


def test_a_line_matched_by_two_people_at_once_is_one_top_up(
    cast: Cast, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallet.read_statement.read_bounded", lambda path: read(path.read_bytes()))
    row = import_statement(by=cast.dave, file=upload(camt([Booking("5.00", "Hello", ref="R1")])), now=NOON)
    read_statement(statement_id=row.pk, now=NOON)
    wallets = [wallet(cast.company), open_sub_wallet(name="Havnehuset", by=cast.dave, now=NOON)]
    line = BankLine.objects.get()

    def act(number: int) -> Any:
        return attempt(lambda: match_line(line=line, account=wallets[number % 2], by=cast.dave, now=NOON))

    results = together(4, act)
    assert sorted(str(result) for result in results if isinstance(result, str)) == ["wrong_state"] * 3
    assert (TopUp.objects.count(), Transfer.objects.count()) == (1, 1)
    assert check_ledger() == []


def test_many_workers_order_one_collection_and_tell_once(cast: Cast, together: Together) -> None:
    mandate = sign_mandate(holder="Havblik", iban="DE89370400440532013000", by=cast.dave, now=NOON)
    values = {"below": kroner(100), "amount": kroner(200), "cap": kroner(900), "cap_interval": "day"}
    set_top_up_rule(account=wallet(cast.company), mandate=mandate, by=cast.dave, now=NOON, **values)
    set_low_balance(account=wallet(cast.company), below=kroner(100), by=cast.dave, now=NOON)
    together(6, lambda _: collect_due(now=NOON))
    assert TopUp.objects.count() == 1
    assert sum(together(6, lambda _: watch_balances(now=NOON))) == 1
    together(6, lambda _: settle_due(now=NOON.replace(hour=12)))
    assert wallet(cast.company).balance == kroner(200)
    assert Transfer.objects.count() == 1
    assert check_ledger() == []
