--- What a pointer does on parallel coordinates (parallel.lua): the nearest line says its values,
--- a stroke along a rail leaves those that pass through it, names of fifths take theirs away. The
--- second part of a page's script. Layer: page.

return [==[
(function () {
"use strict";
var NS = "http://www.w3.org/2000/svg", NEAR = 14, WIDE = 24;

function show(text) {
  var x = parseFloat(text), size = Math.abs(x);
  if (!(size < 1e15) || size < 1e-3 && size > 0) { return text.replace(/e([+-])0*/, "e$1")
    .replace("e+", "e"); }
  return size >= 1e4 ? x.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",")
    : String(parseFloat(x.toPrecision(4)));
}

function setup(figure) {
  var svg = figure.querySelector("svg[data-rails]"), readout = figure.querySelector(".readout");
  if (!svg) { return; }
  var ends = svg.dataset.rails.split(" ").map(Number), chosen = null, from = null;
  var rails = [].map.call(svg.querySelectorAll(".rail"), function (g) {
    return { x: +g.dataset.x, name: g.dataset.name, g: g, span: null, box: null,
      labels: g.dataset.labels ? g.dataset.labels.split("\n") : null };
  });
  var lines = [].map.call(svg.querySelectorAll(".through"), function (el) {
    var ys = el.getAttribute("d").match(/[\d.]+/g).map(Number).filter(function (_, i) {
      return i % 2 === 1;
    });
    return { el: el, ys: ys, values: el.dataset.v.split(" ") };
  });

  function make(name, cls, parent) {
    var el = document.createElementNS(NS, name);
    el.setAttribute("class", cls);
    parent.appendChild(el);
    return el;
  }
  var mark = make("path", "chosen gone", svg);

  function spot(e) {
    var r = svg.getBoundingClientRect(), box = svg.viewBox.baseVal;
    return [(e.clientX - r.left) * box.width / r.width,
      (e.clientY - r.top) * box.height / r.height];
  }
  function is_on(line) {
    return !line.el.classList.contains("gone") && !line.el.classList.contains("out");
  }
  function nearest(p) {
    var k = 0, best = null;
    while (k + 2 < rails.length && rails[k + 1].x < p[0]) { k++; }
    var a = rails[k], b = rails[Math.min(k + 1, rails.length - 1)];
    var t = b.x > a.x ? Math.max(0, Math.min(1, (p[0] - a.x) / (b.x - a.x))) : 0;
    lines.forEach(function (line) {
      if (!is_on(line)) { return; }
      var y = line.ys[k] * (1 - t) + line.ys[Math.min(k + 1, line.ys.length - 1)] * t;
      var far = Math.abs(y - p[1]);
      if (far <= NEAR && (!best || far <= best.far)) { best = { far: far, line: line }; }
    });
    return best && best.line;
  }
  function row(parts) {
    var div = document.createElement("div");
    parts.forEach(function (part, i) {
      var el = document.createElement(i === 1 ? "b" : "span");
      el.textContent = part;
      div.appendChild(el);
    });
    readout.appendChild(div);
  }
  function tell(line, p) {
    chosen = line;
    mark.classList.toggle("gone", !line);
    readout.hidden = !line;
    if (!line) { return; }
    mark.setAttribute("d", line.el.getAttribute("d"));
    readout.textContent = "";
    row([line.el.dataset.name]);
    rails.forEach(function (rail, k) {
      var v = line.values[k];
      if (v !== "-") { row([rail.name + " ", rail.labels ? rail.labels[v - 1] : show(v)]); }
    });
    var r = svg.getBoundingClientRect(), f = figure.getBoundingClientRect();
    var scale = r.width / svg.viewBox.baseVal.width;
    var x = r.left - f.left + p[0] * scale, y = r.top - f.top + p[1] * scale;
    var w = readout.offsetWidth, h = readout.offsetHeight;
    readout.style.left = Math.max(2, x + 16 + w > f.width ? x - w - 16 : x + 16) + "px";
    readout.style.top = Math.max(2, Math.min(y - h / 2, f.height - h - 2)) + "px";
  }

  // Lines that miss a stroke on any rail go back.
  function filter() {
    lines.forEach(function (line) {
      var is_out = rails.some(function (rail, k) {
        return rail.span && (line.ys[k] < rail.span[0] || line.ys[k] > rail.span[1]);
      });
      line.el.classList.toggle("out", is_out);
    });
  }
  function brush(rail, y0, y1) {
    var low = Math.max(ends[0] - 6, Math.min(y0, y1));
    var high = Math.min(ends[1] + 6, Math.max(y0, y1));
    if (high - low < 5) { rail.span = null; } else { rail.span = [low, high]; }
    rail.box = rail.box || make("rect", "choice", rail.g);
    rail.box.setAttribute("class", rail.span ? "choice" : "choice gone");
    rail.box.setAttribute("x", rail.x - 8);
    rail.box.setAttribute("width", 16);
    rail.box.setAttribute("y", low);
    rail.box.setAttribute("height", Math.max(0, high - low));
    filter();
  }

  svg.classList.add("live");
  svg.addEventListener("pointerdown", function (e) {
    var p = spot(e), rail = rails.filter(function (r) { return Math.abs(r.x - p[0]) < WIDE; })[0];
    if (e.button === 0 && rail) {
      from = { rail: rail, y: p[1] };
      svg.setPointerCapture(e.pointerId);
      e.preventDefault();
    }
  });
  svg.addEventListener("pointermove", function (e) {
    var p = spot(e);
    if (from) { brush(from.rail, from.y, p[1]); }
    tell(from ? null : nearest(p), p);
  });
  function end(e) {
    if (from && e.type === "pointerup") { brush(from.rail, from.y, spot(e)[1]); }
    from = null;
  }
  svg.addEventListener("pointerup", end);
  svg.addEventListener("pointercancel", end);
  svg.addEventListener("pointerleave", function () { if (chosen) { tell(null); } });
  svg.addEventListener("dblclick", function () {
    rails.forEach(function (rail) { if (rail.span) { brush(rail, 0, 0); } });
  });

  figure.querySelectorAll(".key[data-class]").forEach(function (key) {
    function flip() {
      var off = key.classList.toggle("off");
      lines.forEach(function (line) {
        if (line.el.classList.contains(key.dataset.class)) {
          line.el.classList.toggle("gone", off);
        }
      });
      key.setAttribute("aria-pressed", String(!off));
    }
    key.setAttribute("role", "button");
    key.setAttribute("tabindex", "0");
    key.setAttribute("aria-pressed", "true");
    key.addEventListener("click", flip);
    key.addEventListener("keydown", function (e) {
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); flip(); }
    });
  });
}

document.querySelectorAll("figure.chart").forEach(setup);
})();
]==]
