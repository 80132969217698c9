"""What finance did with the wallet: a part set aside, fees, a bank statement with a line nobody knows, an alert, a rule."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import uuid5
from xml.sax.saxutils import escape

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import Role
from bookkeeping.sources import book_transfer, books_itself
from cards.change_wallet import change_wallet
from cards.models import CardState
from pleo.demo.found import Founded
from pleo.lib.iban import with_check
from pleo.lib.money import Money
from wallet.charge_fee import charge_fee
from wallet.import_statement import import_statement
from wallet.models import CapInterval, FeePlan, LedgerAccount, Transfer
from wallet.move_money import move_money
from wallet.movements import previous_month
from wallet.open_sub_wallet import open_sub_wallet
from wallet.read_statement import read_statement
from wallet.set_low_balance import set_low_balance
from wallet.set_top_up_rule import set_top_up_rule
from wallet.sign_mandate import sign_mandate
from wallet.verify_ledger import verify_ledger
from wallet.withdraw import withdraw

# The company whose finance does all of it, and its project with a wallet of its own.
SHOWN, PROJECT = "havblik", "Havnehuset"
FEE = 39_000


def look_after_wallet(made: Founded, now: datetime) -> None:
    """Do with a company's wallet what its finance does, with the verbs that the pages use."""
    _charge(made, now)
    if made.plan.slug == SHOWN:
        _set_aside(made, now)
        _bring_in(made, now)
        _watch(made, now)
    rows = (
        Transfer.objects.for_company(made.company).filter(book_items=None).select_related("company", "credit_account")
    )
    for transfer in rows.exclude(subject_type="cards.clearing"):
        if books_itself(transfer):
            book_transfer(transfer=transfer)
    verify_ledger(company=made.company, now=now, full=True)


def _charge(made: Founded, now: datetime) -> None:
    """Charge this month and the one before it, which the accountant has not taken over yet."""
    this = made.company.day_of(now).replace(day=1)
    plan = FeePlan.objects.create(
        company=made.company, text="Pleo Essential", amount=FEE, currency=made.company.currency,
        first_month=previous_month(this),
    )  # fmt: skip
    for month in (previous_month(this), this):
        charge_fee(plan=plan, month=month, now=min(now, datetime.combine(month, time(4), tzinfo=made.company.zone)))


def _set_aside(made: Founded, now: datetime) -> None:
    finance, main = made.who(Role.ADMIN), LedgerAccount.objects.wallet_of(made.company)
    team = made.company.memberships.exclude(team=None).select_related("team").order_by("team__name").first()
    project = open_sub_wallet(name=PROJECT, team=team.team if team else None, by=finance, now=now)
    move_money(
        source=main, target=project, amount=Money(_fifth(main), main.currency), key=uuid5(made.company.pk, PROJECT), by=finance,
        now=now, note="Budget for the site office",
    )  # fmt: skip
    cards = [card for card in made.cards.values() if card.state == CardState.ACTIVE]
    for card in cards[-2:]:
        change_wallet(card=card, account=project, by=finance, now=now)


def _fifth(account: LedgerAccount) -> int:
    """Return about a fifth of what is available, as a round amount."""
    return max(account.available.amount // 5 // 100_000, 1) * 100_000


def _bring_in(made: Founded, now: datetime) -> None:
    finance = made.who(Role.ADMIN)
    data = bank_file(made, LedgerAccount.objects.wallet_of(made.company).top_up_reference, now)
    # In one transaction: a worker of the running product would find a file that nobody has read since this morning.
    with transaction.atomic():
        row = import_statement(by=finance, file=ContentFile(data, name="statement.xml"), now=now)
        read_statement(statement_id=row.pk, now=now)


def _watch(made: Founded, now: datetime) -> None:
    finance, main = made.who(Role.ADMIN), LedgerAccount.objects.wallet_of(made.company)
    low = Money(max(main.available.amount // 4 // 100_000, 1) * 100_000, main.currency)
    name, iban = made.company.legal_name or made.company.name, with_check("DK", "00400440116243")
    set_low_balance(account=main, below=low, by=finance, now=now)
    mandate = sign_mandate(holder=name, iban=iban, by=finance, now=now)
    refill = Money(made.plan.refill, main.currency)
    set_top_up_rule(
        account=main, mandate=mandate, below=low, amount=refill, cap=Money(refill.amount * 3, main.currency),
        cap_interval=CapInterval.MONTH, by=finance, now=now,
    )  # fmt: skip
    withdraw(
        account=main, amount=Money(_fifth(main) // 2, main.currency), holder=name, iban=iban, by=made.who(Role.OWNER), now=now,
        key=uuid5(made.company.pk, "withdrawal"),
    )  # fmt: skip


def bank_file(made: Founded, code: str, now: datetime) -> bytes:
    """Return a day's statement of the bank: money with our code, money that nobody can place, and money that left."""
    day, name, currency = made.company.day_of(now).isoformat(), made.company.name, made.company.currency
    lines: list[tuple[int, str, str, str]] = [
        (50_000, name, code, "0001"),
        (1_250, "Nordlyd ApS", "Deposit returned", "0002"),
        (-780, "Kontorhotellet", "Meeting room", "0003"),
    ]
    entries = "".join(_entry(line, day, currency) for line in lines)
    opening, closing = 200_000, 200_000 + sum(line[0] for line in lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{day}</MsgId></GrpHdr><Stmt><Id>{day}</Id><Acct><Id><IBAN>DK5000400440116243</IBAN></Id></Acct>"
        f"{_balance('OPBD', opening, currency)}{_balance('CLBD', closing, currency)}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _balance(code: str, amount: int, currency: str) -> str:
    tag = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f'<Bal>{tag}<Amt Ccy="{currency}">{amount}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'


def _entry(line: tuple[int, str, str, str], day: str, currency: str) -> str:
    amount, party, text, number = line
    mark, side = ("CRDT", "Dbtr") if amount > 0 else ("DBIT", "Cdtr")
    facts: dict[str, Any] = {"day": day, "ref": f"{day.replace('-', '')}{number}"}
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(amount)}.00</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        "<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{ref}</AcctSvcrRef>".format(**facts)
        + f"<NtryDtls><TxDtls><RltdPties><{side}><Pty><Nm>{escape(party)}</Nm></Pty></{side}></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
