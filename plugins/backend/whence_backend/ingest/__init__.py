"""From the bytes of an OpenLineage event to what it claims: pure functions over values."""
