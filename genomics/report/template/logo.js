// Logos as SVG paths, one for each base. One position is 1000 wide; y grows downwards, `unit` high for a score of 1.

const POSITION = 1000;
const LETTER_WIDTH = 0.94;

// Letters of positions from..until - 1. The smallest stands next to the axis, positive ones stacked upwards, negative
// ones downwards and upside down.
function logoPaths(outlines, values, from, until, unit) {
  const parts = [[], [], [], []];
  const order = [0, 1, 2, 3];
  for (let i = from; i < until; i += 1) {
    const at = (base) => values[4 * i + base];
    order.sort((a, b) => Math.abs(at(a)) - Math.abs(at(b)));
    let up = 0;
    let down = 0;
    for (const base of order) {
      const value = at(base);
      if (!value) continue; // 0 or unknown
      const foot = value > 0 ? up : down;
      if (value > 0) up += value;
      else down += value;
      letter(parts[base], outlines[BASES[base]], (i - from) * POSITION, -foot * unit, -value * unit);
    }
  }
  return parts.map((part) => part.join(""));
}

function letter(part, outline, left, foot, height) {
  const x0 = left + (POSITION * (1 - LETTER_WIDTH)) / 2;
  const width = POSITION * LETTER_WIDTH;
  for (const command of outline) {
    let text = command[0];
    for (let i = 1; i < command.length; i += 2) {
      text += `${Math.round(x0 + width * command[i])} ${Math.round(foot + height * command[i + 1])} `;
    }
    part.push(text);
  }
}

// Where letters would be narrower than a pen: the highest and the deepest stack of each of `bins` stretches.
function barPaths(values, from, until, unit, bins) {
  const each = (until - from) / bins;
  const up = [];
  const down = [];
  for (let bin = 0; bin < bins; bin += 1) {
    let top = 0;
    let bottom = 0;
    const end = Math.min(until, Math.max(from + Math.ceil((bin + 1) * each), from + Math.floor(bin * each) + 1));
    for (let i = from + Math.floor(bin * each); i < end; i += 1) {
      const [high, low] = stack(values, i);
      top = Math.max(top, high);
      bottom = Math.min(bottom, low);
    }
    const x = Math.round(bin * each * POSITION);
    const width = Math.round(each * POSITION);
    if (top) up.push(`M${x} 0h${width}v${Math.round(-top * unit)}h${-width}z`);
    if (bottom) down.push(`M${x} 0h${width}v${Math.round(-bottom * unit)}h${-width}z`);
  }
  return [up.join(""), down.join("")];
}

// Heights of the positive and the negative stack at one position.
function stack(values, i) {
  let up = 0;
  let down = 0;
  for (let base = 0; base < 4; base += 1) {
    const value = values[4 * i + base];
    if (value > 0) up += value;
    else if (value < 0) down += value;
  }
  return [up, down];
}

// The highest and the deepest stack of a whole sequence.
function reach(values) {
  let top = 0;
  let bottom = 0;
  for (let i = 0; i < values.length / 4; i += 1) {
    const [up, down] = stack(values, i);
    top = Math.max(top, up);
    bottom = Math.min(bottom, down);
  }
  return [top, bottom];
}

// Heights in bits of a motif's letters: probability times the information of its position, 2 - entropy.
function bits(rows) {
  const values = new Float32Array(rows.length * 4);
  rows.forEach((row, i) => {
    const information = 2 + row.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);
    row.forEach((p, base) => (values[4 * i + base] = p * information));
  });
  return values;
}

// A motif as it reads on the other strand: A C G T in reverse is T G C A.
function otherStrand(rows) {
  return [...rows].reverse().map((row) => [...row].reverse());
}

// A motif's logo of at most two bits, on an axis of positions first..end that it shares with its partner.
function motifLogo(outlines, rows, start, first, end, label) {
  const values = bits(rows);
  const paths = logoPaths(outlines, values, 0, rows.length, 1000);
  const letters = paths.map((d, base) => shape("path", { d, class: `base-${BASES[base]}`, transform: `translate(${(start - first) * POSITION} 0)` }));
  const axis = shape("path", { d: `M0 0h${(end - first) * POSITION}`, class: "zero" });
  return shape(
    "svg",
    { class: "motif", viewBox: `0 -2000 ${(end - first) * POSITION} 2030`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    axis, letters,
  );
}
