"""Programs of others that read what the exports write: each is run as a program of its own, never imported."""

from __future__ import annotations

import shutil

from tests.services.programs import Started, install

# Program -> the Debian package that brings it.
PROGRAMS = {
    "hledger": "hledger", "ledger": "ledger", "bean-check": "beancount", "ofxdump": "ofx", "xmllint": "libxml2-utils",
}  # fmt: skip


def missing() -> list[str]:
    """Return the programs that are not on the PATH."""
    return [name for name in PROGRAMS if not shutil.which(name)]


def start(started: Started) -> None:
    """Install what is not here. Nothing runs between tests, so nothing is to be stopped."""
    if absent := missing():
        install([PROGRAMS[name] for name in absent], mac="`brew install hledger ledger beancount libofx`")
