"""What is given in Google Classroom, and how far grades go there

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'publications',
        sa.Column('section_id', sa.Integer(), nullable=False),
        sa.Column('checkpoint_id', sa.Integer(), nullable=True),
        sa.Column('pathway_id', sa.Integer(), nullable=True),
        sa.Column('asked_by_id', sa.Integer(), nullable=False),
        sa.Column('wanted', sa.String(length=16), nullable=False),
        sa.Column('publish_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('topic_id', sa.String(length=255), nullable=False),
        sa.Column('topic_name', sa.String(length=100), nullable=False),
        sa.Column('points', sa.Integer(), nullable=True),
        sa.Column('follows_due', sa.Boolean(), nullable=False),
        sa.Column('hand_in_by', sa.DateTime(timezone=True), nullable=True),
        sa.Column('for_all', sa.Boolean(), nullable=False),
        sa.Column('insists', sa.JSON(), nullable=False),
        sa.Column('theirs', sa.JSON(), nullable=False),
        sa.Column('external_id', sa.String(length=255), nullable=False),
        sa.Column('told_title', sa.String(length=500), nullable=True),
        sa.Column('told_points', sa.Double(), nullable=True),
        sa.Column('told_due', sa.DateTime(timezone=True), nullable=True),
        sa.Column('told_topic', sa.String(length=255), nullable=False),
        sa.Column('came_out_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('had_column', sa.JSON(), nullable=True),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('leased_by', sa.String(length=36), nullable=True),
        sa.Column('reason', sa.String(length=64), nullable=False),
        sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['asked_by_id'], ['persons.id'], name=op.f('fk_publications_asked_by_id_persons')),
        sa.ForeignKeyConstraint(['checkpoint_id'], ['checkpoints.id'], name=op.f('fk_publications_checkpoint_id_checkpoints')),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_publications_district_id_districts')),
        sa.ForeignKeyConstraint(['pathway_id'], ['pathways.id'], name=op.f('fk_publications_pathway_id_pathways')),
        sa.ForeignKeyConstraint(['section_id'], ['sections.id'], name=op.f('fk_publications_section_id_sections')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_publications')),
        sa.UniqueConstraint('section_id', 'checkpoint_id', name=op.f('uq_publications_section_id_checkpoint_id')),
        sa.UniqueConstraint('section_id', 'pathway_id', name=op.f('uq_publications_section_id_pathway_id')),
    )
    op.create_index(op.f('ix_publications_checkpoint_id'), 'publications', ['checkpoint_id'])
    op.create_index(op.f('ix_publications_district_id'), 'publications', ['district_id'])
    op.create_index('ix_publications_due', 'publications', ['state', 'due_at'])
    op.create_index(op.f('ix_publications_pathway_id'), 'publications', ['pathway_id'])
    op.create_table(
        'publication_students',
        sa.Column('publication_id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_publication_students_district_id_districts')),
        sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_publication_students_person_id_persons')),
        sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_publication_students_publication_id_publications')),
        sa.PrimaryKeyConstraint('publication_id', 'person_id', name=op.f('pk_publication_students')),
    )
    op.create_index(op.f('ix_publication_students_district_id'), 'publication_students', ['district_id'])
    op.create_index(op.f('ix_publication_students_person_id'), 'publication_students', ['person_id'])
    grading = sa.Column(
        'grading', sa.String(length=16), nullable=False, server_default='assigned'
    )
    with op.batch_alter_table('classroom_connections') as table:
        table.add_column(grading)


def downgrade() -> None:
    with op.batch_alter_table('classroom_connections') as table:
        table.drop_column('grading')
    op.drop_table('publication_students')
    op.drop_table('publications')
