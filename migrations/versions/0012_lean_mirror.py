"""What the mirror remembers of a course, rubrics that say what counts

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ADDED = {
    'classroom_connections': [
        sa.Column('changed_mark', sa.DateTime(timezone=True), nullable=True),
        sa.Column('topics_read_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('waiting_read_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('read_whole_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('whole_began_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('whole_page', sa.Text(), nullable=True),
        sa.Column('roster_read_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('unmatched', sa.Integer(), nullable=True),
        sa.Column('submissions', sa.Integer(), nullable=True),
        sa.Column('grades_read', sa.JSON(), nullable=True),
    ],
    'gradebook_columns': [
        sa.Column('grades_told_at', sa.DateTime(timezone=True), nullable=True),
    ],
    'checkpoints': [sa.Column('looks_for', sa.JSON(), nullable=True)],
}


def upgrade() -> None:
    for name, columns in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.add_column(column)


def downgrade() -> None:
    for name, columns in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column.name)
