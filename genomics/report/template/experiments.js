// Predicted effects against measured ones, beside the motif's matrix and k-mers.

const AGREEMENTS = ["Pearson", "Spearman", "Sign", "Sign, top half"];

function showExperiments({ experiments }) {
  const body = section("experiments", "Experiments", "Against experiments", "What mutations did where they were measured, against what the network says they do: it has never seen these measurements.");
  if (!experiments) {
    body.append(hint("Not held against an experiment yet: ", code("python -m genomics.evaluation.experiments --workdir=DIR --allelic=VCF --fasta=FILE"), "."));
    return;
  }
  for (const experiment of experiments) body.append(experimentCard(experiment));
}

function experimentCard({ name, kind, task, strands, networks, matrix, alleles, passed_over, parts }) {
  const card = element("article", { class: "card" }, element("h3", {}, name));
  const passed = Object.entries(passed_over).map(([reason, count]) => `${whole(count)} ${reason}`).join(", ");
  card.append(facts([
    ["Kind", kind === "saturation" ? "saturation mutagenesis" : "allele-specific"], ["Task", task], ["Alleles", whole(alleles)],
    ["Passed over", passed], ["Networks", `${whole(networks)}, ${strands === "both" ? "both strands" : "forward strand"}`], ["Matrix", matrix],
  ]));
  const rows = parts.flatMap((part) => part.rows.map((row) => [
    `${part.part} (${whole(part.alleles)})`, row.name, ...row.itself.map((values, i) => agreement(values, row.minus?.[i])),
  ]));
  card.append(table("Agreement of predicted and measured effects", ["Part", "Prediction", ...AGREEMENTS], rows, ["l", "l", "r", "r", "r", "r"]));
  card.append(element("p", { class: "note" }, "Sign: share of alleles whose effect has the right sign, one half for an effect of 0; top half: of the larger effects. In brackets the 95 % bootstrap interval; below it the difference to the matrix by the same draws."));
  return card;
}

function agreement([estimate, low, high], minus) {
  const own = known(low) ? ` (${fixed(low, 2)} to ${fixed(high, 2)})` : "";
  const less = minus && known(minus[0]) ? element("small", { class: "under" }, `${signed(minus[0])} (${signed(minus[1])} to ${signed(minus[2])})`) : null;
  return element("span", {}, element("span", { class: "value" }, fixed(estimate, 2)), element("small", {}, own), less);
}
