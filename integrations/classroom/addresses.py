"""Where a system with our tokens may be: anywhere over https, or a practice one on loopback."""

import ipaddress
from urllib.parse import urlsplit


def must_be_safe(url: str) -> None:
    """Raise `ValueError` for an address where tokens would cross a network in the clear."""
    split = urlsplit(url)
    if split.scheme == "https" and split.hostname:
        return
    if split.scheme != "http" or not _is_loopback(split.hostname or ""):
        raise ValueError(f"the address must be https, or http on loopback: {url}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
