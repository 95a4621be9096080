"""Every page of the tool, said once: who it is for, what it may cost, whether it is looked at.

Each area of the tool has a module here with `PAGES`, and, where its pages need rows of their own,
`furnish(session, room)`, which writes them and returns the ids that the pages' paths name.
`tests/home/test_access.py` opens each page as everyone it is not for, `test_queries.py` counts its
statements, and `tests/browser` looks at it at two sizes in two languages.
"""

import pkgutil
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType

from sqlalchemy.orm import Session

STUDENT, TEACHER, STAFF, EVERYONE = "student", "teacher", "staff", "everyone"
"""Staff: teachers and assistants. Teacher: teachers only."""
ADMINISTRATOR, OBSERVER = "administrator", "observer"
"""Their pages are outside of any section: paths begin at the tool's root."""


@dataclass(frozen=True)
class Page:
    """A page or a form: `path` is below the section (`/plan/{target}`) with ids by name."""

    who: str
    path: str
    method: str = "GET"
    most_queries: int | None = None
    """Counted for a small and a large class alike; None only for forms."""
    look: str | None = None
    """Its name among the pages that the browser looks at."""
    query: str = ""
    """Query string for those who may see it, without the question mark."""

    def __str__(self) -> str:
        asked = f"?{self.query}" if self.query else ""
        return f"{self.method} {self.path}{asked} for {self.who}"

    @property
    def in_section(self) -> bool:
        """Whether the path stands below a section."""
        return self.who not in {ADMINISTRATOR, OBSERVER}


@dataclass
class Room:
    """Where rows are written for pages: a section with people, and ids known so far."""

    district_id: int
    team_id: int
    section_id: int
    teacher_id: int
    student_ids: list[int]
    ids: dict[str, int | str] = field(default_factory=dict)
    """`target`, `pathway`, `activity`, `checkpoint`, and what areas add."""


def areas() -> list[ModuleType]:
    """The modules of this package, by name."""
    return [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]


def all_pages() -> list[Page]:
    """The pages of all areas."""
    return [page for area in areas() for page in area.PAGES]


def furnish(session: Session, room: Room) -> dict[str, int]:
    """Write what all areas' pages need; returns all ids, the room's own with them."""
    for area in areas():
        if hasattr(area, "furnish"):
            room.ids |= area.furnish(session, room)
            session.flush()
    return room.ids
