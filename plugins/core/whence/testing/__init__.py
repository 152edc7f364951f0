"""The public test kit: fixtures, a transport that records, and a validator of events.

Must not be imported by anything but tests: it needs pytest, and jsonschema to validate.
"""

from whence.testing.fixtures import loud_reporter, whence_home
from whence.testing.spec import InvalidEvent, Validator, validate
from whence.testing.transport import RecordingTransport

__all__ = [
    "InvalidEvent",
    "RecordingTransport",
    "Validator",
    "loud_reporter",
    "validate",
    "whence_home",
]
