"""Procedural text (blocks, procedures, missing semicolons) cut into the statements it holds.

Must not parse: a leaf is handed on as text.
"""
