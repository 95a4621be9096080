"""Why Google does not tell us of a course's changes, in words for its teacher."""

from flask_babel import lazy_gettext as _l

from lti_app.errors import Words
from lti_app.sync import outbox

REASONS: dict[str, Words] = {
    "feed_or_topic_gone": _l(
        "Google can't find the course, or where to tell us. Your administrator can see to it."
    ),
    "forbidden": _l("Google does not allow it. Your administrator can see to it."),
    "not_a_teacher": _l(
        "Google says that the connected teacher does not teach this course any more. Connect it "
        "as one who does."
    ),
}


def in_words(code: str) -> Words:
    """The sentence for a code; empty for none."""
    return (REASONS.get(code) or outbox.in_words(code)) if code else ""
