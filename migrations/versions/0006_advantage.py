"""Launches without cookies

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'carried_visits',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('browser', sa.String(length=64), nullable=False),
        sa.Column('contents', sa.Text(), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_carried_visits')),
    )
    op.create_index(op.f('ix_carried_visits_expires_at'), 'carried_visits', ['expires_at'])
    with op.batch_alter_table('platforms') as table:
        table.add_column(sa.Column('uses_storage', sa.Boolean(), server_default=sa.true(), nullable=False))
    with op.batch_alter_table('platforms') as table:
        table.alter_column('uses_storage', server_default=None)
    with op.batch_alter_table('login_states') as table:
        table.add_column(sa.Column('asked', sa.JSON(), server_default='{}', nullable=False))
    with op.batch_alter_table('login_states') as table:
        table.alter_column('asked', server_default=None)


def downgrade() -> None:
    op.drop_column('login_states', 'asked')
    op.drop_column('platforms', 'uses_storage')
    op.drop_table('carried_visits')
