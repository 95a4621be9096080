"""Health of connections

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('platforms') as table:
        table.add_column(sa.Column('clock_ahead_s', sa.Double(), nullable=True))
    op.create_table(
        'platform_checks',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('platform_id', sa.Integer(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('findings', sa.JSON(), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_platform_checks_district_id_districts')),
        sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_platform_checks_platform_id_platforms')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_checks')),
    )
    op.create_index(op.f('ix_platform_checks_district_id'), 'platform_checks', ['district_id'])
    op.create_index(op.f('ix_platform_checks_platform_id'), 'platform_checks', ['platform_id'])


def downgrade() -> None:
    op.drop_table('platform_checks')
    with op.batch_alter_table('platforms') as table:
        table.drop_column('clock_ahead_s')
