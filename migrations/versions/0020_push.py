"""Feeds of Classroom courses that Google tells of, and what it told

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXED = ("district_id", "teacher_id", "registration_id", "pushed_at", "look_due_at")


def upgrade() -> None:
    op.create_table(
        "classroom_feeds",
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("teacher_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=255), nullable=False),
        sa.Column("feed", sa.String(length=32), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("topic", sa.String(length=400), nullable=False),
        sa.Column("registration_id", sa.String(length=255), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pushes", sa.Integer(), nullable=False),
        sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name="fk_classroom_feeds_district_id_districts"
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["sections.id"], name="fk_classroom_feeds_section_id_sections"
        ),
        sa.ForeignKeyConstraint(
            ["teacher_id"], ["persons.id"], name="fk_classroom_feeds_teacher_id_persons"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_classroom_feeds"),
        sa.UniqueConstraint(
            "section_id",
            "feed",
            "teacher_id",
            "course_id",
            name="uq_classroom_feeds_section_id_feed_teacher_id_course_id",
        ),
    )
    op.create_index("ix_classroom_feeds_due", "classroom_feeds", ["state", "due_at"])
    for column in INDEXED:
        op.create_index(f"ix_classroom_feeds_{column}", "classroom_feeds", [column])


def downgrade() -> None:
    op.drop_table("classroom_feeds")
