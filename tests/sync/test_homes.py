"""What a mirrored target is called before a teacher says it better."""

import pytest

from lti_app.sync.homes import as_target, shortened


@pytest.mark.parametrize(
    ("statement", "title"),
    [
        (
            "Add and subtract fractions with unlike denominators (including mixed numbers) by …",
            "I can add and subtract fractions with unlike denominators.",
        ),
        (
            "Interpret the product (a/b) × q as a parts of a partition of q into b equal parts; …",
            "I can interpret the product (a/b) × q as a parts of a partition of q into b equal "
            "parts.",
        ),
        ("Use parentheses, brackets, or braces.", "I can use parentheses, brackets, or braces."),
        ("Number and Operations—Fractions", "Number and Operations—Fractions"),
        ("Geometry", "Geometry"),
        ("", ""),
    ],
)
def test_a_standard_becomes_a_first_wording_in_student_words(statement, title):
    assert as_target(statement) == title


def test_a_long_title_is_shortened_to_one_line():
    assert shortened("a\n b") == "a b"
    assert len(shortened("x" * 10_000)) == 300
    assert shortened("x" * 10_000).endswith("…")
