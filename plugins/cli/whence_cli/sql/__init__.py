"""What `whence sql` reads, and what it shows of the lineage of SQL."""
