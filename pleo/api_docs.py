"""The schema of the API for programs, and its page for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView


class Schema(SpectacularAPIView):
    """The OpenAPI description, for anyone: it tells of routes, not of data."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []


schema = Schema.as_view()

METHODS = ("get", "post", "put", "patch", "delete")


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schema's operations grouped by their first path word, in the order a reader looks for them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                shown = {"path": path, "method": method.upper(), **operation, "body": _body(document, operation)}
                shown["answers"] = [
                    (code, _reference(answer)) for code, answer in sorted(operation["responses"].items())
                ]
                groups.setdefault(operation.get("tags", ["other"])[0], []).append(shown)
    return [{"name": name, "operations": operations} for name, operations in sorted(groups.items())]


def _reference(part: dict[str, Any]) -> str:
    content: dict[str, Any] = next(iter(part.get("content", {}).values()), {})
    reference = content.get("schema", {}).get("$ref", "") or content.get("schema", {}).get("items", {}).get("$ref", "")
    return reference.rsplit("/", 1)[-1]


def _body(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a request body: name, type, whether it is required, what it means."""
    name = _reference(operation.get("requestBody", {}))
    model = document.get("components", {}).get("schemas", {}).get(name, {})
    required = model.get("required", [])
    return [
        {
            "name": field,
            "type": _type(about),
            "required": field in required,
            "description": about.get("description", ""),
        }
        for field, about in model.get("properties", {}).items()
        if not about.get("readOnly")
    ]


def _type(about: dict[str, Any]) -> str:
    if "enum" in about:
        return " | ".join(str(value) for value in about["enum"] if value not in ("", None))
    return str(about.get("format") or about.get("type") or "object")


@cache
def _described() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the operations by group and the title block: routes do not change while the process runs."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return _operations(document), document["info"]


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Show the API to people: made from the same schema that programs read, on our own page and under its policy."""
    groups, info = _described()
    return render(request, "accounts/api_docs.html", {"groups": groups, "info": info})
