"""The page in a real browser: every node is drawn, the root is marked, nothing complains."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from whence.graph import Edge, Graph, Node
from whence.picture import PICTURES, dot, html, mermaid

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """What a browser makes of a graph: its document, and what its console said."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is on the path")
    folder = tmp_path_factory.mktemp("picture")

    def draw(graph: Graph, script: str = "") -> tuple[_Page, list[str]]:
        path = folder / "page.html"
        path.write_text(html(graph).replace("</script>", f"{script}</script>"), "utf-8")
        ran = subprocess.run(
            [browser, *QUIET, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
             "--window-size=1600,1000", "--dump-dom", path.as_uri()],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        page = _Page()
        page.feed(ran.stdout)
        return page, [line for line in ran.stderr.splitlines() if "CONSOLE" in line]

    return draw


def test_every_table_and_column_is_drawn_and_nothing_complains(drawn):
    """Thirty tables in layers, with filters, a circle and a table that reads itself."""
    graph = _chain(30)
    page, complaints = drawn(graph)
    assert complaints == []
    assert {node.id for node in graph.nodes} <= page.ids
    assert page.root == graph.nodes[-2].id
    legend = 1
    assert page.edges == {"DIRECT": 60 + legend, "INDIRECT": 29 + legend}
    assert not _overlapping(page.boxes)
    origin, result = page.boxes[0], page.boxes[29]
    assert origin[0] < result[0]


def test_a_click_lights_the_way_up_and_down_and_tells_of_the_column(drawn):
    """What does not belong to it is left dim; the note names origins and expressions."""
    page, complaints = drawn(
        _chain(6),
        """document.querySelector('[data-id="b2"]')
        .dispatchEvent(new MouseEvent("click", {bubbles: true}));""",
    )
    assert complaints == []
    assert page.lit >= {"b0", "b1", "b2", "b3", "b4", "b5"}
    assert "a5" not in page.lit
    for said in ("comes from", "sum(b)", "by job", "decided by", "leads to"):
        assert said in page.text


@pytest.mark.parametrize("kind", ["table", "job", "column"])
def test_a_node_without_lineage_is_drawn_alone(drawn, kind):
    """One box and no line."""
    root = Node("only", kind, "ns", "db.lonely", "c" if kind == "column" else None)
    page, complaints = drawn(Graph("alone", (root,), (), root=root))
    assert complaints == []
    assert len(page.boxes) == 1
    assert page.root == "only"


def test_a_graph_of_which_nothing_in_particular_was_asked(drawn):
    """No node is marked, the title is the graph's own, and the legend does not speak of a mark."""
    nodes = (Node("a", "column", "", "t", "x"), Node("b", "column", "", "u", "y"))
    edge = Edge("a", "b", "DIRECT", "IDENTITY", "etl.sql")
    page, complaints = drawn(Graph("two <b>tables</b>", nodes, (edge,)))
    assert complaints == []
    assert page.root == ""
    assert page.ids >= {"a", "b"}
    assert "two <b>tables</b>" in page.text


def test_nothing_at_all_is_a_page_as_well(drawn):
    """An empty script is no fault."""
    page, complaints = drawn(Graph("empty", (), ()))
    assert complaints == []
    assert page.boxes == []


@pytest.mark.parametrize("draw", [dot, mermaid])
def test_edges_between_two_columns_are_one_line_with_all_their_kinds(draw):
    """What decides is another line than what becomes the value."""
    nodes = (Node("a", "column", "", "t", "x"), Node("b", "column", "", "u", "y"))
    kinds = [("DIRECT", "IDENTITY"), ("DIRECT", "AGGREGATION"), ("INDIRECT", "CONDITIONAL"),
             ("INDIRECT", "WINDOW")]  # fmt: skip
    edges = tuple(Edge("a", "b", kind, subtype, None) for kind, subtype in kinds)
    drawn = draw(Graph("", nodes, edges)).lower()
    assert len(re.findall(r" (?:-->|->|-\.->)", drawn)) == 2
    assert "aggregation" in drawn
    assert "conditional, window" in drawn


def test_every_picture_is_named():
    """By the word that ``--format`` takes."""
    assert PICTURES.keys() == {"dot", "html", "mermaid"}


def _chain(length: int) -> Graph:
    """Tables of two columns; with 30 of them a circle, and one that reads itself."""
    nodes, edges = [], []
    for i in range(length):
        name = f"warehouse.{'a_long_name_' * (i % 7)}{i}"
        nodes += [
            Node(f"t{i}", "table", "ns", name),
            Node(f"a{i}", "column", "ns", name, "a"),
            Node(f"b{i}", "column", "ns", name, "b" * (1 + 9 * (i % 8))),
        ]
        if i:
            edges += [
                Edge(f"a{i // 2}", f"a{i}", "DIRECT", "IDENTITY", "job"),
                Edge(f"b{i - 1}", f"b{i}", "DIRECT", "AGGREGATION", "job", False, "sum(b)"),
                Edge(f"a{i // 3}", f"t{i}", "INDIRECT", "JOIN", "job"),
                Edge(f"t{i // 2}", f"t{i}", "DIRECT", None, "job"),
            ]
    if length == 30:
        edges.append(Edge("a29", "a3", "DIRECT", "IDENTITY", "job"))
        edges.append(Edge("a5", "b5", "DIRECT", "TRANSFORMATION", "job"))
    return Graph("chain", tuple(nodes), tuple(edges), root=nodes[-2])


def _overlapping(boxes: list[tuple[float, ...]]) -> list[tuple[int, int]]:
    return [
        (i, j)
        for i, (x, y, w, h) in enumerate(boxes)
        for j, (left, top, wide, high) in enumerate(boxes[:i])
        if x < left + wide and left < x + w and y < top + high and top < y + h
    ]


class _Page(HTMLParser):
    """What the picture consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.root = ""
        self.text = ""
        self.lit: set[str] = set()
        self.edges: dict[str, int] = {}
        self.boxes: list[tuple[float, ...]] = []
        self._asked = self._lit = False

    def handle_data(self, data):
        """All that can be read."""
        self.text += "" if self.lasttag in ("script", "style") else data

    def handle_starttag(self, tag, attrs):
        """Note the boxes, the lines and the places that can be clicked."""
        found = dict(attrs)
        style = found.get("class") or ""
        if tag == "g":
            self._asked = "asked" in style.split()
            self._lit = {"item", "lit"} <= set(style.split())
        if "data-id" in found:
            self.ids.add(found["data-id"])
            self.lit |= {found["data-id"]} if self._lit else set()
            self.root = found["data-id"] if self._asked else self.root
        if tag == "rect" and style == "box":
            self.boxes.append(tuple(float(found[key]) for key in ("x", "y", "width", "height")))
        if (match := re.fullmatch(r"edge (DIRECT|INDIRECT)", style)) and "d" in found:
            self.edges[match[1]] = self.edges.get(match[1], 0) + 1
