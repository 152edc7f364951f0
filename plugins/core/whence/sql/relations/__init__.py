"""Builders of relations: what a query, a FROM item, a join or a pivot is in the algebra.

Must not answer for statements that write.
"""
