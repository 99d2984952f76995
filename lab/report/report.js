"use strict";
// Draws the diagrams of a page and lets a reader select. The layout is in the data; texts of others go through
// textContent and fillText alone.
(() => {
const LIMIT = 10000, DENSE = 3000, HEAD = 34, AXIS = 92, GUTTER = 150, CHUNK = 256, PAGE = 200;
const FONT = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif', BOLD = "600 " + FONT;
document.documentElement.className = "works";

const one = (root, selector) => root.querySelector(selector);
const all = (root, selector) => [...root.querySelectorAll(selector)];

function make(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

// ---- time

const UNITS = [[3600e9, "h"], [60e9, "min"], [1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];

// exact writes a time with all its digits, or so many behind the point.
function exact(ns, digits = 9) {
  const [size, unit] = UNITS.find(([size]) => size <= 1e9 && Math.abs(ns) >= size) || [1, "ns"];
  return ns === 0 ? "0s" : String(Number((ns / size).toFixed(digits))) + unit;
}

// near writes a time with the digits that tell it from one that is step away, in the unit of the other time.
function near(ns, step, of = ns) {
  const [size, unit] = UNITS.find(([size]) => size <= 1e9 && of >= size) || [1, "ns"];
  if (ns === 0) return "0s";
  const room = 9 - unit.length - String(Math.floor(of / size)).length; // of ten letters
  return (ns / size).toFixed(Math.max(0, Math.min(room, Math.ceil(-Math.log10(Math.max(step, 1) / size))))) + unit;
}

// rough writes how long something took.
function rough(ns) {
  const [size, unit] = UNITS.find(([size]) => Math.abs(ns) >= size) || [1, "ns"];
  return Number((ns / size).toPrecision(3)) + unit;
}

// ---- theme

// The sheet has its dark colours in media rules. A choice of the reader makes them hold always, or never.
const dark = [...document.styleSheets[0].cssRules].filter(r => r.media && r.media.mediaText.includes("dark"));
const asSystem = "(prefers-color-scheme: dark)";
const diagrams = [];

function theme(choice) {
  for (const rule of dark) rule.media.mediaText = choice === "dark" ? "all" : choice === "light" ? "not all" : asSystem;
  document.documentElement.style.colorScheme = choice || "light dark";
  for (const d of diagrams) d.recolour();
}
one(document, "#theme").addEventListener("change", e => theme(e.target.value));
matchMedia(asSystem).addEventListener("change", () => diagrams.forEach(d => d.recolour()));

// ---- data

async function unpack(id) {
  const text = atob(document.getElementById(id).textContent);
  const bytes = Uint8Array.from(text, c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// below is the first place in a sorted list whose value is not less.
function below(list, value) {
  let low = 0, high = list.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (list[mid] < value) low = mid + 1; else high = mid;
  }
  return low;
}

// Scale is the way from a time to a height and back, linear between knots.
class Scale {
  constructor(times, heights) { this.times = times; this.heights = heights; }
  static between(from, to, x) {
    const i = Math.min(Math.max(below(from, x), 1), from.length - 1), width = from[i] - from[i - 1];
    return width > 0 ? to[i - 1] + (to[i] - to[i - 1]) * (x - from[i - 1]) / width : to[i];
  }
  height(time) { return this.times.length < 2 ? 0 : Scale.between(this.times, this.heights, time); }
  time(height) { return this.times.length < 2 ? this.times[0] : Scale.between(this.heights, this.times, height); }
  get whole() { return this.heights[this.heights.length - 1]; }
}

// ---- the diagram

class Diagram {
  constructor(box, data) {
    Object.assign(this, {box, data, shown: new Set(data.shown), kinds: new Set(), words: [], only: false, unfolded: false,
      sel: null, left: 0, top: 0, zoom: 1, hits: null, seen: [], marks: [], taken: new Map(), widths: new Map()});
    this.canvas = one(box, "canvas");
    this.pen = this.canvas.getContext("2d");
    this.causes = data.rows.some(r => r.b);
    this.kids = new Map();
    data.rows.forEach((r, i) => { if (r.c >= 0) this.kids.set(r.c, [...(this.kids.get(r.c) || []).slice(-7), i]); });
    const times = data.knots.map(k => k[0]), heights = data.knots.map(k => k[1]);
    this.even = new Scale(times, heights);
    this.linear = new Scale([0, Math.max(data.end, 1)], [0, this.even.whole]);
    this.scale = this.even;
    this.rescale();
    this.controls();
    this.recolour();
    this.gather();
    one(box, ".view").style.height = Math.round(Math.min(640, Math.max(330, this.even.whole + HEAD + 70))) + "px";
    new ResizeObserver(() => this.resize()).observe(this.canvas);
  }

  // gather makes the list of what may be drawn: rows, and bands in place of segments unless these are wanted.
  gather() {
    const d = this.data, items = [];
    this.ofRow = new Array(d.rows.length);
    this.ofBand = [];
    d.rows.forEach((r, i) => {
      if (r.g >= 0 && !this.unfolded) return;
      const end = Math.max(r.a, r.l || 0, ...(r.r || []));
      items.push(this.ofRow[i] = {at: r.a, end, node: r.n, to: r.o, kind: r.k, bold: !!r.b, text: r.x, label: r.t || r.x, row: i, band: -1});
    });
    if (!this.unfolded) d.bands.forEach((b, i) => {
      items.push(this.ofBand[i] = {at: b.a, end: Math.max(b.s, b.z), node: b.n, to: b.o, kind: "segment", bold: !!b.b, text: b.x, label: b.x, row: b.lead, band: i});
    });
    items.sort((a, b) => a.at - b.at);
    this.items = items;
    this.filter();
  }

  // rescale keeps the heights of all rows: a frame asks for thousands.
  rescale() {
    for (const r of this.data.rows) {
      r.ha = this.scale.height(r.a);
      r.hl = r.l > r.a ? this.scale.height(r.l) : r.ha;
      r.hr = (r.r || []).map(t => this.scale.height(t));
    }
  }

  item(row) { return this.ofRow[row] || this.ofBand[this.data.rows[row].g]; }

  hay(it) {
    if (it.hay === undefined) {
      const r = this.data.rows[it.row], names = this.data.nodes;
      it.hay = [it.text, r.x, it.kind, names[it.node], names[it.to], r.d && "lost " + r.d, ...(r.f || []).map(f => f[0] + "=" + f[1])].join(" ").toLowerCase();
    }
    return it.hay;
  }

  passes(it) {
    if (this.only && !it.bold || this.hidden.has(it.kind)) return false;
    if (it.node >= 0 && !this.shown.has(it.node) || it.to >= 0 && !this.shown.has(it.to)) return false;
    return this.words.every(w => this.hay(it).includes(w));
  }

  filter() {
    this.list = this.items.filter(it => this.passes(it));
    this.list.forEach((it, i) => { it.place = i; });
    this.bolds = this.list.filter(it => it.bold).map(it => it.at);
    this.ends = [];
    for (let i = 0; i < this.list.length; i += CHUNK)
      this.ends.push(this.list.slice(i, i + CHUNK).reduce((end, it) => Math.max(end, it.end), 0));
    this.columns = [...this.shown].sort((a, b) => a - b);
    this.column = new Map(this.columns.map((n, i) => [n, i]));
    this.table();
    this.draw();
  }

  // between are the items of a stretch of time; null for more than can be drawn.
  between(from, to, wanted) {
    const found = [];
    for (let c = 0; c < this.ends.length; c++) {
      if (this.ends[c] < from) continue;
      if (this.list[c * CHUNK].at > to) break;
      for (let i = c * CHUNK; i < Math.min((c + 1) * CHUNK, this.list.length); i++) {
        const it = this.list[i];
        if (it.at > to) break;
        if (it.end < from || wanted && !wanted(it)) continue;
        if (found.push(it) > LIMIT) return null;
      }
    }
    return found;
  }

  // ---- geometry

  resize() {
    const box = this.canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    if (!box.width) return;
    const first = !this.width;
    Object.assign(this, {width: box.width, height: box.height});
    this.canvas.width = Math.round(box.width * ratio);
    this.canvas.height = Math.round(box.height * ratio);
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (first) this.home(); else this.clamp();
    this.drawNow();
  }

  y(time) { return this.at(this.scale.height(time)); }
  at(height) { return HEAD + 14 + (height - this.top) * this.zoom; }
  time(y) { return this.scale.time((y - HEAD - 14) / this.zoom + this.top); }
  x(node) { return AXIS + (this.column.get(node) + .33) * this.wide - this.left; }
  get wide() { return Math.min(360, Math.max(104, (this.width - AXIS - GUTTER) / Math.max(1, this.columns.length))); } // a word stands to the right of the last column
  get room() { return this.height - HEAD - 40; }

  clamp() {
    const least = Math.min(1, this.room / this.scale.whole);
    this.zoom = Math.min(Math.max(this.zoom, least), this.scale === this.even ? 60 : 1e7);
    this.top = Math.max(0, Math.min(this.top, this.scale.whole - this.room / this.zoom));
    this.left = Math.max(0, Math.min(this.left, this.columns.length * this.wide + GUTTER - (this.width - AXIS)));
  }

  // home shows the failure near the lower edge, or the beginning of a run that has passed; few rows fill the view.
  home() {
    this.zoom = Math.max(1, Math.min(3, this.room * .82 / this.scale.whole));
    if (this.scale === this.linear) { // as much time as the even scale shows
      const at = this.even.height(this.data.until), span = this.data.until - this.even.time(Math.max(0, at - this.room * .8));
      this.zoom = this.room * .8 / Math.max(1e-9, this.linear.height(Math.max(span, 1)));
    }
    this.top = this.data.failed ? this.scale.height(this.data.until) - this.room * .82 / this.zoom : this.scale.height(this.data.left ? this.data.rows[0].a : 0);
    this.moved();
  }

  // earlier shows the last cause above the view, with what led to it; where none is, the failure.
  earlier() {
    const above = below(this.bolds, this.time(HEAD + 14));
    if (above === 0) { this.home(); return; }
    this.top = this.scale.height(this.bolds[above - 1]) - this.room * .82 / this.zoom;
    this.moved();
  }

  whole() { this.zoom = 0; this.top = 0; this.moved(); }
  moved() { this.clamp(); this.draw(); }

  zoomBy(factor, y = HEAD + this.room / 2) {
    const at = (y - HEAD - 14) / this.zoom + this.top;
    this.zoom *= factor;
    this.clamp();
    this.top = at - (y - HEAD - 14) / this.zoom;
    this.moved();
  }

  // ---- drawing

  recolour() {
    const css = getComputedStyle(document.documentElement), c = {};
    for (const name of ["paper", "soft", "edge", "ink", "dim", "faint", "cause", "bad", "shade", "shade-edge", "select", "v0", "v1", "v2", "v3", "v4", "v5"])
      c[name] = css.getPropertyValue("--" + name).trim();
    this.c = c;
    this.draw();
  }

  // draw forgets what was under the pointer: it may be elsewhere now.
  draw() {
    this.hover = "";
    if (this.waiting || !this.width) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.drawNow(); });
  }

  drawNow() {
    const {pen, c} = this, from = this.time(HEAD), to = this.time(this.height);
    pen.clearRect(0, 0, this.width, this.height);
    pen.font = FONT;
    pen.lineCap = "round";
    this.hits = null;
    this.taken = new Map();
    this.faults(from, to);
    this.axis(from, to);
    this.lines(from, to);
    const items = this.seen = this.visible(from, to), bold = [], quiet = [], dots = [];
    for (const it of items) {
      if (it.to < 0) dots.push(it); else (it.bold ? bold : quiet).push(it);
    }
    this.packets(quiet, this.causes ? c.faint : c.dim, 1, items.length);
    this.steps(items.filter(it => it.bold), c.cause, 3);
    this.packets(bold, c.cause, 2.2, items.length);
    this.chosen();
    this.failure();
    this.events(dots);
    this.labels(items, bold);
    this.names();
    this.say(items.length);
    this.tell("drawn", String(items.length));
    this.tell("at", this.sel && this.sel.node >= 0 ? JSON.stringify([this.x(this.sel.node), this.y(this.sel.at)]) : "");
  }

  // tell tells others what is drawn; an attribute that is set costs a layout.
  tell(name, text) { if (this.box.dataset[name] !== text) this.box.dataset[name] = text; }

  // visible are the items of the window. Where they are too many, a level of detail is drawn and causes alone returned.
  visible(from, to) {
    const d = this.data, [begin, end] = d.whole, cut = d.levels.length > 0 && (from < begin || to > end);
    let items = this.between(from, to);
    this.folded = 0;
    if (items === null) {
      this.folds(from, to, () => true);
      items = this.between(from, to, it => it.bold) || [];
    } else if (cut) this.folds(from, to, f => f.z < begin || f.a > end);
    return items;
  }

  // folds draws the finest level that is not too much: what happened on a node as a bar, what was sent as a wedge.
  folds(from, to, wanted) {
    const {pen, c} = this, inside = f => f.z >= from && f.a <= to && this.shown.has(f.n) && (f.o < 0 || this.shown.has(f.o)) && wanted(f);
    let list = [];
    for (const level of this.data.levels) if ((list = level.filter(inside)).length <= LIMIT) break;
    list = list.slice(0, LIMIT);
    for (const f of list) {
      const x = this.x(f.n), y = this.y(f.a), low = Math.max(y + 2, this.y(f.z));
      this.folded += f.c;
      pen.globalAlpha = Math.min(.55, .08 + .08 * Math.log2(1 + f.c));
      pen.fillStyle = f.d ? c.bad : c.dim;
      if (f.o < 0 || f.o === f.n) { pen.fillRect(x - 4, y, 8, low - y); continue; }
      const side = this.x(f.o) > x ? 5 : -5;
      pen.beginPath(); pen.moveTo(x + side, y); pen.lineTo(x + side, low - 1); pen.lineTo(this.x(f.o) - side, low); pen.fill();
    }
    pen.globalAlpha = 1;
  }

  faults(from, to) {
    const {pen, c} = this;
    this.marks = [];
    for (const s of this.data.spans) {
      if (s.always || s.to < from || s.from > to || this.hidden.has("fault")) continue;
      const y = Math.max(HEAD, this.y(s.from)), low = Math.min(this.height, Math.max(y + 3, this.y(s.to)));
      for (const n of s.nodes || []) {
        if (!this.shown.has(n)) continue;
        const wide = this.wide * (s.links ? .64 : .5), x = this.x(n) - wide / 2;
        pen.fillStyle = c.shade;
        pen.fillRect(x, y, wide, low - y);
        pen.fillStyle = c["shade-edge"];
        pen.fillRect(x, y, 2, low - y);
        if (s.from >= from) pen.fillRect(x, y, wide, 1);
        this.marks.push({span: s, x, y, low});
      }
    }
  }

  faultLabels() {
    const font = "600 11px" + FONT.slice(4), told = new Set();
    for (const m of this.marks)
      if (!told.has(m.span)) {
        this.naming = {span: m.span};
        if (this.label(`${m.span.text} ${this.while(m.span, 3)}`, font, this.c["shade-edge"], this.down(m.x + 6, m.y + 11, 8), this.width - m.x, 60)) told.add(m.span);
      }
    this.naming = null;
  }

  while(span, digits) { return span.to < this.data.end ? `from ${exact(span.from, digits)} to ${exact(span.to, digits)}` : `since ${exact(span.from, digits)}`; }

  axis(from, to) {
    const {pen, c} = this;
    pen.fillStyle = c.dim;
    pen.textAlign = "right";
    const ends = [this.y(this.data.at), this.y(this.data.until)], grid = new Path2D(), shown = [];
    let last = -100, step = to - from, said = "";
    for (const t of this.ticks(from, to)) {
      const y = this.y(t);
      if (y < last + 24 || y < HEAD + 6 || ends.some(end => Math.abs(y - end) < 22)) continue;
      if (shown.length) step = Math.min(step, t - shown[shown.length - 1]);
      shown.push(t); last = y;
    }
    step = Math.max(step / 2, (to - from) / 2000);
    for (const t of shown) {
      const y = this.y(t), text = near(t, step, to);
      if (text !== said) pen.fillText(said = text, AXIS - 14, y + 4);
      grid.moveTo(AXIS - 9, Math.round(y) + .5); grid.lineTo(this.width, Math.round(y) + .5);
    }
    pen.strokeStyle = c.edge; pen.lineWidth = 1; pen.globalAlpha = .55; pen.stroke(grid); pen.globalAlpha = 1;
    pen.textAlign = "left";
  }

  // ticks are the instants where something happens in the even scale, and round ones in the true scale.
  ticks(from, to) {
    if (this.scale === this.even) {
      const ts = this.even.times, first = Math.max(0, below(ts, from) - 1), end = below(ts, to) + 1;
      const every = Math.max(1, Math.floor((end - first) / 400));
      return ts.slice(first, end).filter((_, i) => i % every === 0);
    }
    const rough = (to - from) / 14, power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
    const step = [1, 2, 5, 10].map(n => n * power).find(s => s >= rough), ticks = [];
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) ticks.push(t);
    return ticks;
  }

  lines(from, to) {
    const {pen, c} = this, bare = new Path2D(), tones = new Map(), end = Math.min(this.height, this.y(this.data.end));
    const xs = new Map(this.columns.map(n => [n, Math.round(this.x(n)) + .5]));
    for (const x of xs.values()) { bare.moveTo(x, HEAD); bare.lineTo(x, end); }
    for (const l of this.data.lines) {
      const x = xs.get(l.n);
      if (l.z < from || l.a > to || x === undefined || l.v < 0) continue;
      if (!tones.has(l.v)) tones.set(l.v, new Path2D());
      tones.get(l.v).moveTo(x, Math.max(HEAD, this.y(l.a)));
      tones.get(l.v).lineTo(x, Math.min(this.height, this.y(l.z)));
    }
    pen.lineCap = "butt";
    pen.strokeStyle = c.edge; pen.lineWidth = 1.5; pen.stroke(bare);
    for (const [tone, path] of tones) { pen.strokeStyle = c["v" + tone]; pen.lineWidth = tone ? 5 : 2.5; pen.stroke(path); }
    pen.lineCap = "round";
  }

  packets(items, colour, width, crowd) {
    const {pen, c} = this, plain = new Path2D(), heads = new Path2D(), lost = new Path2D(), again = new Path2D();
    const dense = crowd > DENSE, size = dense ? 0 : width > 2 ? 8 : 5, there = new Set(), xs = new Map(this.columns.map(n => [n, this.x(n)]));
    for (const it of items) {
      if (it.band >= 0 && this.data.bands[it.band].count > 1) { this.stream(it, colour); continue; }
      const r = this.data.rows[it.row], x1 = xs.get(r.n), x2 = xs.get(r.o), y = this.at(r.ha), begin = this.at(r.hl), out = x2 > x1 ? 3 : -3;
      if (begin - y > 2) { plain.moveTo(x1 + out, y); plain.lineTo(x1 + out, begin); }
      for (let i = 0; i < r.hr.length; i++) {
        const end = this.at(r.hr[i]), path = i ? again : plain, spot = (r.n * 4096 + r.o) * 4096 + Math.round(begin / 8);
        if (dense && there.has(spot)) continue; // a line that covers another one
        there.add(spot);
        path.moveTo(x1, begin);
        if (r.n === r.o) path.quadraticCurveTo(x1 + 40, (begin + end) / 2, x1, end); else path.lineTo(x2, end);
        if (size) this.arrow(heads, x1, begin, x2, end, size);
      }
      if (r.d) this.die(lost, this.death(r, x1, x2, begin));
    }
    pen.lineCap = dense ? "butt" : "round";
    pen.strokeStyle = pen.fillStyle = colour; pen.lineWidth = dense ? 1 : width;
    pen.stroke(plain);
    if (!dense) { pen.setLineDash([6, 3]); pen.stroke(again); pen.setLineDash([]); pen.fill(heads); }
    pen.strokeStyle = c.bad; pen.lineWidth = dense ? 1 : Math.max(1.3, width * .8); pen.globalAlpha = width > 2 || !this.causes ? 1 : .6;
    pen.stroke(lost);
    pen.globalAlpha = 1;
  }

  arrow(path, x1, y1, x2, y2, size) {
    const length = Math.hypot(x2 - x1, y2 - y1);
    if (length < 2 * size) return;
    const ux = (x2 - x1) / length, uy = (y2 - y1) / length;
    path.moveTo(x2, y2);
    path.lineTo(x2 - ux * size * 1.5 - uy * size * .5, y2 - uy * size * 1.5 + ux * size * .5);
    path.lineTo(x2 - ux * size * 1.5 + uy * size * .5, y2 - uy * size * 1.5 - ux * size * .5);
    path.closePath();
  }

  // death is the way of a packet that was lost: in the queue near its sender, on the line farther the longer the way was.
  death(r, x1, x2, y) {
    const way = x2 - x1, near = r.d === "queue" || r.d === "mtu";
    const x = x1 + (r.n === r.o ? 24 : near ? Math.sign(way) * .12 * this.wide : Math.sign(way) * .18 * this.wide + .22 * way);
    return {x1, y1: y, x2: x, y2: y + 5};
  }

  die(path, {x1, y1, x2: x, y2: low}) {
    path.moveTo(x1, y1); path.lineTo(x, low);
    path.moveTo(x - 4, low - 4); path.lineTo(x + 4, low + 4); path.moveTo(x - 4, low + 4); path.lineTo(x + 4, low - 4);
  }

  // corners are those of a stream: its sender's column, then its receiver's.
  corners(b) {
    const [begin, z, s, first] = [b.a, b.z, b.s, b.r].map(t => this.y(t));
    return {x1: this.x(b.n), x2: this.x(b.o), begin, low: Math.max(z, begin + 3), end: Math.max(s, first + 3), first};
  }

  stream(it, colour) {
    const {pen} = this, b = this.data.bands[it.band], {x1, x2, begin, low, end, first} = this.corners(b);
    pen.beginPath();
    pen.moveTo(x1, begin); pen.lineTo(x1, low); pen.lineTo(x2, end); pen.lineTo(x2, first); pen.closePath();
    pen.fillStyle = colour;
    pen.strokeStyle = b.lost || b.again ? this.c.bad : colour;
    pen.globalAlpha = .18; pen.fill(); pen.globalAlpha = 1; pen.lineWidth = it.bold ? 1.8 : 1; pen.stroke();
  }

  // steps draws, along the line of a node, from what woke it to what it did then; the wait for a timer is dashed.
  steps(items, colour, width) {
    const {pen} = this, path = new Path2D(), waits = new Path2D();
    for (const it of items) {
      const r = this.data.rows[it.row], cause = this.data.rows[r.c], to = r.w ? waits : path;
      if (!cause || r.n < 0 || !this.shown.has(r.n) || cause.o !== r.n && cause.n !== r.n) continue;
      to.moveTo(this.x(r.n), this.y(this.came(cause, r))); to.lineTo(this.x(r.n), this.y(r.a));
    }
    pen.strokeStyle = colour; pen.lineWidth = width;
    pen.stroke(path); pen.setLineDash([3, 7]); pen.stroke(waits); pen.setLineDash([]);
  }

  // came is when the cause of a row was there: a packet that has come to its node when it arrived.
  came(cause, r) {
    const times = (cause.o === r.n && cause.r || []).filter(t => t <= r.a);
    return times.length ? Math.max(...times) : cause.a;
  }

  // chosen draws what was selected, and the chain of its causes.
  chosen() {
    if (!this.sel) return;
    const chain = this.chain(this.sel.row).map(i => this.item(i)).filter(it => it && this.passes(it));
    this.steps(chain, this.c.select, 3);
    this.packets(chain.filter(it => it.to >= 0), this.c.select, 2.4, 0);
  }

  events(items) {
    const {pen, c} = this, near = (it, step) => it.node * 1e5 + Math.round(this.at(this.data.rows[it.row].ha) / 8) + step;
    const others = new Set(items.filter(it => it.kind !== "fault").map(it => near(it, 0)));
    for (const it of items) {
      if (it.node < 0) { this.mark(it); continue; }
      const beside = it.kind === "fault" && [-1, 0, 1].some(step => others.has(near(it, step)));
      it.aside = beside ? 12 : 0;
      const x = this.x(it.node) - it.aside, y = this.at(this.data.rows[it.row].ha), size = it.bold ? 5 : 3.6;
      pen.fillStyle = it === this.sel ? c.select : it.kind === "fault" ? c["shade-edge"] : it.bold ? c.cause : this.causes ? c.v0 : c.ink;
      pen.strokeStyle = c.paper; pen.lineWidth = 1.5;
      pen.beginPath();
      if (it.kind === "call") pen.rect(x - size, y - size, 2 * size, 2 * size);
      else if (it.kind === "fault") { pen.moveTo(x, y - 6); pen.lineTo(x + 6, y); pen.lineTo(x, y + 6); pen.lineTo(x - 6, y); pen.closePath(); }
      else pen.arc(x, y, size, 0, 7);
      pen.stroke(); pen.fill();
      if (it === this.sel) { pen.strokeStyle = c.select; pen.lineWidth = 2; pen.beginPath(); pen.arc(x, y, 9, 0, 7); pen.stroke(); }
      this.take(x - 6, y - 5, x + 6, y + 5);
    }
  }

  // mark is what belongs to no node: a line across.
  mark(it) {
    const {pen, c} = this, y = Math.round(this.y(it.at)) + .5;
    pen.strokeStyle = it === this.sel ? c.select : it.kind === "fault" ? c["shade-edge"] : c.dim; pen.lineWidth = 1;
    pen.setLineDash([2, 4]);
    pen.beginPath(); pen.moveTo(AXIS, y); pen.lineTo(this.width, y); pen.stroke();
    pen.setLineDash([]);
  }

  failure() {
    const d = this.data, apart = d.last && this.y(d.at) - this.y(d.until) < 34 ? 15 : 0;
    if (d.last) this.edge(d.until, this.c.dim, d.last, near(d.until, 1e5), -apart);
    this.edge(d.at, d.failed ? this.c.bad : this.c.dim, d.failed ? "failed here" : "the end", d.when, apart);
  }

  // edge is a line across at an instant that matters.
  edge(at, colour, text, when, lower) {
    const {pen} = this, y = Math.round(this.y(at)) + .5;
    if (y < HEAD || y > this.height + 20) return;
    pen.strokeStyle = colour; pen.lineWidth = 1.5;
    pen.beginPath(); pen.moveTo(AXIS - 9, y); pen.lineTo(this.width, y); pen.stroke();
    pen.fillStyle = colour; pen.font = BOLD; pen.textAlign = "right";
    pen.fillText(this.fit(text, BOLD, AXIS - 16), AXIS - 14, y - 3 + lower);
    pen.font = BOLD;
    pen.fillText("t=" + when, AXIS - 14, y + 13 + lower);
    pen.font = FONT; pen.textAlign = "left";
  }

  // ---- labels

  // free tells whether nothing stands in a box; take reserves it.
  free(x1, y1, x2, y2) {
    for (let line = Math.floor(y1 / 12); line <= Math.floor(y2 / 12); line++)
      for (const b of this.taken.get(line) || []) if (b[0] < x2 && b[2] > x1 && b[1] < y2 && b[3] > y1) return false;
    return true;
  }

  take(x1, y1, x2, y2, of) {
    for (let line = Math.floor(y1 / 12); line <= Math.floor(y2 / 12); line++) {
      if (!this.taken.has(line)) this.taken.set(line, []);
      this.taken.get(line).push([x1, y1, x2, y2, of]);
    }
  }

  measure(text, font) {
    let widths = this.widths.get(font);
    if (!widths || widths.size > 20000) this.widths.set(font, widths = new Map());
    let wide = widths.get(text);
    if (wide === undefined) {
      this.pen.font = font;
      widths.set(text, wide = this.pen.measureText(text).width);
    }
    return wide;
  }

  // fit cuts a text to its room.
  fit(text, font, room) {
    const wide = this.measure(text, font), cut = n => text.slice(0, n) + "…";
    let n = Math.floor(text.length * room / wide);
    while (n > 1 && n < text.length && this.measure(cut(n), font) > room) n--;
    return wide <= room ? text : cut(Math.max(1, n));
  }

  // label writes a text at the first of the places that is free; if none is, shorter down to least, or not at all. A place
  // is where the text begins, ends (side -1) or has its middle (0).
  label(text, font, colour, places, room, least = 48) {
    for (let most = room; most >= Math.min(least, this.measure(text, font)); most *= .7) {
      const cut = this.fit(text, font, most), wide = this.measure(cut, font);
      for (const [x, y, side = 1] of places) {
        const left = side > 0 ? x : side < 0 ? x - wide : x - wide / 2;
        if (y < HEAD + 10 || y > this.height - 5 || left < AXIS - 4 || left + wide > this.width || !this.free(left - 2, y - 10, left + wide + 2, y + 2)) continue;
        this.write(cut, font, colour, left, y);
        return true;
      }
      if (wide < most * .7) most = wide;
    }
    return false;
  }

  write(text, font, colour, left, y) {
    const {pen, c} = this;
    this.take(left - 2, y - 10, left + this.measure(text, font) + 2, y + 2, this.naming);
    pen.font = font; pen.lineWidth = 3; pen.strokeStyle = c.paper; pen.lineJoin = "round"; pen.fillStyle = colour;
    pen.strokeText(text, left, y); pen.fillText(text, left, y);
  }

  // down are places below each other.
  down(x, y, count, side = 1) { return Array.from({length: count}, (_, i) => [x, y + 13 * i, side]); }

  // labels writes what matters most first: it gets the place.
  labels(items, bold) {
    const {c} = this, rest = items.length <= 1500, dots = items.filter(it => it.to < 0);
    this.paths = bold.length > 100 ? [] : bold.map(it => this.path(it));
    this.said = new Set();
    if (this.sel && this.sel.place >= 0) this.name(this.sel, c.select, BOLD);
    if (items.length <= DENSE) for (const it of dots) if (it.bold && it !== this.sel) this.name(it, c.ink, BOLD);
    if (items.length <= DENSE) for (const it of bold) if (it !== this.sel) this.name(it, c.ink, BOLD);
    if (rest) for (const it of dots) if (it.kind === "call" && !it.bold && it !== this.sel) this.name(it, this.causes ? c.dim : c.ink, FONT);
    this.faultLabels();
    for (const l of this.data.lines) {
      const y = this.y(l.a);
      this.naming = null;
      if (l.t && this.shown.has(l.n) && y > HEAD && y < this.height) this.label("term " + l.t, FONT, c.dim, [[this.x(l.n) - 8, y + 4, -1]], this.wide);
    }
    if (!rest) return;
    for (const it of items) if (this.data.rows[it.row].d && !it.bold && it !== this.sel) this.name(it, c.dim, FONT);
    for (const it of dots) if (it.kind !== "call" && !it.bold && it !== this.sel) this.name(it, this.causes ? c.dim : c.ink, FONT);
    for (const it of items) if (it.to >= 0 && !it.bold && it !== this.sel) this.name(it, c.dim, FONT);
  }

  name(it, colour, font) {
    const y = this.y(it.at), r = this.data.rows[it.row], b = this.data.bands[it.band];
    if (y < HEAD || y > this.height) return false;
    this.naming = {it};
    if (it.node < 0) return this.label(it.text, BOLD, this.c.dim, this.down(AXIS + 8, y - 4, 2), this.width - AXIS);
    if (it.to < 0) return !r.q && this.event(it, y + 4, colour, font);
    if (b && b.count > 1) {
      const middle = [b.a, b.z, b.s, b.r].reduce((sum, t) => sum + this.y(t), 0) / 4, x1 = this.x(it.node), x2 = this.x(it.to);
      return this.label(it.label, font, colour, this.down((x1 + x2) / 2, middle + 4, 3, 0), Math.abs(x2 - x1) * .9);
    }
    return this.message(it, r, colour, font);
  }

  // path is the arrow of a message.
  path(it) {
    const r = this.data.rows[it.row], b = this.data.bands[it.band];
    return [this.x(it.node), this.y(it.at), this.x(it.to), this.y(b ? b.s : (r.r || [it.at])[0] ?? it.at)];
  }

  // message writes along an arrow: beside its sender, or farther where others cross it there. What a node has sent to
  // many at one time is written once.
  message(it, r, colour, font) {
    const [x1, y1, x2, y2] = this.path(it), lost = r.d && !(r.r || []).length, side = Math.sign(x2 - x1) || 1, far = Math.abs(x2 - x1);
    const text = lost ? this.fit(r.s || it.label, font, this.wide * .7 - this.measure(" × " + r.d, font)) + " × " + r.d : it.label, once = [it.node, it.at, text].join();
    if (!it.bold && this.said.has(once)) return false; else this.said.add(once);
    if (lost) return this.label(text, font, this.c.bad, [[x1 + side * 12, y1 - 4, side], [x1 + side * 12, y1 + 16, side]], this.wide * .8);
    const room = Math.max(far - 24, this.wide - 22), wide = Math.min(room, this.measure(text, font)), places = [], others = [];
    const between = this.columns.filter(n => n !== it.node && n !== it.to).map(n => this.x(n));
    for (const part of [0, .25, .5, .75, 1]) for (const below of [false, true]) {
      const from = 12 + part * Math.max(0, far - 24 - wide), high = (y2 - y1) / Math.max(far, 1), begin = x1 + side * from;
      const strange = between.some(x => Math.abs(x - begin) < 14 || Math.abs(x - begin - side * wide) < 14); // it would read as that node's
      (strange ? others : places).push([begin, below ? y1 + high * (from + wide) + 12 : y1 + high * from - 4, side]);
    }
    if (it.bold) this.apart(places, wide);
    return this.label(text, font, colour, places, room) || this.label(text, font, colour, others, room);
  }

  // apart sorts places by how many arrows of causes cross them.
  apart(places, wide) {
    const crossed = ([x, y, side]) => {
      const left = side > 0 ? x : x - wide;
      return this.paths.filter(([x1, y1, x2, y2]) => [0, .5, 1].some(part => {
        const at = (left + wide * part - x1) / (x2 - x1 || 1), high = y1 + (y2 - y1) * at;
        return at >= 0 && at <= 1 && high > y - 10 && high < y + 3;
      })).length;
    };
    const counts = new Map(places.map(p => [p, crossed(p)]));
    places.sort((a, b) => counts.get(a) - counts.get(b));
  }

  // event writes beside the dot of a node, as far as the next column. A call that is a cause is always written.
  event(it, y, colour, font) {
    const x = this.x(it.node), last = it.node === this.columns[this.columns.length - 1], room = last ? this.width - x - 12 : this.wide - 22;
    if (!this.label(it.label, font, colour, [...this.down(x + 10, y, 4), ...this.down(x - 10, y, 3, -1)], room) && it.kind === "call" && it.bold)
      this.write(this.fit(it.label, font, room), font, colour, x + 10, y);
  }

  names() {
    const {pen, c} = this;
    pen.fillStyle = c.paper; pen.fillRect(0, 0, this.width, HEAD);
    pen.strokeStyle = c.edge; pen.lineWidth = 1;
    pen.beginPath(); pen.moveTo(0, HEAD + .5); pen.lineTo(this.width, HEAD + .5); pen.stroke();
    pen.textAlign = "center";
    for (const n of this.columns) {
      const focus = this.data.failed && this.data.focus.includes(n) && this.data.focus.length < this.data.nodes.length, name = this.data.nodes[n];
      pen.font = "600 13px" + FONT.slice(4); pen.fillStyle = focus ? c.cause : c.ink;
      pen.fillText(this.measure(name, pen.font) > this.wide ? name.slice(0, Math.floor(this.wide / 9)) + "…" : name, this.x(n), 22);
      if (focus) pen.fillRect(this.x(n) - 14, HEAD - 3, 28, 3);
    }
    pen.textAlign = "left";
    pen.font = FONT; pen.fillStyle = c.paper; pen.fillRect(0, 0, AXIS - 10, HEAD - 1); pen.fillStyle = c.dim;
    pen.textAlign = "right"; pen.fillText("time", AXIS - 14, 22); pen.textAlign = "left";
  }

  // ---- words below the picture

  say(count) {
    const d = this.data, parts = [];
    const above = below(this.bolds, this.time(HEAD + 14));
    parts.push(this.hover || `${count} in view of ${this.list.length}` + (this.list.length < this.items.length ? ` that pass the filter, of ${this.items.length}` : ""));
    if (above) parts.push(`${above} cause${above > 1 ? "s" : ""} above, the last at t=${exact(this.bolds[above - 1], 3)}`);
    if (!this.hover) {
      if (this.folded) parts.push(`drawn as shades: ${this.folded} more, zoom in to see them`);
      if (this.shown.size < d.nodes.length) parts.push(`nodes shown: ${this.shown.size} of ${d.nodes.length}`);
      if (this.scale === this.even) parts.push("pauses are drawn shorter than they were");
      if (d.omitted) parts.push(`not in this file for its size: ${d.omitted} far from the failure`);
      if (d.left) parts.push(`too many to keep: ${d.left} at the beginning`);
    }
    const text = parts.join(" · "), status = one(this.box, ".status");
    if (status.textContent !== text) status.textContent = text;
  }

  // ---- selection

  chain(row) {
    const rows = [], seen = new Set();
    for (; row >= 0 && !seen.has(row); row = this.data.rows[row].c) { seen.add(row); rows.push(row); }
    return rows;
  }

  where(r) {
    const names = this.data.nodes;
    return r.n < 0 ? "the script" : r.o >= 0 ? `${names[r.n]} → ${names[r.o]}` : names[r.n];
  }

  select(it, scroll) {
    this.sel = it;
    if (it && scroll) {
      const y = this.y(it.at);
      if (y < HEAD + 30 || y > this.height - 40) this.top = this.scale.height(it.at) - this.room * .5 / this.zoom;
      this.clamp();
    }
    this.panel();
    this.draw();
  }

  choose(row) {
    const it = this.item(row);
    if (it && !this.passes(it)) { for (const n of [it.node, it.to]) if (n >= 0) this.shown.add(n); this.pickers(); this.filter(); }
    if (it) this.select(it, true);
  }

  panel() {
    const box = one(this.box, ".detail");
    box.replaceChildren();
    if (!this.sel) {
      box.append(make("p", "Select an event or an arrow to see its fields, and what it followed from."), make("p", "Keys: ↑ ↓ next, ← cause, → effect, + − zoom, 0 back."));
      return;
    }
    const r = this.data.rows[this.sel.row], b = this.data.bands[this.sel.band];
    box.append(make("h4", b && b.count > 1 ? "stream " + b.x : r.x), make("p", `${this.where(r)} · t=${exact(r.a)}`));
    for (const t of r.r || []) if (!b || b.count === 1) box.append(make("p", `arrives t=${exact(t)}, after ${rough(t - r.a)}`));
    if (r.d) box.append(make("p", "lost: " + r.d, "bad"));
    if ((r.r || []).length > 1) box.append(make("p", `arrives ${r.r.length} times`, "bad"));
    this.fields(box, r, b);
    this.why(box, r);
  }

  fields(box, r, b) {
    const list = make("dl"), add = (name, text) => list.append(make("dt", name), make("dd", text));
    if (b && b.count > 1) {
      add("bytes", b.bytes); add("segments", b.count); add("sent again", b.again || 0); add("lost", b.lost || 0);
      add("acknowledgements", b.acks || 0); add("sent during", rough(b.z - b.a)); add("connection", b.conn);
    } else for (const [name, text] of r.f || []) add(name, text);
    if (r.p) add("script", r.p);
    box.append(list);
  }

  why(box, r) {
    const chain = this.chain(this.sel.row).slice(1), last = chain.length ? this.data.rows[chain[chain.length - 1]] : r;
    box.append(make("h5", "Why"));
    if (r.w) box.append(make("p", chain.length ? `by a timer, set at t=${exact(this.came(this.data.rows[chain[0]], r))} or later because of:` : "by a timer"));
    if (chain.length) box.append(this.steplist(chain.slice(0, 40)));
    if (chain.length > 40) box.append(make("p", `and ${chain.length - 40} more before`));
    box.append(make("p", this.root(last)));
    const kids = this.kids.get(this.sel.row) || [];
    if (kids.length) box.append(make("h5", "What followed"), this.steplist(kids));
  }

  // root says what the first of a chain followed from. In sim that is the script, unless rows have been left out.
  root(r) {
    const d = this.data;
    if (r.p) return `begun by the script at ${r.p}`;
    if (!d.causes || d.left || d.omitted || r.k === "fault" || r.n < 0) return "what came before is not known";
    return `begun by the start of ${d.nodes[r.n]}`;
  }

  // fault shows a fault in place of a selection.
  fault(s) {
    one(this.box, ".detail").replaceChildren(make("h4", s.text), make("p", this.while(s)), make("p", s.pos && `begun by the script at ${s.pos}`));
  }

  steplist(rows) {
    const list = make("ol");
    for (const i of rows) {
      const r = this.data.rows[i], item = make("li"), button = make("button");
      button.type = "button";
      button.append(make("small", exact(r.a, 3)), document.createTextNode(`${this.where(r)}: ${r.x}${r.w ? ", by a timer" : ""}`));
      button.addEventListener("click", () => this.choose(i));
      item.append(button);
      list.append(item);
    }
    return list;
  }

  // places are where a point is on an item.
  places(it) {
    const r = this.data.rows[it.row], b = this.data.bands[it.band], y = this.at(r.ha);
    if (it.node < 0) return [{it, x1: AXIS, y1: y, x2: this.width, y2: y}];
    const x1 = this.x(it.node) - (it.aside || 0), x2 = it.to < 0 ? x1 : this.x(it.to), begin = this.at(r.hl);
    if (it.to < 0) return [{it, x1, y1: y, x2, y2: y, dot: true}];
    if (b && b.count > 1) {
      const at = this.corners(b);
      return [{it, x1, y1: (at.begin + at.low) / 2, x2, y2: (at.first + at.end) / 2}];
    }
    const ways = r.hr.map(h => ({it, x1, y1: begin, x2, y2: this.at(h)}));
    return r.d ? [...ways, {it, ...this.death(r, x1, x2, begin)}] : ways;
  }

  // hit is the item at a point. Where all are is found out when the pointer asks, not in each frame.
  hit(x, y) {
    const label = (this.taken.get(Math.floor(y / 12)) || []).find(b => b[4] && x >= b[0] && x <= b[2] && y >= b[1] && y <= b[3]);
    if (label) return label[4];
    let best = null, least = 8;
    this.hits ||= [...this.marks.map(m => ({span: m.span, x1: m.x, y1: m.y, x2: m.x, y2: m.low})), ...this.seen.flatMap(it => this.places(it))];
    for (const h of this.hits) {
      const dx = h.x2 - h.x1, dy = h.y2 - h.y1, part = Math.min(1, Math.max(0, ((x - h.x1) * dx + (y - h.y1) * dy) / (dx * dx + dy * dy || 1)));
      const far = Math.hypot(x - h.x1 - part * dx, y - h.y1 - part * dy) - (h.dot ? 3 : 0) - (h.it && h.it.bold ? 1 : 0);
      if (far < least) { least = far; best = h; }
    }
    return best;
  }

  // ---- table

  table(page = 0) {
    const box = one(this.box, ".table");
    if (!one(this.box, ".rows").open) { box.replaceChildren(); return; }
    const pages = Math.max(1, Math.ceil(this.list.length / PAGE)), table = make("table"), head = make("tr"), body = make("tbody");
    for (const name of ["Time", "Where", "What", "What became of it", "Cause of the failure"]) { const th = make("th", name); th.scope = "col"; head.append(th); }
    const top = make("thead");
    top.append(head);
    for (const it of this.list.slice(page * PAGE, (page + 1) * PAGE)) body.append(this.line(it));
    table.append(top, body);
    const pager = make("div", undefined, "pager"), go = (text, to) => {
      const b = make("button", text);
      b.type = "button"; b.disabled = to < 0 || to >= pages;
      b.addEventListener("click", () => this.table(to));
      return b;
    };
    pager.append(go("earlier", page - 1), make("span", `page ${page + 1} of ${pages}`), go("later", page + 1));
    box.replaceChildren(pager, table);
  }

  line(it) {
    const r = this.data.rows[it.row], tr = make("tr"), cell = make("td"), button = make("button", exact(it.at)), b = this.data.bands[it.band];
    button.type = "button";
    button.addEventListener("click", () => { this.select(it, true); this.canvas.scrollIntoView({block: "nearest"}); });
    cell.append(button);
    const fate = b && b.count > 1 ? `arrives from ${exact(b.r)} to ${exact(b.s)}` : r.d ? "lost: " + r.d : (r.r || []).map(t => "arrives " + exact(t)).join(", ");
    tr.append(cell, make("td", this.where(r)), make("td", it.text), make("td", fate), make("td", it.bold ? "yes" : ""));
    return tr;
  }

  // ---- controls

  controls() {
    const on = (selector, event, f) => one(this.box, selector).addEventListener(event, f);
    this.hidden = new Set();
    on(".find", "input", e => { this.words = e.target.value.toLowerCase().split(/\s+/).filter(Boolean); this.filter(); });
    on(".only", "change", e => { this.only = e.target.checked; this.filter(); });
    on(".unfold", "change", e => { this.unfolded = e.target.checked; this.sel = null; this.gather(); this.panel(); });
    on(".kinds", "change", e => { this.hidden[e.target.checked ? "delete" : "add"](e.target.value); this.filter(); });
    on(".scale", "change", e => { this.scale = e.target.value === "true" ? this.linear : this.even; this.rescale(); this.home(); });
    on(".in", "click", () => this.zoomBy(1.5));
    on(".out", "click", () => this.zoomBy(1 / 1.5));
    on(".fail", "click", () => this.home());
    on(".above", "click", () => this.earlier());
    on(".whole", "click", () => this.whole());
    on(".rows", "toggle", () => this.table());
    if (!this.data.bands.length) one(this.box, ".unfold").parentElement.hidden = true;
    if (!this.causes) for (const e of [one(this.box, ".only").parentElement, one(this.box, ".above")]) e.hidden = true;
    this.pickers();
    this.legend();
    this.panel();
    this.pointer();
    this.canvas.addEventListener("keydown", e => this.key(e));
    document.addEventListener("click", e => all(this.box, ".menu[open]").forEach(m => { if (!m.contains(e.target)) m.open = false; }));
  }

  pickers() {
    const box = one(this.box, ".nodes div");
    box.replaceChildren();
    this.data.nodes.slice(0, 500).forEach((name, i) => {
      const label = make("label"), tick = make("input");
      tick.type = "checkbox"; tick.checked = this.shown.has(i);
      tick.addEventListener("change", () => { this.shown[tick.checked ? "add" : "delete"](i); this.filter(); this.moved(); });
      label.append(tick, document.createTextNode(" " + name));
      box.append(label);
    });
  }

  legend() {
    const legend = one(this.box.parentElement, ".legend"), before = one(legend, "br");
    this.data.values.forEach((value, i) => {
      if (!value) return;
      const key = make("span", undefined, "key");
      key.style.color = `var(--v${i})`;
      key.style.borderTopWidth = "5px";
      legend.insertBefore(key, before);
      legend.insertBefore(document.createTextNode(value), before);
    });
  }

  pointer() {
    const c = this.canvas;
    let drag = null;
    const at = e => { const box = c.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
    c.addEventListener("pointerdown", e => { drag = {x: e.clientX, y: e.clientY, left: this.left, top: this.top, far: 0}; c.setPointerCapture(e.pointerId); });
    c.addEventListener("pointermove", e => {
      if (!drag) { this.point(...at(e)); return; }
      drag.far = Math.max(drag.far, Math.hypot(e.clientX - drag.x, e.clientY - drag.y));
      if (drag.far < 4) return;
      this.left = drag.left - (e.clientX - drag.x);
      this.top = drag.top - (e.clientY - drag.y) / this.zoom;
      this.moved();
    });
    c.addEventListener("pointerup", e => {
      if (drag && drag.far < 4) { const h = this.hit(...at(e)); this.select(h && h.it || null); if (h && h.span) this.fault(h.span); }
      drag = null;
    });
    c.addEventListener("pointercancel", () => { drag = null; });
    c.addEventListener("pointerleave", () => this.point(-100, -100));
    c.addEventListener("dblclick", e => this.zoomBy(2, at(e)[1]));
    c.addEventListener("wheel", e => this.wheel(e, () => at(e)[1]), {passive: false});
  }

  wheel(e, y) {
    const top = this.top, left = this.left, unit = e.deltaMode ? 20 : 1;
    if (e.ctrlKey || e.metaKey) { e.preventDefault(); this.zoomBy(Math.exp(-e.deltaY * unit / 300), y()); return; }
    this.top += e.shiftKey ? 0 : e.deltaY * unit / this.zoom;
    this.left += e.shiftKey ? e.deltaY * unit : e.deltaX * unit;
    this.clamp();
    if (this.top !== top || this.left !== left) { e.preventDefault(); this.draw(); } // at its ends the page scrolls
  }

  point(x, y) {
    const h = this.hit(x, y), r = h && h.it && this.data.rows[h.it.row];
    const text = !h ? "" : h.span ? `${h.span.text} ${this.while(h.span)}, ${h.span.pos}` : `t=${exact(r.a)} · ${this.where(r)} · ${h.it.text}${r.d ? " · lost: " + r.d : ""}`;
    this.canvas.style.cursor = h ? "pointer" : "";
    if (text !== this.hover) { this.hover = text; this.say(+this.box.dataset.drawn); }
  }

  key(e) {
    const step = {ArrowDown: 1, ArrowUp: -1}[e.key], zoom = {"+": 1.5, "=": 1.5, "-": 1 / 1.5}[e.key], far = {PageDown: .8, PageUp: -.8}[e.key];
    const r = this.sel && this.data.rows[this.sel.row];
    if (step) this.next(step);
    else if (zoom) this.zoomBy(zoom);
    else if (far) { this.top += far * this.room / this.zoom; this.moved(); }
    else if (e.key === "0") this.home();
    else if (e.key === "Home") { this.top = 0; this.moved(); }
    else if (e.key === "End") { this.top = this.scale.whole; this.moved(); }
    else if (e.key === "Escape") this.select(null);
    else if (e.key === "ArrowLeft" && r) { if (r.c >= 0) this.choose(r.c); }
    else if (e.key === "ArrowRight" && r) { const kids = this.kids.get(this.sel.row); if (kids) this.choose(kids[0]); }
    else return;
    e.preventDefault();
  }

  // next selects the item after or before the selected one; without one, the last before the failure.
  next(step) {
    let to = this.sel && this.sel.place >= 0 ? this.sel.place + step : -1;
    if (to < 0 && !this.sel) to = Math.max(0, this.list.findLastIndex(it => it.at <= this.data.until));
    if (this.list[to]) this.select(this.list[to], true);
  }
}

// ---- the page

const sections = all(document, "section.run"), opened = new Set();

// open shows one run. Its data are read when it is first shown.
async function open(anchor) {
  const wanted = sections.find(s => s.id === anchor) || sections.find(s => one(s, "h2 .failed, h2 .broken")) || sections[0];
  for (const s of sections) s.hidden = s !== wanted;
  for (const a of all(document, ".overview a")) a.setAttribute("aria-current", String(wanted && a.hash === "#" + wanted.id));
  const box = wanted && one(wanted, ".diagram");
  if (!box || opened.has(box)) return;
  opened.add(box);
  try {
    diagrams.push(new Diagram(box, await unpack(box.dataset.of)));
    box.dataset.ready = "yes";
  } catch (err) {
    one(box, ".status").textContent = "The diagram cannot be read: " + err.message;
  }
}
addEventListener("hashchange", () => open(location.hash.slice(1)));
open(location.hash.slice(1));
})();
