"""Grants step by step, their revocation, service accounts with domain-wide delegation

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OLD_TEACHER = 'fk_classroom_connections_teacher_id_google_accounts'
NEW_TEACHER = 'fk_classroom_connections_teacher_id_persons'


def upgrade() -> None:
    op.create_table(
        'service_accounts',
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.Column('email', sa.String(length=320), nullable=False),
        sa.Column('client_id', sa.String(length=64), nullable=False),
        sa.Column('key_id', sa.String(length=64), nullable=False),
        sa.Column('private_key', sa.LargeBinary(), nullable=False),
        sa.Column('acts_as', sa.LargeBinary(), nullable=False),
        sa.Column('scopes', sa.JSON(), nullable=False),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ['district_id'], ['districts.id'], name=op.f('fk_service_accounts_district_id_districts')
        ),
        sa.PrimaryKeyConstraint('district_id', name=op.f('pk_service_accounts')),
    )
    op.create_table(
        'google_revocations',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.String(length=255), nullable=True),
        sa.Column('token', sa.LargeBinary(), nullable=False),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('tries', sa.Integer(), nullable=False),
        sa.Column('district_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ['district_id'],
            ['districts.id'],
            name=op.f('fk_google_revocations_district_id_districts'),
        ),
        sa.ForeignKeyConstraint(
            ['person_id'], ['persons.id'], name=op.f('fk_google_revocations_person_id_persons')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_google_revocations')),
    )
    with op.batch_alter_table('google_revocations') as table:
        for column in ('person_id', 'user_id', 'district_id', 'due_at'):
            table.create_index(table.f(f'ix_google_revocations_{column}'), [column])
    with op.batch_alter_table('google_accounts') as table:
        table.alter_column('refresh_token', existing_type=sa.LargeBinary(), nullable=True)
        table.add_column(sa.Column('user_id', sa.String(length=255), nullable=True))
        table.add_column(sa.Column('delegated_token', sa.LargeBinary(), nullable=True))
        table.add_column(
            sa.Column('delegated_until', sa.DateTime(timezone=True), nullable=True)
        )
    # Whose it is, where a person is known by one Google account only.
    op.execute(
        "UPDATE google_accounts SET user_id = (SELECT MAX(identities.subject) FROM identities "
        "WHERE identities.person_id = google_accounts.person_id AND identities.source = 'google' "
        "HAVING COUNT(*) = 1)"
    )
    with op.batch_alter_table('google_sign_ins') as table:
        table.add_column(sa.Column('features', sa.JSON(), nullable=False, server_default='[]'))
    with op.batch_alter_table('google_sign_ins') as table:
        table.alter_column('features', server_default=None)
    with op.batch_alter_table('classroom_connections') as table:
        table.drop_constraint(OLD_TEACHER, type_='foreignkey')
        table.create_foreign_key(NEW_TEACHER, 'persons', ['teacher_id'], ['id'])


def downgrade() -> None:
    # Connections without a grant of their teacher can't be kept.
    op.execute(
        'DELETE FROM classroom_connections WHERE teacher_id NOT IN '
        '(SELECT person_id FROM google_accounts WHERE refresh_token IS NOT NULL)'
    )
    op.execute('DELETE FROM google_accounts WHERE refresh_token IS NULL')
    with op.batch_alter_table('classroom_connections') as table:
        table.drop_constraint(NEW_TEACHER, type_='foreignkey')
        table.create_foreign_key(OLD_TEACHER, 'google_accounts', ['teacher_id'], ['person_id'])
    with op.batch_alter_table('google_sign_ins') as table:
        table.drop_column('features')
    with op.batch_alter_table('google_accounts') as table:
        table.drop_column('delegated_until')
        table.drop_column('delegated_token')
        table.drop_column('user_id')
        table.alter_column('refresh_token', existing_type=sa.LargeBinary(), nullable=False)
    op.drop_table('google_revocations')
    op.drop_table('service_accounts')
