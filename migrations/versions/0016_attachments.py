"""Attachments of the Classroom add-on

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'add_on_attachments',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('section_id', sa.Integer(), nullable=False),
        sa.Column('course_id', sa.String(length=64), nullable=False),
        sa.Column('item_id', sa.String(length=64), nullable=False),
        sa.Column('item_type', sa.String(length=32), nullable=False),
        sa.Column('attachment_id', sa.String(length=64), nullable=True),
        sa.Column('place', sa.String(length=40), nullable=False),
        sa.Column('checkpoint_id', sa.Integer(), nullable=True),
        sa.Column('attached_by_id', sa.Integer(), nullable=True),
        sa.Column('attaching_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('settle_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('settle_tries', sa.Integer(), nullable=False),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('told_title', sa.String(length=500), nullable=True),
        sa.Column('told_points', sa.Double(), nullable=True),
        sa.Column('told_due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['attached_by_id'], ['persons.id'], name=op.f('fk_add_on_attachments_attached_by_id_persons')),
        sa.ForeignKeyConstraint(['checkpoint_id'], ['checkpoints.id'], name=op.f('fk_add_on_attachments_checkpoint_id_checkpoints')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_add_on_attachments_district_id_districts')),
        sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_add_on_attachments_section_id_sections')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_add_on_attachments')),
        sa.UniqueConstraint('district_id', 'course_id', 'item_id', 'attachment_id', name='uq_add_on_attachments_id_in_post'),
        sa.UniqueConstraint('district_id', 'course_id', 'item_id', 'place', name='uq_add_on_attachments_place_in_post'),
    )
    op.create_index(op.f('ix_add_on_attachments_checkpoint_id'), 'add_on_attachments', ['checkpoint_id'])
    op.create_index(op.f('ix_add_on_attachments_district_id'), 'add_on_attachments', ['district_id'])
    op.create_index(op.f('ix_add_on_attachments_settle_at'), 'add_on_attachments', ['settle_at'])
    op.create_index('ix_add_on_attachments_of_section', 'add_on_attachments', ['section_id', 'place'])


def downgrade() -> None:
    op.drop_table('add_on_attachments')
