"""What ``whence doctor`` looks at, one module a subject; each yields a `Section`.

Must not change anything: it may be run at any time, also while hosts run.
"""

from whence_cli.doctor.section import Section

__all__ = ["Section"]
