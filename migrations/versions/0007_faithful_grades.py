"""Grades changed in the gradebook, columns that follow their checkpoints

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

ADDED = {
    'gradebook_columns': [
        sa.Column('coupled', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('replaced_id', sa.String(length=2000), nullable=True),
        sa.Column('told_title', sa.String(length=500), nullable=True),
        sa.Column('told_points', sa.Double(), nullable=True),
    ],
    'grade_deliveries': [
        sa.Column('sent', sa.JSON(), server_default='[]', nullable=False),
        sa.Column('tried_attempt_id', sa.Integer(), nullable=True),
        sa.Column('their_points', sa.Double(), nullable=True),
        sa.Column('their_max', sa.Double(), nullable=True),
    ],
}


def upgrade() -> None:
    for name, columns in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.add_column(column)
    with op.batch_alter_table('grade_deliveries') as table:
        table.alter_column('sent', server_default=None)
    with op.batch_alter_table('gradebook_columns') as table:
        table.alter_column('coupled', server_default=None)
    with op.batch_alter_table('platforms') as table:
        table.add_column(sa.Column('learns_for_district_id', sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f('fk_platforms_learns_for_district_id_districts'),
            'districts',
            ['learns_for_district_id'],
            ['id'],
        )
    op.create_table(
        'registrations',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('issuer', sa.String(length=255), nullable=False),
        sa.Column('client_id', sa.String(length=255), nullable=False),
        sa.Column('auth_login_url', sa.String(length=2000), nullable=False),
        sa.Column('token_url', sa.String(length=2000), nullable=False),
        sa.Column('token_audience', sa.String(length=2000), nullable=True),
        sa.Column('jwks_url', sa.String(length=2000), nullable=False),
        sa.Column('deployment_id', sa.String(length=255), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_registrations')),
        sa.UniqueConstraint('digest', name=op.f('uq_registrations_digest')),
    )
    op.create_index(op.f('ix_registrations_expires_at'), 'registrations', ['expires_at'])
    op.create_table(
        'platform_invitations',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_platform_invitations_district_id_districts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_invitations')),
        sa.UniqueConstraint('digest', name=op.f('uq_platform_invitations_digest')),
    )
    op.create_index(op.f('ix_platform_invitations_district_id'), 'platform_invitations', ['district_id'])
    op.create_table(
        'deep_linkings',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('platform_id', sa.Integer(), nullable=False),
        sa.Column('enrolment_id', sa.Integer(), nullable=False),
        sa.Column('deployment_id', sa.String(length=255), nullable=False),
        sa.Column('return_url', sa.Text(), nullable=False),
        sa.Column('data', sa.Text(), nullable=False),
        sa.Column('takes_several', sa.Boolean(), nullable=False),
        sa.Column('takes_line_items', sa.Boolean(), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_deep_linkings_district_id_districts')),
        sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_deep_linkings_enrolment_id_enrolments')),
        sa.ForeignKeyConstraint(['platform_id'], ['platforms.id'], name=op.f('fk_deep_linkings_platform_id_platforms')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_deep_linkings')),
    )
    op.create_index(op.f('ix_deep_linkings_district_id'), 'deep_linkings', ['district_id'])
    op.create_index(op.f('ix_deep_linkings_expires_at'), 'deep_linkings', ['expires_at'])
    op.create_table(
        'copied_rows',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('team_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('from_id', sa.Integer(), nullable=False),
        sa.Column('to_id', sa.Integer(), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['district_id'], ['districts.id'], name=op.f('fk_copied_rows_district_id_districts')),
        sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_copied_rows_team_id_teams')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_copied_rows')),
        sa.UniqueConstraint('team_id', 'kind', 'from_id', name=op.f('uq_copied_rows_team_id_kind_from_id')),
    )
    op.create_index(op.f('ix_copied_rows_district_id'), 'copied_rows', ['district_id'])
    op.create_index('ix_copied_rows_to', 'copied_rows', ['kind', 'to_id'])
    # What was delivered before is ours, not a teacher's change.
    share = "'[' || CAST(points / max_points AS TEXT) || ']'"
    if op.get_bind().dialect.name == 'postgresql':
        share = f"CAST({share} AS JSON)"
    op.execute(
        f"UPDATE grade_deliveries SET sent = {share}, tried_attempt_id = attempt_id"
        " WHERE state = 'delivered' AND max_points > 0"
    )


def downgrade() -> None:
    op.drop_table('copied_rows')
    op.drop_table('deep_linkings')
    op.drop_table('platform_invitations')
    op.drop_table('registrations')
    with op.batch_alter_table('platforms') as table:
        table.drop_constraint('fk_platforms_learns_for_district_id_districts', type_='foreignkey')
        table.drop_column('learns_for_district_id')
    for name, columns in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column.name)
