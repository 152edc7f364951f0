"""A trace as one HTML file that needs nothing else: no network, no other file.

Must not know the store; the drawing is done by ``page.html``'s own script.
"""

from __future__ import annotations

import json
from importlib.resources import files

from whence_backend.model import Trace


def html(trace: Trace) -> str:
    """The page. Names are data in it, never markup."""
    page = files("whence_backend.picture").joinpath("page.html").read_text("utf-8")
    data = json.dumps(trace.as_json(), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    return page.replace("/*DATA*/null", data)
