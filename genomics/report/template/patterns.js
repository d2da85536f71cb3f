// Patterns that TF-MoDISco found in the scores, beside the known motifs that they match.

function showPatterns({ patterns }) {
  if (!patterns) return;
  const body = section("patterns", "Patterns", "Patterns in the contributions", "TF-MoDISco: stretches of high contributions, joined where they are alike. pos speaks for the task, neg against it.");
  if (!patterns.patterns.length) {
    body.append(hint(`No pattern was found (${patterns.source}).`));
    return;
  }
  body.append(element("div", { class: "cards" }, patterns.patterns.map(patternCard)), element("p", { class: "note" }, `From ${patterns.source}. Heights are bits; the sites of each pattern lie in the folder patterns as BED.`));
}

function patternCard({ name, sites, sequences, rows, match, consensus }) {
  let [first, end] = [0, rows.length];
  const partner = match && (match.strand === "-" ? otherStrand(match.rows) : match.rows);
  if (match) [first, end] = [Math.min(first, -match.offset), Math.max(end, partner.length - match.offset)];
  const room = Math.max(0, LEAST_WIDTH - (end - first)) / 2;
  [first, end] = [first - Math.floor(room), end + Math.ceil(room)];
  return element("article", { class: match ? "card motif-card" : "card motif-card unconvincing" },
    element("header", {}, element("h4", {}, name), element("span", { class: "note" }, `${whole(sites)} sites in ${whole(sequences)} sequences`)),
    motifLogo(report.letters, rows, 0, first, end, `${name}: ${consensus}`),
    match ? motifLogo(report.letters, partner, -match.offset, first, end, `${match.name} ${match.identifier}, ${match.strand} strand`) : element("div", { class: "motif none" }),
    element("p", { class: "match" }, match ? [element("strong", {}, `${match.name} (${strandSign(match)})`), ` ${match.identifier}`, element("br"), `q ${small(match.q)}, r ${fixed(match.r, 2)}`] : "no match"));
}
