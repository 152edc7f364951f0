"""A failed run takes back what it alone had promised: the run on which open edges depend.

Must not change once released. What was folded before is forgotten, so that each job is folded
again, by the rule as it is now, with its next event.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("DELETE FROM folded")
    op.execute("ALTER TABLE folded ADD COLUMN holder INTEGER")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE folded DROP COLUMN holder")
