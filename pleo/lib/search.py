"""How people are found: by what anybody would type for a name."""

from __future__ import annotations

import unicodedata

# Letters that Unicode does not take apart; each is found by either way of typing it.
SPELLINGS = {"ø": ("o", "oe"), "æ": ("ae", "ae"), "å": ("a", "aa"), "ä": ("a", "ae"), "ö": ("o", "oe"), "ü": ("u", "ue"), "ß": ("ss", "ss"),
             "ł": ("l", "l"), "đ": ("d", "d"), "ð": ("d", "d"), "þ": ("th", "th"), "œ": ("oe", "oe")}  # fmt: skip


def _plain(text: str, way: int) -> str:
    swapped = "".join(SPELLINGS.get(letter, (letter, letter))[way] for letter in text)
    return "".join(letter for letter in unicodedata.normalize("NFKD", swapped) if not unicodedata.combining(letter))


def search_text(*parts: str) -> str:
    """Return what a row is found by: its words in lower case, as written and in both plain spellings ("søn son soen")."""
    text = unicodedata.normalize("NFC", " ".join(part for part in parts if part)).lower()
    return " ".join(dict.fromkeys([text, _plain(text, 0), _plain(text, 1)]))


def search_words(query: str) -> list[str]:
    """Return the words of a query in the form `search_text` keeps. Every word must be found."""
    return unicodedata.normalize("NFC", query).lower().split()[:8]
