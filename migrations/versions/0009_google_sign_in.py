"""Administrators who sign in with Google, and the Workspace domains they come from

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'workspace_domains',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('domain', sa.String(length=255), nullable=False),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_workspace_domains_district_id_districts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_workspace_domains')),
        sa.UniqueConstraint('domain', name=op.f('uq_workspace_domains_domain')),
    )
    op.create_index(op.f('ix_workspace_domains_district_id'), 'workspace_domains', ['district_id'])
    op.create_table(
        'listed_admins',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('email_digest', sa.String(length=64), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=True),
        sa.Column('subject', sa.String(length=255), nullable=True),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_listed_admins_district_id_districts')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_listed_admins_person_id_persons')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_listed_admins')),
        sa.UniqueConstraint('district_id', 'email_digest', name=op.f('uq_listed_admins_district_id_email_digest')),
        sa.UniqueConstraint('district_id', 'subject', name=op.f('uq_listed_admins_district_id_subject')),
    )
    op.create_index(op.f('ix_listed_admins_district_id'), 'listed_admins', ['district_id'])
    op.create_index(op.f('ix_listed_admins_person_id'), 'listed_admins', ['person_id'])


def downgrade() -> None:
    op.drop_table('listed_admins')
    op.drop_table('workspace_domains')
