"""Alembic's entry: runs the migrations on the connection that the store hands over.

Must not open a database itself.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=None,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
