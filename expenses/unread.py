"""What was said since somebody looked."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership
from expenses.models import Comment, CommentRead


def unread(me: Membership) -> Q:
    """Return the condition that something new was said to this person about an expense."""
    read = CommentRead.objects.filter(expense=OuterRef("expense"), membership=me, read_at__gte=OuterRef("said_at"))
    new = Comment.objects.filter(expense=OuterRef("pk"), deleted_at=None).seen_by(me).exclude(by=me)
    return Q(Exists(new.exclude(Exists(read))))
