"""Texts from outside, made fit to be kept."""

from __future__ import annotations


def one_line(text: str, length: int) -> str:
    """Return a text on one line, single spaces between its words, without NUL, cut to a length."""
    return " ".join(text.replace("\x00", "").split())[:length]


def printable(text: str, length: int) -> str:
    """Return what of a text can be printed, cut to a length."""
    return "".join(letter for letter in text if letter.isprintable())[:length]
