// In-silico mutagenesis as a heat map: four bases by the positions of the window.

const LEVELS = 20;

function makeHeatMap(scores, number, state, { onpoint }) {
  const method = scores.methods[number];
  const svg = shape("svg", { class: "plot heat", preserveAspectRatio: "none", role: "img", "aria-label": `Effects of all substitutions: ${method.effects}` });
  const frame = element("span", { class: "cell-cursor", hidden: true });
  const cell = element("div", { class: "cell" }, svg, frame);
  const rows = element("div", { class: "label bases", "aria-hidden": "true" }, [...BASES].map((base) => element("span", { class: `text-${base}` }, base)));
  const readout = element("p", { class: "readout", "aria-live": "polite", id: "heat-readout" });
  const lowest = element("span");
  const highest = element("span");
  const legend = element("p", { class: "ramp" }, lowest, element("span", { class: "gradient", "aria-hidden": "true" }), highest, element("span", {}, method.effects), element("span", { class: "note" }, "dot: the observed base"));
  const map = element("div", {
    class: "track heat-track", tabindex: "0", role: "application", "aria-roledescription": "heat map", "aria-describedby": "heat-readout",
    "aria-label": `Effects of all substitutions, ${method.effects}. Arrow keys move the cell.`, id: "heat-map",
  }, rows, cell);
  let values = null;

  function load() {
    values = scoresOf(scores, number, state.row, state.task);
  }

  function draw(planted) {
    const limit = values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0) || 1;
    lowest.textContent = fixedLike(-limit);
    highest.textContent = fixedLike(limit);
    svg.setAttribute("viewBox", `0 0 ${state.size * 100} 400`);
    svg.replaceChildren(...cells(limit), observed(), ...boxes(state, planted, 2, 396, 100));
    point();
  }

  // One path for each colour: far fewer elements than cells.
  function cells(limit) {
    const bins = Math.min(state.size, 1000);
    const width = (100 * state.size) / bins;
    const paths = new Map();
    for (let bin = 0; bin < bins; bin += 1) {
      const first = state.from + Math.floor((bin * state.size) / bins);
      const end = state.from + Math.max(Math.floor(((bin + 1) * state.size) / bins), first - state.from + 1);
      for (let base = 0; base < 4; base += 1) {
        let value = values[4 * first + base];
        for (let i = first + 1; i < end; i += 1) if (Math.abs(values[4 * i + base]) > Math.abs(value) || Number.isNaN(value)) value = values[4 * i + base];
        const level = Number.isNaN(value) ? "unknown" : Math.sign(value) * Math.ceil((LEVELS * Math.abs(value)) / limit - 0.5);
        if (level !== 0) paths.set(level, `${paths.get(level) ?? ""}M${(bin * width).toFixed(1)} ${100 * base}h${width.toFixed(1)}v100h${(-width).toFixed(1)}z`);
      }
    }
    return [...paths].map(([level, d]) => (level === "unknown" ? shape("path", { d, class: "unknown" }) : shape("path", { d, class: level > 0 ? "rise" : "fall", "fill-opacity": (Math.abs(level) / LEVELS).toFixed(2) })));
  }

  function observed() {
    if (state.size > MOST_LETTERS) return shape("g");
    let d = "";
    for (let i = state.from; i < state.from + state.size; i += 1) {
      const base = BASES.indexOf(scores.bases[state.row][i]);
      if (base >= 0) d += `M${100 * (i - state.from) + 50} ${100 * base + 50}h0`;
    }
    return shape("path", { d, class: "observed" });
  }

  function point() {
    frame.hidden = state.cursor === null || state.base === null;
    if (state.cursor === null) {
      readout.textContent = "Point at a cell, or use the arrow keys, to read its value.";
      return;
    }
    const own = scores.bases[state.row][state.cursor];
    if (!frame.hidden) {
      frame.style.left = share(state, state.cursor);
      frame.style.width = `${100 / state.size}%`;
      frame.style.top = `${25 * state.base}%`;
    }
    readout.textContent = state.base === null ? told(scores, state, own) : effect(own);
  }

  function effect(own) {
    const value = values[4 * state.cursor + state.base];
    const alternative = BASES[state.base];
    const place = `${positionName(scores, state)}: ${own} → ${alternative}`;
    if (Number.isNaN(value)) return `${place}: not known`;
    if (alternative === own && method.gauge !== "centred") return `${positionName(scores, state)}: ${own}, the observed base`;
    const logit = scores.logits[state.row][state.task];
    const after = method.gauge === "delta" && (scores.unit ?? "logit") === "logit" ? `; p ${chance(logit)} → ${chance(logit + value)}` : "";
    return `${place}: ${value >= 0 ? "+" : ""}${significant(value)}, ${method.effects}${after}`;
  }

  const follow = (event) => {
    const position = positionAt(state, event, cell);
    const box = cell.getBoundingClientRect();
    if (position !== null) onpoint(position, Math.max(0, Math.min(3, Math.floor((4 * (event.clientY - box.top)) / box.height))));
  };
  cell.addEventListener("pointermove", follow);
  cell.addEventListener("pointerdown", follow);
  map.addEventListener("keydown", (event) => {
    const step = steps(event);
    const row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === null && row === undefined) return;
    event.preventDefault();
    const base = Math.max(0, Math.min(3, (state.base ?? 0) + (row ?? 0)));
    onpoint(state.cursor === null ? state.from : Math.max(0, Math.min(scores.length - 1, state.cursor + (step ?? 0))), base);
  });
  return { map, readout, legend, load, draw, point };
}

function fixedLike(value) {
  return `${value > 0 ? "+" : ""}${significant(value)}`;
}

// How far a key moves along the sequence; null for another key.
function steps(event) {
  const step = event.shiftKey ? 10 : 1;
  return { ArrowRight: step, ArrowLeft: -step, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key] ?? null;
}

// The position under the cursor: of the genome, from 1, where the sequence has a place in one.
function positionName(scores, state) {
  const place = scores.places?.[state.row];
  return place ? `${place.chrom}:${whole(place.start + state.cursor + 1)}` : `Position ${state.cursor}`;
}

// The position under the cursor in words.
function told(scores, state, own) {
  const motifs = (scores.planted?.[state.row] ?? []).filter(({ start, end }) => start <= state.cursor && state.cursor < end);
  const where = motifs.map(({ factor, strand }) => `planted ${factor}, ${strand} strand`).join("; ");
  return `${positionName(scores, state)}: ${own}${where ? `, in ${where}` : ""}`;
}
