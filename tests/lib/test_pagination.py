"""Cursors are anybody's text: a made-up one shows the first page, whatever it holds."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from accounts.models import Membership
from events.models import Event
from pleo.lib.pagination import decode, paginate
from tests.conftest import Cast

ID = "0199f7a0-0000-7000-8000-000000000000"


def made_up(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(["next", *values]).encode()).decode()


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "", None, 1.5, [], {}])
def test_odd_texts_show_the_first_page(cast: Cast, name: Any) -> None:
    rows = Membership.objects.for_company(cast.company)
    first = paginate(rows, by=("name", "id"), descending=False)
    page = paginate(rows, by=("name", "id"), cursor=made_up(name, ID), descending=False)
    assert page.rows == first.rows


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon", 7, True])
def test_moments_that_no_zone_has_are_not_a_fault(cast: Cast, moment: Any) -> None:
    rows = Event.objects.for_company(cast.company)
    assert paginate(rows, by=("happened_at", "id"), cursor=made_up(moment, ID)).rows is not None


@pytest.mark.parametrize("text", ["", "[" * 100_000, "1" * 5000, "[]", "[1]", "null", '{"a": 1}'])
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert decode(base64.urlsafe_b64encode(text.encode()).decode(), ("id",)) is None
