"""Bank details at rest: sealed with a key made from TOKEN_KEY, so that a copied database shows no account number."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet
from django.conf import settings


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"bank" + settings.TOKEN_KEY.encode()).digest()))


def seal(plain: bytes) -> str:
    """Return bytes as text that only this installation can open."""
    return _box().encrypt(plain).decode()


def unseal(sealed: str) -> bytes:
    """Return what was sealed."""
    return _box().decrypt(sealed.encode())
