"""Forms of people, teams and companies. They repeat rules only to be kind; the verbs and the database decide."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.countries import COUNTRIES, CURRENCIES, country_choices
from accounts.models import Company, Membership, MembershipStatus, ReceiptMails, Role, Team, Theme, User
from accounts.permissions import roles_given_by

MOST_INVITED = 200


def role_choices(membership: Membership) -> list[tuple[str, Any]]:
    """Return the roles that a person may give, from the least to the most powerful."""
    mine = roles_given_by(membership.role)
    return [(role.value, role.label) for role in reversed(Role) if role.value in mine]


class CompanyForm(forms.Form):
    """A new company. Currency and time zone follow the country and can be changed here."""

    name = forms.CharField(label=_("Company name"), max_length=120)
    country = forms.ChoiceField(label=_("Country"))
    currency = forms.ChoiceField(
        label=_("Currency of the wallet"), required=False, help_text=_("Fixed once money has moved.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose a country")), *country_choices()]  # type: ignore[attr-defined]
        self.fields["currency"].choices = [  # type: ignore[attr-defined]
            ("", _("The country’s own")), *((code, code) for code in CURRENCIES)
        ]  # fmt: skip

    def clean_currency(self) -> str:
        country = self.cleaned_data.get("country", "")
        return self.cleaned_data["currency"] or (COUNTRIES[country][0] if country in COUNTRIES else "")


class CompanySettingsForm(forms.Form):
    """What can change about a company."""

    name = forms.CharField(label=_("Name"), max_length=120)
    legal_name = forms.CharField(label=_("Legal name"), max_length=160, required=False)
    vat_number = forms.CharField(label=_("VAT number"), max_length=20, required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Decides which day and month a purchase belongs to.")
    )
    region = forms.ChoiceField(label=_("Numbers and dates as in"))
    slug = forms.SlugField(
        label=_("Short name in addresses"), max_length=60, help_text=_("Old links go on working after a change.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
        self.fields["time_zone"].choices = [(name, name.replace("_", " ")) for name in zones]  # type: ignore[attr-defined]
        self.fields["region"].choices = country_choices()  # type: ignore[attr-defined]

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()

    @staticmethod
    def initial_of(company: Company) -> dict[str, str]:
        return {name: getattr(company, name) for name in CompanySettingsForm.base_fields}


class InviteForm(forms.Form):
    """One address or many, for one team and role."""

    addresses = forms.CharField(
        label=_("E-mail addresses"),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        max_length=20_000,
        help_text=_("One or many, with commas or new lines between."),
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("No team"))
    role = forms.ChoiceField(label=_("Role"), initial=Role.EMPLOYEE)

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.for_company(by.company).order_by("name", "id")  # type: ignore[attr-defined]
        self.fields["role"].choices = role_choices(by)  # type: ignore[attr-defined]

    def clean_addresses(self) -> list[str]:
        """Take apart what people paste: `Freja Holm <freja@havblik.example>; jonas@havblik.example`."""
        text = str(self.cleaned_data["addresses"])
        named = re.findall(r"<([^<>]+)>", text)
        rest = re.sub(r"[^,;\n]*<[^<>]*>", " ", text)
        parts = [part.strip().removeprefix("mailto:") for part in (*named, *re.split(r"[,;\s]+", rest))]
        found = list(dict.fromkeys(part for part in parts if part))
        if len(found) > MOST_INVITED:
            raise forms.ValidationError(_("Invite at most %(most)s at once.") % {"most": MOST_INVITED})
        if not found:
            raise forms.ValidationError(_("Write at least one address."))
        return found


class PersonForm(forms.Form):
    """What the company says of a person."""

    name = forms.CharField(label=_("Name"), max_length=120)
    employee_number = forms.CharField(label=_("Employee number"), max_length=40, required=False)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), required=False, empty_label=_("No team"))
    manager = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Manager"),
        required=False,
        empty_label=_("The leads of the team"),
        help_text=_("Decides about what this person spends, instead of the leads of the team."),
    )

    def __init__(self, *args: Any, person: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.for_company(person.company).exclude(role=Role.SERVICE).exclude(pk=person.pk)
        people = people.filter(Q(status=MembershipStatus.ACTIVE) | Q(pk=person.manager_id))
        self.fields["team"].queryset = Team.objects.for_company(person.company).order_by("name", "id")  # type: ignore[attr-defined]
        self.fields["manager"].queryset = people.order_by("name", "id")  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """The role of a person, from those that the asker may give."""

    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(by)  # type: ignore[attr-defined]


class TeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(label=_("Team name"), max_length=80)


class TeamPeopleForm(TeamForm):
    """A team's name, who leads it and who belongs to it."""

    leads = forms.ModelMultipleChoiceField(
        Membership.objects.none(),
        label=_("Leads"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leads review what the team spends."),
    )
    members = forms.ModelMultipleChoiceField(
        Membership.objects.none(), label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.for_company(company).exclude(role=Role.SERVICE)
        people = people.exclude(status=MembershipStatus.LEFT).order_by("name", "id")
        for name in ("leads", "members"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(label=_("What is it for"), max_length=80)
    acts_as = forms.ChoiceField(
        label=_("Acts as"),
        choices=[("service", _("Itself, a service of the company")), ("me", _("Me"))],
        initial="service",
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]


class AcceptForm(forms.Form):
    """The name and password of somebody new."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters. A sentence is good."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class ProfileForm(forms.Form):
    """A person's own settings."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Language"), required=False)
    region = forms.ChoiceField(label=_("Numbers and dates"), required=False)
    theme = forms.ChoiceField(label=_("Colours"), choices=Theme.choices)
    receipt_mails = forms.ChoiceField(
        label=_("Mails about missing receipts"), choices=ReceiptMails.choices, required=False
    )
    single_key_shortcuts = forms.BooleanField(
        label=_("Shortcuts with a single key"), required=False, help_text=_("J and K move through a list, for example.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As the browser")), *settings.LANGUAGES]  # type: ignore[attr-defined]
        self.fields["region"].choices = [("", _("As the company")), *country_choices()]  # type: ignore[attr-defined]
        for name in ("language", "region", "receipt_mails"):
            self.fields[name].is_wanted = True  # type: ignore[attr-defined]  # one of them is always chosen

    def clean_receipt_mails(self) -> str:
        return self.cleaned_data["receipt_mails"] or ReceiptMails.DAILY

    @staticmethod
    def initial_of(user: User) -> dict[str, Any]:
        return {name: getattr(user, name) for name in ProfileForm.base_fields}
