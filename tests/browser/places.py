"""Every page that can be opened by its address: who opens it, and where it is."""

from dataclasses import dataclass
from urllib.parse import urljoin

from tests import pages
from tests.browser.scene import Scene

STUDENT, WALK_IN, TEACHER, ADMINISTRATOR = "student", "walk-in", "teacher", "administrator"
NEW_STUDENT, NEW_TEACHER = "new student", "new teacher"
NOBODY = "nobody"
IFRAME = "courseId=1&itemId=2&itemType=courseWork&attachmentId=3"
"""What Classroom puts into the addresses of the add-on's iframes."""


@dataclass(frozen=True)
class Place:
    """A page: `path` is below the person's front page, or below the tool where it begins with a
    slash (and for those without a front page)."""

    who: str
    path: str = ""
    status: int = 200

    def address(self, front: str, scene: Scene) -> str:
        """Where it is for someone with this front page."""
        return urljoin(front, self.path.format(**vars(scene) | scene.ids))


PLACES = {
    "student-front": Place(STUDENT),
    "student-front-joined": Place(WALK_IN),
    "student-front-empty": Place(NEW_STUDENT),
    "student-target": Place(STUDENT, "targets/{target_id}"),
    "student-target-unpicked": Place(STUDENT, "targets/{unpicked_id}"),
    "student-checkpoint": Place(STUDENT, "checkpoints/{unanswered_id}"),
    "student-checkpoint-scored": Place(STUDENT, "checkpoints/{answered_id}"),
    "student-not-found": Place(STUDENT, "targets/4711", status=404),
    "student-not-allowed": Place(STUDENT, "scoring", status=403),
    "teacher-front": Place(TEACHER),
    "teacher-front-empty": Place(NEW_TEACHER),
    "teacher-to-score": Place(TEACHER, "scoring"),
    "teacher-to-score-empty": Place(NEW_TEACHER, "scoring"),
    "teacher-attempt": Place(TEACHER, "scoring/{attempt_id}"),
    "teacher-help": Place(TEACHER, "help"),
    "teacher-help-empty": Place(NEW_TEACHER, "help"),
    "teacher-targets": Place(TEACHER, "plan"),
    "teacher-targets-empty": Place(NEW_TEACHER, "plan"),
    "teacher-target": Place(TEACHER, "plan/{target_id}"),
    "teacher-target-long": Place(TEACHER, "plan/{unpicked_id}"),
    "teacher-grades": Place(TEACHER, "grades"),
    "teacher-grades-empty": Place(NEW_TEACHER, "grades"),
    "teacher-classroom": Place(TEACHER, "classroom"),
    "teacher-google-account": Place(TEACHER, "classroom/account"),
    "administrator-front": Place(ADMINISTRATOR),
    "nobody-doorstep": Place(NOBODY),
    "nobody-google-sign-in": Place(NOBODY, "google/sign-in"),
    "nobody-addon-student": Place(NOBODY, f"addon/student?{IFRAME}"),
    "nobody-addon-teacher": Place(NOBODY, f"addon/teacher?{IFRAME}"),
    "nobody-addon-window": Place(NOBODY, f"addon/sign-in?view=student&{IFRAME}"),
    "nobody-addon-refused": Place(NOBODY, "addon/signed-in", status=400),
    "nobody-open-link": Place(NOBODY, "open/checkpoint-1", status=401),
    "nobody-open-again": Place(NOBODY, "e/4711/", status=401),
}
OPENED_BY = {
    pages.STUDENT: STUDENT,
    pages.EVERYONE: STUDENT,
    pages.STAFF: TEACHER,
    pages.TEACHER: TEACHER,
    pages.ADMINISTRATOR: ADMINISTRATOR,
    pages.OBSERVER: ADMINISTRATOR,
}
PLACES |= {
    page.look: Place(
        OPENED_BY[page.who],
        (page.path.lstrip("/") if page.in_section else page.path)
        + (f"?{page.query}" if page.query else ""),
    )
    for page in pages.all_pages()
    if page.look
}
