"""The library's sign-in forms with our labels: no placeholder stands for a label, and a password is typed once."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as library
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD_HINT = _("At least 10 characters. A sentence is good.")


class Plain:
    """Labels from the class, no placeholders, no second password to type."""

    labels: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.hints.get(name, "")


class LoginForm(Plain, library.LoginForm):
    labels = {"login": _("Work e-mail"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class SignupForm(Plain, library.SignupForm):
    labels = {"email": _("Work e-mail"), "password1": _("Password")}
    hints = {"password1": PASSWORD_HINT}
    field_order = ("name", "email", "password1")

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class ResetPasswordForm(Plain, library.ResetPasswordForm):
    labels = {"email": _("Work e-mail")}


class ResetPasswordKeyForm(Plain, library.ResetPasswordKeyForm):
    labels = {"password1": _("New password")}
    hints = {"password1": PASSWORD_HINT}


class ChangePasswordForm(Plain, library.ChangePasswordForm):
    labels = {"oldpassword": _("Present password"), "password1": _("New password")}
    hints = {"password1": PASSWORD_HINT}


class SetPasswordForm(Plain, library.SetPasswordForm):
    labels = {"password1": _("Password")}
    hints = {"password1": PASSWORD_HINT}


class ReauthenticateForm(Plain, library.ReauthenticateForm):
    labels = {"password": _("Password")}


class AddEmailForm(Plain, library.AddEmailForm):
    labels = {"email": _("New address")}


class Guarded:
    """What a browser says of a passkey is anybody's text: a shape the library did not expect is a refusal, not a fault."""

    def full_clean(self) -> None:
        try:
            super().full_clean()  # type: ignore[misc]
        except (KeyError, TypeError, ValueError, AttributeError):
            self.cleaned_data: dict[str, Any] = {}
            self.add_error("credential", _("The passkey did not answer as it should. Try again."))  # type: ignore[attr-defined]


class AddPasskeyForm(Guarded, passkeys.AddWebAuthnForm):
    pass


class PasskeyForm(Guarded, passkeys.AuthenticateWebAuthnForm):
    pass


class PasskeyLoginForm(Guarded, passkeys.LoginWebAuthnForm):
    pass


class PasskeyProofForm(Guarded, passkeys.ReauthenticateWebAuthnForm):
    pass
