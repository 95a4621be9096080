"""Logins are signed into their state; only used ones are kept, until that is too old

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'used_logins',
        sa.Column('nonce', sa.String(length=64), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('nonce', name=op.f('pk_used_logins')),
    )
    with op.batch_alter_table('used_logins') as table:
        table.create_index(op.f('ix_used_logins_expires_at'), ['expires_at'], unique=False)
    # A login that is under way during the upgrade says "took too long" and is begun once more.
    op.drop_table('login_states')


def downgrade() -> None:
    op.create_table(
        'login_states',
        sa.Column('state', sa.String(length=64), nullable=False),
        sa.Column('nonce', sa.String(length=128), nullable=False),
        sa.Column('platform_id', sa.Integer(), nullable=False),
        sa.Column('asked', sa.JSON(), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['platform_id'], ['platforms.id'], name=op.f('fk_login_states_platform_id_platforms')
        ),
        sa.PrimaryKeyConstraint('state', name=op.f('pk_login_states')),
        sa.UniqueConstraint('nonce', name=op.f('uq_login_states_nonce')),
    )
    with op.batch_alter_table('login_states') as table:
        table.create_index(op.f('ix_login_states_expires_at'), ['expires_at'], unique=False)
    op.drop_table('used_logins')
