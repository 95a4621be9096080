"""A fictional school: people and courses, the same every time it is made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from itertools import cycle

FIRST = (
    "Ana Ben Chloe Diego Ella Femi Grace Hugo Imani Jae Kira Liam Maya Noor Omar Priya Quinn Rosa "
    "Sami Tess Uma Viet Wren Ximena Yusuf Zoe Arlo Bea Cyrus Dalia Emil Fatima Gio Hana Ivo Jada"
).split()
LAST = (
    "Abara Bishop Castillo Dang Ekström Flores Goldberg Haddad Ito Jackson Kowalski Lopez Mbeki "
    "Nguyen Okafor Patel Quiroz Rahman Silva Tran Underwood Vega Walker Xiong Yilmaz Zapata"
).split()
TEACHERS = ("Elena Ortiz", "Marcus Reed", "Ji-woo Han", "Sarah Cohen")
DOMAIN = "maple.example.org"


def opaque(*parts: str) -> str:
    """A stable id that says nothing, as LMSs have them."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class PracticePerson:
    """Someone at the school."""

    id: str
    name: str
    role: str
    """`student`, `teacher` or `administrator`."""

    @property
    def email(self) -> str:
        """Their school address."""
        return f"{self.name.lower().replace(' ', '.').replace('ö', 'o')}@{DOMAIN}"

    @cached_property
    def google_id(self) -> str:
        """Google's own id of them: digits, unrelated to the LMS's."""
        return str(10**20 + int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 10**20)


@dataclass
class PracticeGroup:
    """Students of a course who work together."""

    id: str
    name: str
    student_ids: list[str]


@dataclass
class PracticeCourse:
    """A course; those who left stay known as inactive."""

    id: str
    title: str
    teacher_ids: list[str]
    student_ids: list[str]
    inactive_ids: list[str] = field(default_factory=list)
    history: tuple[str, ...] = ()
    """Ids of the courses it was copied from, newest first."""
    groups: list[PracticeGroup] = field(default_factory=list)

    def leave(self, person_id: str) -> None:
        """A student leaves the course."""
        self.student_ids.remove(person_id)
        self.inactive_ids.append(person_id)

    def role_of(self, person_id: str) -> str | None:
        """`teacher`, `student`, or None for those not (any more) in it."""
        if person_id in self.teacher_ids:
            return "teacher"
        return "student" if person_id in self.student_ids else None


@dataclass
class PracticeSchool:
    """All people and courses."""

    name: str
    people: dict[str, PracticePerson]
    courses: dict[str, PracticeCourse]

    @classmethod
    def fifth_grade(cls) -> PracticeSchool:
        """The demo's school: four teachers, 104 students in four courses, an administrator."""
        return cls.make("Maple Street School", TEACHERS, 26)

    @classmethod
    def small(cls, students: int = 5) -> PracticeSchool:
        """One teacher, one course."""
        return cls.make("Small School", TEACHERS[:1], students)

    @classmethod
    def make(cls, name: str, teachers: tuple[str, ...], per_course: int) -> PracticeSchool:
        """A school with one course a teacher."""
        people: dict[str, PracticePerson] = {}
        courses: dict[str, PracticeCourse] = {}
        names = cycle(_names())
        for number, teacher_name in enumerate(teachers, start=12):
            teacher = PracticePerson(opaque(name, "t", teacher_name), teacher_name, "teacher")
            students = []
            for seat in range(per_course):
                student_name = next(names)
                if seat >= len(FIRST) * len(LAST):
                    student_name += f" {seat}"
                students.append(
                    PracticePerson(opaque(name, str(number), str(seat)), student_name, "student")
                )
            people.update({person.id: person for person in [teacher, *students]})
            course = PracticeCourse(
                id=opaque(name, "course", str(number)),
                title=f"Grade 5 Math · Room {number}",
                teacher_ids=[teacher.id],
                student_ids=[student.id for student in students],
            )
            courses[course.id] = course
        principal = PracticePerson(opaque(name, "a"), "Dana Park", "administrator")
        people[principal.id] = principal
        return cls(name, people, courses)

    def of_role(self, role: str) -> list[PracticePerson]:
        """Everyone with a role, in order."""
        return [person for person in self.people.values() if person.role == role]

    def by_google_id(self, google_id: str) -> PracticePerson | None:
        """Find someone by Google's id."""
        return next((p for p in self.people.values() if p.google_id == google_id), None)


def _names() -> list[str]:
    # Steps that share no factor with the lists' lengths: every pair once before one comes again.
    return [
        f"{FIRST[i % len(FIRST)]} {LAST[(i * 7 + i // len(FIRST)) % len(LAST)]}"
        for i in range(len(FIRST) * len(LAST))
    ]
