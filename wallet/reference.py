"""What a payer writes so that the money is known to be the company's: a code of ours, also as a structured reference."""

from __future__ import annotations

import re

from pleo.lib.iban import is_creditor_reference, with_check
from wallet.open_accounts import ALPHABET

_CODE = re.compile(rf"PLEO([{ALPHABET}]{{8}})")
_STRUCTURED = re.compile(rf"RF[0-9]{{2}}PLEO[{ALPHABET}]{{8}}")


def structured(code: str) -> str:
    """Return a code as a creditor reference (ISO 11649), which banks check as it is typed."""
    return with_check("RF", code.replace("-", ""))


def shown(reference: str) -> str:
    """Return a structured reference in groups of four, as people read it."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def codes_in(*texts: str) -> list[str]:
    """Return the codes that stand in what a payer wrote, each once, however it was broken up or decorated.

    Banks fold long texts at odd places and people leave out dashes, so everything but letters and digits is dropped first. A
    structured reference whose check number is wrong was mistyped and counts for nothing.
    """
    found: list[str] = []
    for text in texts:
        bare = re.sub(r"[^A-Z0-9]", "", text.upper())
        wrong = {each for each in _STRUCTURED.findall(bare) if not is_creditor_reference(each)}
        for reference in wrong:
            bare = bare.replace(reference, " ")
        found += [f"PLEO-{letters}" for letters in _CODE.findall(bare)]
    return list(dict.fromkeys(found))
