// The largest effects of a scan; of alleles with their names, outputs, percentiles, and logos of both.

const LONG_ALLELE = 8;

// An allele's letters, the middle of long ones left out.
function alleleText(text) {
  if (!text) return "?";
  return text.length > LONG_ALLELE ? `${text.slice(0, LONG_ALLELE - 3)}… (${whole(text.length)} nt)` : text;
}

function changeText({ ref, alt }) {
  const gained = ref && alt ? alt.length - ref.length : 0;
  const bases = Math.abs(gained) === 1 ? "base" : "bases";
  return element("span", { class: "unbroken" }, element("span", { class: "dna" }, `${alleleText(ref)} → ${alleleText(alt)}`), gained ? element("small", {}, ` ${gained > 0 ? "+" : "−"}${whole(Math.abs(gained))} ${bases}`) : null);
}

function largest(scan, task) {
  const rows = (scan.top ?? []).filter((entry) => entry.task === task);
  if (!rows.length) return null;
  const has = (name) => rows.some((entry) => known(entry[name]) || typeof entry[name] === "string");
  const effects = "effect" in rows[0];
  const columns = [
    ["", "r", (entry, i) => String(i + 1)],
    ["Position", "l", (entry) => element("span", { class: "unbroken" }, `${entry.chrom}:${whole(entry.position)}`)],
    has("id") ? ["Name", "l", (entry) => entry.id ?? NOTHING] : null,
    has("alt") ? ["Change", "l", changeText] : null,
    [effects ? `Effect${scan.effect_unit ? `, ${scan.effect_unit}` : ""}` : capital(scan.unit ?? "logit"), "r", (entry) => signed(entry.effect ?? entry.logit, 2)],
    has("percentile") ? ["Percentile", "r", (entry) => fixed(entry.percentile, 1)] : null,
    ...[["output_ref", "REF"], ["output_alt", "ALT"]].map(([name, allele]) => (has(name) ? [`${capital(scan.unit ?? "logit")}, ${allele}`, "r", (entry) => signed(entry[name], 2)] : null)),
  ].filter(Boolean);
  const found = table(`The ${rows.length} largest, ${task}`, columns.map(([head]) => head), rows.map((entry, i) => columns.map(([, , cell]) => cell(entry, i))), columns.map(([, align]) => align));
  return element("div", {}, found, scan.background ? element("p", { class: "note" }, `Percentile: share of ${scan.background.split(" (")[0]} whose |effect| is smaller.`) : null);
}

// How large effects are, by the bases that an allele gains or loses; nothing where all are substitutions.
function byLength(scan, task) {
  if (!scan.lengths?.some((entry) => entry.least)) return null;
  const name = ({ least, most }) => {
    if (!least) return "substitution";
    const sizes = [Math.abs(least), most === null ? null : Math.abs(most)];
    const text = sizes[1] === null ? `${sizes[0]} or more` : sizes[0] === sizes[1] ? whole(sizes[0]) : `${sizes[0]} to ${sizes[1]}`;
    return `${least < 0 ? "deletion" : "insertion"}, ${text}`;
  };
  const rows = scan.lengths.map((entry) => [name(entry), whole(entry.alleles), significant(entry.mean[task])]);
  return table(`Effects by the bases lost or gained, ${task}`, ["Alleles", "How many", `Mean |effect|${scan.effect_unit ? `, ${scan.effect_unit}` : ""}`], rows, ["l", "r", "r"]);
}

function alleleLogos(scan, task) {
  const rows = (scan.top ?? []).filter((entry) => entry.task === task && entry.logos);
  if (!rows.length) return scan.no_logos ? element("p", { class: "note" }, `No logos of the alleles: ${scan.no_logos}.`) : null;
  return element("div", {}, element("h3", {}, `Both alleles, ${task}`),
    element("p", { class: "lead" }, `What each base is worth around the largest effects: minus the mean effect of its three substitutions, in ${scan.unit ?? "logit"}. A site that is lost stands in the upper logo alone, one that is made in the lower.`),
    element("div", { class: "cards alleles" }, rows.map((entry) => alleleCard(scan, entry))));
}

function alleleCard(scan, entry) {
  const { logos } = entry;
  const columns = Math.max(...["ref", "alt"].map((side) => logos[side].bases.length - logos[side].allele)) + logos.room;
  const drawn = ["ref", "alt"].map((side) => alleleColumns(logos, side, columns));
  const reaches = drawn.map(reach);
  const high = Math.max(0, ...reaches.map(([top]) => top));
  const low = Math.min(0, ...reaches.map(([, bottom]) => bottom));
  const rows = ["REF", "ALT"].map((name, i) => {
    const output = i ? entry.output_alt : entry.output_ref;
    return element("div", { class: "allele" }, element("span", { class: "note" }, element("strong", {}, name), known(output) ? ` ${signed(output)}` : ""), alleleLogo(logos, drawn[i], columns, high, low, `${name} of ${entry.id ?? entry.chrom}`));
  });
  const place = entry.position + logos.from;
  const around = { chrom: entry.chrom, start: Math.max(0, place - 1), end: place - 1 + columns };
  const links = scan.assembly ? browserAddresses(scan.assembly, around).flatMap(([name, href]) => [" ", element("a", { href, rel: "noreferrer", target: "_blank" }, `${name} ↗`)]) : [];
  const percentile = known(entry.percentile) ? `, percentile ${fixed(entry.percentile, 1)}` : "";
  return element("article", { class: "card motif-card" },
    element("header", {}, element("h4", {}, entry.id ?? `${entry.chrom}:${whole(entry.position)}`), changeText(entry)),
    element("p", { class: "note" }, `Effect ${signed(entry.effect)} ${scan.effect_unit ?? ""}${percentile}`), rows,
    element("p", { class: "note" }, `From ${entry.chrom}:${whole(place)} on; both on one scale, ${tickText(Number(low.toPrecision(2)))} to ${tickText(Number(high.toPrecision(2)))}.`, links));
}

// Values of the four bases in each column; behind an allele that is the shorter one columns are empty.
function alleleColumns(logos, side, columns) {
  const { bases, allele, values } = logos[side];
  const found = new Float32Array(4 * columns);
  const end = -logos.from + allele;
  values.forEach((value, i) => {
    const column = i < end ? i : i + logos.room - allele;
    if (known(value) && column < columns) found[4 * column + BASES.indexOf(bases[i])] = value;
  });
  return found;
}

function alleleLogo(logos, values, columns, high, low, label) {
  const size = high - low || 1;
  const unit = 1000 / size;
  const letters = logoPaths(report.letters, values, 0, columns, unit).map((d, base) => shape("path", { d, class: `base-${BASES[base]}` }));
  return shape("svg", { class: "motif", viewBox: `0 ${-high * unit} ${columns * POSITION} 1000`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    shape("rect", { class: "allele-place", x: -logos.from * POSITION, y: -high * unit, width: logos.room * POSITION, height: 1000 }),
    shape("path", { d: `M0 0h${columns * POSITION}`, class: "zero" }), letters);
}
