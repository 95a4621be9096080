"""What teachers corrected in the matching of coursework

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'matching_rules',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('section_id', sa.Integer(), nullable=False),
        sa.Column('about', sa.String(length=16), nullable=False),
        sa.Column('subject', sa.String(length=300), nullable=False),
        sa.Column('words', sa.String(length=300), nullable=False),
        sa.Column('target_id', sa.Integer(), nullable=True),
        sa.Column('standard_id', sa.Integer(), nullable=True),
        sa.Column('unit_id', sa.Integer(), nullable=True),
        sa.Column('left_out', sa.Boolean(), nullable=False),
        sa.Column('as_activity', sa.Boolean(), nullable=False),
        sa.Column('named', sa.String(length=64), nullable=False),
        sa.Column('taught_by_id', sa.Integer(), nullable=False),
        sa.Column('taught_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_matching_rules_section_id_sections')),
        sa.ForeignKeyConstraint(['target_id'], ['targets.id'], name=op.f('fk_matching_rules_target_id_targets')),
        sa.ForeignKeyConstraint(['standard_id'], ['standards.id'], name=op.f('fk_matching_rules_standard_id_standards')),
        sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_matching_rules_unit_id_units')),
        sa.ForeignKeyConstraint(['taught_by_id'], ['persons.id'], name=op.f('fk_matching_rules_taught_by_id_persons')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_matching_rules_district_id_districts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_matching_rules')),
        sa.UniqueConstraint('section_id', 'about', 'subject', name=op.f('uq_matching_rules_section_id_about_subject')),
    )
    op.create_index(op.f('ix_matching_rules_district_id'), 'matching_rules', ['district_id'], unique=False)


def downgrade() -> None:
    op.drop_table('matching_rules')
