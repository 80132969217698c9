"""The base of every API view: one company by its token, capabilities per method, writes that may be repeated."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.filters import ApiFilterSet
from accounts.idempotency import answer_once
from accounts.models import Company, Membership
from accounts.tokens import acting_token

WRITES = frozenset({"post", "put", "patch", "delete"})


class Endpoint(GenericAPIView[Any]):
    """An API view. Subclasses set `capabilities = {"GET": "people.see"}` and define `get`, `post`, ...

    A method without a capability is refused. Queries start from `self.company` or `visible_to(self.membership)`.
    """

    capabilities: ClassVar[dict[str, str]] = {}
    # What a list may be narrowed by; the description of the API is written from it.
    filterset_class: ClassVar[type[ApiFilterSet]] = ApiFilterSet
    # Its write is idempotent by a key that it stores itself, for longer than a day; no transaction is held while it works.
    keeps_own_keys: ClassVar[bool] = False

    @property
    def membership(self) -> Membership:
        return self.request.auth.membership  # type: ignore[union-attr]

    @property
    def company(self) -> Company:
        return self.request.auth.company  # type: ignore[union-attr]

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        forget = acting_token.set(None)
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            acting_token.reset(forget)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        acting_token.set(request.auth)
        method = request.method.lower()
        key = request.headers.get("Idempotency-Key")
        if method in WRITES and key is not None and not self.keeps_own_keys:
            write = getattr(self, method)

            def once(again: Any, *a: Any, **k: Any) -> Response:
                return answer_once(again, token=again.auth, key=key, handler=lambda: write(again, *a, **k))

            setattr(self, method, once)

    def of_company(self, model: Any, pk: Any, *, field: str) -> Any:
        """Return the company's row of an id in a body, None without one. Raises ValidationError (422) under `field`."""
        if pk is None:
            return None
        row = model.objects.for_company(self.company).filter(pk=pk).first()
        if row is None:
            raise ValidationError({field: ["There is no such row in this company."]})
        return row

    def listed(self, rows: QuerySet[Any], **context: Any) -> Response:
        """Answer one page of the rows asked for, newest first, with the cursor links of `pleo.api.CursorPagination`.

        Raises ValidationError (422) naming each parameter that is unknown or makes no sense.
        """
        asked = self.filterset_class(self.request.query_params, rows, request=self.request)
        pages: Any = self.paginator
        own = {pages.cursor_query_param, pages.page_size_query_param, api_settings.URL_FORMAT_OVERRIDE}
        if refused := asked.refused(paging=own):
            raise ValidationError(refused)
        page: list[Model] | None = self.paginate_queryset(asked.qs)
        assert page is not None, "the API always pages"
        return self.get_paginated_response(self.get_serializer(page, many=True, context=context).data)
