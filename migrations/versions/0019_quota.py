"""A mirror that stopped goes on at its time

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('classroom_connections') as batch:
        batch.add_column(sa.Column('mirror_after', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('classroom_connections') as batch:
        batch.drop_column('mirror_after')
