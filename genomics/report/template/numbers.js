// Numbers as people read them: a true minus sign, a dash where nothing is known.

const NOTHING = "–";

function known(value) {
  return value !== null && value !== undefined && Number.isFinite(value);
}

function fixed(value, digits = 3) {
  const text = known(value) ? value.toFixed(digits) : NOTHING;
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

function signed(value, digits = 2) {
  return known(value) && value >= 0 ? `+${fixed(value, digits)}` : fixed(value, digits);
}

function whole(value) {
  return known(value) ? Math.round(value).toLocaleString("en") : NOTHING;
}

function percent(value, digits = 1) {
  return known(value) ? `${(100 * value).toFixed(digits)} %` : NOTHING;
}

// Small numbers such as q-values.
function small(value) {
  if (!known(value)) return NOTHING;
  if (value === 0 || value >= 0.001) return String(Number(value.toPrecision(2)));
  const [digits, exponent] = value.toExponential(0).split("e");
  return `${digits}e−${Math.abs(Number(exponent))}`;
}

// Three significant digits, for scores of any size.
function significant(value) {
  if (!known(value)) return NOTHING;
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000 || size < 0.001) return value.toExponential(1).replaceAll("-", "−");
  return fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function probability(logit) {
  return 1 / (1 + Math.exp(-logit));
}

// A probability that is neither 0 nor 1 is never printed as such.
function chance(logit) {
  const p = probability(logit);
  if (p < 0.0005) return "< 0.001";
  if (p > 0.9995) return "> 0.999";
  return p.toFixed(3);
}

// Round numbers that divide lowest..highest into at most `most` steps.
function ticks(lowest, highest, most = 5) {
  const span = highest - lowest || 1;
  const raw = span / most;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((each) => each >= raw * 0.999);
  const found = [];
  for (let i = Math.ceil(lowest / step - 1e-9); i * step <= highest + step * 1e-9; i += 1) found.push(Number((i * step).toPrecision(10)));
  return found;
}

// A tick in as few digits as it needs.
function tickText(value) {
  const size = Math.abs(value);
  return size >= 1e15 || (size > 0 && size < 1e-4) ? value.toExponential(0).replaceAll("-", "−") : value.toLocaleString("en", { maximumFractionDigits: 6 }).replace("-", "−");
}
