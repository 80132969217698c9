"""The one shape of an anticipated refusal: a code, its parameters, and a sentence made when it is shown."""

from __future__ import annotations

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule said no. Subclasses stand beside the verb that raises them and are named for the fact.

    `code` is stored and sent over the API; `status` is the HTTP answer (409 for a state somebody else changed, 422 for a
    value that a rule refuses); `message()` is the sentence for a person, in the language active when it is called.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422
    field: ClassVar[str | None] = None

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params = params

    def message(self) -> str:
        """Return the sentence that says what is wrong and what can be done."""
        return self.code.replace("_", " ")

    def __str__(self) -> str:
        return self.message()


class WrongState(DomainError):
    """Somebody was first: the row is no longer in the state the act needs."""

    code = "wrong_state"
    status = 409

    def message(self) -> str:
        from django.utils.translation import gettext

        return gettext("Someone changed this a moment ago. Look at it again, then decide.")
