"""Bank statements made to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile


@dataclass(frozen=True)
class Booking:
    """One entry. `amount` is below zero when money went out."""

    amount: str
    text: str = ""
    ref: str = ""
    day: str = "2026-11-18"
    payer: str = "Havblik ApS"
    iban: str = "DE89370400440532013000"
    end_to_end: str = "NOTPROVIDED"
    structured: str = ""


def camt(
    bookings: Sequence[Booking], *, version: str = "08", kind: str = "053", opening: str = "100.00", closing: str = "",
    currency: str = "DKK", name: str = "S-1",
) -> bytes:  # fmt: skip
    """Return a camt message. The closing balance is right unless given."""
    total = Decimal(opening) + sum((Decimal(each.amount) for each in bookings), Decimal())
    body = "".join(_entry(each, version, currency) for each in bookings)
    balances = ""
    if kind == "053":
        balances = _balance("OPBD", Decimal(opening), currency) + _balance("CLBD", Decimal(closing or total), currency)
    holder, each = ("BkToCstmrStmt", "Stmt") if kind == "053" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}">'
        f"<{holder}><GrpHdr><MsgId>M</MsgId></GrpHdr><{each}><Id>{name}</Id>"
        f"<Acct><Id><IBAN>DK5000400440116243</IBAN></Id></Acct>{balances}{body}</{each}></{holder}></Document>"
    ).encode()


def _balance(code: str, amount: Decimal, currency: str) -> str:
    mark = "DBIT" if amount < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{abs(amount)}</Amt>"
        f"<CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>2026-11-18</Dt></Dt></Bal>"
    )


def _entry(each: Booking, version: str, currency: str) -> str:
    incoming = not each.amount.startswith("-")
    side, mark = ("Dbtr", "CRDT") if incoming else ("Cdtr", "DBIT")
    party = f"<Nm>{each.payer}</Nm>" if version == "02" else f"<Pty><Nm>{each.payer}</Nm></Pty>"
    status = "BOOK" if version == "02" else "<Cd>BOOK</Cd>"
    ref = f"<AcctSvcrRef>{each.ref}</AcctSvcrRef>" if each.ref else ""
    structured = f"<Strd><CdtrRefInf><Ref>{each.structured}</Ref></CdtrRefInf></Strd>" if each.structured else ""
    return (
        f"<Ntry><Amt Ccy='{currency}'>{each.amount.lstrip('-')}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>{status}</Sts>"
        f"<BookgDt><Dt>{each.day}</Dt></BookgDt><ValDt><Dt>{each.day}</Dt></ValDt>{ref}<NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{each.end_to_end}</EndToEndId></Refs><RltdPties><{side}>{party}</{side}>"
        f"<{side}Acct><Id><IBAN>{each.iban}</IBAN></Id></{side}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{each.text}</Ustrd>{structured}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def swift(bookings: Sequence[Booking], *, opening: str = "100,00", closing: str = "", currency: str = "DKK") -> bytes:
    """Return an MT940 statement. The closing balance is right unless given."""
    total = Decimal(opening.replace(",", ".")) + sum((Decimal(each.amount) for each in bookings), Decimal())
    lines = [":20:STARTUMSE", ":25:37040044/532013000", ":28C:1/1", f":60F:C261117{currency}{opening}"]
    for each in bookings:
        mark, day = ("D" if each.amount.startswith("-") else "C"), each.day[2:].replace("-", "")
        amount = each.amount.lstrip("-").replace(".", ",")
        lines.append(f":61:{day}{day[2:]}{mark}{amount}NTRFNONREF" + (f"//{each.ref}" if each.ref else ""))
        lines.append(f":86:{each.payer} {each.text}")
    lines.append(f":62F:C261118{currency}{closing or str(total).replace('.', ',')}")
    return ("\r\n".join([*lines, "-"])).encode()


def upload(data: bytes, name: str = "statement.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)
