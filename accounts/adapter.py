"""How our sign-in differs from the library's: its words, its mails, where it leads."""

from __future__ import annotations

import base64
import hashlib
import logging
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User, fold_email
from pleo.lib.mail import Mail, send_mail

logger = logging.getLogger(__name__)

CONFIRM = (
    _("Confirm your address"),
    _(
        "Someone, we hope you, gave this address to Pleo. One press confirms that it is yours. If it was not you, do nothing."
    ),
)
# Template prefix of the library -> ((subject, text), button, where its link stands in the context).
MAILS: dict[str, tuple[tuple[Any, Any], Any, str]] = {
    "account/email/password_reset_key": (
        (
            _("A new password for Pleo"),
            _(
                "Choose a new password with the link below. It works once, for a day. If you did not ask for it, do nothing."
            ),
        ),
        _("Choose a password"),
        "password_reset_url",
    ),
    "account/email/email_confirmation": (CONFIRM, _("Confirm"), "activate_url"),
    "account/email/email_confirmation_signup": (CONFIRM, _("Confirm"), "activate_url"),
    "account/email/account_already_exists": (
        (
            _("You have an account already"),
            _(
                "Someone, we hope you, tried to sign up to Pleo with this address. You have an account: log in, or set a new password."
            ),
        ),
        _("Set a new password"),
        "password_reset_url",
    ),
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail. Messages name what is wrong and what to do, and never say whether an address is known."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is switched off. Ask your finance team."),
        "duplicate_email": _("That is your address already."),
        "email_password_mismatch": _("That e-mail and password don’t belong together."),
        "email_taken": _("That address belongs to another account."),
        "enter_current_password": _("That is not your present password."),
        "incorrect_code": _("That code is not right. Codes change every 30 seconds."),
        "incorrect_password": _("That is not your password."),
        "invalid_login": _("That e-mail and password don’t belong together."),
        "invalid_password_reset": _("This link has been used or is too old. Ask for a new one."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or set a new password."),
        "rate_limited": _("Too many tries. Wait a few minutes."),
        "unknown_email": _("That e-mail and password don’t belong together."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def clean_email(self, email: str) -> str:
        folded = fold_email(email)
        # The library's own forms take more letters than the column does.
        MaxLengthValidator(User._meta.get_field("email").max_length)(folded)
        return folded

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send our words in place of the library's. Links lead to BASE_URL, whatever host the request came by.

        A mail server that does not answer must not lose the page: the person can ask for the mail again.
        """
        words, action, link = MAILS[template_prefix]
        subject, text = words
        mail = Mail(str(subject), str(text), str(action), urlsplit(context[link]).path)
        try:
            send_mail(mail, to=email)
        except (OSError, SMTPException) as error:
            logger.error("mail not sent: %s error=%s", template_prefix, error)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> User:
        user.name = form.cleaned_data.get("name", "")
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account-profile") if self.request.user.is_authenticated else reverse("account_login")


class MFAAdapter(DefaultMFAAdapter):
    """Second factors. The relying party of a passkey is the host that people see."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "unverified_email": _("Confirm your address first: follow the link in the mail we sent you."),
        "incorrect_code": _("That code is not right. Codes change every 30 seconds."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    """Return what keeps authenticator secrets unreadable in a copied database."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"mfa" + settings.TOKEN_KEY.encode()).digest()))
