"""What all of /api/v1/ has in common: one error shape, cursor paging, and an answer for wrong addresses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent, ValidationError
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination as RestCursorPagination
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from pleo.lib.errors import DomainError

CODES = {
    400: "malformed",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "throttled",
}


class CursorPagination(RestCursorPagination):
    """Newest first by id, which is ordered by time. `limit` asks for up to 200 rows."""

    ordering = "-id"
    page_size_query_param = "limit"
    max_page_size = 200

    def decode_cursor(self, request: Any) -> Any:
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not _fits(self, str(cursor.position)):
            raise exceptions.NotFound(self.invalid_cursor_message)
        return cursor


def _fits(paginator: CursorPagination, position: str) -> bool:
    """Say whether a cursor's position can be a value of the column paged by: a made-up one must not reach the database."""
    if "\x00" in position:
        return False
    if str(paginator.ordering).lstrip("-") not in ("id", "('-id',)"):
        return True
    try:
        UUID(position)
    except ValueError:
        return False
    return True


def error(code: str, message: str, *, status: int, fields: dict[str, Any] | None = None, **extra: Any) -> Response:
    """Return the one shape of a refusal: {"error": {"code", "message", "fields"?}}."""
    body: dict[str, Any] = {"code": code, "message": message, **extra}
    if fields:
        body["fields"] = fields
    return Response({"error": body}, status=status)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Map every anticipated exception to the one shape; anything else propagates to the error tracker."""
    set_rollback()
    if isinstance(exc, DomainError):
        return _domain_error(exc)
    if isinstance(exc, Http404):
        return error("not_found", gettext("There is nothing here, or it is not yours to see."), status=404)
    if isinstance(exc, PermissionDenied):
        return error("permission_denied", gettext("Your role does not allow this."), status=403)
    if isinstance(exc, (RequestDataTooBig, TooManyFieldsSent)):
        return error("too_large", gettext("The request is too large."), status=413)
    if isinstance(exc, ValidationError):
        return error("invalid", " ".join(exc.messages), status=422)
    if isinstance(exc, OperationalError) and "lock" in str(exc):
        response = error("busy", gettext("Someone else is changing this. Try again in a moment."), status=409)
        response["Retry-After"] = "2"
        return response
    if isinstance(exc, exceptions.APIException):
        return _framework_error(exc)
    return None


def _domain_error(exc: DomainError) -> Response:
    fields = {exc.field: [exc.message()]} if exc.field else None
    response = error(exc.code, exc.message(), status=exc.status, fields=fields)
    if exc.code == "idempotency_key_in_flight":
        response["Retry-After"] = "2"
    return response


def _framework_error(exc: exceptions.APIException) -> Response:
    if isinstance(exc, exceptions.ValidationError):
        return error("invalid", gettext("Some values need a second look."), status=422, fields=_fields(exc.detail))
    status = exc.status_code
    message = str(exc.detail) if not isinstance(exc.detail, (list, dict)) else str(exc.default_detail)
    if status == 403:
        message = gettext("This token's role or scopes do not allow this.")
    response = error(CODES.get(status, "refused"), message, status=status)
    if getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if getattr(exc, "wait", None):
        response["Retry-After"] = str(int(exc.wait) + 1)  # type: ignore[attr-defined]
    return response


def _fields(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Flatten the framework's nested errors to `lines.0.amount: [sentence]`."""
    if isinstance(detail, dict):
        items = list(detail.items())
    elif isinstance(detail, list) and any(isinstance(part, (dict, list)) for part in detail):
        items = list(enumerate(detail))
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return {prefix or "body": [str(sentence) for sentence in sentences]}
    result: dict[str, list[str]] = {}
    for name, part in items:
        key = "" if name == "non_field_errors" else str(name)
        result.update(_fields(part, ".".join(filter(None, [prefix, key]))) if part else {})
    return result


class NotFound(APIView):
    """Every address under /api/v1/ that leads nowhere answers in the API's own shape."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        raise Http404
