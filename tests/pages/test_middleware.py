"""What every request gets: an id, its company, its language and region; and toasts afterwards."""

import pytest
from django.contrib import messages
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone, translation

from accounts.models import CompanySlug, CompanyStatus, MembershipStatus
from pleo.lib import format
from pleo.lib.http import request_id, toast
from pleo.urls import handler403, handler404, handler500  # noqa: F401
from pleo.urls import urlpatterns as real


def look(request: HttpRequest) -> HttpResponse:
    facts = [
        request.company.name, request.membership.name, request.region, format.active_region.get(),
        str(translation.get_language()), str(timezone.get_current_timezone()), request_id.get(),
    ]  # fmt: skip
    return HttpResponse("|".join(facts))


def act(request: HttpRequest) -> HttpResponse:
    toast(request, "Card <frozen>.", undo="/undo/")
    messages.info(request, "Second.")
    return HttpResponse("<p>part</p>")


def quiet(request: HttpRequest) -> HttpResponse:
    toast(request, "Later.")
    return HttpResponse(status=204)


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("boom")


urlpatterns = [
    path(
        "c/<slug:company>/",
        include([path("look/", look), path("act/", act), path("quiet/", quiet), path("crash/", crash)]),
    ),
    *real,
]
pytestmark = pytest.mark.urls(__name__)


def test_the_company_is_found_and_taken_from_the_arguments(cast, sign_in):
    response = sign_in(cast.carol).get("/c/havblik/look/")
    company, name, region, active, language, zone, name_of_request = response.content.decode().split("|")
    assert (company, name, region, active, language, zone) == (
        "Havblik",
        "Carol",
        "DK",
        "DK",
        "en",
        "Europe/Copenhagen",
    )
    assert response["X-Request-Id"] == name_of_request
    assert len(name_of_request) == 36


def test_nothing_is_left_behind_for_the_next_request(cast, sign_in):
    sign_in(cast.carol).get("/c/havblik/look/")
    assert format.active_region.get() == format.DEFAULT_REGION
    assert request_id.get() == ""
    assert str(timezone.get_current_timezone()) == "UTC"


def test_an_id_from_outside_is_not_believed(cast, sign_in):
    response = sign_in(cast.carol).get("/c/havblik/look/", headers={"X-Request-Id": "mine"})
    assert response["X-Request-Id"] != "mine"


def test_nobody_signed_in_goes_to_the_login_page(cast):
    response = Client().get("/c/havblik/look/?a=1")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/c/havblik/look/%3Fa%3D1"


def test_a_fragment_without_a_login_leaves_the_page_for_it(cast):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/c/havblik/"}
    response = Client().get("/c/havblik/look/", headers=headers)
    assert response["HX-Redirect"] == "/login/?next=/c/havblik/"


def test_another_company_does_not_exist(cast, sign_in):
    assert sign_in(cast.mallory).get("/c/havblik/look/").status_code == 404
    assert sign_in(cast.carol).get("/c/no-such/look/").status_code == 404


def test_an_operator_has_no_membership_by_being_one(cast, sign_in):
    cast.mallory.user.is_superuser = cast.mallory.user.is_staff = True
    cast.mallory.user.save()
    assert sign_in(cast.mallory).get("/c/havblik/look/").status_code == 404


@pytest.mark.parametrize("status", [MembershipStatus.LEFT, MembershipStatus.INVITED])
def test_who_left_or_has_not_come_sees_nothing(cast, sign_in, status):
    type(cast.carol).objects.filter(pk=cast.carol.pk).update(status=status)
    assert sign_in(cast.carol).get("/c/havblik/look/").status_code == 404


def test_a_closed_company_is_closed(cast, sign_in):
    type(cast.company).objects.filter(pk=cast.company.pk).update(status=CompanyStatus.CLOSED)
    assert sign_in(cast.carol).get("/c/havblik/look/").status_code == 404


def test_a_former_slug_leads_to_the_new_one_for_its_own_people_alone(cast, sign_in):
    CompanySlug.objects.create(company=cast.company, slug="old-name")
    response = sign_in(cast.carol).get("/c/old-name/look/?a=1")
    assert (response.status_code, response["Location"]) == (301, "/c/havblik/look/?a=1")
    assert sign_in(cast.carol).post("/c/old-name/look/").status_code == 404
    assert sign_in(cast.mallory).get("/c/old-name/look/").status_code == 404


def test_a_person_s_own_language_and_region_win(cast, sign_in):
    cast.carol.user.language, cast.carol.user.region = "da", "DE"
    cast.carol.user.save()
    facts = sign_in(cast.carol).get("/c/havblik/look/").content.decode().split("|")
    assert facts[2:5] == ["DE", "DE", "da"]


def test_the_browser_s_language_is_next(cast, sign_in):
    response = sign_in(cast.carol).get("/c/havblik/look/", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert response.content.decode().split("|")[4] == "de"
    assert response["Content-Language"] == "de"
    assert "Accept-Language" in response["Vary"]


def test_messages_travel_with_a_fragment(cast, sign_in):
    response = sign_in(cast.carol).get("/c/havblik/act/", headers={"HX-Request": "true"})
    shown = response.content.decode()
    assert shown.startswith("<p>part</p>")
    assert 'hx-swap-oob="beforeend"' in shown
    assert "Card &lt;frozen&gt;." in shown
    assert 'action="/undo/"' in shown
    assert "HX-Request" in response["Vary"]


def test_messages_wait_when_the_answer_is_empty(cast, sign_in):
    client = sign_in(cast.carol)
    response = client.get("/c/havblik/quiet/", headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (204, b"")
    assert "Later." in client.get("/c/havblik/act/", headers={"HX-Request": "true"}).content.decode()


def test_messages_wait_for_a_whole_page(cast, sign_in):
    assert "Second." not in sign_in(cast.carol).get("/c/havblik/act/").content.decode()


def test_a_missing_page_says_so_in_the_frame_of_the_company(cast, sign_in):
    response = sign_in(cast.carol).get("/c/havblik/nowhere/")
    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


def test_a_fault_names_its_code(cast, sign_in):
    client = sign_in(cast.carol)
    client.raise_request_exception = False
    response = client.get("/c/havblik/crash/")
    assert response.status_code == 500
    assert response["X-Request-Id"][-8:] in response.content.decode()


def test_a_fragment_takes_no_write_lock(cast, sign_in):
    client = sign_in(cast.carol)
    client.get("/c/havblik/look/")
    cache.clear()
    with CaptureQueriesContext(connection) as fragment:
        client.get("/c/havblik/look/", headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as whole:
        client.get("/c/havblik/look/")
    with CaptureQueriesContext(connection) as again:
        client.get("/c/havblik/look/")
    assert any("usersession" in query["sql"].lower() for query in whole.captured_queries)
    assert not any("usersession" in query["sql"].lower() for query in again.captured_queries), "noted once a minute"
    assert all(query["sql"].startswith("SELECT") for query in fragment.captured_queries)
    assert len(fragment) <= 3
