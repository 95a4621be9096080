"""Rosters read by their differences, groups that the LMS keeps

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

ADDED = {
    'sections': [
        sa.Column('roster_differences_url', sa.String(length=2000), nullable=True),
        sa.Column('roster_read_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('groups_url', sa.String(length=2000), nullable=True),
    ],
    'enrolments': [sa.Column('listed_at', sa.DateTime(timezone=True), nullable=True)],
    'student_groups': [
        sa.Column('section_id', sa.Integer(), nullable=True),
        sa.Column('external_id', sa.String(length=255), nullable=True),
    ],
}


def upgrade() -> None:
    for name, columns in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.add_column(column)
    with op.batch_alter_table('student_groups') as table:
        table.create_foreign_key(
            op.f('fk_student_groups_section_id_sections'), 'sections', ['section_id'], ['id']
        )
        table.create_unique_constraint(
            op.f('uq_student_groups_section_id_external_id'), ['section_id', 'external_id']
        )


def downgrade() -> None:
    with op.batch_alter_table('student_groups') as table:
        table.drop_constraint('uq_student_groups_section_id_external_id', type_='unique')
        table.drop_constraint('fk_student_groups_section_id_sections', type_='foreignkey')
    for name, columns in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column.name)
