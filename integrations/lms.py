"""The port: what every LMS client speaks, whatever the system behind it.

Moments are aware and in UTC, points are the column's own, ids are the LMS's opaque strings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


class LmsError(Exception):
    """Something an LMS answered, or did not; `code` says what, in one stable word."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class LmsUnavailable(LmsError):
    """Try again later.

    Codes: `rate_limited` (429, and what means the same), `server_error` (5xx), `timeout`,
    `lost_connection`, `garbled` (an answer that is none), `budget_spent` (the LMS would have
    refused, so we did not ask: no failed try).
    `retry_after` is what the LMS asked for, in seconds, where it did. `limit` names which of its
    limits is reached, where it said so.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        retry_after: float | None = None,
        *,
        limit: Literal["project", "user", "day"] | None = None,
    ) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        self.limit = limit


class LmsRefused(LmsError):
    """Trying again as it is will not help: a person must change something first.

    Codes: `unauthorized` (our keys or grant are not accepted), `forbidden` (a scope or right is
    missing), `scope_missing` (the teacher was not asked for it yet, or did not allow it),
    `not_delegated` (a service account may not act for this person), `sign_in_again` (the
    teacher's grant ended), `course_gone`, `course_archived`,
    `column_gone`, `not_a_student` (left, or a test student), `not_ours` (the LMS lets only the
    creator grade it), `newer_score` (the gradebook holds a newer one), `invalid` (it did not
    understand us). Of Classroom: `not_a_teacher` (any more), `not_out` (a draft takes no grades),
    `not_now` (the thing's state there does not allow it), `topic_gone`, `no_students`,
    `too_many_topics`, `classroom_off`, `classroom_api_off` (switched off for this account).
    """


@dataclass(frozen=True)
class Member:
    """Someone in a roster."""

    user_id: str
    name: str
    email: str
    roles: tuple[str, ...]
    """LTI role URIs, or `student` / `teacher` where the LMS has only these."""
    active: bool = True
    group_ids: tuple[str, ...] | None = None
    """Groups of the course they are in; None: the LMS does not say."""


@dataclass(frozen=True)
class Group:
    """Students that the LMS's own course keeps together."""

    id: str
    name: str


@dataclass(frozen=True)
class Course:
    """A course as the LMS lists it."""

    id: str
    title: str
    archived: bool = False


@dataclass(frozen=True)
class Topic:
    """A heading that groups coursework."""

    id: str
    title: str


@dataclass(frozen=True)
class Material:
    """Something to open: a link, a video, a form, a file."""

    url: str
    title: str
    kind: str
    """`link`, `video`, `form`, `file`, or `tool` for what Google calls gems and notebooks."""


@dataclass(frozen=True)
class Coursework:
    """An assignment, question or material of a course."""

    id: str
    title: str
    description: str
    topic_id: str | None
    url: str | None
    max_points: float | None
    """None: a material, or ungraded."""
    due_at: datetime | None
    ours: bool
    """Created by our project, which alone may write its grades."""
    is_material: bool
    materials: tuple[Material, ...] = ()
    updated_at: datetime | None = None
    gone: bool = False
    """Deleted, or taken back to a draft; only told to those who ask for what changed."""

    @property
    def material_urls(self) -> tuple[str, ...]:
        """Where its materials lead, in order."""
        return tuple(material.url for material in self.materials)


@dataclass(frozen=True)
class Level:
    """A level of a rubric's criterion."""

    words: str
    points: float | None
    """None: the rubric only says what counts."""


@dataclass(frozen=True)
class Criterion:
    """What a rubric looks at, and its levels."""

    title: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Submission:
    """A student's state in one piece of coursework."""

    id: str
    coursework_id: str
    user_id: str
    turn_ins: int
    """How many times it was turned in."""
    points: float | None
    """The grade that counts (assigned, not draft)."""
    turned_in_at: datetime | None
    updated_at: datetime | None
    waits: bool = False
    """Turned in, and not given back yet."""


@dataclass(frozen=True)
class SubmissionPage:
    """Some of a course's submissions."""

    rows: tuple[Submission, ...]
    following: str | None
    """Where the next page begins; None: this was the last."""


@dataclass(frozen=True)
class ColumnDraft:
    """A gradebook column to find or make."""

    resource_id: str
    """Our own stable id for the checkpoint: the same column is found again after a crash."""
    title: str
    max_points: float
    former_ids: tuple[str, ...] = ()
    """What `resource_id` was in the courses this one was copied from: a platform that copies
    columns keeps it."""


@dataclass(frozen=True)
class ScoreDraft:
    """A score to stand in the gradebook."""

    user_id: str
    points: float
    max_points: float
    scored_at: datetime
    comment: str = ""
    submitted_at: datetime | None = None
    """When the student handed the scored attempt in."""
    attempt_id: int | None = None
    """Ours, for a link from the gradebook to the work."""
    is_new_attempt: bool = False
    """The gradebook never had a score of this attempt: a submission of its own there."""


@dataclass(frozen=True)
class StandingScore:
    """What the gradebook holds for a student."""

    user_id: str
    points: float | None
    max_points: float | None = None


class Roster(Protocol):
    """Who is in a course."""

    def members(self) -> Iterator[Member]:
        """All pages, one member at a time."""
        ...


class FollowedRoster(Roster, Protocol):
    """A roster that also tells what changed since it was read, and the course's groups."""

    differences_url: str | None
    """After a reading to its end: where to ask for what changes from then on."""
    offers_groups: bool
    """The course's groups can be read."""

    def changes(self, differences_url: str) -> Iterator[Member]:
        """Those who came, left (not `active`) or changed since `differences_url` was given."""
        ...

    def groups(self) -> Iterator[Group]:
        """The course's groups; who is in them stands with the members."""
        ...


class Gradebook(Protocol):
    """A course's gradebook."""

    def find_or_create_column(self, draft: ColumnDraft) -> str:
        """Return the column's id; makes it where it does not exist yet."""
        ...

    def send(self, column_id: str, score: ScoreDraft) -> None:
        """Make `score` the student's score. Sending the same one twice is harmless."""
        ...

    def read(self, column_id: str, user_id: str) -> StandingScore | None:
        """What the column holds for a student; None: nothing yet."""
        ...


class EditableGradebook(Gradebook, Protocol):
    """A gradebook whose columns are ours to change, and can be read whole."""

    def look(self) -> None:
        """Read the first of its columns, to see whether that works."""
        ...

    def standing(self, column_id: str) -> Iterator[StandingScore]:
        """What the column holds, of every student."""
        ...

    def update_column(self, column_id: str, draft: ColumnDraft) -> None:
        """Give a column the title and points of `draft`; all else of it stays."""
        ...

    def delete_column(self, column_id: str) -> None:
        """Take a column away, with what stands in it."""
        ...


class CourseSource(Protocol):
    """A course whose content can be mirrored."""

    def course(self) -> Course:
        """The course itself; raises `LmsRefused('course_gone')` where it vanished."""
        ...

    def topics(self) -> Iterator[Topic]:
        """All topics, in the course's order."""
        ...

    def coursework(self, since: datetime | None = None) -> Iterator[Coursework]:
        """All published coursework and materials; with `since`, those changed after that moment,
        newest first, also those that are gone."""
        ...

    def rubrics(
        self, coursework_ids: Sequence[str]
    ) -> Iterator[tuple[str, tuple[Criterion, ...] | LmsError]]:
        """The criteria of each piece of coursework (none: it has no rubric), or why they could
        not be read."""
        ...

    def submissions(self, coursework_id: str | None = None) -> Iterator[Submission]:
        """Every student's submission, to one piece of coursework or to all."""
        ...

    def submission_pages(self, begin: str | None = None) -> Iterator[SubmissionPage]:
        """All submissions a page at a time, from the page `begin` on. Raises
        `LmsRefused('invalid')` where the LMS no longer knows that page."""
        ...

    def waiting(self) -> Sequence[Submission] | None:
        """Those that are turned in and not given back yet (of each only its id, its coursework
        and when it changed); None where they are more than one page."""
        ...
