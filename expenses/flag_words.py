"""The words for how strongly an expense is flagged, as its chip shows them."""

from __future__ import annotations

from django.utils.functional import Promise

from pleo.lib.tags import FLAGS

FLAG_WORDS: dict[str, Promise | str] = {level: word for level, (_tone, word) in FLAGS.items()}
