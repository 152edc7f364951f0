// Boxes and lines with their places: layered from origin to result. Draws nothing.
const ROW = 22, HEAD = 42, FOOT = 5, GAP_X = 110, GAP_Y = 26, LINE = 4, WIDEST = 460;

const label = node => node.column === undefined ? node.name : node.name + "." + node.column;
function parts(node) {
  if (node.kind === "job") return ["job in " + node.namespace, node.name];
  const at = Math.max(node.name.lastIndexOf("."), node.name.replace(/\/$/, "").lastIndexOf("/"));
  return at > 0 ? [node.name.slice(0, at), node.name.slice(at + 1)] : [node.namespace, node.name];
}

// A box for each table, with its columns, and for each job.
function boxesOf(nodes, widthOf) {
  const boxes = new Map();
  for (const node of nodes) {
    const key = node.kind === "job" ? node.id : node.namespace + "\n" + node.name;
    if (!boxes.has(key)) boxes.set(key, {node, rows: [], into: new Set(), out: new Set(), layer: 0});
    const box = node.box = boxes.get(key);
    if (node.column === undefined) box.whole = node;
    else { node.row = box.rows.length; box.rows.push(node); }
  }
  for (const box of boxes.values()) {
    box.h = box.rows.length ? HEAD + box.rows.length * ROW + FOOT : HEAD;
    const [path, leaf] = parts(box.node);
    const widest = Math.max(widthOf(leaf, "600 13px"), widthOf(path, "10.5px"),
      ...box.rows.map(row => widthOf(row.column, "600 13px") + 4));
    box.w = Math.min(WIDEST, Math.max(130, widest + 26));
  }
  return [...boxes.values()];
}

// A line between two whole tables says nothing where their columns have lines.
function linesOf(edges, nodes) {
  const finer = new Set(), pair = edge => [edge.from, edge.to].map(id => {
    const {namespace, name} = nodes.get(id).box.node;
    return namespace + "\n" + name;
  }).join("\n\n");
  const bare = edge => [edge.from, edge.to].every(id => nodes.get(id).kind === "table");
  for (const edge of edges) if (!bare(edge)) finer.add(pair(edge));
  return edges.filter(edge => !bare(edge) || !finer.has(pair(edge)));
}

// The layer of a box: the longest way from an origin; edges that close a circle do not count.
function layer(boxes) {
  const state = new Map(), order = [], circular = new Map(boxes.map(box => [box, new Set()]));
  for (const start of boxes) {
    if (state.get(start)) continue;
    const stack = [[start, [...start.out]]];
    state.set(start, 1);
    while (stack.length) {
      const [box, rest] = stack[stack.length - 1], next = rest.pop();
      if (next === undefined) { state.set(box, 2); order.push(box); stack.pop(); }
      else if (state.get(next) === 1) circular.get(box).add(next);
      else if (!state.get(next)) { state.set(next, 1); stack.push([next, [...next.out]]); }
    }
  }
  for (const box of order.reverse())
    for (const next of box.out)
      if (!circular.get(box).has(next)) next.layer = Math.max(next.layer, box.layer + 1);
  // An origin stands close to what it is for.
  for (const box of boxes)
    if (!box.into.size && box.out.size)
      box.layer = Math.max(0, Math.min(...[...box.out].map(next => next.layer)) - 1);
}

// Lines over several layers get a lane in each layer between, so that they cross no box.
function lanes(lines, layers) {
  const made = new Map(), numbers = new Map(boxNumbers(layers));
  for (const line of lines) {
    const a = line.a.box, b = line.b.box;
    line.stops = [];
    for (let i = a.layer + 1; i < b.layer; i++) {
      const key = [numbers.get(a), numbers.get(b), i].join();
      if (!made.has(key)) {
        made.set(key, {lane: true, layer: i, h: 0, w: 0, rows: []});
        layers[i].push(made.get(key));
      }
      const lane = made.get(key);
      line.stops.push([lane, lane.h]);
      lane.h += LINE;
    }
  }
}
function* boxNumbers(layers) {
  let number = 0;
  for (const each of layers) for (const box of each) yield [box, number++];
}

const port = node => node.row === undefined ? HEAD / 2 : HEAD + node.row * ROW + ROW / 2;

// Each line as pieces from layer to layer: [item, height in it] twice.
function pieces(lines, layers) {
  for (const each of layers) for (const item of each) { item.left = []; item.right = []; }
  for (const line of lines) {
    if (line.a.box.layer >= line.b.box.layer) continue;
    const stops = [[line.a.box, port(line.a)], ...line.stops, [line.b.box, port(line.b)]];
    for (let i = 1; i < stops.length; i++) {
      const [a, pa] = stops[i - 1], [b, pb] = stops[i];
      a.right.push([b, pb, pa]); b.left.push([a, pa, pb]);
    }
  }
}

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;

// The order in each layer by the mean place of the neighbours, some sweeps to and fro.
function arrange(layers) {
  const number = each => each.forEach((item, i) => { item.at = i; });
  layers.forEach(number);
  for (let sweep = 0; sweep < 24; sweep++) {
    const side = sweep % 2 ? "right" : "left";
    for (const each of sweep % 2 ? [...layers].reverse() : layers) {
      for (const item of each) {
        const near = item[side].map(([other, height]) => other.at + height / (other.h + 1));
        item.want = near.length ? mean(near) : item.at;
      }
      each.sort((a, b) => a.want - b.want);
      number(each);
    }
  }
}

// Heights: as near to the neighbours as the order and the gaps allow (isotonic regression).
function settle(each) {
  let offset = 0;
  const blocks = [];
  for (const item of each) {
    blocks.push({sum: item.want - offset, count: 1, offset, items: [[item, offset]]});
    offset += item.h + (item.lane ? GAP_Y / 2 : GAP_Y);
    while (blocks.length > 1) {
      const last = blocks[blocks.length - 1], before = blocks[blocks.length - 2];
      if (before.sum / before.count <= last.sum / last.count) break;
      before.sum += last.sum; before.count += last.count; before.items.push(...last.items);
      blocks.pop();
    }
  }
  for (const block of blocks)
    for (const [item, own] of block.items) item.y = block.sum / block.count + own;
}
function heights(layers) {
  for (const each of layers) {
    let y = 0;
    for (const item of each) { item.y = y; y += item.h + GAP_Y; }
    for (const item of each) item.y -= y / 2;
  }
  for (let sweep = 0; sweep < 24; sweep++) {
    const side = sweep % 2 ? "right" : "left";
    for (const each of sweep % 2 ? [...layers].reverse() : layers) {
      for (const item of each) {
        const near = (item[side].length ? item[side] : item.left.concat(item.right))
          .map(([other, height, own]) => other.y + height - own);
        item.want = near.length ? mean(near) : item.y;
      }
      settle(each);
    }
  }
}

// The whole: {nodes, boxes, lines, width, height}; boxes have x, y, w, h.
function layout(data, widthOf) {
  const nodes = new Map(data.nodes.map(node => [node.id, node]));
  const boxes = boxesOf(data.nodes, widthOf), lines = linesOf(data.edges, nodes);
  for (const line of lines) {
    line.a = nodes.get(line.from); line.b = nodes.get(line.to);
    if (line.a.box !== line.b.box) { line.a.box.out.add(line.b.box); line.b.box.into.add(line.a.box); }
  }
  lines.sort((p, q) => port(p.a) - port(q.a) || port(p.b) - port(q.b));  // side by side in a lane
  layer(boxes);
  const layers = [];
  for (const box of boxes) (layers[box.layer] = layers[box.layer] || []).push(box);
  lanes(lines, layers);
  pieces(lines, layers);
  arrange(layers);
  heights(layers);
  let x = 0;
  const gap = boxes.some(box => box.rows.length) ? GAP_X : GAP_X / 2;
  for (const each of layers) {
    const widest = Math.max(...each.map(item => item.w));
    for (const item of each) { item.x = x; item.w = widest; }
    x += widest + gap;
  }
  const top = Math.min(...boxes.map(box => box.y));
  for (const each of layers) for (const item of each) item.y -= top;
  return {nodes, boxes, lines, width: x - gap, height: Math.max(...boxes.map(box => box.y + box.h))};
}
