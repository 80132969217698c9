"""Money set aside: opened, filled, given cards, moved, put away, and never below zero by a move."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from cards.cancel import cancel
from cards.change_wallet import change_wallet
from cards.freeze import CardClosed
from cards.intake import deliver
from cards.models import Card, MessageKind
from pleo.lib.errors import WrongState
from pleo.lib.money import Money
from tests.cards.play import NOON, buy, fund, kroner, message, new_card, wallet
from tests.conftest import Cast
from wallet.archive_sub_wallet import SubWalletInUse, SubWalletNotEmpty, archive_sub_wallet
from wallet.change_sub_wallet import change_sub_wallet
from wallet.check_ledger import check_ledger
from wallet.models import LedgerAccount, Transfer, WalletMove
from wallet.move_money import MoveKeyReused, WalletClosed, move_money
from wallet.open_sub_wallet import SubWalletNameMissing, SubWalletNameTaken, open_sub_wallet
from wallet.restore_sub_wallet import restore_sub_wallet
from wallet.transfer import AmountNotPositive, OtherCurrency, SameAccount, TooLittleAvailable

BASE = "/c/havblik/wallet"


def opened(cast: Cast, name: str = "Havnehuset", **options: Any) -> LedgerAccount:
    return open_sub_wallet(name=name, by=cast.dave, now=NOON, **options)


def moved(cast: Cast, amount: int | Money, target: LedgerAccount, **changes: Any) -> WalletMove:
    money = kroner(amount) if isinstance(amount, int) else amount
    values: dict[str, Any] = {
        "source": wallet(cast.company), "target": target, "amount": money, "key": uuid4(), "by": cast.dave, "now": NOON,
    }  # fmt: skip
    return move_money(**(values | changes))


def reread(account: LedgerAccount) -> LedgerAccount:
    found: LedgerAccount = LedgerAccount.objects.get(pk=account.pk)
    return found


def test_a_sub_wallet_begins_empty_with_a_reference_of_its_own(cast: Cast) -> None:
    made = opened(cast, "  Havne\n huset ", team=cast.team)
    assert (made.name, made.team, made.currency, made.available) == ("Havne huset", cast.team, "DKK", kroner(0))
    assert made.top_up_reference.startswith("PLEO-") and made.top_up_reference != wallet(cast.company).top_up_reference


@pytest.mark.parametrize("name", ["", "   ", "\x00", "x" * 61])
def test_a_sub_wallet_needs_a_name(cast: Cast, name: str) -> None:
    with pytest.raises(SubWalletNameMissing):
        opened(cast, name)


def test_a_name_is_there_once(cast: Cast) -> None:
    made, other = opened(cast), opened(cast, "Events")
    with pytest.raises(SubWalletNameTaken):
        opened(cast)
    with pytest.raises(SubWalletNameTaken):
        change_sub_wallet(account=other, name="Havnehuset", team=None, by=cast.dave, now=NOON)
    renamed = change_sub_wallet(account=made, name="Havn", team=cast.team, by=cast.dave, now=NOON)
    assert (renamed.name, renamed.team) == ("Havn", cast.team)


@pytest.mark.parametrize("fault", [{"kind": "wallet"}, {"name": ""}])
def test_the_database_keeps_names_with_sub_wallets(cast: Cast, fault: dict[str, str]) -> None:
    made = opened(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.filter(pk=made.pk).update(**fault)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.filter(pk=wallet(cast.company).pk).update(archived_at=NOON)


def test_a_move_is_one_transfer_and_once(cast: Cast) -> None:
    fund(cast.company, 100_000)
    made, key = opened(cast), uuid4()
    first = moved(cast, 40_000, made, key=key)
    assert moved(cast, 40_000, made, key=key) == first
    assert (wallet(cast.company).balance, reread(made).balance) == (kroner(60_000), kroner(40_000))
    assert Transfer.objects.filter(code="internal").count() == 1
    with pytest.raises(MoveKeyReused):
        moved(cast, 1, made, key=key)
    back = moved(cast, 40_000, wallet(cast.company), source=made)
    assert back.money == kroner(40_000) and reread(made).balance == kroner(0)
    assert check_ledger() == []


REFUSED: list[tuple[type[Exception], dict[str, Any]]] = [
    (AmountNotPositive, {"amount": kroner(0)}),
    (AmountNotPositive, {"amount": kroner(-5)}),
    (OtherCurrency, {"amount": Money(5, "EUR")}),
    (TooLittleAvailable, {"amount": kroner(95_201)}),
]


@pytest.mark.parametrize(("error", "fault"), REFUSED)
def test_a_move_takes_only_what_is_free(cast: Cast, error: type[Exception], fault: dict[str, Any]) -> None:
    fund(cast.company, 100_000)
    buy(new_card(cast.carol), 4_800)
    made = opened(cast)
    with pytest.raises(error):
        moved(cast, target=made, **{"amount": 1, **fault})
    assert not WalletMove.objects.exists()
    moved(cast, 95_200, made)
    assert wallet(cast.company).available == kroner(0)


@pytest.mark.parametrize("fault", [{"amount": 0}, {"currency": "kr"}, {"target": "source"}, {"key": "again"}])
def test_the_database_refuses_a_wrong_move(cast: Cast, fault: dict[str, Any]) -> None:
    fund(cast.company, 1_000)
    first = moved(cast, 1, opened(cast))
    second = moved(cast, 1, first.target)
    made_up = {"source": second.source_id, "again": first.key}
    values = {name: made_up.get(value, value) for name, value in fault.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        WalletMove.objects.filter(pk=second.pk).update(**values)


def test_an_overdraft_is_not_given_away(cast: Cast) -> None:
    LedgerAccount.objects.filter(pk=wallet(cast.company).pk).update(overdraft=5_000)
    with pytest.raises(TooLittleAvailable):
        moved(cast, 1, opened(cast))


def test_a_move_to_itself_is_none(cast: Cast) -> None:
    fund(cast.company, 100)
    with pytest.raises(SameAccount):
        moved(cast, 1, wallet(cast.company))


def test_a_card_pays_from_its_wallet_and_its_holds_stay(cast: Cast) -> None:
    fund(cast.company, 100_000)
    card, made = new_card(cast.carol), opened(cast)
    moved(cast, 10_000, made)
    before = buy(card, 30_000)
    change_wallet(card=card, account=made, by=cast.dave, now=NOON)
    card = Card.objects.select_related("account", "company").get(pk=card.pk)
    assert buy(card, 10_001).decline_reason == "funds"
    assert buy(card, 6_000).outcome == "approved"
    assert (wallet(cast.company).reserved, reread(made).reserved) == (kroner(30_000), kroner(6_000))
    deliver(
        message=message(
            MessageKind.CLEARING, card, 30_000, authorization_reference=before.issuer_reference, is_final=True
        ),
        now=NOON,
    )
    assert (wallet(cast.company).balance, wallet(cast.company).reserved) == (kroner(60_000), kroner(0))
    assert reread(made).balance == kroner(10_000)
    assert check_ledger() == []


def test_it_is_put_away_only_when_nothing_is_in_it_and_nothing_draws_on_it(cast: Cast) -> None:
    fund(cast.company, 10_000)
    made, card = opened(cast), new_card(cast.carol)
    change_wallet(card=card, account=made, by=cast.dave, now=NOON)
    with pytest.raises(SubWalletInUse):
        archive_sub_wallet(account=made, by=cast.dave, now=NOON)
    assert reread(made).archived_at is None
    change_wallet(card=card, account=wallet(cast.company), by=cast.dave, now=NOON)
    moved(cast, 5, made)
    with pytest.raises(SubWalletNotEmpty):
        archive_sub_wallet(account=made, by=cast.dave, now=NOON)
    moved(cast, 5, wallet(cast.company), source=made)
    archive_sub_wallet(account=made, by=cast.dave, now=NOON)
    with pytest.raises(WrongState):
        archive_sub_wallet(account=made, by=cast.dave, now=NOON)
    with pytest.raises(WalletClosed):
        moved(cast, 5, made)
    with pytest.raises(WalletClosed):
        change_wallet(card=card, account=made, by=cast.dave, now=NOON)
    restore_sub_wallet(account=made, by=cast.dave, now=NOON)
    moved(cast, 5, made)
    with pytest.raises(WrongState):
        restore_sub_wallet(account=made, by=cast.dave, now=NOON)


def test_a_closed_card_keeps_its_wallet(cast: Cast) -> None:
    card, made = new_card(cast.carol), opened(cast)
    cancel(card=card, by=cast.dave, now=NOON)
    with pytest.raises(CardClosed):
        change_wallet(card=card, account=made, by=cast.dave, now=NOON)


def test_pages_open_fill_and_put_away(cast: Cast, sign_in: Any) -> None:
    fund(cast.company, 100_000)
    card, client = new_card(cast.carol), sign_in(cast.dave)
    made_at = client.post(f"{BASE}/sub-wallets/new/", {"name": "Havnehuset", "team": str(cast.team.pk)})["Location"]
    account = LedgerAccount.objects.get(name="Havnehuset")
    data = {
        "source": wallet(cast.company).pk,
        "target": account.pk,
        "amount": "250,00",
        "note": "Beams",
        "key": uuid4(),
    }
    assert client.post(f"{BASE}/move/", data).status_code == 303
    assert client.post(f"{BASE}/move/", {**data, "key": uuid4(), "amount": "5000"}).status_code == 422
    assert client.post(f"{made_at}cards/", {"cards": [str(card.pk)]}).status_code == 303
    page = client.get(made_at).content.decode()
    assert "Beams" in page and "Carol" in page and "250" in page and "Put away" not in page
    listed = client.get(f"{BASE}/sub-wallets/?q=havn").content.decode()
    assert "Havnehuset" in listed and "Studio" in listed
    assert "No sub-wallet matches" in client.get(f"{BASE}/sub-wallets/?q=made+up").content.decode()
    assert "Havnehuset" in client.get(f"{BASE}/").content.decode()
    assert client.post(f"{made_at}archive/").status_code == 303 and reread(account).archived_at is None
    file = b"".join(client.get(f"{BASE}/sub-wallets/sub-wallets.csv").streaming_content).decode()
    assert "Havnehuset,Studio,250.00" in file
    assert client.post(f"/c/havblik/cards/{card.pk}/wallet/", {"account": wallet(cast.company).pk}).status_code == 303
    assert Card.objects.get(pk=card.pk).account == wallet(cast.company)
    assert client.post(f"{made_at}edit/", {"name": "", "team": ""}).status_code == 422
    assert client.post(f"{made_at}edit/", {"name": "Havn", "team": ""}).status_code == 303


def test_the_api_opens_moves_and_puts_away(cast: Cast) -> None:
    from tests.cards.test_api import caller

    calls = caller(cast.dave)
    fund(cast.company, 1_000)
    made = calls("post", "sub-wallets/", {"name": "Havnehuset"}).json()
    assert calls("post", "sub-wallets/", {"name": "Havnehuset"}).json()["error"]["code"] == "sub_wallet_name_taken"
    body = {
        "source": str(wallet(cast.company).pk), "target": made["id"], "money": {"amount": 400, "currency": "DKK"},
        "key": str(uuid4()),
    }  # fmt: skip
    assert calls("post", "wallet-moves/", body).json() == calls("post", "wallet-moves/", body).json()
    assert calls("get", f"sub-wallets/{made['id']}/").json()["available"]["amount"] == 400
    refused = calls("post", f"sub-wallets/{made['id']}/archive/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "sub_wallet_not_empty")
    more = calls("post", "wallet-moves/", body | {"key": str(uuid4()), "money": {"amount": 601, "currency": "DKK"}})
    assert more.json()["error"]["code"] == "too_little_available"
    card = new_card(cast.carol)
    assert calls("put", f"cards/{card.pk}/wallet/", {"wallet": made["id"]}).json() == {"wallet": made["id"]}
    assert calls("put", f"cards/{card.pk}/wallet/", {"wallet": str(uuid4())}).status_code == 422
    assert calls("patch", f"sub-wallets/{made['id']}/", {"name": "Havn"}).json()["name"] == "Havn"
    assert [row["name"] for row in calls("get", "sub-wallets/?archived=false").json()["results"]] == ["Havn"]
