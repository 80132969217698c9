"""A person's own name, language, region, colours, mails and shortcuts."""

from __future__ import annotations

from accounts.models import User


def change_profile(
    *, user: User, name: str, language: str, region: str, theme: str, receipt_mails: str, single_key_shortcuts: bool
) -> None:
    """Set what pages look like for a person. What a company calls them is the company's to change."""
    User.objects.filter(pk=user.pk).update(
        name=name.strip(), language=language, region=region, theme=theme, receipt_mails=receipt_mails,
        single_key_shortcuts=single_key_shortcuts,
    )  # fmt: skip
