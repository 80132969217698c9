"""The verbs of people, teams, tokens and the company."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from events.sentences.verb import Verb

VERBS: dict[str, Verb] = {
    "company.created": Verb(_("Founded"), _("%(who)s set up %(subject)s."), "building-2"),
    "company.changed": Verb(_("Changed company"), _("%(who)s changed the company’s details."), "building-2"),
    "webhook.added": Verb(_("Added webhook"), _("%(who)s lets %(subject)s be told of what happens."), "bell"),
    "webhook.secret_renewed": Verb(
        _("New webhook secret"), _("%(who)s made a new secret for %(subject)s."), "key-round"
    ),
    "webhook.paused": Verb(_("Paused webhook"), _("%(who)s paused what %(subject)s is told."), "bell"),
    "webhook.resumed": Verb(_("Resumed webhook"), _("%(who)s lets %(subject)s be told again."), "bell"),
    "webhook.removed": Verb(_("Removed webhook"), _("%(who)s lets %(subject)s be told nothing more."), "x"),
    "person.invited": Verb(_("Invited"), _("%(who)s invited %(subject)s."), "user-round-plus"),
    "person.invited_again": Verb(_("Invited again"), _("%(who)s sent %(subject)s the invitation again."), "mail"),
    "person.invitation_withdrawn": Verb(
        _("Took back invitation"), _("%(who)s took the invitation of %(subject)s back."), "mail-x"
    ),
    "person.leaving": Verb(_("Began to let go"), _("%(who)s began to let %(subject)s go."), "log-out"),
    "person.stays": Verb(_("Stays"), _("%(who)s let %(subject)s stay after all."), "undo-2"),
    "person.left": Verb(_("Left"), _("%(subject)s left the company, shown out by %(who)s."), "user-round-x"),
    "person.rejoined": Verb(_("Came back"), _("%(who)s let %(subject)s back in."), "user-round-plus"),
    "person.joined": Verb(_("Joined"), _("%(who)s joined."), "user-round"),
    "person.role_changed": Verb(_("Changed role"), _("%(who)s changed the role of %(subject)s."), "user-round-cog"),
    "person.changed": Verb(_("Changed person"), _("%(who)s changed the details of %(subject)s."), "user-round-cog"),
    "team.created": Verb(_("Made team"), _("%(who)s made the team %(subject)s."), "users"),
    "team.changed": Verb(_("Changed team"), _("%(who)s changed the team %(subject)s."), "users"),
    "token.created": Verb(_("Made API token"), _("%(who)s made the API token %(subject)s."), "key-round"),
    "token.revoked": Verb(_("Revoked API token"), _("%(who)s revoked the API token %(subject)s."), "key-round"),
}
