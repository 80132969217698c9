"""The wallet's pages: what is available, topping up, statements, the ledger."""

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from uuid import uuid4

import pytest

from pleo.lib.money import Money
from wallet.models import AccountKind, LedgerAccount, TopUp, Transfer, TransferCode
from wallet.movements import lines, months
from wallet.top_up import receive_top_up
from wallet.transfer import transfer

BASE = "/c/havblik"


@pytest.fixture
def account(cast):
    return LedgerAccount.objects.wallet_of(cast.company)


def pay_in(account, minor, when, payer="Danske Bank"):
    return receive_top_up(
        account=account,
        bank_line=str(uuid4()),
        amount=Money(minor, "DKK"),
        value_date=when.date(),
        payer=payer,
        now=when,
    )


def spend(account, minor, when, text="Kaffebar"):
    other = LedgerAccount.objects.of_kind(account.company, AccountKind.CARD_SETTLEMENT)
    subject = pay_in(account, 1, when)
    return transfer(
        debit=account, credit=other, amount=Money(minor, "DKK"), code=TransferCode.CARD_PURCHASE, subject=subject,
        booked_at=when, value_date=when.date(), text=text,
    )  # fmt: skip


def at(month, day, hour=12):
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def history(account):
    pay_in(account, 100_000, at(9, 10))
    spend(account, 30_000, at(9, 20), "Hotel Skagerrak")
    spend(account, 20_000, at(10, 5), "Café Ørsted")
    # The last hour of October in UTC is November where the company is.
    pay_in(account, 50_000, at(10, 31, 23), "Nordea")
    account.refresh_from_db()
    return account


def test_the_wallet_shows_what_is_available_and_what_moved(history, cast, sign_in):
    page = sign_in(cast.dave).get(f"{BASE}/wallet/").content.decode()
    assert "Hotel Skagerrak" in page
    assert "1.000<" in page
    assert "Top up" in page


def test_a_page_without_movements_says_so(cast, sign_in):
    page = sign_in(cast.dave).get(f"{BASE}/wallet/").content.decode()
    assert "No money has moved yet" in page


@pytest.mark.parametrize("query", ["q=skagerrak", "code=card_purchase&q=Hotel"])
def test_movements_are_found(history, cast, sign_in, query):
    page = sign_in(cast.bob).get(f"{BASE}/wallet/?{query}", headers={"HX-Request": "true"}).content.decode()
    assert "Hotel Skagerrak" in page
    assert "Ørsted" not in page
    assert "<h1" not in page


@pytest.mark.parametrize(
    "query", ["code=nonsense", "cursor=made-up", "sort=nonsense", "q=" + "x" * 500, "q=%00", "code=" + "'" * 9]
)
def test_nonsense_in_the_address_never_breaks_the_page(history, cast, sign_in, query):
    assert sign_in(cast.dave).get(f"{BASE}/wallet/?{query}").status_code == 200
    assert sign_in(cast.dave).get(f"{BASE}/ledger/?{query}&account={query}").status_code == 200


def test_balances_follow_each_other_in_either_order(history):
    rows = list(history.credits.all()) + list(history.debits.all())
    forwards = lines(history, sorted(rows, key=lambda row: (row.booked_at, row.pk)))
    assert forwards[-1].balance == history.balance
    assert lines(history, sorted(rows, key=lambda row: (row.booked_at, row.pk), reverse=True)) == forwards[::-1]
    assert lines(history, []) == []


def test_each_month_opens_where_the_last_one_closed(history):
    found = months(history, today=date(2026, 12, 3))
    assert [month.key for month in found] == ["2026-12", "2026-11", "2026-10", "2026-09"]
    assert found[0].is_running
    assert found[0].closing == history.balance
    for later, earlier in pairwise(found):
        assert later.opening == earlier.closing
    assert found[-1].opening == Money(0, "DKK")
    assert found[1].money_in == Money(50_000, "DKK")


def test_a_statement_adds_up_and_downloads(history, cast, sign_in):
    client = sign_in(cast.bob)
    page = client.get(f"{BASE}/wallet/statements/2026-09/").content.decode()
    assert "September 2026" in page
    file = b"".join(client.get(f"{BASE}/wallet/statements/2026-09/statement.csv").streaming_content).decode("utf-8-sig")
    rows = [line.split(",") for line in file.splitlines()[1:]]
    assert rows[0][1] == "opening"
    assert rows[-1][1] == "closing"
    assert rows[-1][5] == "700.01"
    assert len(rows) == 5


@pytest.mark.parametrize("month", ["2026-13", "made-up", "3000-01", "1999-12", "2026-9999", "0000-00"])
def test_a_made_up_month_is_not_found(cast, sign_in, month):
    assert sign_in(cast.bob).get(f"{BASE}/wallet/statements/{month}/").status_code == 404


def key_of(page: str) -> str:
    return re.search(r'name="key" value="([^"]+)"', page)[1]


def test_a_pretend_transfer_arrives_once_however_often_it_is_sent(account, cast, sign_in):
    client = sign_in(cast.dave)
    data = {"amount": "1.200,00", "key": key_of(client.get(f"{BASE}/wallet/top-up/").content.decode())}
    response = client.post(f"{BASE}/wallet/top-up/", data)
    assert (response.status_code, response["Location"]) == (303, f"{BASE}/wallet/")
    client.post(f"{BASE}/wallet/top-up/", data)
    account.refresh_from_db()
    assert account.balance == Money(120_000, "DKK")
    assert TopUp.objects.count() == 1
    assert "arrived in the wallet" in client.get(f"{BASE}/wallet/").content.decode()


def test_the_same_key_with_another_amount_is_refused(account, cast, sign_in):
    client, key = sign_in(cast.dave), str(uuid4())
    client.post(f"{BASE}/wallet/top-up/", {"amount": "10", "key": key})
    response = client.post(f"{BASE}/wallet/top-up/", {"amount": "20", "key": key})
    assert response.status_code == 422
    assert "booked before with another amount" in response.content.decode()


@pytest.mark.parametrize(
    "data",
    [{}, {"amount": "abc"}, {"amount": "0"}, {"amount": "-5"}, {"amount": "9" * 30}, {"amount": "5", "key": "x"}],
)
def test_a_bad_amount_is_explained_and_kept(account, cast, sign_in, data):
    response = sign_in(cast.dave).post(f"{BASE}/wallet/top-up/", {"key": str(uuid4()), **data})
    assert response.status_code == 422
    assert not TopUp.objects.exists()
    assert data.get("amount", "") in response.content.decode()


def test_a_real_company_cannot_pretend(account, cast, sign_in):
    type(cast.company).objects.filter(pk=cast.company.pk).update(issuer="stripe")
    client = sign_in(cast.dave)
    assert "Pretend" not in client.get(f"{BASE}/wallet/top-up/").content.decode()
    client.post(f"{BASE}/wallet/top-up/", {"amount": "10", "key": str(uuid4())})
    assert TopUp.objects.get().status == "pending"
    assert not Transfer.objects.exists()


def test_the_ledger_shows_that_it_agrees(history, cast, sign_in):
    page = sign_in(cast.bob).get(f"{BASE}/ledger/").content.decode()
    assert "The ledger agrees" in page
    assert "Card settlement" in page


def test_the_ledger_shows_that_it_does_not_agree(history, cast, sign_in):
    LedgerAccount.objects.filter(pk=history.pk).update(credits_posted=1)
    page = sign_in(cast.bob).get(f"{BASE}/ledger/").content.decode()
    assert "The ledger does not agree" in page
    assert "credits_posted" in page


def test_the_ledger_narrows_to_an_account(history, cast, sign_in):
    fees = LedgerAccount.objects.of_kind(cast.company, AccountKind.FEES)
    page = sign_in(cast.bob).get(f"{BASE}/ledger/?account={fees.pk}").content.decode()
    assert "Transfers of Fees" in page
    assert "No transfer matches" in page


def test_files_hold_what_the_page_was_narrowed_to(history, cast, sign_in):
    client = sign_in(cast.bob)
    file = b"".join(client.get(f"{BASE}/wallet/movements.csv?q=skagerrak").streaming_content).decode()
    assert len(file.splitlines()) == 2
    assert "-300.00" in file
    ledger = b"".join(client.get(f"{BASE}/ledger/transfers.csv").streaming_content).decode()
    assert len(ledger.splitlines()) == 1 + 6


def test_another_company_s_money_is_nowhere(history, cast, sign_in):
    page = sign_in(cast.mallory).get("/c/strandgut/ledger/").content.decode()
    assert "Skagerrak" not in page
