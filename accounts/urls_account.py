"""Routes that belong to a person rather than a company: sign-in, the account, the choice of company."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.http import HttpRequest, HttpResponseBase
from django.urls import path, re_path

from accounts.views import account as own
from accounts.views import sign_in

View = Callable[..., HttpResponseBase]


def ours(view: View) -> View:
    """Answer as all our forms do: 422 when the form has errors, 303 after success."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code in (200, 302):
            response.status_code = 422 if response.status_code == 200 else 303
        return response

    return answered


urlpatterns = [
    path("", own.start, name="start"),
    path("companies/", own.companies, name="companies"),
    path("companies/new/", own.company_create, name="company-create"),
    path("invitation/<str:token>/", own.invitation, name="invitation"),
    path("account/profile/", own.profile, name="account-profile"),
    path("login/", ours(sign_in.login), name="account_login"),
    path("login/second/", ours(mfa.authenticate), name="mfa_authenticate"),
    path("login/passkey/", ours(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("logout/", ours(account.logout), name="account_logout"),
    path("signup/", ours(account.signup), name="account_signup"),
    path("account/off/", account.account_inactive, name="account_inactive"),
    path("password/reset/", ours(account.password_reset), name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        ours(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("account/confirm/", ours(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code/", ours(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("account/confirm/passkey/", ours(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("account/email/", ours(account.email), name="account_email"),
    path("account/email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    path("account/email/<str:key>/", ours(account.confirm_email), name="account_confirm_email"),
    path("account/password/", ours(account.password_change), name="account_change_password"),
    path("account/password/set/", ours(account.password_set), name="account_set_password"),
    path("account/security/", sign_in.security, name="mfa_index"),
    path("account/security/app/", ours(totp.activate_totp), name="mfa_activate_totp"),
    path("account/security/app/remove/", ours(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/security/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/security/codes/new/", ours(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("account/security/codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/security/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("account/security/passkeys/add/", ours(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("account/security/passkeys/<int:pk>/name/", ours(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("account/security/passkeys/<int:pk>/remove/", ours(passkeys.remove_webauthn), name="mfa_remove_webauthn"),
    path("account/sessions/", ours(sign_in.sessions), name="usersessions_list"),
]
