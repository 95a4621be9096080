"""What a refusal looks like."""

import pytest

ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For refusals that come before anything is written: a second database would show nothing new."""


def refused(response, status: int, words: str) -> None:
    """The page says `words`; it shows no inner workings and may be read in the iframe."""
    assert response.status_code == status, response.text
    assert words in response.text
    assert "<h1>" in response.text
    for inside in ("Traceback", "Exception", "jwt", "sqlalchemy"):
        assert inside not in response.text
