"""Every word shown goes through gettext: with each string put in brackets, no bare word is left on any page."""

import re
from collections.abc import Collection
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from accounts.models import Role
from expenses.models import Category, ChartAccount, TaxCode
from tests.permission_table import COMPANY, ROOT, SIGNED_IN

# Shown as they are in every language: our name, what people are called, keys, codes, and what Babel writes.
DATA = """
    pleo havblik aps strandgut alice bob carol dave lena mallory studio example com ctrl esc enter csv xlsx pdf api xml zip html
    iban datev sage xero conomic dinero billy exact online holded procountor
    dkk eur gbp kr nov dec jan feb mar apr may jun jul aug sep sept oct january february march april june july august september october
    november december mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday am pm europe copenhagen
    """.split()  # noqa: SIM905 - a list of words reads better without their quotes
SILENT = {"script", "style", "kbd", "code", "template", "time", "svg", "option"}
VOID = {"input", "meta", "link", "br", "img", "hr", "source"}
SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-label-failed", "data-label-again", "data-label-done")


class Words(HTMLParser):
    """Collects what a person reads or hears on a page, leaving out what HTML marks as data by translate="no"."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in VOID:
            self.found += [value or "" for name, value in attrs if name in SPOKEN and not self.silent]
            return
        if self.silent or tag in SILENT or values.get("translate") == "no":
            self.silent.append(tag)
        if not self.silent:
            self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def data_words() -> set[str]:
    """Return the words of the coding masters, which stand in the database in the company's own language."""
    names = [
        name for model in (ChartAccount, TaxCode, Category) for name in model.objects.values_list("name", flat=True)
    ]
    codes = [code for model in (TaxCode, Category) for code in model.objects.values_list("code", flat=True)]
    return {word.casefold() for name in names + codes for word in re.findall(r"[^\W\d_]{2,}", name)}


def bare_words(html: str, data: Collection[str] = ()) -> list[str]:
    """Return the words that did not come from gettext."""
    reader = Words()
    reader.feed(html)
    bare = []
    for text in reader.found:
        outside, depth = "", 0
        for letter in text:
            depth += (letter == "⟦") - (letter == "⟧")
            outside += letter if depth == 0 and letter != "⟧" else ""
        words = re.findall(r"[^\W\d_]{2,}", outside)
        bare += [word for word in words if word.casefold() not in DATA and word.casefold() not in data]
    return bare


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    def mark(text: Any) -> str:
        return f"⟦{text}⟧" if text else ""

    real = translation._trans
    monkeypatch.setattr(real, "gettext", mark)
    monkeypatch.setattr(real, "pgettext", lambda context, text: mark(text))
    monkeypatch.setattr(real, "ngettext", lambda one, many, count: mark(one if count == 1 else many))
    monkeypatch.setattr(real, "npgettext", lambda context, one, many, count: mark(one if count == 1 else many))


def test_the_reader_finds_a_bare_word() -> None:
    html = '<p title="⟦fine⟧">⟦All %(x)s⟧ 12 kr. <b>Oops</b><script>let x</script><i aria-label="bare"></i></p>'
    assert bare_words(html) == ["Oops", "bare"]
    assert bare_words("<p>⟦outer ⟦inner⟧ rest⟧ Carol</p>") == []


def routes(table: dict[str, dict[str, Any]]) -> list[str]:
    return sorted(name for name, methods in table.items() if "GET" in methods)


def test_no_page_of_a_company_has_a_bare_word(cast: Any, sign_in: Any, bracketed: None) -> None:
    """Pages with an id in their address are shown by their own tests."""
    clients = {who: sign_in(getattr(cast, who)) for who in ("alice", "bob", "carol")}
    found = {}
    for name in routes(COMPANY):
        roles = COMPANY[name]["GET"]
        who = "alice" if Role.OWNER in roles else "bob" if Role.ACCOUNTANT in roles else "carol"
        found[name] = look(clients[who], name, company=cast.company.slug)
    assert {name: words for name, words in found.items() if words} == {}
    assert sum(words is not None for words in found.values()) > 20


def test_no_one_s_frame_has_a_bare_word(cast: Any, sign_in: Any, bracketed: None) -> None:
    for who in ("carol", "bob", "lena", "dave"):
        client = sign_in(getattr(cast, who))
        assert not look(client, "search", company=cast.company.slug)
        missing = client.get(f"/c/{cast.company.slug}/nowhere/")
        assert bare_words(missing.content.decode()) == []


def test_no_page_of_a_person_has_a_bare_word(cast: Any, sign_in: Any, bracketed: None) -> None:
    """The reference of the API is English."""
    names = [name for name in routes(ROOT) if name not in ("api-docs", "api-schema")]
    found = {name: look(sign_in(cast.alice) if ROOT[name]["GET"] == SIGNED_IN else Client(), name) for name in names}
    assert {name: words for name, words in found.items() if words} == {}
    assert sum(words is not None for words in found.values()) > 10


def look(client: Client, name: str, **ids: str) -> list[str] | None:
    """Return the bare words of a page; None where there is nothing to read: an id is missing, or it is a file."""
    try:
        url = reverse(name, kwargs=ids)
    except NoReverseMatch:
        return None
    response = client.get(url, follow=True)
    assert response.status_code < 500, url
    if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
        return None
    return bare_words(response.content.decode(), data_words())
