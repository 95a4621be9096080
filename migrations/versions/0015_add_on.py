"""The Classroom add-on: tickets, visits, submissions, students' tokens of an hour

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ('add_on_tickets', 'add_on_visits', 'add_on_submissions', 'add_on_tokens')


def _ends() -> sa.Column[sa.DateTime]:
    return sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False)


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
        'add_on_tickets',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('channel', sa.String(length=64), nullable=False),
        sa.Column('landing', sa.Text(), nullable=False),
        _ends(),
        *_scoped('add_on_tickets'),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_add_on_tickets')),
    )
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
        _ends(),
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
    op.create_table(
        'add_on_tokens',
        sa.Column('access_token', sa.LargeBinary(), nullable=False),
        _ends(),
        *_scoped('add_on_tokens'),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_add_on_tokens')),
    )
    for table in TABLES:
        op.create_index(op.f(f'ix_{table}_district_id'), table, ['district_id'])
        if table != 'add_on_tokens':  # its key already
            op.create_index(op.f(f'ix_{table}_person_id'), table, ['person_id'])
        if table != 'add_on_submissions':
            op.create_index(op.f(f'ix_{table}_expires_at'), table, ['expires_at'])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
