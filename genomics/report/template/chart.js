// Line charts, drawn at the width that they have, with the values under the pointer or the arrow keys.

const MARGIN = { left: 46, right: 12, top: 10, bottom: 34 };

// series: [{ name, kind (a class that gives the colour), x, y, low, high }]; lines: [{ name, y }], horizontal.
function lineChart({ label, xLabel, yLabel, series, lines = [], xRange = null, yRange = null, marks = [], height = 230, describe = null }) {
  const readout = element("p", { class: "readout", "aria-live": "polite" });
  const canvas = element("div", { class: "canvas", tabindex: "0", role: "group", "aria-label": `${label}. Arrow keys show the values.` });
  const legend = element("p", { class: "legend" },
    series.filter((each) => each.name && !each.quiet).map((each) => element("span", { class: `key ${each.kind}` }, each.name)),
    lines.filter((each) => each.name).map((each) => element("span", { class: "key ceiling" }, each.name)),
    marks.filter((each) => each.name).map((each) => element("span", { class: "key mark" }, each.name)));
  const xs = series.flatMap((each) => each.x);
  const ys = [...series.flatMap((each) => [...each.y, ...(each.low ?? []), ...(each.high ?? [])]), ...lines.map((each) => each.y)].filter(known);
  const points = [...new Set(xs)].sort((a, b) => a - b);
  const counted = points.every(Number.isInteger);  // epochs: there is none between two
  let cursor = null;
  let place = null;

  function draw(width) {
    const [x0, x1] = xRange ?? [Math.min(...xs), Math.max(...xs)];
    let [y0, y1] = yRange ?? [Math.min(...ys), Math.max(...ys)];
    if (!yRange) {
      const room = 0.05 * (y1 - y0 || 1);
      [y0, y1] = [y0 - room, y1 + room];
    }
    const innerWidth = width - MARGIN.left - MARGIN.right;
    const innerHeight = height - MARGIN.top - MARGIN.bottom;
    const x = (value) => MARGIN.left + (innerWidth * (value - x0)) / (x1 - x0 || 1) + (x1 === x0 ? innerWidth / 2 : 0);
    const y = (value) => MARGIN.top + innerHeight * (1 - (value - y0) / (y1 - y0 || 1));
    const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
    for (const tick of ticks(y0, y1, 5)) {
      svg.append(shape("line", { class: "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
        shape("text", { class: "tick end", x: MARGIN.left - 7, y: y(tick) + 4 }, tickText(tick)));
    }
    for (const tick of ticks(x0, x1, Math.max(2, Math.floor(innerWidth / 70)))) {
      if (counted && !Number.isInteger(tick)) continue;
      const side = x(tick) > width - 30 ? "end" : "middle";
      svg.append(shape("text", { class: `tick ${side}`, x: side === "end" ? width : x(tick), y: height - MARGIN.bottom + 16 }, tickText(tick)));
    }
    svg.append(shape("text", { class: "tick middle", x: MARGIN.left + innerWidth / 2, y: height - 3 }, xLabel));
    for (const line of lines) svg.append(shape("line", { class: "ceiling", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(line.y), y2: y(line.y) }));
    for (const each of series) {
      const path = (values) => values.map((value, i) => (known(value) ? [x(each.x[i]), y(value)] : null));
      if (each.low) svg.append(shape("path", { class: `band ${each.kind}`, d: area(path(each.low), path(each.high)) }));
      svg.append(shape("path", { class: `line ${each.kind}`, d: polyline(path(each.y)) }));
      if (each.x.length === 1) svg.append(shape("circle", { class: `dot ${each.kind}`, cx: x(each.x[0]), cy: y(each.y[0]), r: 3 }));
    }
    for (const mark of marks) svg.append(shape("circle", { class: "mark", cx: x(mark.x), cy: y(mark.y), r: 4 }));
    const rule = shape("line", { class: "cursor", y1: MARGIN.top, y2: height - MARGIN.bottom, visibility: "hidden" });
    svg.append(rule);
    canvas.replaceChildren(svg);
    place = { x, rule, at: (pixel) => x0 + ((pixel - MARGIN.left) / innerWidth) * (x1 - x0) };
    if (cursor !== null) show(cursor);
  }

  function show(number) {
    cursor = Math.max(0, Math.min(points.length - 1, number));
    const value = points[cursor];
    for (const name of ["x1", "x2"]) place.rule.setAttribute(name, place.x(value));
    place.rule.setAttribute("visibility", "visible");
    const told = series.filter((each) => each.name && each.x.includes(value)).map((each) => `${each.name} ${significant(each.y[each.x.indexOf(value)])}`);
    readout.textContent = describe ? describe(value) : `${xLabel} ${tickText(value)}: ${told.join(", ")}`;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!place) return;
    const wanted = place.at(event.clientX - canvas.getBoundingClientRect().left);
    show(points.reduce((best, value, i) => (Math.abs(value - wanted) < Math.abs(points[best] - wanted) ? i : best), 0));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (!step || !place) return;
    event.preventDefault();
    show(cursor === null ? 0 : cursor + step);
  });
  drawWhenSized(canvas, draw);
  return element("figure", { class: "chart" }, element("figcaption", {}, yLabel), legend, canvas, readout);
}

// A path through points, interrupted where one is null.
function polyline(points) {
  let pen = "M";
  let text = "";
  for (const point of points) {
    if (point) text += `${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    pen = point ? "L" : "M";
  }
  return text;
}

function area(low, high) {
  const kept = low.map((point, i) => [point, high[i]]).filter(([a, b]) => a && b);
  if (!kept.length) return "";
  return `${polyline([...kept.map(([a]) => a), ...kept.map(([, b]) => b).reverse()])}Z`;
}
