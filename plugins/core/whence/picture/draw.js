// What is seen and what a hand can do with it. The places come from `layout`.
const NS = "http://www.w3.org/2000/svg", $ = selector => document.querySelector(selector);
const pen = document.createElement("canvas").getContext("2d");
function widthOf(text, font) {
  pen.font = font + " system-ui, sans-serif";
  return pen.measureText(text).width;
}
function short(text, font, room) {
  if (widthOf(text, font) <= room) return text;
  let from = 1;
  while (from < text.length && widthOf("…" + text.slice(from), font) > room) from++;
  return "…" + text.slice(from);
}
const graph = layout(data, widthOf), {nodes, boxes, lines} = graph;
const root = nodes.get(data.root), stage = $("#stage"), view = $("#view");
const words = edge => (edge.subtype || (edge.type === "DIRECT" ? "" : edge.type))
  .toLowerCase().replaceAll("_", " ") + (edge.masking ? ", masked" : "");

function make(name, attributes, parent, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

// Lines lie below the boxes.
function curve(line) {
  const a = line.a.box, b = line.b.box, y1 = a.y + port(line.a), y2 = b.y + port(line.b);
  const bow = (x1, y1, x2, y2) => {
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    return `C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
  };
  let x = a.x + a.w, y = y1, d = `M${x},${y}`;
  if (a === b) return d + `C${x + 45},${y1} ${x + 45},${y2} ${x},${y2}`;
  for (const [lane, height] of line.stops) {
    d += bow(x, y, lane.x, lane.y + height) + `H${lane.x + lane.w}`;
    x = lane.x + lane.w; y = lane.y + height;
  }
  return d + bow(x, y, b.x - 5, y2);
}
const below = make("g", {}, stage);
for (const line of lines) {
  line.path = make("path", {d: curve(line), class: "edge " + line.type}, below);
  make("title", {}, line.path, `${label(line.a)} → ${label(line.b)}\n${words(line)}` +
    (line.description ? "\n" + line.description : "") + (line.job ? "\nby " + line.job : ""));
  const {x, y, w} = line.b.box, at = y + port(line.b);
  const tip = line.a.box === line.b.box ? `M${x + w},${at}l7,-4v8z` : `M${x},${at}l-7,-4v8z`;
  line.tip = make("path", {d: tip, class: "tip " + line.type}, below);
}

for (const box of boxes) {
  const job = box.node.kind === "job", round = job ? 18 : 7;
  box.group = make("g", {class: "table" + (root && box === root.box ? " root" : "")}, stage);
  const frame = {x: box.x, y: box.y, width: box.w, rx: round};
  make("rect", {...frame, height: box.h, class: "box"}, box.group);
  const head = make("g", {class: "item whole"}, box.group), [path, leaf] = parts(box.node);
  make("rect", {x: box.x + 1.5, y: box.y + 1.5, width: box.w - 3, height: HEAD - 4, rx: round - 1,
    class: "head"}, head);
  const at = {x: box.x + 12};
  make("text", {...at, y: box.y + 16, class: "path"}, head,
    short(path, "10.5px", box.w - 22));
  make("text", {...at, y: box.y + 32, class: "title"}, head, short(leaf, "600 13px", box.w - 22));
  item(box.whole || {...box.node, box, id: "", column: undefined}, head, box.y + 1, HEAD - 3);
  for (const node of box.rows) {
    const row = make("g", {class: "item"}, box.group), y = box.y + HEAD + node.row * ROW;
    make("text", {x: box.x + 16, y: y + 15, class: "row"}, row,
      short(node.column, node === root ? "600 13px" : "13px", box.w - 22));
    item(node, row, y, ROW);
  }
}
function item(node, group, y, height) {
  node.element = group;
  if (node === root) group.classList.add("asked");
  const hit = make("rect", {x: node.box.x + 3, y, width: node.box.w - 6, height, rx: 5, class: "hit",
    tabindex: 0, role: "button", "data-id": node.id, "aria-label": label(node)}, group);
  make("title", {}, hit, label(node) + "\n" + node.namespace);
  hit.addEventListener("click", event => { event.stopPropagation(); choose(node); });
  hit.addEventListener("keydown", event => { if (event.key === "Enter") choose(node); });
  hit.addEventListener("pointerenter", () => { if (!chosen && !grip) light(node); });
  hit.addEventListener("pointerleave", () => { if (!chosen) light(null); });
}

// The way up and down of a node: what leads to it and what it leads to.
const into = new Map(), outOf = new Map();
for (const line of lines) {
  for (const [ways, end] of [[into, line.b], [outOf, line.a]])
    if (ways.has(end)) ways.get(end).push(line); else ways.set(end, [line]);
}
const seen = line => $("#indirect").checked || line.type === "DIRECT";
function walk(start, up, lit) {
  const waiting = start.column === undefined ? [start, ...start.box.rows] : [start];
  const met = new Set(waiting), ways = up ? into : outOf;
  while (waiting.length) {
    const node = waiting.pop(), more = [];
    lit.add(node);
    for (const line of (ways.get(node) || []).filter(seen)) {
      lit.add(line);
      more.push(up ? line.a : line.b);
    }
    // What bears on a table bears on each column of it.
    if (up && node.column !== undefined && node.box.whole) more.push(node.box.whole);
    if (!up && node.column === undefined) more.push(...node.box.rows);
    for (const next of more) if (!met.has(next)) { met.add(next); waiting.push(next); }
  }
}
function light(node) {
  const lit = new Set();
  if (node) { walk(node, true, lit); walk(node, false, lit); }
  const tables = new Set([...lit].filter(each => each.box).map(each => each.box));
  stage.classList.toggle("focused", Boolean(node));
  for (const line of lines)
    for (const part of [line.path, line.tip]) part.classList.toggle("lit", lit.has(line));
  for (const each of data.nodes) if (each.element) each.element.classList.toggle("lit", lit.has(each));
  for (const box of boxes) box.group.classList.toggle("lit", tables.has(box));
}

// The chosen node stays lit, and the note tells of it.
let chosen = null;
function choose(node) {
  if (chosen && chosen.element) chosen.element.classList.remove("chosen");
  chosen = node;
  light(node);
  if (node) node.element.classList.add("chosen");
  const note = $("#note");
  note.hidden = !node;
  note.replaceChildren();
  if (!node) return;
  say(note, "b", label(node));
  say(note, "div", node.namespace, "soft");
  tell(note, "comes from", into.get(node) || [], "a");
  if (node.column !== undefined) tell(note, "its rows", into.get(node.box.whole) || [], "a");
  tell(note, "leads to", outOf.get(node) || [], "b");
}
function say(parent, name, text, style) {
  const element = document.createElement(name);
  element.textContent = text;
  if (style) element.className = style;
  parent.append(element);
  return element;
}
function tell(note, title, ways, end) {
  const direct = ways.filter(line => line.type === "DIRECT");
  const decides = ways.filter(line => line.type !== "DIRECT");
  if (direct.length) say(note, "div", title, "soft");
  for (const line of direct) {
    const row = say(note, "div", "");
    link(row, line[end]);
    row.append(`  ${words(line)}  `);
    if (line.description) say(row, "code", line.description);
    if (line.job) say(row, "span", "  by " + line.job, "soft");
  }
  if (!decides.length) return;
  const row = say(note, "div", end === "a" ? "decided by " : "decides ", "soft"), told = new Map();
  for (const line of decides) told.set(line[end], [...(told.get(line[end]) || []), words(line)]);
  [...told].forEach(([node, how], i) => {
    if (i) row.append(", ");
    link(row, node);
    row.append(` (${[...new Set(how)].join(", ")})`);
  });
}
function link(parent, node) {
  say(parent, "button", label(node)).addEventListener("click", () => { choose(node); show(node); });
}

// Moving about.
let scale = 1, dx = 0, dy = 0, grip = null, dragged = false;
const apply = () => stage.setAttribute("transform", `translate(${dx},${dy}) scale(${scale})`);
function show(node) {
  const {width, height} = view.getBoundingClientRect(), box = node.box;
  dx = width / 2 - (box.x + box.w / 2) * scale;
  dy = height / 2 - (box.y + port(node)) * scale;
  apply();
}
function fit() {
  if (!boxes.length) return;
  const {width, height} = view.getBoundingClientRect(), [w, h] = [graph.width, graph.height];
  scale = Math.min(1.25, (width - 48) / w, (height - 110) / h);
  if (scale < .4) { scale = .75; show(root || data.nodes[0]); return; }
  dx = (width - w * scale) / 2; dy = Math.max(24, (height - 60 - h * scale) / 2);
  apply();
}
function zoom(factor, x, y) {
  const next = Math.min(4, Math.max(.05, scale * factor));
  dx = x - (x - dx) * next / scale; dy = y - (y - dy) * next / scale; scale = next;
  apply();
}
function zoomMiddle(factor) {
  const {width, height} = view.getBoundingClientRect();
  zoom(factor, width / 2, height / 2);
}
view.addEventListener("wheel", event => {
  event.preventDefault();
  const {left, top} = view.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 500), event.clientX - left, event.clientY - top);
}, {passive: false});
view.addEventListener("pointerdown", event => {
  grip = [event.clientX - dx, event.clientY - dy];
  dragged = false;
});
addEventListener("pointermove", event => {
  if (!grip) return;
  const x = event.clientX - grip[0], y = event.clientY - grip[1];
  if (!dragged && Math.abs(x - dx) + Math.abs(y - dy) < 5) return;
  dragged = true; dx = x; dy = y;
  view.classList.add("dragging");
  apply();
});
addEventListener("pointerup", () => { grip = null; view.classList.remove("dragging"); });
view.addEventListener("click", event => {
  if (dragged) { dragged = false; event.stopPropagation(); }
}, {capture: true});
view.addEventListener("click", () => choose(null));
$("#closer").addEventListener("click", () => zoomMiddle(1.25));
$("#farther").addEventListener("click", () => zoomMiddle(.8));
$("#fit").addEventListener("click", fit);
addEventListener("keydown", event => {
  if (event.key === "Escape") choose(null);
  if (event.target.tagName === "INPUT") return;
  if (event.key === "+") zoomMiddle(1.25);
  if (event.key === "-") zoomMiddle(.8);
  if (event.key === "0") fit();
});
$("#indirect").addEventListener("change", event => {
  stage.classList.toggle("hide-indirect", !event.target.checked);
  light(chosen);
});
$("input[type=search]").addEventListener("input", event => {
  const asked = event.target.value.trim().toLowerCase();
  const found = asked && data.nodes.find(node => node.element && label(node).toLowerCase().includes(asked));
  choose(found || null);
  if (found) show(found);
});

document.title = $("h1").textContent = data.title;
$("#asked").hidden = !root;
const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
$("#counts").textContent = [
  many(boxes.filter(box => box.node.kind !== "job").length, "table"),
  many(data.nodes.filter(node => node.kind === "column").length, "column"),
  ...(data.gaps.length ? [many(data.gaps.length, "gap")] : []),
].join(", ");
$("#counts").title = data.gaps.map(gap => `${gap.job}: ${gap.reason}`).join("\n");
addEventListener("resize", fit);
fit();
