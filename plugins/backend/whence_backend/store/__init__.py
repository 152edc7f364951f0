"""The store: its protocol, and the one that opens on a laptop with nothing to set up."""

from whence_backend.store.errors import BrokenStore, FullDisk, NewerStore, UnusableStore
from whence_backend.store.opening import open_store, store_path
from whence_backend.store.protocol import Store

__all__ = [
    "BrokenStore",
    "FullDisk",
    "NewerStore",
    "Store",
    "UnusableStore",
    "open_store",
    "store_path",
]
