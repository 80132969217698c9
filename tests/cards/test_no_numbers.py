"""No card number is kept: database, files, logs and traces are searched for every number that came by."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.test import Client
from django.utils import timezone
from django.views.debug import ExceptionReporter

from cards.bulk_issue import keep_batch
from cards.issuers.simulator import number_of, sign
from cards.models import Card, IssuerMessage
from cards.tasks import take_in
from tests.cards import play
from tests.cards.test_consent import frame, prove
from tests.conftest import Cast

# Well-known numbers of schemes' test ranges, and how they may be written.
NUMBERS = ("4242424242424242", "5555555555554444", "378282246310005", "6011000990139424")


def spellings(number: str) -> list[str]:
    return [number, " ".join(re.findall(".{1,4}", number)), "-".join(re.findall(".{1,4}", number))]


def database() -> str:
    """Return every row of every table as text."""
    rows = (row for model in apps.get_models(include_auto_created=True) for row in model._base_manager.all())
    return serializers.serialize("json", rows)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def said() -> Any:
    """Everything that is logged, at the finest level."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def tell(document: dict[str, Any], door: str = "messages") -> Any:
    body = json.dumps(document).encode()
    return Client().post(
        f"/issuer/simulator/{door}", body, content_type="application/json",
        headers={"Simulator-Signature": sign(body, timezone.now())},
    )  # fmt: skip


def found(text: str, numbers: list[str]) -> list[str]:
    return [number for number in numbers if number in text]


def test_a_number_that_an_issuer_sends_is_kept_nowhere(card: Card, cast: Cast, said: Any) -> None:
    numbers = [spelling for number in NUMBERS for spelling in spellings(number)]
    for index, number in enumerate(numbers):
        document = {
            "id": f"msg pan {index}", "type": "card.updated", "created_at": timezone.now().isoformat(),
            "card": card.issuer_reference, "reference": number, "pan": number, "note": f"card {number} was updated",
            "track2": f"{number}=2912", "nested": {"account": {"primary": number}, "list": [number]},
        }  # fmt: skip
        tell(document)
        tell(
            document | {"id": f"request {index}", "type": "authorization.request", "authorization": {"card": number}},
            "authorizations",
        )
        tell({"id": f"odd {index}", "type": number, "created_at": number})
    for row in IssuerMessage.objects.all():
        take_in(message_id=str(row.pk))
    assert IssuerMessage.objects.count() >= len(numbers)
    assert not found(database(), numbers)
    assert not found(said.getvalue(), numbers)
    assert not found(files(Path(settings.MEDIA_ROOT).parent).decode(errors="replace"), numbers)


def test_a_number_that_is_shown_is_kept_nowhere(card: Card, cast: Cast, sign_in: Any, said: Any) -> None:
    carol = sign_in(cast.carol)
    prove(carol, cast.carol.user)
    url = f"/c/{cast.company.slug}/cards/{card.pk}/details/"
    shown = Client().get(frame(carol, url)).content.decode()
    real = number_of(card.issuer_reference)
    assert real.groups in shown
    numbers = spellings(real.number)
    assert not found(database(), numbers)
    assert not found(said.getvalue(), numbers)


def test_a_pin_stands_in_no_trace(cast: Cast, sign_in: Any, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    card, carol = play.plastic(cast.carol), sign_in(cast.carol)
    prove(carol, cast.carol.user)
    source = frame(carol, f"/c/{cast.company.slug}/cards/{card.pk}/pin/")
    traces: list[str] = []

    def broken(*_: Any) -> None:
        raise RuntimeError("the issuer is on fire")

    def report(self: Any, request: Any, resolver: Any, info: Any) -> Any:
        traces.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_text())
        raise info[1]

    monkeypatch.setattr("cards.views_element._tell", broken)
    monkeypatch.setattr("django.core.handlers.exception.log_response", lambda *_a, **_k: None)
    monkeypatch.setattr(
        "django.core.handlers.exception.handle_uncaught_exception",
        lambda request, resolver, info: report(None, request, resolver, info),
    )
    with pytest.raises(RuntimeError):
        Client().post(source, {"pin": "8305"})
    assert traces and "on fire" in traces[0]
    assert "8305" not in "".join(traces) + said.getvalue() + database()


def test_a_number_typed_as_a_cards_name_in_a_file_is_no_secret_of_ours(cast: Cast) -> None:
    """What people type is theirs; a number where a name belongs is refused, so that it is not kept as one."""
    batch = keep_batch(content=b"person,name\ncarol@example.com,4242 4242 4242 4242\n", filename="a.csv", by=cast.dave)
    row = batch.rows.get()
    assert row.status == "wrong" and "4242 4242" not in str(row.wanted) + str(row.problems)
