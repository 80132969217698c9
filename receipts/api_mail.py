"""Mail that brought receipts, over the API: the token's own address, its senders, and the log."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from accounts.filters import ApiFilterSet, MomentFilter, SearchFilter, UUIDFilter, WordFilter
from receipts.ingest import explain_refusal
from receipts.mail_address import check_has_address, personal_address, renew_address
from receipts.models import InboundMail, MailDoor, MailOutcome, MailStatus, SenderAddress
from receipts.retake_mail import retake_mail
from receipts.sender_addresses import add_sender, remove_sender


class AddressRow(serializers.Serializer[Any]):
    """Where the token's person has receipts mailed to."""

    address = serializers.EmailField()


class SenderRow(serializers.Serializer[SenderAddress]):
    """A further address that receipts are sent from."""

    id = serializers.UUIDField(read_only=True)
    email = serializers.CharField(max_length=254)
    verified_at = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class MailPartRow(serializers.Serializer[Any]):
    """What became of one file of a mail."""

    file_name = serializers.CharField()
    receipt = serializers.UUIDField(source="receipt_id", allow_null=True)
    refusal = serializers.SerializerMethodField(help_text="Why it is no receipt: code and message, or null.")

    @extend_schema_field({"type": "object", "nullable": True})
    def get_refusal(self, part: Any) -> dict[str, str] | None:
        if not part.refusal:
            return None
        return {"code": part.refusal.get("code", ""), "message": explain_refusal(part.refusal)}


class MailRow(serializers.Serializer[InboundMail]):
    """A mail that came in."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(MailStatus.choices)
    outcome = serializers.ChoiceField(MailOutcome.choices, allow_blank=True, help_text="Empty until it was opened.")
    door = serializers.ChoiceField(MailDoor.choices)
    membership = serializers.UUIDField(source="membership_id", allow_null=True, help_text="Whose receipts it brought.")
    sender = serializers.CharField()
    subject = serializers.CharField()
    message_id = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    received_at = serializers.DateTimeField()
    parts = serializers.SerializerMethodField()

    @extend_schema_field(MailPartRow(many=True))
    def get_parts(self, mail: InboundMail) -> Any:
        return MailPartRow(sorted(mail.parts.all(), key=lambda part: part.number), many=True).data


class MailFilters(ApiFilterSet):
    """How the log is narrowed."""

    search = SearchFilter()
    outcome = WordFilter(MailOutcome.values)
    status = WordFilter(MailStatus.values)
    membership = UUIDFilter()
    received_from = MomentFilter("received_at", "gte", help_text="ISO 8601, inclusive.")


class AddressEndpoint(Endpoint):
    """The token's own address."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "receipts.upload"}
    serializer_class = AddressRow

    @extend_schema(summary="Where receipts are mailed to")
    def get(self, request: Any) -> Response:
        """The address of the token's person. 409 for a program, and where no mail comes in."""
        check_has_address(self.membership)
        return Response({"address": personal_address(membership=self.membership)})


class AddressRenewalEndpoint(Endpoint):
    """A new address in place of the old."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "receipts.upload"}
    serializer_class = AddressRow

    @extend_schema(summary="Get a new address", request=None, responses={201: AddressRow})
    def post(self, request: Any) -> Response:
        """Mail to the old address is not taken in any more."""
        check_has_address(self.membership)
        return Response({"address": renew_address(membership=self.membership, now=timezone.now())}, status=201)


class SendersEndpoint(Endpoint):
    """Addresses that the token's person sends from."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "receipts.upload", "POST": "receipts.upload"}
    serializer_class = SenderRow

    @extend_schema(summary="Sender addresses")
    def get(self, request: Any) -> Response:
        """Those added beside the address of the account."""
        return self.listed(SenderAddress.objects.for_company(self.company).filter(membership=self.membership))

    @extend_schema(summary="Add a sender address", responses={201: SenderRow})
    def post(self, request: Any) -> Response:
        """A link is mailed to it; receipts from it are taken once somebody there has opened the link."""
        check_has_address(self.membership)
        body = SenderRow(data=request.data)
        body.is_valid(raise_exception=True)
        row = add_sender(membership=self.membership, email=body.validated_data["email"], now=timezone.now())
        return Response(SenderRow(row).data, status=201)


class SenderEndpoint(Endpoint):
    """One of them."""

    capabilities: ClassVar[dict[str, str]] = {"DELETE": "receipts.upload"}
    serializer_class = SenderRow

    @extend_schema(summary="Remove a sender address", responses={204: None})
    def delete(self, request: Any, sender_id: UUID) -> Response:
        """Receipts from it are taken no more."""
        rows = SenderAddress.objects.for_company(self.company).filter(membership=self.membership)
        remove_sender(sender=get_object_or_404(rows, pk=sender_id), by=self.membership, now=timezone.now())
        return Response(status=204)


class MailsEndpoint(Endpoint):
    """The log of mail."""

    capabilities: ClassVar[dict[str, str]] = {"GET": "mail.see"}
    serializer_class = MailRow
    filterset_class = MailFilters

    @extend_schema(summary="Mail received, newest first")
    def get(self, request: Any) -> Response:
        """Every mail that came for somebody of the company, with what became of it."""
        return self.listed(InboundMail.objects.visible_to(self.membership).prefetch_related("parts"))


class MailRetryEndpoint(Endpoint):
    """Opening one again."""

    capabilities: ClassVar[dict[str, str]] = {"POST": "mail.see"}
    serializer_class = MailRow

    @extend_schema(summary="Open a mail again", request=None, responses={202: MailRow})
    def post(self, request: Any, mail_id: UUID) -> Response:
        """For mail that failed or brought nothing. 409 when it cannot be opened again."""
        mail = get_object_or_404(InboundMail.objects.visible_to(self.membership), pk=mail_id)
        return Response(MailRow(retake_mail(mail=mail, by=self.membership, now=timezone.now())).data, status=202)
