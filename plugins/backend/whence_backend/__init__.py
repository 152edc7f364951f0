"""The embedded backend of Whence: a store of OpenLineage events that never forgets."""
