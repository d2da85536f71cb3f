// One method, one row: its name and scale beside (on a phone above) its logo.

function makeTrack(scores, number) {
  const method = scores.methods[number];
  const value = element("span", { class: "value" });
  const scale = element("span", { class: "scale" });
  const letters = [...BASES].map((base) => shape("path", { class: `base-${base}` }));
  const bars = ["up", "down"].map((side) => shape("path", { class: `bar-${side}` }));
  const motifs = shape("g");
  const axis = shape("path", { class: "zero" });
  const svg = shape("svg", { class: "plot", preserveAspectRatio: "none", role: "img" }, motifs, axis, letters, bars);
  const empty = element("span", { class: "empty", hidden: true }, "all scores are 0");
  const name = element("span", { class: "name", title: `${method.definition ?? ""}\n${method.citation ?? ""}` }, method.name.replaceAll("_", " "));
  const unit = method.effects ? "minus mean effect" : method.label;
  const label = element("div", { class: "label" }, name, element("span", { class: "unit" }, unit), element("span", { class: "numbers" }, scale, value));
  const made = element("div", { class: "track", "data-method": method.name }, label, element("div", { class: "cell" }, svg, empty));
  let values = null;

  function load(state) {
    values = lettersOf(scores, number, state.row, state.task, state.observed ?? method.dense);
    return values;
  }

  function draw(state, planted) {
    const [top, bottom] = reach(values);
    const highest = Math.max(top, -bottom);
    const unitHeight = 1000 / (highest || 1);
    const until = state.from + state.size;
    const room = 60;
    const y0 = -top * unitHeight - room;
    const height = (top - bottom) * unitHeight + 2 * room;
    svg.setAttribute("viewBox", `0 ${y0} ${state.size * POSITION} ${height}`);
    const asLetters = state.size <= MOST_LETTERS;
    const paths = asLetters ? logoPaths(report.letters, values, state.from, until, unitHeight) : ["", "", "", ""];
    const stacks = asLetters ? ["", ""] : barPaths(values, state.from, until, unitHeight, Math.min(state.size, 700));
    letters.forEach((path, base) => path.setAttribute("d", paths[base]));
    bars.forEach((path, side) => path.setAttribute("d", stacks[side]));
    axis.setAttribute("d", `M0 0h${state.size * POSITION}`);
    motifs.replaceChildren(...boxes(state, planted, y0, height, POSITION));
    svg.setAttribute("aria-label", `${method.name}: letters from ${significant(bottom)} to ${significant(top)}, positions ${state.from} to ${until - 1}`);
    empty.hidden = highest > 0;
    scale.textContent = highest ? `${significant(bottom)} … ${top > 0 ? "+" : ""}${significant(top)}` : "";
    point(state);
  }

  function point(state) {
    if (state.cursor === null) {
      value.textContent = "";
      return;
    }
    const base = BASES.indexOf(scores.bases[state.row][state.cursor]);
    const own = base < 0 ? null : values[4 * state.cursor + base];
    value.textContent = own === null ? "N" : `${own > 0 ? "+" : ""}${significant(own)}`;
  }
  return { made, load, draw, point };
}

// Frames of the planted motifs that the window shows; those of the chosen task stand out.
function boxes(state, planted, y, height, position) {
  return planted
    .filter(({ start, end }) => end > state.from && start < state.from + state.size)
    .map(({ start, end, own }) => shape("rect", { class: own ? "planted own" : "planted", x: (start - state.from) * position, width: (end - start) * position, y, height }));
}

// The lane above the tracks: which factor was planted, on which strand; names that would overlap go below each other.
function drawNames(lane, state, planted, width) {
  const ends = [];
  const names = planted
    .filter(({ start, end }) => end > state.from && start < state.from + state.size)
    .map(({ start, end, factor, strand, own }) => {
      const text = `${factor} ${strand === "+" ? "→" : "←"}`;
      const needed = (7.2 * text.length + 10) / width;
      const middle = Math.min(1 - needed / 2, Math.max(needed / 2, ((start + end) / 2 - state.from) / state.size));
      let level = ends.findIndex((last) => last <= middle - needed / 2);
      if (level < 0) level = ends.length;
      ends[level] = middle + needed / 2;
      const name = element("span", { class: own ? "motif-name own" : "motif-name", title: `${factor}, ${strand} strand, positions ${start} to ${end - 1}` }, text);
      name.style.left = `${100 * middle}%`;
      name.style.top = `${17 * level}px`;
      return name;
    });
  lane.style.height = `${17 * ends.length}px`;
  lane.replaceChildren(...names);
}

// Marks stand at round numbers: of the genome where the sequence has a place in one.
function drawAxis(lane, state, width) {
  const offset = state.offset ?? 0;
  const room = offset ? 110 : 80;
  const marks = ticks(state.from + offset, state.from + offset + state.size - 1, Math.max(2, Math.floor(width / room))).filter(Number.isInteger);
  lane.replaceChildren(...marks.map((position) => {
    const mark = element("span", { class: "axis-tick" }, whole(position));
    mark.style.left = share(state, position - offset + 0.5);
    return mark;
  }));
}

// The sequence itself, where its letters can be read.
function drawSequence(svg, scores, state, width) {
  const shown = width / state.size >= LEAST_LETTER && state.size <= MOST_LETTERS;
  svg.parentElement.parentElement.hidden = !shown;
  if (!shown) return;
  const values = new Float32Array(4 * scores.length);
  [...scores.bases[state.row]].forEach((base, i) => BASES.includes(base) && (values[4 * i + BASES.indexOf(base)] = 1));
  const paths = logoPaths(report.letters, values, state.from, state.from + state.size, 1000);
  svg.setAttribute("viewBox", `0 -1000 ${state.size * POSITION} 1000`);
  svg.replaceChildren(...paths.map((d, base) => shape("path", { d, class: `base-${BASES[base]}` })));
}
