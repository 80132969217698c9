"""Hard texts in every format: bytes exact in the format's encoding, and whatever was written differently is listed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookkeeping.formats import custom, registry
from bookkeeping.formats.document import Line, Tagged
from bookkeeping.formats.encoding import Changes, Encoder, plain
from tests.bookkeeping.formats.conftest import NASTY, document, entry, month, nasty, wallet, written

HARD, FORMULA, HIDDEN, LONG = NASTY[:4]

# In each format: the bytes of the first text wherever a merchant or a note stands alone.
EXACT = {
    "csv": b'"Say ""\xc3\xb8"" & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2\t3\nnew\r\nline \xf0\x9f\x98\x80 {brace} \\back"',
    "xlsx": None,
    "datev": b'"Say ""\xf8"" & <\xc5>; \xdf, \x801|2 3 new line :grinning: {brace} \\back"',
    "sie": b'Say \\"\x94\\" & <\x8f>; \xe1, EUR1|2 3 new line :grinning: {brace} /back"',
    "fec": b"\tSay '\xc3\xb8' & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\back\t",
    "xero": b'"Say ""\xc3\xb8"" & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\back"',
    "xero_bills": b'"Say ""\xc3\xb8"" & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\back"',
    "xero_bank": b'"Say ""\xc3\xb8"" & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\back"',
    "quickbooks": b'"Say ""\xc3\xb8"" & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\back"',
    "sage": b'"Say ""\xf8"" & <\xc5>; \xdf, \x801|2 3 new line :grinning: {brace} \\back"',
    "beancount": b'"Say \\"\xc3\xb8\\" & <\xc3\x85>; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\\\back"',
    "hledger": b'Say "\xc3\xb8" & <\xc3\x85>, \xc3\x9f, \xe2\x82\xac1/2 3 new line \xf0\x9f\x98\x80 {brace} \\back',
    "ofx": b'Say "\xc3\xb8" &amp; &lt;\xc3\x85&gt;; \xc3\x9f, \xe2\x82\xac1|2 3 new line \xf0\x9f\x98\x80 {brace} \\back</MEMO>',
}


def test_every_format_is_asked():
    assert set(EXACT) == set(registry.FORMATS)


@pytest.mark.parametrize("key", registry.FORMATS)
def test_the_bytes_are_exact(key):
    data = b"".join(data for _, data in written(registry.render(key, document(nasty()), {})))
    if EXACT[key] is not None:
        assert EXACT[key] in data
    if key not in ("xlsx", "sie", "beancount", "hledger", "ofx"):
        # No cell begins with what a spreadsheet runs: the formula stands behind an apostrophe.
        assert b"'=1+1" in data and not re.search(rb'(^|[;,\t\n"])=1\+1', data)


SAY: bytes = EXACT["xero"] or b""
# In each format with places for dimensions: the bytes of the first text as codes or names there.
PLACES = {
    "datev": b';;"Say ""\xf8"" & <\xc5>; \xdf, \x801|2 3 new line :g";"Say ""\xf8"" & <\xc5>; \xdf, \x801|2 3 new line :g";;',
    "sie": b' {1 "Say \\"\x94\\" & <\x8f>; \xe1, EUR1|2 3 new line :grinning: {br" 6 "Say \\"\x94\\" & <\x8f>; ',
    "xero": b",".join([b"No VAT,1.00", *[SAY] * 4]) + b"\r\n",
    "xero_bills": b",".join([b"No VAT,0.00", *[SAY] * 4]) + b",EUR\r\n",
    "quickbooks": b",".join([b",1.00,", *[SAY] * 4]) + b"\r\n",
}


@pytest.mark.parametrize("key", PLACES)
def test_the_bytes_of_dimensions_are_exact(key):
    [(file, data), *_] = written(registry.render(key, document(nasty()), {}))
    assert PLACES[key] in data
    assert {change.before for change in file.changes.found.values()} & {HARD[:40], HARD}


@pytest.mark.parametrize(
    ("key", "code", "after"), [("sage", "K7", "0"), ("sage", "", "0"), ("datev", "", ""), ("sie", "", "")]
)
def test_a_dimension_that_cannot_be_said_is_listed(key, code, after):
    tagged = Tagged(1, 1, "Team", code, "Kyst")
    line = Line("4930", "x", 1, 0, role="cost", dimensions=(tagged,))
    [(file, _)] = written(registry.render(key, document([entry(3, line, wallet(0, 1))]), {}))
    [change] = file.changes.found.values()
    assert (change.voucher, change.before, change.after) == (3, code or "Kyst", after)


def test_dimensions_in_a_table_of_ones_own():
    fields = ("dimension1", "dimension1_name", "dimension2", "dimension2_name", "dimension3")
    layout = custom.Layout("x", tuple(custom.Column(field, field) for field in fields))
    data = b"".join(data for _, data in written(custom.files(document(nasty()), layout)))
    quoted = EXACT["xero"]
    assert quoted is not None and data.count(quoted + b";") >= 2


@pytest.mark.parametrize("key", registry.FORMATS)
def test_whatever_differs_is_listed(key):
    [(file, data), *_] = written(registry.render(key, document(nasty()), {}))
    before = {change.before for change in file.changes.found.values()}
    if key in ("csv", "xlsx"):
        assert not before
    else:
        assert any(HARD in text for text in before)
    codec = {"datev": "cp1252", "sage": "cp1252", "sie": "cp437"}.get(key)
    if codec:
        data.decode(codec)
        assert any("Ж" in text for text in before)
    for change in file.changes.found.values():
        assert change.before != change.after and change.times >= 1


@pytest.mark.parametrize("key", registry.FORMATS)
def test_the_same_document_gives_the_same_bytes(key):
    first, second = (written(registry.render(key, document([*month(), *nasty()]), {})) for _ in range(2))
    assert [(file.name, data) for file, data in first] == [(file.name, data) for file, data in second]


@pytest.mark.parametrize("key", registry.FORMATS)
def test_names_of_files_hold_no_path(key):
    for file, _ in written(registry.render(key, document(month()), {})):
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", file.name)


def test_long_texts_are_cut_where_the_format_ends_and_listed():
    [(file, data)] = written(
        registry.render(
            "datev", document([entry(1, Line("4930", "x", 1, 0), wallet(0, 1), merchant="", text=LONG)]), {}
        )
    )
    assert b'"' + b"x" * 60 + b'"' in data and b"x" * 61 not in data
    assert (LONG, "x" * 60) in file.changes.found


CHANGED = [
    ("cp437", "Ærø Łódź", "Ærö Lódz"), ("cp437", "€5", "EUR5"), ("cp1252", "Łódź", "Lódz"), ("cp1252", "Žižkov", "Žižkov"),
    ("cp1252", "Ж中", "ZhZhong"), ("cp1252", "a\u0301b", "áb"), ("iso8859-15", "€", "€"), ("cp1252", "👩\u200d💻", None),
    ("utf-8", "a\tb\r\n c", "a b c"), ("utf-8", "\x00\x07x\u2028y", "x y"), ("cp437", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "text", "expected"), CHANGED)
def test_the_rule(codec, text, expected):
    changes = Changes()
    fitted = Encoder(codec, changes).fit(text, 3)
    fitted.encode(codec)
    assert expected is None or fitted == expected
    assert bool(len(changes)) == (fitted != text)


@given(
    text=st.text(max_size=80),
    codec=st.sampled_from(["cp437", "cp1252", "iso8859-15", "utf-8"]),
    most=st.integers(0, 30),
)
def test_any_text_fits_any_set(text, codec, most):
    changes = Changes()
    encoder = Encoder(codec, changes)
    fitted = encoder.fit(text, 1, most=most)
    assert encoder.bytes(fitted).decode(codec) == fitted
    assert not most or len(fitted) <= most
    assert "\n" not in fitted and "\r" not in fitted and plain(fitted) == fitted
    assert (fitted == text) == (not len(changes))


def test_a_change_is_counted_and_named_once():
    changes = Changes()
    encoder = Encoder("cp1252", changes)
    for voucher in (7, 8, 9):
        encoder.fit("Ж", voucher)
    [change] = changes.found.values()
    assert (change.voucher, change.before, change.after, change.times) == (7, "Ж", "Zh", 3)


@pytest.mark.parametrize("encoding", custom.ENCODINGS)
def test_a_table_of_ones_own_in_every_encoding(encoding):
    layout = custom.Layout(
        "x", (custom.Column("text", "=Ünïcøde €"), custom.Column("merchant", "M")), encoding=encoding
    )
    [(file, data)] = written(custom.files(document(nasty()), layout))
    codec = encoding.removesuffix("-sig")
    assert data.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    assert data.decode(encoding).startswith("'=Ünïcøde €;M\r\n") and len(file.changes)
    assert b"'=1+1" in data and codec
