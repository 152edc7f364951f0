"""Alembic's entry: runs the migrations on the file that the store names, all or none.

Must not decide which version is wanted.
"""

from alembic import context
from sqlalchemy import URL, create_engine, pool
from sqlalchemy.exc import DBAPIError

_url = URL.create("sqlite", database=str(context.config.attributes["path"]))
_engine = create_engine(_url, poolclass=pool.NullPool, connect_args={"isolation_level": None})
try:
    with _engine.begin() as connection:
        # Said to SQLite itself: Python's driver begins nothing before a CREATE TABLE.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(connection=connection, target_metadata=None)
        with context.begin_transaction():
            context.run_migrations()
except DBAPIError as error:
    # SQLite's own error, which the store knows how to say.
    raise error.orig or error from error
