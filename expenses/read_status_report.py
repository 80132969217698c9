"""The bank's answer to a payment file, pain.002: who was paid, who was refused and why. Pure.

Versions .03 to .15 differ in their namespace and in details we do not read; the names of what we read are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext
from lxml import etree

from pleo.lib.errors import DomainError
from pleo.lib.money import Money

# ISO 20022: settled; refused; everything else is still under way.
PAID = frozenset({"ACSC", "ACCC"})
REFUSED = frozenset({"RJCT", "CANC"})
LARGEST = 20 * 1024 * 1024


class NotAReport(DomainError):
    """The file is no payment status report."""

    code = "not_a_status_report"
    field = "file"

    def message(self) -> str:
        return gettext(
            "This is no payment status report (pain.002). The bank offers it as the answer to a payment file."
        )


@dataclass(frozen=True)
class Answer:
    """What the bank says of one payment, or of a whole message when `end_to_end_id` is empty."""

    message_id: str
    end_to_end_id: str
    status: str
    code: str = ""
    booked_on: date | None = None
    amount: Money | None = None

    @property
    def outcome(self) -> str:
        """paid, failed, or empty while it is under way."""
        return "paid" if self.status in PAID else "failed" if self.status in REFUSED else ""


def read_status_report(content: bytes) -> list[Answer]:
    """Return the answers, single payments before whole messages. Raises NotAReport."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(content[:LARGEST], parser=parser)
    except (etree.XMLSyntaxError, ValueError):
        raise NotAReport from None
    report = root.find("{*}CstmrPmtStsRpt")
    if report is None:
        raise NotAReport
    return list(_answers(report))


def _answers(report: etree._Element) -> Iterator[Answer]:
    message = _text(report, "{*}OrgnlGrpInfAndSts/{*}OrgnlMsgId")
    whole = _text(report, "{*}OrgnlGrpInfAndSts/{*}GrpSts")
    blocks = report.findall("{*}OrgnlPmtInfAndSts")
    for block in blocks:
        for payment in block.findall("{*}TxInfAndSts"):
            reference, status = _text(payment, "{*}OrgnlEndToEndId"), _text(payment, "{*}TxSts")
            if reference and status:
                yield Answer(message, reference, status, _reason(payment))
    for block in blocks:
        status = _text(block, "{*}PmtInfSts")
        if status and status != "PART":
            yield Answer(message, "", status, _reason(block))
    if whole and whole != "PART":
        group = report.find("{*}OrgnlGrpInfAndSts")
        assert group is not None, "its status stands in it"
        yield Answer(message, "", whole, _reason(group))


def _reason(element: etree._Element) -> str:
    return _text(element, "{*}StsRsnInf/{*}Rsn/{*}Cd") or _text(element, "{*}StsRsnInf/{*}Rsn/{*}Prtry")


def _text(element: etree._Element, path: str) -> str:
    found = element.findtext(path)
    return found.strip()[:35] if found else ""
