"""The store's numbered migrations, run by alembic; see `whence_backend.store.migrate`."""
