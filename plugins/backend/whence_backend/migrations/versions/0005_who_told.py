"""What the last of several events decides remembers which event that was.

Must not change once released. ``told`` is (instant, type, digest) as bytes that sort; NULL where
an earlier version wrote the row: then any event counts as later.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = (
    ("run", "error_told"),
    ("run", "parent_told"),
    ("run_io", "told"),
    ("dataset_version", "told"),
)


def upgrade() -> None:
    """Add the columns."""
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} BLOB")


def downgrade() -> None:
    """Drop them."""
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
