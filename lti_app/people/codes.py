"""Codes that one person gives another to type: kept as digests only."""

import hashlib
import secrets

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look alike."""
LENGTH = 10
"""31 ** 10: with the limits on who may try, nobody guesses one."""


def new_code() -> str:
    """A code nobody has."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def letters_of(typed: str) -> str:
    """A code as it was given out, however somebody typed it: small, with spaces or dashes."""
    return "".join(letter for letter in typed.upper() if letter in LETTERS)


def digest_of(typed: str) -> str:
    """What is kept of a code: SHA-256 of its letters, in hex."""
    return hashlib.sha256(letters_of(typed).encode()).hexdigest()
