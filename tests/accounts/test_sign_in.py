"""Logging in, second factors, passkeys, devices, passwords: our pages, our words, and limits on trying."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, fold_email
from accounts.views.sign_in import device_of
from tests.conftest import PASSWORD, Cast, make_user

Signer = Callable[..., Client]
WRONG = "That e-mail and password don’t belong together."


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def log_in(client: Client, email: str = "carol@example.com", password: str = PASSWORD, **extra: str) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password, **extra})


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def with_app(user: User) -> str:
    """Switch on the authenticator app of a person; return its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


@pytest.mark.parametrize("typed", ["carol@example.com", "Carol@Example.COM", "  carol@example.com "])
def test_it_lets_people_in_however_they_write_their_address(cast: Cast, client: Client, typed: str) -> None:
    answer = log_in(client, typed)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"


def test_the_same_words_for_a_wrong_password_and_an_unknown_address(cast: Cast, client: Client) -> None:
    for email, password in (("carol@example.com", "wrong"), ("nobody@example.com", PASSWORD)):
        answer = log_in(client, email, password)
        page = answer.content.decode()
        assert answer.status_code == 422 and WRONG in page and email in page and password not in page.split("<form")[1]


def test_it_stops_guessing_after_five_tries(cast: Cast, client: Client) -> None:
    for _ in range(5):
        assert WRONG in log_in(client, password="wrong").content.decode()
    stopped = log_in(client, password="wrong").content.decode()
    assert "Too many tries" in stopped
    assert "Too many tries" in log_in(client).content.decode(), "the right password waits as well"
    assert log_in(client, "dave@example.com").status_code == 303, "others are not held up"


def test_an_address_is_folded_and_once_in_the_database(db: None) -> None:
    assert fold_email("  Søren@Weiß.Example ") == "søren@weiß.example"
    user = User.objects.create_user("Nora@Example.com", PASSWORD)
    assert user.email == "nora@example.com" and User.objects.get_by_natural_key("NORA@example.com") == user


def test_a_next_address_outside_is_not_followed(cast: Cast, client: Client) -> None:
    assert log_in(client, next="https://evil.example/").headers["Location"] == "/"
    client.logout()
    assert log_in(client, next="//evil.example").headers["Location"] == "/"
    client.logout()
    assert log_in(client, next="/companies/").headers["Location"] == "/companies/"


def test_somebody_switched_off_is_told_whom_to_ask(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.carol.user_id).update(is_active=False)
    answer = log_in(client)
    assert answer.status_code in (303, 422)
    page = client.get(reverse("account_inactive")).content.decode()
    assert "switched off" in page and "finance team" in page


def test_the_second_proof_is_asked_and_wrong_codes_are_refused(cast: Cast, client: Client) -> None:
    assert cast.carol.user
    secret = with_app(cast.carol.user)
    assert log_in(client).headers["Location"] == reverse("mfa_authenticate")
    assert client.get("/").headers["Location"] == "/login/", "half in is out"
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert wrong.status_code == 422 and "That code is not right" in wrong.content.decode()
    code = code_of(secret)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 303
    assert client.get("/account/profile/").status_code == 200
    other = Client()
    log_in(other)
    assert other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 422, "a code works once"


def test_the_secret_of_the_app_is_not_readable_in_the_database(cast: Cast) -> None:
    assert cast.carol.user
    secret = with_app(cast.carol.user)
    stored = Authenticator.objects.get(user=cast.carol.user, type="totp").data
    assert secret not in str(stored)


def test_setting_up_the_app_asks_for_a_fresh_proof_then_gives_recovery_codes(cast: Cast, client: Client) -> None:
    assert cast.carol.user
    EmailAddress.objects.create(user=cast.carol.user, email="carol@example.com", verified=True, primary=True)
    client.force_login(cast.carol.user)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.status_code == 302 and reverse("account_reauthenticate") in asked.headers["Location"]
    wrong = client.post(asked.headers["Location"], {"password": "wrong"})
    assert wrong.status_code == 422 and "That is not your password" in wrong.content.decode()
    assert client.post(asked.headers["Location"], {"password": PASSWORD}).status_code == 303
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r'hash wrap">([A-Z2-7]+)<', page)
    assert found and "data:image/svg+xml" in page
    assert client.post(reverse("mfa_activate_totp"), {"code": "12"}).status_code == 422
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'hash wrap">([A-Z2-7]+)<', page)
    assert secret
    done = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret.group(1))})
    assert done.status_code == 303 and done.headers["Location"] == reverse("mfa_view_recovery_codes")
    codes = re.findall(r'<code class="num">(\w+)</code>', client.get(done.headers["Location"]).content.decode())
    assert len(codes) == 10
    assert codes[0] in client.get(reverse("mfa_download_recovery_codes")).content.decode()
    other = Client()
    log_in(other)
    assert other.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 303
    assert client.get(reverse("mfa_deactivate_totp")).status_code == 200
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 303
    assert not Authenticator.objects.filter(user=cast.carol.user, type="totp").exists()


def test_passkeys_offer_options_and_refuse_made_up_answers(cast: Cast, client: Client) -> None:
    options = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["challenge"]
    for forged in ("", "{}", "not json", '{"id": "x"}', "[]", "null", '{"rawId": "AAAA", "response": {}}'):
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": forged})
        assert answer.status_code in (302, 303, 422), forged
        assert client.get("/account/profile/").status_code == 302


def test_the_password_page_wants_the_present_one(cast: Cast, client: Client) -> None:
    assert cast.carol.user
    client.force_login(cast.carol.user)
    url = reverse("account_change_password")
    assert client.post(url, {"oldpassword": "wrong", "password1": "another good one"}).status_code == 422
    assert client.post(url, {"oldpassword": PASSWORD, "password1": "short"}).status_code == 422
    answer = client.post(url, {"oldpassword": PASSWORD, "password1": "another good one"})
    assert answer.status_code == 303 and answer.headers["Location"] == reverse("mfa_index")
    assert client.get("/account/profile/").status_code == 200, "still in"
    assert User.objects.get(pk=cast.carol.user_id).check_password("another good one")


def test_a_forgotten_password_is_set_by_a_mailed_link_once(cast: Cast, client: Client) -> None:
    url = reverse("account_reset_password")
    for address in ("carol@example.com", "nobody@example.com"):
        answer = client.post(url, {"email": address})
        assert answer.status_code == 303 and answer.headers["Location"] == reverse("account_reset_password_done")
    [letter] = mail.outbox
    assert letter.to == ["carol@example.com"] and "choose a new password" in str(letter.body).lower()
    link = re.search(r"http://127.0.0.1:8000(/password/reset/\S+)", str(letter.body))
    assert link, "links lead to BASE_URL, whatever Host said"
    form = client.get(link.group(1), follow=True)
    target = form.redirect_chain[-1][0]
    assert client.post(target, {"password1": "short"}).status_code == 422
    assert client.post(target, {"password1": "another good one"}).status_code == 303
    assert log_in(Client(), password="another good one").status_code == 303
    again = Client().get(link.group(1), follow=True).content.decode()
    assert "does not work any more" in again
    assert "does not work any more" in client.get("/password/reset/zz-made-up/", follow=True).content.decode()


def test_signing_up_with_a_known_address_tells_only_its_owner(cast: Cast, client: Client) -> None:
    form = {"name": "Evil", "email": "carol@example.com", "password1": "another good one"}
    answer = client.post(reverse("account_signup"), form, follow=True)
    assert answer.status_code in (200, 422)
    assert User.objects.filter(email="carol@example.com").count() == 1
    assert User.objects.get(pk=cast.carol.user_id).check_password(PASSWORD)
    assert client.get("/account/profile/").status_code == 302, "not signed in"


BAD_SIGN_UPS = [
    {},
    {"name": ""},
    {"email": "no"},
    {"password1": "1234567890"},
    {"name": "N" * 121},
    {"password1": "x@y.example"},
    {"name": "N\x00"},
    {"email": "x" * 250 + "@y.example"},
]


@pytest.mark.parametrize("wrong", BAD_SIGN_UPS)
def test_a_bad_sign_up_says_so_and_makes_nobody(db: None, client: Client, wrong: dict[str, str]) -> None:
    form = {"name": "N", "email": "x@y.example", "password1": PASSWORD} | wrong if wrong else {}
    assert client.post(reverse("account_signup"), form).status_code == 422
    assert not User.objects.exists()


def test_a_new_address_counts_once_it_is_confirmed(cast: Cast, client: Client) -> None:
    assert cast.carol.user
    EmailAddress.objects.create(user=cast.carol.user, email="carol@example.com", verified=True, primary=True)
    client.force_login(cast.carol.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.post(reverse("account_email"), {"email": "carol@new.example", "action_add": ""})
    assert answer.status_code == 303
    cast.carol.user.refresh_from_db()
    assert cast.carol.user.email == "carol@example.com"
    [letter] = mail.outbox
    link = re.search(r"(/account/email/\S+)", str(letter.body))
    assert letter.to == ["carol@new.example"] and link
    assert client.post(link.group(1)).status_code == 303
    cast.carol.user.refresh_from_db()
    assert cast.carol.user.email == "carol@new.example"
    assert "does not work any more" in client.get("/account/email/made-up/").content.decode()


def test_the_devices_page_names_them_and_logs_others_out(cast: Cast) -> None:
    here, there = Client(headers={"User-Agent": "Mozilla/5.0 (Macintosh; Mac OS X) Firefox/130.0"}), Client()
    log_in(here)
    log_in(there)
    page = here.get(reverse("usersessions_list")).content.decode()
    assert "Firefox on Mac" in page and "This device" in page and "Log out everywhere else" in page
    assert here.post(reverse("usersessions_list")).status_code == 303
    assert there.get("/account/profile/").status_code == 302 and here.get("/account/profile/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Mobile Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537 Edg/130", "Edge on Windows"),
        ("curl/8", "A device we do not know"),
        ("", "A device we do not know"),
    ],
)
def test_it_names_a_device(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_the_profile_saves_language_region_and_colours(cast: Cast, sign_in: Signer) -> None:
    client, url = sign_in(cast.carol), reverse("account-profile")
    form = {"name": "Carol Ø", "language": "da", "region": "DE", "theme": "dark"}
    assert client.post(url, form).status_code == 303
    user = User.objects.get(pk=cast.carol.user_id)
    assert (user.name, user.language, user.region, user.theme, user.single_key_shortcuts) == (
        "Carol Ø",
        "da",
        "DE",
        "dark",
        False,
    )
    assert 'data-theme="dark"' in client.get(url).content.decode()
    for bad in (
        {**form, "language": "xx"},
        {**form, "region": "Mars"},
        {**form, "theme": "pink"},
        {**form, "name": ""},
    ):
        assert client.post(url, bad).status_code == 422


def test_logging_out_is_asked_on_get_and_done_on_post(cast: Cast, sign_in: Signer) -> None:
    client = sign_in(cast.carol)
    assert "Log out?" in client.get(reverse("account_logout")).content.decode()
    assert client.get("/account/profile/").status_code == 200
    assert client.post(reverse("account_logout")).status_code == 303
    assert client.get("/account/profile/").status_code == 302


def test_a_form_without_its_token_is_refused(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict).status_code == 403


def test_no_page_of_the_library_shows_through(cast: Cast, client: Client) -> None:
    assert cast.carol.user
    with_app(cast.carol.user)
    client.force_login(cast.carol.user)
    now = str(timezone.now().timestamp())
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": float(now), "email": "carol@example.com"}]
    session.save()
    for name in (
        "account_email", "account_change_password", "mfa_index", "mfa_deactivate_totp", "mfa_generate_recovery_codes",
        "mfa_list_webauthn", "mfa_add_webauthn", "usersessions_list", "account_logout", "account_reauthenticate",
        "mfa_reauthenticate", "account_inactive", "account_email_verification_sent", "account_reset_password_done",
        "account_reset_password_from_key_done", "account_reset_password",
    ):  # fmt: skip
        answer = client.get(reverse(name), follow=True)
        page = answer.content.decode()
        assert answer.status_code == 200 and "css/tokens.css" in page, name
        assert "<script>" not in page and "style=" not in page and "Menu:" not in page, name
    passkeys = make_user("petra")
    assert passkeys.pk


def test_operators_log_in_where_everybody_does_and_change_nothing_by_hand(cast: Cast, client: Client) -> None:
    asked = client.get("/operator/login/?next=/operator/")
    assert asked.status_code == 302 and asked.headers["Location"].startswith("/login/?next=")
    guess = client.post("/operator/login/", {"username": "root@example.com", "password": PASSWORD})
    assert guess.headers["Location"].startswith("/login/")
    boss = User.objects.create_superuser("root@example.com", PASSWORD)
    client.force_login(boss)
    assert client.get("/operator/").status_code == 200
    assert client.get("/operator/accounts/company/").status_code == 200
    assert client.get("/operator/accounts/company/add/").status_code == 403
    page = client.get(f"/operator/accounts/user/{boss.pk}/change/").content.decode()
    assert "Save" not in page and boss.password not in page
