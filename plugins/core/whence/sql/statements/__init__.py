"""Statements: what each kind reads and writes, in terms of relations.

Must not build relations other than the write itself.
"""
