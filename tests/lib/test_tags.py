"""Template tags of every page, and that nothing gets through them unescaped."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from pleo.lib import format
from pleo.lib.money import Money
from pleo.lib.tags import PILLS, tenth_percent

EVIL = "<script>&\"'"
SAFE = "&lt;script&gt;&amp;&quot;&#x27;"


def show(source: str, **context: Any) -> str:
    with format.region("DK"):
        return engines["django"].from_string(source).render(context)


def test_money_is_set_with_lighter_minor_units():
    assert show("{% money m class='money--lg' %}", m=Money(318050, "DKK")) == (
        '<span class="money money--lg">3.180<span class="money__minor">,50</span>'
        f'{format.NBSP}<span class="money__unit">kr.</span></span>'
    )
    assert show("{% money m unit=False sign='+' %}", m=Money(100, "EUR")) == (
        '<span class="money">+1<span class="money__minor">,00</span></span>'
    )
    assert "money__minor" not in show("{% money m %}", m=Money(100, "JPY"))
    assert show("{% money m %}", m=None) == '<span class="money">–</span>'
    assert show("{{ m|amount }}", m=Money(-100, "DKK")) == f"−1,00{format.NBSP}kr."


@pytest.mark.parametrize("code", PILLS)
def test_every_pill_has_an_icon_and_a_word(code):
    shown = show("{% pill code %}", code=code)
    assert "<svg" in shown
    assert str(PILLS[code][3]) in shown


def test_an_unknown_pill_is_a_fault():
    with pytest.raises(KeyError):
        show("{% pill 'nonsense' %}")


@pytest.mark.parametrize(
    "source",
    [
        "{% icon x %}", "{% chip 'check' x %}", "{% pill 'done' note=x %}", "{% avatar x look=x %}", "{% bar 1 2 label=x %}",
        "{% money m sign=x class=x %}",
    ],
)  # fmt: skip
def test_what_a_person_typed_is_escaped(source):
    shown = show(source, x=EVIL, m=Money(100, "DKK"))
    assert "<script" not in shown
    assert '&"' not in shown


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Freja Holm", "FH"), ("Åse Berit Krøgh", "ÅK"), ("Marlow & Pike", "MP"), ("noor", "N"), ("", "?"), ("& &", "?")],
)
def test_initials(name, initials):
    assert f">{initials}</span>" in show("{% avatar name %}", name=name)


@pytest.mark.parametrize(
    ("used", "cap", "reserved", "wanted"),
    [
        (481950, 800000, 14800, ['width="58.3%"', 'x1="58.3%" x2="60.2%"', 'class="bar"']),
        (85, 100, 0, ['width="85.0%"', "bar--near"]),
        (100, 100, 0, ['width="100.0%"', "bar--full"]),
        (250, 100, 0, ['width="100.0%"', "bar--full"]),
        (-5, 100, 0, ['width="0.0%"']),
        (5, 0, 0, ['width="0.0%"']),
    ],
)
def test_a_bar_draws_its_share_as_an_attribute(used, cap, reserved, wanted):
    shown = show("{% bar used cap reserved %}", used=Money(used, "DKK"), cap=Money(cap, "DKK"), reserved=reserved)
    assert all(part in shown for part in wanted), shown
    assert "style=" not in shown


def test_a_share_never_leaves_its_bounds():
    assert [tenth_percent(*pair) for pair in [(1, 3), (10**15, 1), (0, 0), (-1, 1)]] == [333, 1000, 0, 0]


class Form(forms.Form):
    name = forms.CharField(help_text="As on the passport")
    nick = forms.CharField(required=False)
    way = forms.ChoiceField(choices=[("a", EVIL), ("b", "B")], widget=forms.RadioSelect)
    sure = forms.BooleanField(required=False)


def test_a_field_names_describes_and_explains_itself():
    form = Form()
    shown = show("{% field form.name %}", form=form)
    assert '<label class="field__label" for="id_name">Name</label>' in shown
    assert 'aria-describedby="id_name_hint"' in shown
    assert 'id="id_name_hint">As on the passport' in shown
    assert "optional" in show("{% field form.nick %}", form=form)
    assert 'class="check"' in show("{% field form.sure label='Really' %}", form=form)


def test_an_error_replaces_the_hint_and_keeps_what_was_typed():
    form = Form({"name": "", "nick": EVIL, "way": "c"})
    shown = show("{% field form.name %}{% field form.nick %}{% field form.way %}", form=form)
    assert 'aria-describedby="id_name_error"' in shown
    assert "As on the passport" not in shown
    assert f'value="{SAFE.replace("&#x27;", "&#x27;")}"' in shown
    assert "<script" not in shown


def in_request(source: str, path: str, **context: Any) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get(path))


def test_a_query_changes_one_parameter_and_leaves_the_cursor_behind():
    assert in_request("{% query state='open' %}", "/?q=a%26b&cursor=x&state=new") == "?q=a%26b&amp;state=open"
    assert in_request("{% query state='' %}", "/?state=new") == "?"


def test_a_sorted_head_turns_round():
    plain = in_request("{% sort_head 'date' 'Date' default='-date' %}", "/?q=x")
    assert 'aria-sort="descending"' in plain
    assert 'href="?q=x&amp;sort=date"' in plain
    assert 'aria-sort="ascending"' in in_request("{% sort_head 'date' 'Date' %}", "/?sort=date")
    assert "aria-sort" not in in_request("{% sort_head 'name' 'Name' %}", "/?sort=date")


@dataclass
class Page:
    rows: list[int] = field(default_factory=lambda: [1, 2])
    next: str = "abc"
    previous: str = ""


def test_the_pager_leads_on_and_keeps_the_filter():
    shown = in_request("{% pager page 12000 False %}", "/?q=x&cursor=old", page=Page())
    assert 'href="?q=x&amp;cursor=abc"' in shown
    assert "12,000+" in shown
    assert 'rel="prev"' not in shown
    assert 'href="?cursor=abc"' in in_request("{% pager page %}", "/", page=Page())
