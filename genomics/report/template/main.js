// The page: its heading, and each section in turn.

const report = JSON.parse(document.getElementById("payload").textContent);

function showHeading({ title, model, data, test, scores, evaluation }) {
  const mean = test?.rows.find((row) => row.name === "mean") ?? test?.rows[0];
  const figures = [
    [known(mean?.values.accuracy) ? fixed(mean.values.accuracy) : null, "test accuracy"],
    [known(mean?.values.auroc) ? fixed(mean.values.auroc) : null, "test AUROC"],
    [model.parameters ? whole(model.parameters) : null, "parameters"],
    [data ? whole(Object.values(data.splits).reduce((sum, split) => sum + split.sequences, 0)) : null, "labelled sequences"],
    [scores?.methods ? String(scores.methods.length) : null, "methods"],
    [bestMethod(evaluation), "best AUPRC"],
  ].filter(([value]) => value !== null);
  document.getElementById("masthead").append(
    element("p", { class: "kicker" }, "Why the network says so"), element("h1", {}, title),
    element("p", { class: "lead" }, `${model.length} bases → ${model.tasks.length <= 6 ? model.tasks.join(", ") : `${model.tasks.length} tasks`}`),
    element("ul", { class: "figures" }, figures.map(([value, name]) => element("li", {}, element("strong", {}, value), element("span", {}, name)))));
}

// The method with the highest AUPRC against the truth, mean over tasks.
function bestMethod(evaluation) {
  const sums = new Map();
  for (const { method, auprc } of evaluation?.ground_truth ?? []) {
    const [sum, count] = sums.get(method) ?? [0, 0];
    if (known(auprc?.[0])) sums.set(method, [sum + auprc[0], count + 1]);
  }
  const ranked = [...sums].sort(([, a], [, b]) => b[0] / b[1] - a[0] / a[1]);
  return ranked.length ? ranked[0][0].replaceAll("_", " ") : null;
}

showHeading(report);
for (const show of [showCards, showTraining, showTest, showSequences, showMotifs, showDrivers, showRanking, showFaithfulness, showRandomization, showScan, showProvenance]) show(report);
document.getElementById("footer").append(`Made by genomics ${report.provenance.interpretation.genomics}, ${report.provenance.interpretation.time.slice(0, 10)}.`);
document.documentElement.dataset.ready = "true";
