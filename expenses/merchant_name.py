"""The name of a merchant as it is compared: what a till, a network and a person write of one shop becomes one word."""

from __future__ import annotations

import re

from receipts.reading.rows import fold

# Legal forms say nothing about which shop it was; neither does who carried the payment: "SumUp *Klitten",
# "SQ *KLITTEN", "ZETTLE_*KLITTEN".
FORM = re.compile(r"\b(?:aps|a/s|as|ab|oyj?|gmbh|ag|kg|ltd|limited|llc|inc|bv|nv|sarl|sas|sa|srl|sl|spa)\b")
THROUGH = re.compile(r"^\s*[A-Za-z]{2,8}[ _.]{0,2}\*\s?")
# Numbers of tills, shops and orders: a word with two digits or more, alone or behind a hash.
_NUMBER = re.compile(r"(?:^|(?<=\s))#?\w*\d\w*\d\w*(?=\s|$)")
_NOT_WORDS = re.compile(r"[^\w&+ ]+")
LENGTH = 120


def plain(name: str) -> str:
    """Return a merchant's name for comparing: no case, accents, legal form, card service or shop number.

    "SumUp *Lidl GmbH 0421" and "LIDL" are both "lidl". A name of numbers alone is kept as it is. At most 120 characters.
    """
    text = fold(THROUGH.sub("", name.replace("\x00", "")))
    words = _tidy(_NOT_WORDS.sub(" ", FORM.sub(" ", _NUMBER.sub(" ", text))))
    return (words or _tidy(_NOT_WORDS.sub(" ", text)))[:LENGTH]


def _tidy(text: str) -> str:
    return " ".join(text.split())
