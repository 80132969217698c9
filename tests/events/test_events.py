"""Events: written with the change, never changed, sealed in a chain, and each verb in words."""

from __future__ import annotations

import ast
import io
import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation

from accounts.create_team import create_team
from accounts.models import Membership, Team
from accounts.tokens import acting_token
from events.check_events import check_events
from events.describe import describe, parameters
from events.links import PAGES, link_of
from events.mails import MAILS
from events.models import Actor, Event, SealedEvent
from events.record import record
from events.seal import GENESIS, digest_of, seal_events
from events.sentences import CODES, FIELDS, VERBS
from pleo.lib import append_only, format, http
from tests.conftest import Cast

APPS = ("accounts", "events", "wallet", "cards", "receipts", "expenses", "bookkeeping", "pleo")


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


def verbs_in_code() -> dict[str, Path]:
    """Return every verb that the code writes: texts in the `verb=` of a call, or given to a variable `verb`."""
    found = {}
    for path, tree in sources():
        for node in ast.walk(tree):
            is_variable = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "verb"
            if is_variable or (isinstance(node, ast.keyword) and node.arg == "verb"):
                for part in ast.walk(node.value):
                    if isinstance(part, ast.JoinedStr):
                        head = part.values[0]
                        assert isinstance(head, ast.Constant), f"{path}: a verb begins with its noun"
                        found |= {verb: path for verb in VERBS if verb.startswith(str(head.value))}
                    elif (
                        isinstance(part, ast.Constant)
                        and isinstance(part.value, str)
                        and part.value[-1:] != "."
                        and "." in part.value
                    ):
                        found[part.value] = path
    return found


def said(verb: str, text: str) -> bool:
    """Say whether a text names a verb, whole or as a noun with its participle put in."""
    noun, participle = verb.split(".")
    return f'"{verb}"' in text or (f'"{noun}.{{' in text and participle in text)


def test_every_verb_of_the_code_has_words_and_no_word_is_left_over() -> None:
    written = set(verbs_in_code())
    assert written - set(VERBS) == set(), "add these to events/sentences/"
    texts = {
        path: path.read_text() for path, _ in sources() if path.name != "mails.py" and path.parent.name != "sentences"
    }
    silent = {verb for verb in set(VERBS) - written if not any(said(verb, text) for text in texts.values())}
    assert silent == set(), "nobody writes these any more"


def test_every_mail_is_about_a_verb_that_is_written() -> None:
    assert {key.split(":")[0] for key in MAILS} <= set(VERBS)


def test_every_verb_reads_well_with_nothing_known(cast: Cast) -> None:
    for verb, words in VERBS.items():
        event = Event(company=cast.company, actor=Actor.SYSTEM, verb=verb, subject_type="x.y", changes={})
        [entry] = describe([event])
        assert entry.did and entry.sentence and "%(" not in entry.sentence, verb
        assert str(words.icon)


def test_it_is_written_with_the_change_or_not_at_all(cast: Cast) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        create_team(name="Projects", by=cast.dave, now=timezone.now())
        raise RuntimeError
    assert not Event.objects.filter(verb="team.created").exists() and not Team.objects.filter(name="Projects").exists()


def test_a_failing_log_undoes_the_change(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no log today")

    monkeypatch.setattr("events.record.record", broken)
    with pytest.raises(RuntimeError):
        create_team(name="Projects", by=cast.dave, now=timezone.now())
    assert not Team.objects.filter(name="Projects").exists()


def test_it_names_actor_subject_and_request(cast: Cast) -> None:
    token = http.request_id.set("req-1")
    try:
        event = record(
            company=cast.company, verb="team.created", subject=cast.team, by=cast.dave, changes={"a": [1, 2]}
        )
    finally:
        http.request_id.reset(token)
    assert (event.actor, event.by, event.request_id, event.subject_label) == (
        "membership",
        cast.dave,
        "req-1",
        "Studio",
    )
    assert (event.subject_type, event.subject_id) == ("accounts.team", cast.team.pk)
    system = record(company=None, verb="team.created", subject=cast.team)
    assert system.actor == "system" and system.company is None
    assert acting_token.get() is None


def test_nobody_changes_or_deletes_an_event(cast: Cast) -> None:
    event = record(company=cast.company, verb="team.created", subject=cast.team, by=cast.dave)
    for act in (
        lambda: Event.objects.filter(pk=event.pk).update(verb="team.changed"),
        lambda: Event.objects.filter(pk=event.pk)._raw_delete("default"),
        lambda: event.save(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_event")
    assert Event.objects.get(pk=event.pk).verb == "team.created"
    assert append_only.missing() == []


def test_an_event_of_a_person_names_the_person(cast: Cast) -> None:
    from django.db import IntegrityError

    for fields in ({"actor": "membership", "by": None}, {"actor": "ghost", "by": cast.dave}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.create(
                company=cast.company, verb="x.y", subject_type="a.b", subject_id=cast.team.pk, happened_at=timezone.now(), **fields
            )  # fmt: skip


def test_it_seals_old_events_in_order_and_only_once(cast: Cast) -> None:
    count = Event.objects.count()
    assert seal_events(before=timezone.now() - timedelta(minutes=5)) == 0, "young ones may still be committing"
    assert seal_events(before=timezone.now()) == count
    assert seal_events(before=timezone.now()) == 0
    chain = list(SealedEvent.objects.order_by("number"))
    assert chain[0].previous == GENESIS and [link.number for link in chain] == list(range(1, count + 1))
    assert all(after.previous == before.digest for before, after in itertools.pairwise(chain))
    record(company=cast.company, verb="team.created", subject=cast.team, by=cast.dave)
    assert seal_events(before=timezone.now()) == 1
    assert check_events() == []


def test_the_seal_covers_everything_an_event_says(cast: Cast) -> None:
    event = record(
        company=cast.company, verb="team.created", subject=cast.team, by=cast.dave, changes={"b": 1, "a": ["ø", None]}
    )
    before = digest_of(event, GENESIS)
    for field, value in (
        ("verb", "team.changed"), ("changes", {"b": 2, "a": ["ø", None]}), ("subject_label", "X"), ("request_id", "r"),
        ("by_id", cast.alice.pk), ("actor", "system"), ("company_id", cast.other.pk), ("subject_id", cast.alice.pk),
        ("happened_at", event.happened_at + timedelta(microseconds=1)), ("subject_type", "a.b"), ("token_id", cast.alice.pk),
    ):  # fmt: skip
        kept = getattr(event, field)
        setattr(event, field, value)
        assert digest_of(event, GENESIS) != before, field
        setattr(event, field, kept)
    assert digest_of(Event.objects.get(pk=event.pk), GENESIS) == before, "read back, it says the same"
    assert digest_of(event, "f" * 64) != before


def test_the_check_finds_a_changed_and_a_missing_entry(cast: Cast) -> None:
    for number in range(4):
        record(company=cast.company, verb="team.created", subject=cast.team, by=cast.dave, label=f"T{number}")
    seal_events(before=timezone.now())
    out = io.StringIO()
    call_command("check_events", stdout=out)
    assert "unbroken" in out.getvalue()
    changed = SealedEvent.objects.get(event__subject_label="T1")
    missing = SealedEvent.objects.get(event__subject_label="T2")
    with append_only.lifted():
        Event.objects.filter(pk=changed.event_id).update(subject_label="forged")
        SealedEvent.objects.filter(pk=missing.pk).delete()
    found = {(place.number, place.code) for place in check_events()}
    assert found == {
        (changed.number, "event_changed"), (missing.number, "number_missing"), (missing.number + 1, "link_broken"),
    }  # fmt: skip
    with pytest.raises(CommandError, match="3 places"):
        call_command("check_events", stdout=out, stderr=io.StringIO())


def test_it_reads_amounts_people_and_codes_as_words(cast: Cast) -> None:
    event = record(
        company=cast.company, verb="limit.set", subject=cast.carol, by=cast.dave,
        changes={
            "amount": [800000, 1000000], "currency": "DKK", "interval": "month", "owner": str(cast.carol.pk), "role": ["employee", "admin"],
            "card": str(cast.team.pk), "scopes": ["a.b", "c.d"], "no_such_field": 7, "leads": [[], [str(cast.lena.pk)]], "note": "",
        },
    )  # fmt: skip
    with translation.override("en"), format.region("DK"):
        [entry] = describe([event])
        shown = {change.label: (change.before, change.after) for change in entry.changes}
    assert shown["Amount"] == ("8.000,00\N{NO-BREAK SPACE}kr.", "10.000,00\N{NO-BREAK SPACE}kr.")
    assert shown["Role"] == ("Employee", "Admin") and shown["Person"] == (None, "Carol")
    assert shown["May"] == (None, "a.b, c.d") and shown["Leads"] == ("–", "Lena")
    assert "no_such_field" not in str(shown) and str(cast.team.pk) not in str(shown) and "Note" not in shown
    assert entry.subject == "Carol" and entry.who == "Dave"
    assert parameters(event)["interval"] == "per month"


def test_a_value_that_stayed_is_said_once(cast: Cast) -> None:
    changes = {"amount": [100, 100], "currency": "DKK", "reason": "limit_purchase"}
    event = record(company=cast.company, verb="authorization.declined", subject=cast.team, changes=changes)
    [entry] = describe([event])
    assert [(change.before, change.after) for change in entry.changes] == [
        (None, "DKK\N{NO-BREAK SPACE}1.00"),
        (None, "limit per purchase"),
    ]


def test_every_reason_of_a_decline_has_words() -> None:
    from cards.explain import LINES
    from cards.settle import ELSEWHERE, TOO_LATE

    assert set(CODES["reason"]) == {*LINES, ELSEWHERE, TOO_LATE}


def test_an_unknown_verb_or_a_forgotten_person_still_reads(cast: Cast) -> None:
    event = Event(
        company=cast.company,
        actor=Actor.MEMBERSHIP,
        verb="moon.landed",
        subject_type="x.y",
        subject_label="Sea",
        changes={},
    )
    [entry] = describe([event])
    assert entry.did == "moon landed" and entry.who == "Someone" and entry.url == "" and "Sea" in entry.sentence


def test_links_lead_to_pages_that_exist(cast: Cast) -> None:
    for subject_type in PAGES:
        event = Event(company=cast.company, subject_type=subject_type, subject_id=cast.team.pk)
        assert link_of(event, cast.alice).startswith(f"/c/{cast.company.slug}/"), subject_type
    assert link_of(Event(company=None, subject_type="accounts.team"), cast.alice) == ""


def test_nobody_is_led_to_a_page_that_their_role_lacks(cast: Cast) -> None:
    event = Event(company=cast.company, subject_type="cards.card", subject_id=cast.team.pk)
    assert link_of(event, cast.bob) == "" and link_of(event, cast.dave) != ""


def test_codes_shown_are_codes_kept() -> None:
    assert set(CODES) <= set(FIELDS)


def test_describing_many_takes_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    events = [record(company=cast.company, verb="person.changed", subject=cast.carol, by=cast.dave) for _ in range(20)]
    with django_assert_num_queries(1):
        assert {entry.subject for entry in describe(events)} == {"Carol"}
    Membership.objects.filter(pk=cast.carol.pk).update(name="Caroline")
    assert describe(events)[0].subject == "Caroline", "people stand by id, so a new name shows everywhere"
