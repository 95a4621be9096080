"""Fetching a package from a CASE provider (`GET …/CFPackages/{sourcedId}`) or any address."""

from integrations.case.package import CasePackage, parse_bytes
from integrations.outside import fetch

MOST_BYTES = 60 * 1024 * 1024
"""The largest public frameworks have about 30 MB."""
TIMEOUT_S = 60.0


def fetch_package(url: str, *, allow_loopback: bool) -> CasePackage:
    """Read a package from an address. Raises `OutsideError` and `NotACasePackage`."""
    found = fetch(
        url,
        allow_loopback=allow_loopback,
        most_bytes=MOST_BYTES,
        timeout_s=TIMEOUT_S,
        headers={"Accept": "application/json"},
    )
    return parse_bytes(found.body)
