"""The practice Classroom's word on who looks at an add-on's iframe: `getAddOnContext`."""

import secrets

from integrations.practice.classroom_store import PracticeClassroom
from integrations.practice.school import opaque


def give_token(classroom: PracticeClassroom, course_id: str, item_id: str) -> str:
    """An `addOnToken` for an iframe in which something may be attached to the item."""
    token = secrets.token_urlsafe(16)
    classroom.add_on_tokens[token] = (course_id, item_id)
    return token


def submission_id(course_id: str, item_id: str, attachment_id: str, user_id: str) -> str:
    """Classroom's id of a student's submission to one attachment."""
    return f"Cg{opaque(course_id, item_id, attachment_id, user_id)[:12]}"
