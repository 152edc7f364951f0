"""Column lineage over a small relational algebra: the one place where it is computed.

Must not know SQL text, hosts or names: columns are opaque ids, and front ends bind them.
"""
