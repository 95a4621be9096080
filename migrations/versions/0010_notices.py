"""Notices of platforms: subscriptions, used nonces, announced copies of courses

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'notice_subscriptions',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('deployment_id', sa.Integer(), nullable=False),
        sa.Column('notice_type', sa.String(length=100), nullable=False),
        sa.Column('service_url', sa.String(length=2000), nullable=False),
        sa.Column('handler', sa.String(length=2000), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(length=32), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['deployment_id'], ['deployments.id'], name=op.f('fk_notice_subscriptions_deployment_id_deployments')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_notice_subscriptions_district_id_districts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_subscriptions')),
        sa.UniqueConstraint('deployment_id', 'notice_type', name=op.f('uq_notice_subscriptions_deployment_id_notice_type')),
    )
    op.create_index(op.f('ix_notice_subscriptions_district_id'), 'notice_subscriptions', ['district_id'])
    op.create_index(op.f('ix_notice_subscriptions_due_at'), 'notice_subscriptions', ['due_at'])
    op.create_table(
        'used_notices',
        sa.Column('platform_id', sa.Integer(), nullable=False),
        sa.Column('nonce', sa.String(length=255), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_used_notices_platform_id_platforms')),
        sa.PrimaryKeyConstraint('platform_id', 'nonce', name=op.f('pk_used_notices')),
    )
    op.create_index(op.f('ix_used_notices_expires_at'), 'used_notices', ['expires_at'])
    op.create_table(
        'announced_copies',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('source', sa.String(length=64), nullable=False),
        sa.Column('external_id', sa.String(length=255), nullable=False),
        sa.Column('origin_ids', sa.JSON(), nullable=False),
        sa.Column('announced_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_announced_copies_district_id_districts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_announced_copies')),
    )
    op.create_index(op.f('ix_announced_copies_district_id'), 'announced_copies', ['district_id'])
    op.create_index(op.f('ix_announced_copies_settled_at'), 'announced_copies', ['settled_at'])
    op.create_index('ix_announced_copies_of', 'announced_copies', ['source', 'external_id'])


def downgrade() -> None:
    op.drop_table('announced_copies')
    op.drop_table('used_notices')
    op.drop_table('notice_subscriptions')
