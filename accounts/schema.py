"""How the API describes itself: bearer tokens, pages of rows, idempotency keys, one shape of refusals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from accounts.endpoint import WRITES

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="the same key and body get the first answer again"
)
LIMIT = OpenApiParameter("limit", int, description="rows of a page, at most 200")


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Schema(AutoSchema):
    """The schema of an Endpoint. A `get` that answers `self.listed(...)` is a list."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        get = getattr(type(self.view), "get", None)
        return self.method == "GET" and "listed" in getattr(getattr(get, "__code__", None), "co_names", ())

    def get_override_parameters(self) -> list[Any]:
        own = list(super().get_override_parameters())
        if self.method.lower() in WRITES:
            return [*own, KEY]
        view: Any = self.view
        return [*own, *view.filterset_class.parameters(), LIMIT] if self._is_list_view() else own

    def get_description(self) -> str:  # type: ignore[override]
        scope = getattr(self.view, "capabilities", {}).get(self.method, "")
        own = super().get_description() if type(self.view).__doc__ else ""  # else it is the base class's
        return "\n\n".join(filter(None, [own, f"Scope: {scope}" if scope else ""]))
