"""Routes of accounts under /c/<company>/."""

from __future__ import annotations

from django.urls import path

from accounts.views import people, settings, teams

urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/export/", people.people_export, name="people-export"),
    path("people/invite/", people.people_invite, name="people-invite"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/role/", people.person_role, name="person-role"),
    path("people/<uuid:person_id>/invitation/", people.person_invitation, name="person-invitation"),
    path(
        "people/<uuid:person_id>/invitation/withdrawal/",
        people.person_invitation_withdrawal,
        name="person-invitation-withdrawal",
    ),
    path("teams/", teams.teams, name="teams"),
    path("teams/<uuid:team_id>/", teams.team, name="team"),
    path("settings/company/", settings.settings_company, name="settings-company"),
    path("settings/tokens/", settings.settings_tokens, name="settings-tokens"),
    path(
        "settings/tokens/<uuid:token_id>/revocation/",
        settings.settings_token_revocation,
        name="settings-token-revocation",
    ),
]
