"""Runs are found by their parent.

Must not change once released.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX run_parent ON run (parent) WHERE parent IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX run_parent")
