"""What crosses to the LMS and back: connections, mirrored items, gradebook columns, the outbox."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from integrations.classroom.gradebook import Grading
from lti_app.db import Base, DistrictScoped, EncryptedText, now
from lti_app.learning.models import Checkpoint


class ServiceAccount(DistrictScoped, Base):
    """A district's Google service account: it acts for its teachers (domain-wide delegation)."""

    __tablename__ = "service_accounts"

    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    """Its own name at Google; no person's."""
    client_id: Mapped[str] = mapped_column(String(64))
    """The number that the Admin console knows it by."""
    key_id: Mapped[str] = mapped_column(String(64))
    private_key: Mapped[str] = mapped_column(EncryptedText)
    acts_as: Mapped[str] = mapped_column(EncryptedText)
    """Address of the administrator who looks up teachers' addresses."""
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What the district delegated, as found when it was tried last."""
    added_at: Mapped[datetime] = mapped_column(default=now)


class GoogleAccount(DistrictScoped, Base):
    """A teacher's Google account, proven by their sign-in, and what they granted with it."""

    __tablename__ = "google_accounts"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(String(255))
    """Google's id of it; None: of a time when it was not kept."""
    refresh_token: Mapped[str | None] = mapped_column(EncryptedText)
    """None: they granted nothing, the district's service account acts for them."""
    access_token: Mapped[str | None] = mapped_column(EncryptedText)
    expires_at: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What was granted, which may be less than what was asked for."""
    granted_at: Mapped[datetime] = mapped_column(default=now)
    broken_at: Mapped[datetime | None]
    """Since when Google refuses the refresh token: the teacher is asked to sign in again."""
    delegated_token: Mapped[str | None] = mapped_column(EncryptedText)
    delegated_until: Mapped[datetime | None]
    """The access token that the district's service account has for them, and its end."""

    delegation: Mapped[ServiceAccount | None] = relationship(
        primaryjoin="foreign(GoogleAccount.district_id) == ServiceAccount.district_id",
        viewonly=True,
        lazy="joined",
    )
    """The district's service account, where it has one."""


class GoogleRevocation(DistrictScoped, Base):
    """A grant that is over here, until Google has been told; then the row goes."""

    __tablename__ = "google_revocations"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    user_id: Mapped[str | None] = mapped_column(String(255), index=True)
    """Whose account at Google it is of."""
    token: Mapped[str] = mapped_column(EncryptedText)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now, index=True)
    """Not to be tried before; a worker that is telling Google puts it off first."""
    tries: Mapped[int] = mapped_column(default=0)


class GoogleSignIn(DistrictScoped, Base):
    """A teacher is on the way to Google and back. In a new window our iframe's cookie is not
    seen, so the way back is known by its `state`, once and for a few minutes."""

    __tablename__ = "google_sign_ins"

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    code_verifier: Mapped[str] = mapped_column(EncryptedText)
    features: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What they were asked to allow (`sync/features.py`)."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ClassroomConnection(DistrictScoped, Base):
    """A section's Classroom course, mirrored on behalf of one teacher: by their own grant, or by
    the district's service account that acts for them."""

    __tablename__ = "classroom_connections"
    __table_args__ = (UniqueConstraint("district_id", "course_id"),)

    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), primary_key=True)
    teacher_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    course_id: Mapped[str] = mapped_column(String(255))
    course_title: Mapped[str] = mapped_column(String(1000), default="")
    connected_at: Mapped[datetime] = mapped_column(default=now)
    mirrored_at: Mapped[datetime | None]
    mirroring_until: Mapped[datetime | None]
    """A worker is mirroring it; a worker that died loses it then."""
    mirror_after: Mapped[datetime | None]
    """A mirror stopped, because Google did not answer or its quota was used: it goes on then."""
    changed_mark: Mapped[datetime | None]
    """What Google says was changed up to then was read (`sync/marks.py`)."""
    topics_read_at: Mapped[datetime | None]
    waiting_read_at: Mapped[datetime | None]
    """When it was last asked which work waits to be given back."""
    read_whole_at: Mapped[datetime | None]
    """When the last reading of everything began that came to its end."""
    whole_began_at: Mapped[datetime | None]
    """Since when one is under way."""
    whole_page: Mapped[str | None] = mapped_column(Text)
    """Google's token of the page of submissions it stands at."""
    roster_read_at: Mapped[datetime | None]
    """When the course's people were last asked for."""
    unmatched: Mapped[int | None]
    """How many students of the course are matched with nobody of the section."""
    submissions: Mapped[int | None]
    """How many the last reading of everything found."""
    grades_read: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Coursework id → when the reading of its submissions began that came last, and which of them
    waited to be given back then (`marks.Waiting`)."""
    grading: Mapped[Grading] = mapped_column(String(16), default=Grading.ASSIGNED)
    """How far our grades go in this course by themselves."""


class ItemKind(enum.StrEnum):
    """What a mirrored item is in the LMS, and which of our rows it became."""

    TOPIC = "topic"
    ACTIVITY = "activity"
    CHECKPOINT = "checkpoint"
    TARGET = "target"
    OURS = "ours"
    """Coursework that stands for something written here (`sync/claimed.py`)."""
    LEFT_OUT = "left_out"
    """Coursework that a teacher said is none of ours; `seen` holds its title."""


class MirroredItem(DistrictScoped, Base):
    """One thing of the LMS and the row of ours that mirrors it.

    `seen` holds the values as last read from the LMS. A field of ours that still equals what was
    seen follows the LMS; one that differs was edited by a teacher and is kept.
    """

    __tablename__ = "mirrored_items"
    __table_args__ = (UniqueConstraint("section_id", "kind", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    kind: Mapped[ItemKind] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(255))
    local_id: Mapped[int]
    """Primary key in units, activities, checkpoints or targets, by `kind`."""
    seen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    gone_at: Mapped[datetime | None]
    """Since when the LMS no longer has it; our row is kept, hidden, with its attempts."""


class ColumnKind(enum.StrEnum):
    """Which client writes a gradebook column."""

    LTI = "lti"
    CLASSROOM = "classroom"
    ADDON = "addon"
    """An attachment of the Classroom add-on."""


class GradebookColumn(DistrictScoped, Base):
    """Where a checkpoint's scores stand in one section's LMS gradebook."""

    __tablename__ = "gradebook_columns"
    __table_args__ = (UniqueConstraint("section_id", "checkpoint_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"))
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"), index=True)
    kind: Mapped[ColumnKind] = mapped_column(String(16))
    external_id: Mapped[str | None] = mapped_column(String(2000))
    """Line item address, Classroom courseWork id, or an attachment's kind of post, course, post
    and own id; None: to be made at the first delivery."""
    writable: Mapped[bool] = mapped_column(default=True)
    """False: the LMS lets only its own teachers grade it (Classroom: not created by us)."""
    coupled: Mapped[bool] = mapped_column(default=False)
    """The platform's own, of a link to the checkpoint: it took the place of one we had made."""
    replaced_id: Mapped[str | None] = mapped_column(String(2000))
    """Line item we had made before, until it is taken away (`sync/columns.py`)."""
    told_title: Mapped[str | None] = mapped_column(String(500))
    told_points: Mapped[float | None]
    """Title and maximum as the LMS has them from us (`sync/columns.py`); None: never told."""
    grades_told_at: Mapped[datetime | None]
    """When Classroom last told that a submission changed (`sync/marks.py`)."""

    checkpoint: Mapped[Checkpoint] = relationship()


class DeliveryState(enum.StrEnum):
    """Where a grade is on its way to the LMS."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    PARKED = "parked"
    DIFFERS = "differs"
    """A teacher changed it in the gradebook: which grade counts is theirs to say."""
    KEPT = "kept"
    """The teacher keeps the gradebook's."""
    FORGOTTEN = "forgotten"
    """It can't arrive, and the teacher said that it need not; the score stays here."""


class GradeDelivery(DistrictScoped, Base):
    """The outbox: for each student and column the newest score that must stand in the gradebook.

    One row per student and column, so the newest score replaces an older one that was not yet
    sent. `version` counts the scores; a delivery counts only for the version it carried.
    """

    __tablename__ = "grade_deliveries"
    __table_args__ = (
        UniqueConstraint("column_id", "person_id"),
        Index("ix_grade_deliveries_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    column_id: Mapped[int] = mapped_column(ForeignKey("gradebook_columns.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"))
    points: Mapped[float]
    max_points: Mapped[float]
    comment: Mapped[str] = mapped_column(Text, default="")
    scored_at: Mapped[datetime]
    """Rises with every version: platforms refuse an older timestamp (AGS 2.0, score timestamp)."""
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[DeliveryState] = mapped_column(String(16), default=DeliveryState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    """Of this version."""
    due_at: Mapped[datetime] = mapped_column(default=now)
    """Not to be tried before."""
    leased_until: Mapped[datetime | None]
    """A worker is sending it; a worker that died loses it then."""
    leased_by: Mapped[str | None] = mapped_column(String(36))
    """That worker's token for this sending."""
    reason: Mapped[str] = mapped_column(String(64), default="")
    """Code of why it waits or is parked; `outbox.REASONS` says it in words."""
    delivered_at: Mapped[datetime | None]
    sent: Mapped[list[float]] = mapped_column(JSON, default=list)
    """Scores, as shares of the maximum, that the gradebook may hold from us: the one that was
    delivered last, and those whose sending began since. Anything else there is a teacher's."""
    tried_attempt_id: Mapped[int | None]
    """The attempt whose score was last begun to be sent."""
    their_points: Mapped[float | None]
    """Where it differs: what the gradebook holds, of `their_max`; None: nothing any more."""
    their_max: Mapped[float | None]

    column: Mapped[GradebookColumn] = relationship()


class PlatformCheck(DistrictScoped, Base):
    """An administrator has a platform's connection tried, and what came of it."""

    __tablename__ = "platform_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    """`checkup.Finding` as JSON, in the order they were made."""


class SyncReport(DistrictScoped, Base):
    """What one run of a mirror or roster did, for the teacher to read."""

    __tablename__ = "sync_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`mirror` or `roster`."""
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    failed: Mapped[str] = mapped_column(String(64), default="")
    """Code of what stopped it; empty: it finished."""

    notes: Mapped[list["SyncNote"]] = relationship(order_by="SyncNote.id")


class SyncNote(DistrictScoped, Base):
    """One thing in a sync report that a teacher should know."""

    __tablename__ = "sync_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("sync_reports.id"), index=True)
    code: Mapped[str] = mapped_column(String(64))
    """Of what was noticed; `reports.NOTES` says it in words."""
    subject: Mapped[str] = mapped_column(String(200), default="")
    """The title or id it is about."""
