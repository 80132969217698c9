"""The frame round every page: its menu leads where this person may go, and nowhere else."""

import re

import pytest
from django.urls import reverse

from accounts.models import Role
from events.models import Actor, Channel, Event, Notification
from pleo.context import MENUS
from tests.conftest import join

SEARCH = "/c/havblik/search/"


def links(page: str) -> set[str]:
    """Return the addresses that the page's own frame links to."""
    found = re.findall(r'<a class="(?:nav-item|tabbar__item|switcher|btn[^"]*)" href="([^"]+)"', page)
    return {address for address in found if address.startswith("/")}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SERVICE])
def test_every_link_of_the_frame_leads_to_a_page(cast, sign_in, role):
    person = join(cast.company, "nora", role)
    client = sign_in(person)
    found = links(client.get(SEARCH).content.decode())
    assert len(found) >= 4
    for address in found:
        response = client.get(address, follow=True)
        assert response.status_code == 200, address


def test_finance_accountants_and_spenders_have_menus_of_their_own(cast, sign_in):
    pages = {who: sign_in(getattr(cast, who)).get(SEARCH).content.decode() for who in ("dave", "bob", "carol")}
    assert "app--admin" in pages["dave"]
    assert reverse("clients") in links(pages["bob"])
    assert reverse("clients") not in links(pages["dave"])
    assert "app--employee" in pages["carol"]
    assert reverse("home", kwargs={"company": "havblik"}) not in links(pages["bob"])
    assert reverse("wallet", kwargs={"company": "havblik"}) not in links(pages["carol"])
    assert reverse("settings-company", kwargs={"company": "havblik"}) not in links(pages["bob"])


def test_the_simulator_is_for_companies_that_have_one(cast, sign_in):
    address = reverse("simulator", kwargs={"company": "havblik"})
    assert address in links(sign_in(cast.dave).get(SEARCH).content.decode())
    type(cast.company).objects.filter(pk=cast.company.pk).update(issuer="stripe")
    assert address not in links(sign_in(cast.dave).get(SEARCH).content.decode())


def test_the_menu_says_where_one_is(cast, sign_in):
    page = sign_in(cast.dave).get("/c/havblik/ledger/").content.decode()
    current = re.search(r'href="([^"]+)" aria-current="page"', page)
    assert current[1] == "/c/havblik/wallet/"


def test_no_page_belongs_to_two_entries():
    for menu in MENUS.values():
        names = [name for entry in menu for name in (entry.url_name, *entry.also)]
        assert len(names) == len(set(names))


def test_a_demo_says_that_it_is_one(cast, sign_in):
    assert "demo-banner" not in sign_in(cast.dave).get(SEARCH).content.decode()
    type(cast.company).objects.filter(pk=cast.company.pk).update(is_demo=True)
    assert "demo-banner" in sign_in(cast.dave).get(SEARCH).content.decode()


def test_the_bell_counts_what_was_not_read(cast, sign_in):
    event = Event.objects.create(
        company=cast.company, actor=Actor.SYSTEM, verb="top_up.received", subject_type="wallet.topup",
        subject_id=cast.company.pk, happened_at=cast.company.created_at,
    )  # fmt: skip
    Notification.objects.create(company=cast.company, membership=cast.dave, event=event, channel=Channel.IN_APP)
    assert "Notifications, 1 new" in sign_in(cast.dave).get(SEARCH).content.decode()
    assert "1 new" not in sign_in(cast.carol).get(SEARCH).content.decode()


@pytest.mark.parametrize(
    ("cookie", "chosen", "shown"), [("", "dark", "dark"), ("light", "dark", "light"), ("x", "system", "")]
)
def test_the_theme_is_in_the_page_before_it_is_drawn(cast, sign_in, cookie, chosen, shown):
    cast.carol.user.theme = chosen
    cast.carol.user.save()
    client = sign_in(cast.carol)
    client.cookies["theme"] = cookie
    page = client.get(SEARCH).content.decode()
    assert (f'data-theme="{shown}"' in page) if shown else ("data-theme=" not in page)


def test_single_keys_can_be_switched_off(cast, sign_in):
    cast.carol.user.single_key_shortcuts = False
    cast.carol.user.save()
    assert "data-no-single-keys" in sign_in(cast.carol).get(SEARCH).content.decode()


def test_no_page_carries_inline_script_or_style(cast, sign_in):
    client = sign_in(cast.dave)
    for address in links(client.get(SEARCH).content.decode()):
        page = client.get(address, follow=True).content.decode()
        assert not re.search(r'<script(?![^>]*\bsrc=)|<style|\sstyle="|\son[a-z]+="|javascript:', page), address


def test_the_policy_allows_nothing_from_elsewhere(cast, sign_in):
    policy = sign_in(cast.dave).get(SEARCH)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
