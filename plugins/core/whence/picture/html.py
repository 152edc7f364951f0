"""A lineage as one HTML file that needs nothing else: no network, no other file.

Must not know where it comes from; the drawing is done by the page's own script.
"""

from __future__ import annotations

import json
from importlib.resources import files

from whence.graph import Graph


def html(graph: Graph) -> str:
    """The page. Names are data in it, never markup."""
    data = json.dumps(graph.as_json(), ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        data = data.replace(sign, f"\\u{ord(sign):04x}")
    page = _part("page.html").replace("/*STYLE*/", _part("page.css"))
    page = page.replace("/*SCRIPT*/", _part("layout.js") + _part("draw.js"))
    return page.replace("/*DATA*/null", data)  # last: names in it may look like the other marks


def _part(name: str) -> str:
    return files("whence.picture").joinpath(name).read_text("utf-8")
