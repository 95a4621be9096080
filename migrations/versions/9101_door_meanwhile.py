"""Visits and submissions of the add-on, until the way in is merged

Revision ID: 9101
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = '9101'
down_revision = '0011'
branch_labels = None
depends_on = None


def _scoped(table: str) -> list[sa.schema.SchemaItem]:
    """Columns that say whose a row is."""
    return [
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['person_id'], ['persons.id'], name=op.f(f'fk_{table}_person_id_persons')
        ),
        sa.ForeignKeyConstraint(
            ['district_id'], ['districts.id'], name=op.f(f'fk_{table}_district_id_districts')
        ),
    ]


def upgrade() -> None:
    op.create_table(
        'add_on_visits',
        sa.Column('id', sa.String(length=43), nullable=False),
        sa.Column('section_id', sa.Integer(), nullable=False),
        sa.Column('view', sa.String(length=16), nullable=False),
        sa.Column('course_id', sa.String(length=64), nullable=False),
        sa.Column('item_id', sa.String(length=64), nullable=False),
        sa.Column('item_type', sa.String(length=32), nullable=False),
        sa.Column('attachment_id', sa.String(length=64), nullable=False),
        sa.Column('add_on_token', sa.LargeBinary(), nullable=False),
        sa.Column('submission_id', sa.String(length=255), nullable=False),
        sa.Column('url_to_upgrade', sa.String(length=2000), nullable=False),
        sa.Column('place', sa.String(length=40), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        *_scoped('add_on_visits'),
        sa.ForeignKeyConstraint(
            ['section_id'], ['sections.id'], name=op.f('fk_add_on_visits_section_id_sections')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_add_on_visits')),
    )
    op.create_table(
        'add_on_submissions',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('course_id', sa.String(length=64), nullable=False),
        sa.Column('item_id', sa.String(length=64), nullable=False),
        sa.Column('attachment_id', sa.String(length=64), nullable=False),
        sa.Column('submission_id', sa.String(length=255), nullable=False),
        *_scoped('add_on_submissions'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_add_on_submissions')),
        sa.UniqueConstraint(
            'district_id', 'course_id', 'item_id', 'attachment_id', 'person_id',
            name='uq_add_on_submissions_of_person',
        ),
    )  # fmt: skip
    for table in ('add_on_visits', 'add_on_submissions'):
        op.create_index(op.f(f'ix_{table}_district_id'), table, ['district_id'])
        op.create_index(op.f(f'ix_{table}_person_id'), table, ['person_id'])
    op.create_index(op.f('ix_add_on_visits_expires_at'), 'add_on_visits', ['expires_at'])


def downgrade() -> None:
    op.drop_table('add_on_submissions')
    op.drop_table('add_on_visits')
