"""Statements that the parser refuses or misreads, spelled in another way that means the same.

Must not parse.
"""
