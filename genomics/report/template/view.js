// Which stretch of a sequence is seen, and the strip that shows where it lies.

const SIZES = [25, 50, 100, 200, 400, 1000];
//: Pixels that a letter needs, and the most positions that are drawn as letters.
const LEAST_LETTER = 4.6;
const MOST_LETTERS = 400;

// The widest stretch whose letters can be read at this width.
function readableSize(length, width) {
  const choices = [...SIZES.filter((size) => size < length), ...(length <= MOST_LETTERS ? [length] : [])];
  return choices.filter((size) => width / size >= LEAST_LETTER).pop() ?? choices[0] ?? length;
}

function placeWindow(state, length, from) {
  state.size = Math.min(state.size, length);
  state.from = Math.max(0, Math.min(length - state.size, Math.round(from)));
}

// Moves the cursor, and the window with it where it would leave it.
function moveCursor(state, length, position) {
  state.cursor = Math.max(0, Math.min(length - 1, position));
  if (state.cursor < state.from || state.cursor >= state.from + state.size) placeWindow(state, length, state.cursor - state.size / 2);
}

// Where a position of the window lies, as a share of the plot's width.
function share(state, position) {
  return `${(100 * (position - state.from)) / state.size}%`;
}

function positionAt(state, event, target) {
  const box = target.getBoundingClientRect();
  const place = (event.clientX - box.left) / box.width;
  return place < 0 || place > 1 ? null : state.from + Math.min(state.size - 1, Math.floor(place * state.size));
}

// The strip: what all methods together find, planted motifs, and the window; moved by pointer, or by its slider.
function makeOverview(length, onmove) {
  const profile = shape("path", { class: "profile" });
  const frame = shape("rect", { class: "window", y: 0, height: 100 });
  const motifs = shape("g");
  const svg = shape("svg", { class: "strip", viewBox: `0 0 ${length} 100`, preserveAspectRatio: "none", "aria-hidden": "true" }, motifs, profile, frame);
  const slider = element("input", { type: "range", min: 0, step: 1, id: "window-start", oninput: () => onmove(Number(slider.value)) });
  const label = element("label", { for: "window-start" }, "First position shown");
  const made = element("div", { class: "overview" }, svg, element("div", { class: "control slide" }, label, slider));
  const drag = (event, state) => {
    const box = svg.getBoundingClientRect();
    onmove(Math.round(((event.clientX - box.left) / box.width) * length - state.size / 2));
  };
  let current = null;
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    drag(event, current);
  });
  svg.addEventListener("pointermove", (event) => event.buttons && drag(event, current));

  function draw(state, heights, planted) {
    current = state;
    made.hidden = state.size >= length;
    if (made.hidden) return;
    slider.max = length - state.size;
    slider.value = state.from;
    slider.setAttribute("aria-valuetext", `positions ${state.from} to ${state.from + state.size - 1}`);
    frame.setAttribute("x", state.from);
    frame.setAttribute("width", state.size);
    profile.setAttribute("d", heights.map((height, i) => `M${((i * length) / heights.length).toFixed(2)} 100v${(-96 * height).toFixed(1)}h${(length / heights.length).toFixed(2)}V100z`).join(""));
    motifs.replaceChildren(...planted.map(({ start, end, own }) => shape("rect", { class: own ? "planted own" : "planted", x: start, width: end - start, y: 0, height: 100 })));
  }
  return { made, draw };
}

// At most 600 heights in 0..1 along the sequence: the mean over methods of each one's share of its highest stack.
function profileOf(length, letters) {
  const bins = Math.min(length, 600);
  const heights = new Array(bins).fill(0);
  for (const values of letters) {
    const [top, bottom] = reach(values);
    const highest = Math.max(top, -bottom) || 1;
    const own = new Array(bins).fill(0);
    for (let i = 0; i < length; i += 1) {
      const [up, down] = stack(values, i);
      const bin = Math.floor((i * bins) / length);
      own[bin] = Math.max(own[bin], up / highest, -down / highest);
    }
    own.forEach((value, bin) => (heights[bin] += value / letters.length));
  }
  return heights;
}
