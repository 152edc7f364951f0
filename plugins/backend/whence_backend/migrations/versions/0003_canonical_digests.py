"""An event is known by the digest of its canonical bytes; that of the received ones beside it.

Must not change once released. Events stored before keep the digest of the bytes they came in,
which is the canonical one for what Whence's own integrations say.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty where both digests are the same."""
    op.execute("ALTER TABLE event ADD COLUMN received BLOB")
    op.execute("CREATE INDEX event_received ON event (received) WHERE received IS NOT NULL")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX event_received")
    op.execute("ALTER TABLE event DROP COLUMN received")
