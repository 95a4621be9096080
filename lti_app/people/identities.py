"""How outside systems know a person."""

import hashlib
import hmac


def email_digest(secret: str, email: str) -> str:
    """Keyed digest (64 hex digits) of an e-mail address, the same in whatever case it was typed.

    Enough to propose that two identities are one person, without keeping a child's address.
    Takes the installation's `secret_key`: without it the digest can't be tried against guesses.
    """
    return hmac.new(secret.encode(), email.strip().casefold().encode(), hashlib.sha256).hexdigest()
