"""The first floor: events, runs, bitemporal edges and states.

Must not change once released: later shapes are later migrations.
Instants are microseconds since 1970 UTC; an open end is 2^62. ``vf``/``vt`` say when a fact was
true, ``tf``/``tt`` when the store knew it.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE node (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, parent INTEGER NOT NULL,
    ns TEXT NOT NULL, name TEXT NOT NULL, leaf TEXT NOT NULL,
    UNIQUE (parent, kind, ns, name));
CREATE INDEX node_leaf ON node (leaf, kind) WHERE kind <> 2;

CREATE TABLE blob (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, z BLOB,
    personal INTEGER NOT NULL, erased INTEGER);

CREATE TABLE how (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, type TEXT NOT NULL,
    subtype TEXT NOT NULL, masking INTEGER NOT NULL, description TEXT NOT NULL);

CREATE TABLE claim (
    id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, version TEXT,
    speaks INTEGER NOT NULL, edges BLOB NOT NULL);

CREATE TABLE profile (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE);
CREATE TABLE profile_state (
    node INTEGER NOT NULL, key TEXT NOT NULL, profile INTEGER NOT NULL, blob INTEGER NOT NULL,
    PRIMARY KEY (node, key, profile)) WITHOUT ROWID;
CREATE INDEX profile_state_profile ON profile_state (profile);

CREATE TABLE event (
    seq INTEGER PRIMARY KEY, sha BLOB NOT NULL UNIQUE, instant INTEGER NOT NULL,
    tx INTEGER NOT NULL, type INTEGER NOT NULL, run INTEGER NOT NULL, subject INTEGER NOT NULL,
    template INTEGER NOT NULL, refs BLOB NOT NULL, inline BLOB NOT NULL,
    claim INTEGER, profile INTEGER);
CREATE INDEX event_subject ON event (subject, instant);
CREATE INDEX event_run ON event (run) WHERE run <> 0;
CREATE INDEX event_profile ON event (profile) WHERE profile IS NOT NULL;

CREATE TABLE run (
    id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, job INTEGER NOT NULL, state TEXT NOT NULL,
    state_rank INTEGER NOT NULL, state_instant INTEGER NOT NULL, started INTEGER NOT NULL,
    ended INTEGER, parent TEXT, error TEXT,
    UNIQUE (run_id, job));
CREATE INDEX run_started ON run (started);
CREATE INDEX run_job ON run (job, started);

CREATE TABLE run_state (
    run INTEGER NOT NULL, instant INTEGER NOT NULL, type INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (run, instant, type, seq)) WITHOUT ROWID;

CREATE TABLE dataset_version (
    ds INTEGER NOT NULL, run INTEGER NOT NULL, instant INTEGER NOT NULL, schema INTEGER,
    rows INTEGER, bytes INTEGER, external TEXT,
    PRIMARY KEY (ds, run)) WITHOUT ROWID;

CREATE TABLE run_io (
    run INTEGER NOT NULL, output INTEGER NOT NULL, ds INTEGER NOT NULL, version TEXT,
    PRIMARY KEY (run, output, ds)) WITHOUT ROWID;
CREATE INDEX run_io_ds ON run_io (ds);

CREATE TABLE check_result (
    ds INTEGER NOT NULL, field TEXT NOT NULL, name TEXT NOT NULL, run INTEGER NOT NULL,
    instant INTEGER NOT NULL, ok INTEGER, severity TEXT, value TEXT, threshold TEXT,
    PRIMARY KEY (ds, field, name, run, instant)) WITHOUT ROWID;

CREATE TABLE edge (
    src INTEGER NOT NULL, dst INTEGER NOT NULL, kind INTEGER NOT NULL, job INTEGER NOT NULL,
    how INTEGER NOT NULL, vf INTEGER NOT NULL, vt INTEGER NOT NULL,
    tf INTEGER NOT NULL, tt INTEGER NOT NULL,
    PRIMARY KEY (src, vt, vf, dst, kind, job, how, tf)) WITHOUT ROWID;
CREATE INDEX edge_dst ON edge (dst, vt, vf, src, kind);

CREATE TABLE node_state (
    node INTEGER NOT NULL, key TEXT NOT NULL, blob INTEGER NOT NULL,
    vf INTEGER NOT NULL, vt INTEGER NOT NULL, tf INTEGER NOT NULL, tt INTEGER NOT NULL,
    PRIMARY KEY (node, key, vt, vf, tf)) WITHOUT ROWID;

CREATE TABLE alias (
    src INTEGER NOT NULL, dst INTEGER NOT NULL, kind TEXT NOT NULL, subject INTEGER NOT NULL,
    vf INTEGER NOT NULL, vt INTEGER NOT NULL, tf INTEGER NOT NULL, tt INTEGER NOT NULL,
    PRIMARY KEY (src, dst, kind, subject, vf, vt, tf)) WITHOUT ROWID;
CREATE INDEX alias_dst ON alias (dst);

CREATE TABLE lifecycle (
    ds INTEGER NOT NULL, instant INTEGER NOT NULL, change TEXT NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (ds, instant, change, seq)) WITHOUT ROWID;

CREATE TABLE folded (
    subject INTEGER PRIMARY KEY, instant INTEGER NOT NULL, type INTEGER NOT NULL,
    sha BLOB NOT NULL, settled INTEGER NOT NULL, version TEXT, open INTEGER NOT NULL,
    covered TEXT NOT NULL, exact TEXT NOT NULL);
"""


def upgrade() -> None:
    """Create the tables."""
    for statement in filter(str.strip, TABLES.split(";")):
        op.execute(statement)


def downgrade() -> None:
    """Refuse: the first floor is the ground."""
    raise NotImplementedError("there is nothing below the first version of the store")
