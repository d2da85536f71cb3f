// Scores out of the payload: base64 of 16-bit whole numbers, each times the scale of its task; -32768 is unknown.

const BASES = "ACGT";
const UNKNOWN = -32768;
const decoded = new Map();
let decodedFor = "";

// (L x 4) scores of one method for one sequence and task, row by row; columns A C G T.
function scoresOf(scores, number, row, task) {
  const place = `${row} ${task}`;
  if (decodedFor !== place) {
    decoded.clear();
    decodedFor = place;
  }
  if (!decoded.has(number)) decoded.set(number, decode(scores, scores.methods[number], row, task));
  return decoded.get(number);
}

function decode(scores, method, row, task) {
  const length = scores.length;
  const count = length * method.columns;
  const scale = method.scale[row][task];
  // Only the characters that hold this task: three bytes lie in four characters.
  const first = task * count * 2;
  const from = Math.floor(first / 3) * 4;
  const until = Math.ceil((first + count * 2) / 3) * 4;
  const bytes = Uint8Array.from(atob(method.data[row].slice(from, until)), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer, first - (from / 4) * 3, count * 2);
  const read = (place) => {
    const value = view.getInt16(2 * place, true);
    return value === UNKNOWN ? NaN : value * scale;
  };
  const values = new Float32Array(length * 4);
  const bases = scores.bases[row];
  for (let i = 0; i < length; i += 1) {
    if (method.columns === 4) for (let b = 0; b < 4; b += 1) values[4 * i + b] = read(4 * i + b);
    else {
      const base = BASES.indexOf(bases[i]);
      if (base >= 0) values[4 * i + base] = read(i);
    }
  }
  return values;
}

// What the letters of a method's logo are as high as. Of mutation effects: what each observed base is worth, its own
// effect less the mean of the three substitutions.
function lettersOf(scores, number, row, task, observedOnly) {
  const values = scoresOf(scores, number, row, task);
  const effects = scores.methods[number].effects;
  if (!effects && !observedOnly) return values;
  const bases = scores.bases[row];
  const letters = new Float32Array(values.length);
  for (let i = 0; i < scores.length; i += 1) {
    const base = BASES.indexOf(bases[i]);
    if (base < 0) continue;
    const own = values[4 * i + base];
    let others = 0;
    for (let b = 0; b < 4; b += 1) if (b !== base) others += values[4 * i + b] / 3;
    letters[4 * i + base] = effects ? own - others : own;
  }
  return letters;
}
