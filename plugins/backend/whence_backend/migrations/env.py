"""Alembic's entry: runs the migrations on the file that the store names.

Must not decide which version is wanted.
"""

from alembic import context
from sqlalchemy import URL, create_engine, pool

_url = URL.create("sqlite", database=str(context.config.attributes["path"]))
with create_engine(_url, poolclass=pool.NullPool).begin() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
