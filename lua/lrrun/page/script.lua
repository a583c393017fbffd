--- The only script of a page: values under the pointer, zoom, series on and off. It asks the
--- charts for what chart.lua wrote beside their paths (data-...), makes texts by textContent alone,
--- and adds no style that a page forbids. Layer: page.

return [==[
(function () {
"use strict";
var NS = "http://www.w3.org/2000/svg", LARGEST = 1e100;

// As round.lua.
function grouped(text) { return text.replace(/\B(?=(\d{3})+$)/g, ","); }
function power(x) {
  var m = x.toExponential(2).match(/^(.*?)(?:\.?0+)?e\+?(-?\d+)$/);
  return (m[1].indexOf(".") < 0 ? x.toExponential(2).split("e")[0].replace(/\.?0+$/, "") : m[1])
    + "e" + m[2];
}
function show(x) {
  var size = Math.abs(x);
  if (!isFinite(x)) { return "-"; }
  if (size >= 1e15) { return power(x); }
  if (size >= 1e4) { return (x < 0 ? "-" : "") + grouped(size.toFixed(0)); }
  if (size >= 1e-3 || size === 0) { return String(parseFloat(x.toPrecision(4))); }
  return power(x);
}

// As axis.lua.
function holds(v, log) { return v === v && Math.abs(v) < LARGEST && (!log || v > 1e-100); }
function place(a, v) {
  var low = a.log ? Math.log(a.low) : a.low, high = a.log ? Math.log(a.high) : a.high;
  return a.from + ((a.log ? Math.log(v) : v) - low) / (high - low) * (a.to - a.from);
}
function value(a, at) {
  var t = (at - a.from) / (a.to - a.from);
  return a.log ? Math.exp(Math.log(a.low) * (1 - t) + Math.log(a.high) * t)
    : a.low + (a.high - a.low) * t;
}
function label(v, step, largest) {
  if (largest >= 1e7 || step < 1e-6 || largest < 1e-3) { return show(v); }
  function by(unit, name) { return parseFloat((v / unit).toPrecision(4)) + (v ? name : ""); }
  if (largest >= 1e6 && step >= 1e5) { return by(1e6, "M"); }
  if (largest >= 1e4 && step >= 100) { return by(1e3, "k"); }
  return v.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
function plain(low, high, count, whole) {
  var raw = Math.max((high - low) / count, whole ? 1 : 0);
  var p = Math.pow(10, Math.floor(Math.log10(raw)));
  var size = raw / p * (1 - 1e-9), out = [];
  var step = p * (size <= 1 ? 1 : size <= 2 ? 2 : size <= 5 ? 5 : 10);
  var largest = Math.max(Math.abs(low), Math.abs(high)), last = Math.floor(high / step + 1e-9);
  for (var i = Math.ceil(low / step - 1e-9); i <= last && out.length < 50; i++) {
    out.push([i * step, label(i * step || 0, step, largest)]);
  }
  return out;
}
function powers(low, high) {
  if (high / low < 3) { return plain(low, high, 4); }
  var first = Math.floor(Math.log10(low) + 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  var every = Math.max(1, Math.ceil((last - first) / 8)), out = [];
  for (var p = first; p <= last; p += every) {
    (high / low < 1000 ? [1, 2, 5] : [1]).forEach(function (times) {
      var v = times * Math.pow(10, p);
      if (v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9)) { out.push([v, show(v)]); }
    });
  }
  return out;
}
function ticks(a, count) { return (a.log ? powers : plain)(a.low, a.high, count, a.whole); }

function numbers(text) {
  return text ? text.split(" ").map(function (s) { return s === "-" ? NaN : +s; }) : [];
}
function fix(x) { return x.toFixed(1); }
function make(parent, name, attributes, text) {
  var el = document.createElementNS(NS, name);
  for (var key in attributes) { el.setAttribute(key, attributes[key]); }
  if (text !== undefined) { el.textContent = text; }
  parent.appendChild(el);
  return el;
}

// As geometry.lua: what a path of a series is for the axes as they are now.
function spots(c, s) {
  return s.x.map(function (x, i) {
    return holds(x, c.x.log) && holds(s.y[i], c.y.log) ? [place(c.x, x), place(c.y, s.y[i])] : null;
  });
}
function near(v) { return Math.max(-1e5, Math.min(1e5, v)); }
function path(c, s, el, points) {
  var d = "", pen = "M", lone = el.classList.contains("lone"), zero;
  if (el.classList.contains("line")) {
    points.forEach(function (p) {
      if (p) { d += pen + fix(near(p[0])) + " " + fix(near(p[1])); }
      pen = p ? "L" : "M";
    });
  } else if (el.classList.contains("dots")) {
    points.forEach(function (p, i) {
      if (p && !(lone && (points[i - 1] || points[i + 1]))) {
        d += "M" + fix(near(p[0])) + " " + fix(near(p[1])) + "h0";
      }
    });
  } else if (el.classList.contains("bar")) {
    zero = near(place(c.y, c.y.log ? c.y.low : 0));
    s.x.forEach(function (x, i) {
      if (!points[i]) { return; }
      var from = near(place(c.x, x - s.width / 2)), to = near(place(c.x, x + s.width / 2));
      d += "M" + fix(from) + " " + fix(zero) + "V" + fix(near(points[i][1])) + "H"
        + fix(Math.max(from + 0.5, to - 1)) + "V" + fix(zero) + "z";
    });
  } else if (el.classList.contains("spread")) {
    points.forEach(function (p, i) {
      if (!p || !holds(s.spread[i])) { return; }
      var low = c.y.log ? Math.max(s.y[i] - s.spread[i], c.y.low) : s.y[i] - s.spread[i];
      d += "M" + fix(near(p[0])) + " " + fix(near(place(c.y, low))) + "V"
        + fix(near(place(c.y, s.y[i] + s.spread[i])));
    });
  }
  el.setAttribute("d", d);
}

function axis(text, from, to) {
  var parts = text.split(" ");
  return { log: parts[0] === "log", low: +parts[1], high: +parts[2], from: from, to: to,
    ends: [+parts[1], +parts[2]], whole: parts[3] === "whole" };
}

function draw(c) {
  c.series.forEach(function (s) {
    var points = spots(c, s);
    s.els.forEach(function (el) { path(c, s, el, points); });
  });
  var free = -1e9;
  c.grid.textContent = "";
  (c.fixed || ticks(c.x, Math.floor((c.x.to - c.x.from) / 70))).forEach(function (t) {
    var x = place(c.x, t[0]), half = t[1].length * 3.85;
    var at = Math.min(x, c.svg.viewBox.baseVal.width - half - 3);
    make(c.grid, "line", { x1: fix(x), x2: fix(x), y1: c.y.to, y2: c.y.from });
    if (x - half > free) {
      make(c.grid, "text", { x: fix(at), y: c.y.from + 16, "text-anchor": "middle" }, t[1]);
      free = at + half + 4;
    }
  });
  ticks(c.y, Math.floor((c.y.from - c.y.to) / 45)).forEach(function (t) {
    var y = place(c.y, t[0]);
    make(c.grid, "line", { x1: c.x.from, x2: c.x.to, y1: fix(y), y2: fix(y) });
    make(c.grid, "text", { x: c.x.from - 6, y: fix(y + 4), "text-anchor": "end" }, t[1]);
  });
  shift(c);
}

// Marks and spans go with the axes; what is written on them stays beside them.
function shift(c) {
  c.inner.querySelectorAll("[data-at],[data-level]").forEach(function (g) {
    var is_up = g.hasAttribute("data-at"), line = g.querySelector("line");
    var at = near(is_up ? place(c.x, +g.dataset.at) : place(c.y, +g.dataset.level));
    var by = fix(at - line.getAttribute(is_up ? "x1" : "y1"));
    g.setAttribute("transform", "translate(" + (is_up ? by + " 0" : "0 " + by) + ")");
  });
  c.inner.querySelectorAll("[data-from]").forEach(function (g) {
    var from = near(place(c.x, +g.dataset.from)), to = near(place(c.x, +g.dataset.to));
    var rect = g.querySelector("rect"), text = g.querySelector("text");
    rect.setAttribute("x", fix(from));
    rect.setAttribute("width", fix(Math.max(1, to - from)));
    if (text) { text.setAttribute("x", fix(Math.max(from, c.x.from) + 4)); }
  });
}

function setup(figure) {
  var svg = figure.querySelector("svg.plot"), readout = figure.querySelector(".readout");
  if (!svg || !readout || svg.dataset.rails) { return; }
  if (!svg.dataset.area) { tips(figure, svg, readout); return; }
  var area = numbers(svg.dataset.area), by = {};
  var c = { figure: figure, svg: svg, readout: readout, inner: svg.querySelector("svg.inner"),
    grid: svg.querySelector(".grid"), series: [], keys: figure.querySelectorAll(".key"),
    x: axis(svg.dataset.xaxis, area[0], area[2]), y: axis(svg.dataset.yaxis, area[3], area[1]) };
  if (svg.dataset.fixed) {
    var names = svg.dataset.names ? svg.dataset.names.split("\n") : [];
    c.fixed = numbers(svg.dataset.fixed).map(function (v, i) { return [v, names[i] || show(v)]; });
  }
  c.inner.querySelectorAll("[data-s]").forEach(function (el) {
    var s = by[el.dataset.s];
    if (!s) {
      s = by[el.dataset.s] = { id: el.dataset.s, name: el.dataset.name, els: [],
        x: numbers(el.dataset.x), y: numbers(el.dataset.y), spread: numbers(el.dataset.spread),
        width: +el.dataset.width, tips: el.dataset.tips ? el.dataset.tips.split("\n") : null,
        color: el.getAttribute("class").match(/\bc\d+/)[0],
        is_cloud: /^dots/.test(el.getAttribute("class")) };
      c.series.push(s);
    }
    s.els.push(el);
    var t = el.querySelector("title"); // the readout says it
    if (t) { t.remove(); }
  });
  svg.classList.add("live");
  c.rule = make(c.inner, "line", { "class": "rule gone", y1: area[1], y2: area[3] });
  c.spots = make(c.inner, "g", {});
  c.choice = make(c.inner, "rect", { "class": "choice gone" });
  legend(c);
  pointers(c);
}

function is_on(s) { return !s.els[0].classList.contains("gone"); }

function legend(c) {
  c.keys.forEach(function (key) {
    var s = c.series.filter(function (one) { return one.id === key.dataset.s; })[0];
    if (!s) { return; }
    function flip() {
      var on = !is_on(s);
      s.els.forEach(function (el) { el.classList.toggle("gone", !on); });
      key.classList.toggle("off", !on);
      key.setAttribute("aria-pressed", String(on));
    }
    key.setAttribute("role", "button");
    key.setAttribute("tabindex", "0");
    key.setAttribute("aria-pressed", String(is_on(s)));
    key.addEventListener("click", flip);
    key.addEventListener("keydown", function (e) {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); flip(); }
    });
  });
}

function spot(c, e) {
  var r = c.svg.getBoundingClientRect(), box = c.svg.viewBox.baseVal;
  return [(e.clientX - r.left) * box.width / r.width, (e.clientY - r.top) * box.height / r.height];
}
function inside(c, p) {
  return p[0] >= c.x.from - 4 && p[0] <= c.x.to + 4 && p[1] >= c.y.to - 4 && p[1] <= c.y.from + 4;
}

// The nearest shown point of a series: along x for lines, on the sheet for clouds.
function nearest(c, s, p) {
  var best = null;
  s.x.forEach(function (x, i) {
    if (!holds(x, c.x.log) || !holds(s.y[i], c.y.log)) { return; }
    var px = place(c.x, x), py = place(c.y, s.y[i]);
    if (px < c.x.from - 1 || px > c.x.to + 1) { return; }
    if (s.is_cloud && (py < c.y.to - 1 || py > c.y.from + 1)) { return; }
    var far = s.is_cloud ? Math.hypot(px - p[0], py - p[1]) : Math.abs(px - p[0]);
    if (!best || far < best.far) { best = { far: far, px: px, py: py, i: i, s: s }; }
  });
  return best;
}

function row(parent, color, parts) {
  var div = document.createElement("div");
  if (color) {
    var i = document.createElement("i");
    i.className = color;
    div.appendChild(i);
  }
  parts.forEach(function (part, k) {
    var el = document.createElement(k === 1 ? "b" : "span");
    el.textContent = part;
    div.appendChild(el);
  });
  parent.appendChild(div);
}

function found(c, p) {
  var lines = [], cloud = null;
  c.series.filter(is_on).forEach(function (s) {
    var n = nearest(c, s, p);
    if (!n) { return; }
    if (!s.is_cloud) { lines.push(n); return; }
    if (n.far < 40 && (!cloud || n.far < cloud.far)) { cloud = n; }
  });
  lines.sort(function (a, b) { return Math.abs(a.py - p[1]) - Math.abs(b.py - p[1]); });
  lines = lines.slice(0, 12);
  if (cloud) { lines.push(cloud); }
  return { list: lines, head: lines.reduce(function (a, b) {
    return !a || b.far < a.far ? b : a;
  }, null) };
}

function x_text(c, x) {
  var named = (c.fixed || []).filter(function (t) { return t[0] === x; })[0];
  return named ? named[1] : show(x);
}

function hover(c, p) {
  var f = inside(c, p) ? found(c, p) : { list: [] };
  c.spots.textContent = "";
  c.rule.classList.toggle("gone", !f.head);
  c.readout.hidden = !f.head;
  if (!f.head) { return; }
  var x = f.head.s.x[f.head.i];
  c.rule.setAttribute("x1", fix(f.head.px));
  c.rule.setAttribute("x2", fix(f.head.px));
  c.readout.textContent = "";
  row(c.readout, null, [c.svg.dataset.label + " ", x_text(c, x)]);
  f.list.sort(function (a, b) { return +a.s.id - +b.s.id; }).forEach(function (n) {
    var parts = [n.s.name ? n.s.name + " " : "", show(n.s.y[n.i])], own = n.s.x[n.i];
    var by = n.s.spread[n.i];
    if (by !== undefined && holds(by)) { parts.push(" \u00b1 " + show(by)); }
    if (Math.abs(n.px - f.head.px) > 2) { parts.push(" at " + x_text(c, own)); }
    row(c.readout, n.s.color, parts);
    if (n.s.tips && n.s.tips[n.i]) { row(c.readout, null, [n.s.tips[n.i]]); }
    make(c.spots, "circle", { "class": "here " + n.s.color, cx: fix(n.px), cy: fix(n.py), r: 4 });
  });
  beside(c.figure, c.svg, c.readout, p);
}

// The readout stands beside the pointer, inside the figure.
function beside(figure, svg, readout, p) {
  var r = svg.getBoundingClientRect(), f = figure.getBoundingClientRect();
  var scale = r.width / svg.viewBox.baseVal.width;
  var x = r.left - f.left + p[0] * scale, y = r.top - f.top + p[1] * scale;
  var w = readout.offsetWidth, h = readout.offsetHeight;
  readout.style.left = Math.max(2, x + 16 + w > f.width ? x - w - 16 : x + 16) + "px";
  readout.style.top = Math.max(2, Math.min(y - h / 2, f.height - h - 2)) + "px";
}

function choose(c, from, to) {
  var flat = Math.abs(to[1] - from[1]) < 14, thin = Math.abs(to[0] - from[0]) < 8;
  function sorted(k) { return [Math.min(from[k], to[k]), Math.max(from[k], to[k])]; }
  return { x: thin || c.fixed ? [c.x.from, c.x.to] : sorted(0),
    y: flat ? [c.y.to, c.y.from] : sorted(1),
    is_any: !(flat && (thin || c.fixed)) };
}

function zoom(c, from, to) {
  var box = choose(c, from, to);
  var x = [value(c.x, box.x[0]), value(c.x, box.x[1])];
  var y = [value(c.y, box.y[1]), value(c.y, box.y[0])];
  function is_long(ends) { return ends[1] - ends[0] > 1e-9 * Math.abs(ends[1]); }
  if (!box.is_any || !is_long(x) || !is_long(y)) { return; }
  c.x.low = x[0]; c.x.high = x[1]; c.y.low = y[0]; c.y.high = y[1];
  c.figure.classList.add("zoomed");
  draw(c);
}

function pointers(c) {
  var from = null;
  function at(e) {
    var p = spot(c, e);
    return [Math.max(c.x.from, Math.min(c.x.to, p[0])),
      Math.max(c.y.to, Math.min(c.y.from, p[1]))];
  }
  c.svg.addEventListener("pointerdown", function (e) {
    if (e.button === 0 && inside(c, spot(c, e))) {
      from = at(e);
      c.svg.setPointerCapture(e.pointerId);
      e.preventDefault();
    }
  });
  c.svg.addEventListener("pointermove", function (e) {
    hover(c, spot(c, e));
    if (!from) { return; }
    var box = choose(c, from, at(e));
    c.choice.classList.toggle("gone", !box.is_any);
    c.choice.setAttribute("x", fix(box.x[0]));
    c.choice.setAttribute("y", fix(box.y[0]));
    c.choice.setAttribute("width", fix(box.x[1] - box.x[0]));
    c.choice.setAttribute("height", fix(box.y[1] - box.y[0]));
  });
  function end(e) {
    if (from && e.type === "pointerup") { zoom(c, from, at(e)); }
    from = null;
    c.choice.classList.add("gone");
  }
  c.svg.addEventListener("pointerup", end);
  c.svg.addEventListener("pointercancel", end);
  c.svg.addEventListener("pointerleave", function () { hover(c, [-1e9, -1e9]); });
  c.svg.addEventListener("dblclick", function () {
    [c.x, c.y].forEach(function (a) { a.low = a.ends[0]; a.high = a.ends[1]; });
    c.figure.classList.remove("zoomed");
    draw(c);
  });
}

// Charts without axes: what is under the pointer says its own text.
function tips(figure, svg, readout) {
  svg.addEventListener("pointermove", function (e) {
    var el = e.target.closest("[data-tip]");
    readout.hidden = !el;
    if (el) {
      var r = svg.getBoundingClientRect(), box = svg.viewBox.baseVal;
      readout.textContent = el.dataset.tip;
      beside(figure, svg, readout, [(e.clientX - r.left) * box.width / r.width,
        (e.clientY - r.top) * box.height / r.height]);
    }
  });
  svg.addEventListener("pointerleave", function () { readout.hidden = true; });
}

document.documentElement.classList.add("scripted");
document.querySelectorAll("figure.chart").forEach(setup);
window.addEventListener("beforeprint", function () {
  document.querySelectorAll("details").forEach(function (d) { d.open = true; });
});
})();
]==]
