"""Pages that say what is missing, refused or broken."""

import pytest
from django.test import Client

from accounts.models import Membership


def test_a_refusal_names_who_has_access(cast, sign_in):
    response = sign_in(cast.carol).get("/c/havblik/wallet/")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Not yours to see" in page
    assert "Alice" in page
    assert "Dave" in page
    assert "Mallory" not in page


def test_a_refusal_names_a_handful_at_most(cast, sign_in):
    for number in range(10):
        Membership.objects.create(
            company=cast.company, name=f"Zoe {number}", email=f"{number}@example.com", role="admin", status="invited"
        )
    assert "Zoe" not in sign_in(cast.carol).get("/c/havblik/wallet/").content.decode()


@pytest.mark.parametrize("url", ["/nowhere/", "/c/", "/c/havblik/nowhere/", "/c/havblik/wallet/statements/x/", "/%00"])
def test_a_missing_page_says_so_to_everybody(cast, sign_in, url):
    for client in (Client(), sign_in(cast.carol), sign_in(cast.bob)):
        response = client.get(url)
        assert response.status_code in (302, 403, 404)
        if response.status_code == 404:
            assert "Nothing here" in response.content.decode()


def test_a_form_open_too_long_is_explained(cast, sign_in):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.dave.user)
    response = client.post("/c/havblik/wallet/top-up/", {"amount": "10"})
    assert response.status_code == 403
    assert "open too long" in response.content.decode()


def test_too_much_text_is_413(cast, sign_in, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = sign_in(cast.dave).post("/c/havblik/wallet/top-up/", {"amount": "1" * 5000})
    assert response.status_code == 413
    assert "Too much at once" in response.content.decode()


def test_too_many_fields_is_400(cast, sign_in, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    response = sign_in(cast.dave).post("/c/havblik/wallet/top-up/", {f"f{number}": "1" for number in range(9)})
    assert response.status_code == 400
