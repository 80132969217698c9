"""Who may open the routes of accounts."""

from __future__ import annotations

from tests.permission_table.roles import ADMINS, ALL, ANYONE, BOOKS, MANAGERS, SIGNED_IN, api, company, root

# ---- accounts: sign-in and the account


root("account_login", GET=ANYONE, POST=ANYONE)
root("account_logout", GET=ANYONE, POST=ANYONE)
root("account_signup", GET=ANYONE, POST=ANYONE)
root("account_inactive", GET=ANYONE)
root("account_reset_password", GET=ANYONE, POST=ANYONE)
root("account_reset_password_done", GET=ANYONE)
root("account_reset_password_from_key", GET=ANYONE, POST=ANYONE)
root("account_reset_password_from_key_done", GET=ANYONE)
root("account_email_verification_sent", GET=ANYONE)
root("account_confirm_email", GET=ANYONE, POST=ANYONE)
root("mfa_authenticate", GET=ANYONE, POST=ANYONE)
root("mfa_login_webauthn", GET=ANYONE, POST=ANYONE)
root("account_reauthenticate", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_reauthenticate", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_reauthenticate_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("account_email", GET=SIGNED_IN, POST=SIGNED_IN)
root("account_change_password", GET=SIGNED_IN, POST=SIGNED_IN)
root("account_set_password", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_index", GET=SIGNED_IN)
root("mfa_activate_totp", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_deactivate_totp", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_view_recovery_codes", GET=SIGNED_IN)
root("mfa_generate_recovery_codes", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_download_recovery_codes", GET=SIGNED_IN)
root("mfa_list_webauthn", GET=SIGNED_IN)
root("mfa_add_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_edit_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("mfa_remove_webauthn", GET=SIGNED_IN, POST=SIGNED_IN)
root("usersessions_list", GET=SIGNED_IN, POST=SIGNED_IN)

# ---- accounts: people and the company


root("start", GET=ANYONE)
root("demo", GET=ANYONE)
root("companies", GET=SIGNED_IN)
root("company-create", GET=SIGNED_IN, POST=SIGNED_IN)
root("invitation", GET=ANYONE, POST=ANYONE)
root("account-profile", GET=SIGNED_IN, POST=SIGNED_IN)
company("people", GET=BOOKS)
company("people-export", GET=BOOKS)
company("people-invite", GET=MANAGERS, POST=MANAGERS)
company("person", GET=BOOKS, POST=MANAGERS)
company("person-role", POST=ADMINS)
company("person-invitation", POST=MANAGERS)
company("person-invitation-withdrawal", POST=MANAGERS)
company("teams", GET=MANAGERS, POST=MANAGERS)
company("team", GET=MANAGERS, POST=MANAGERS)
company("settings-company", GET=ADMINS, POST=ADMINS)
company("settings-tokens", GET=ADMINS, POST=ADMINS)
company("settings-webhooks", GET=ADMINS, POST=ADMINS)
company("settings-webhook", GET=ADMINS, POST=ADMINS)
company("settings-webhook-pause", POST=ADMINS)
company("settings-webhook-removal", POST=ADMINS)
company("settings-delivery-again", POST=ADMINS)
company("settings-token-revocation", POST=ADMINS)

api("api-me", GET=ALL)
api("api-company", GET=ALL)
api("api-people", GET=BOOKS, POST=MANAGERS)
api("api-person", GET=BOOKS, PATCH=MANAGERS)
api("api-teams", GET=BOOKS)
