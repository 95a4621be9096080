"""Reminders on their way to other systems

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'messages',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=100), nullable=False),
        sa.Column('channel', sa.String(length=32), nullable=False),
        sa.Column('coaching_session_id', sa.Integer(), nullable=False),
        sa.Column('section_id', sa.Integer(), nullable=True),
        sa.Column('person_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('leased_by', sa.String(length=36), nullable=True),
        sa.Column('reason', sa.String(length=64), nullable=False),
        sa.Column('external_id', sa.String(length=255), nullable=False),
        sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['coaching_session_id'], ['coaching_sessions.id'], name=op.f('fk_messages_coaching_session_id_coaching_sessions')),
        sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_messages_section_id_sections')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_messages_person_id_persons')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_messages_district_id_districts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
        sa.UniqueConstraint('key', name=op.f('uq_messages_key')),
    )
    op.create_index('ix_messages_due', 'messages', ['state', 'due_at'])
    op.create_index(op.f('ix_messages_coaching_session_id'), 'messages', ['coaching_session_id'])
    op.create_index(op.f('ix_messages_district_id'), 'messages', ['district_id'])
    op.create_table(
        'canvas_access',
        sa.Column('platform_id', sa.Integer(), nullable=False),
        sa.Column('api_url', sa.String(length=2000), nullable=False),
        sa.Column('token', sa.LargeBinary(), nullable=False),
        sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_canvas_access_platform_id_platforms')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_canvas_access_district_id_districts')),
        sa.PrimaryKeyConstraint('platform_id', name=op.f('pk_canvas_access')),
    )
    op.create_index(op.f('ix_canvas_access_district_id'), 'canvas_access', ['district_id'])
    op.create_table(
        'teacher_addresses',
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('address', sa.LargeBinary(), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_teacher_addresses_person_id_persons')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_teacher_addresses_district_id_districts')),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_teacher_addresses')),
    )
    op.create_index(op.f('ix_teacher_addresses_district_id'), 'teacher_addresses', ['district_id'])


def downgrade() -> None:
    op.drop_table('teacher_addresses')
    op.drop_table('canvas_access')
    op.drop_table('messages')
