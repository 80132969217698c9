"""The catalogues of the languages that people can choose: whole, compiled, and with every placeholder in its place."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
FOLDER = Path(settings.LOCALE_PATHS[0])


def read(language: str, ending: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / f"django.{ending}"
    with path.open("rb") as file:
        return read_po(file) if ending == "po" else read_mo(file)


def texts(message: object) -> tuple[str, ...]:
    return tuple(message) if isinstance(message, (tuple, list)) else (str(message),)


def context(message: Message) -> str:
    """Return a message's context; Babel leaves it undecoded in compiled catalogues."""
    return message.context.decode() if isinstance(message.context, bytes) else message.context or ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language):
    missing = [message.id for message in read(language, "po") if message.id and not all(texts(message.string))]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_links_survive(language):
    def parts(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)[sd]|%%|</?\w+[^>]*>", text))

    for message in read(language, "po"):
        if not message.id:
            continue
        wanted, found = texts(message.id), texts(message.string)
        assert len(wanted) == len(found), message.id
        for one, other in zip(wanted, found, strict=True):
            # A singular may say its number in a word, or with one where the original has a name.
            assert parts(one) == parts(other) or set(parts(other)) <= set(parts(wanted[-1])), (one, other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_written_one(language):
    written, compiled = (
        {
            (context(message), texts(message.id)): texts(message.string)
            for message in read(language, ending)
            if message.id
        }
        for ending in ("po", "mo")
    )
    assert written == compiled, "run make messages"


@pytest.mark.parametrize(
    ("language", "word", "plural"), [("da", "Udgifter", "2 personer"), ("de", "Ausgaben", "2 Personen")]
)
def test_a_chosen_language_is_spoken(language, word, plural):
    with translation.override(language):
        assert gettext("Expenses") == word
        assert ngettext("%(shown)s person", "%(shown)s people", 2) % {"shown": 2} == plural


@pytest.mark.parametrize(("language", "greeting"), [("da", "Hej Carol"), ("de", "Hallo Carol")])
def test_a_person_s_pages_are_in_their_language(cast, sign_in, language, greeting):
    cast.carol.user.language = language
    cast.carol.user.save()
    page = sign_in(cast.carol).get("/c/havblik/").content.decode()
    assert greeting in page
    assert f'<html lang="{language}"' in page
