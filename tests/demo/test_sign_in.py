"""The sign-in page while the demo is being made, and after."""

from __future__ import annotations

import json
import os
import time

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def progress(settings, tmp_path):
    """Write down how far the demo is, as the command does."""
    settings.VAR = tmp_path

    def write(text, age=0):
        path = tmp_path / "demo.json"
        path.write_text(text)
        os.utime(path, (time.time() - age, time.time() - age))

    return write


def test_it_shows_how_far_the_demo_is_and_looks_again(client, progress):
    progress(json.dumps({"done": 1240, "total": 3910, "label": "Havblik"}))
    page = client.get("/login/").content.decode()
    assert '<progress value="1240" max="3910"' in page
    assert "1,240 of 3,910 purchases" in page
    fragment = client.get("/demo/", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-get="/demo/"' in fragment and "<html" not in fragment


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"done": "x", "total": 3}', '{"done": 3, "total": 3}'])
def test_nothing_is_shown_when_nothing_is_being_made(client, progress, text):
    progress(text)
    assert "<progress" not in client.get("/login/").content.decode()


def test_an_interrupted_demo_is_not_waited_for(client, progress):
    progress(json.dumps({"done": 5, "total": 10, "label": ""}), age=3600)
    assert "<progress" not in client.get("/login/").content.decode()


def test_without_htmx_the_address_leads_to_the_sign_in_page(client):
    assert client.get("/demo/").headers["Location"] == "/login/"
    assert client.post("/demo/").status_code == 405
