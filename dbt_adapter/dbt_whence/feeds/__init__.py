"""Other ways in than the live plugin, yielding the same captures."""
