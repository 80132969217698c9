"""What expenses are tagged with: groups of tags such as projects and cost centres, each a tree."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from pleo.lib.models import CompanyOwned, CompanyQuerySet, choices_check


class Dimension(models.TextChoices):
    """What a group is in the company's books."""

    PROJECT = "project", _("Project")
    COST_CENTRE = "cost_centre", _("Cost centre")
    OTHER = "other", _("Something else")


class TagGroup(CompanyOwned):
    """A question that every line may answer once, such as "which project?". `is_required` makes the answer part of the coding."""

    name = models.CharField(_("name"), max_length=80)
    dimension = models.CharField(
        _("what it is in the books"), max_length=12, choices=Dimension.choices, default=Dimension.OTHER
    )
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(default=1)
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint("company", Lower("name"), name="tag_group_name_once"),
            choices_check("tag_group", "dimension", Dimension),
        ]

    def __str__(self) -> str:
        return self.name


class Tag(CompanyOwned):
    """One answer. `path` repeats the names from the top down, "Website / Build", so that lists sort and find by it.

    `code` is what the books call it, unique in its group where given. `owner` is who answers for what is spent on it.
    """

    group = models.ForeignKey(TagGroup, on_delete=models.PROTECT, related_name="tags")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    code = models.CharField(_("code"), max_length=40, blank=True)
    name = models.CharField(_("name"), max_length=80)
    path = models.CharField(max_length=400, editable=False)
    owner = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="owned_tags")
    archived_at = models.DateTimeField(null=True, editable=False)
    objects: ClassVar[Any] = CompanyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint("group", Lower("path"), name="tag_path_once"),
            models.UniqueConstraint(fields=["group", "code"], condition=~Q(code=""), name="tag_code_once"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="tag_not_its_own_parent"),
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["company", "path", "id"], name="tag_by_path")]

    def __str__(self) -> str:
        return self.path
