// The page: its heading, and each section in turn.

const report = JSON.parse(document.getElementById("payload").textContent);

function showHeading({ title, model, data, test, scores, evaluation }) {
  const mean = test?.rows.find((row) => row.name === "mean") ?? test?.rows[0];
  const figures = [
    [known(mean?.values.accuracy) ? fixed(mean.values.accuracy) : null, "test accuracy"],
    [known(mean?.values.auroc) ? fixed(mean.values.auroc) : null, "test AUROC"],
    [model.parameters ? whole(model.parameters) : null, "parameters"],
    [data ? whole(Object.values(data.splits).reduce((sum, split) => sum + split.sequences, 0)) : null, "labelled sequences"],
    [scores?.methods ? String(scores.methods.length) : null, scores?.methods?.length === 1 ? "method" : "methods"],
    bestMethod(evaluation ?? undefined),
  ].filter(([value]) => value !== null);
  document.getElementById("masthead").append(
    element("p", { class: "kicker" }, "Why the network says so"), element("h1", {}, title),
    element("p", { class: "lead" }, `${model.length} bases → ${model.tasks.length <= 6 ? model.tasks.join(", ") : `${model.tasks.length} tasks`}`),
    element("ul", { class: "figures" }, figures.map(([value, name]) => element("li", {}, element("strong", {}, value), element("span", {}, name)))));
}

// The method that leads the ranking as it is first shown, and what it is the first by.
function bestMethod({ ground_truth } = { ground_truth: [] }) {
  const [first] = meansOf(ground_truth, "auprc").filter(({ value }) => value).sort((a, b) => b.value[0] - a.value[0]);
  const tasks = new Set(ground_truth.map(({ task }) => task)).size;
  return first ? [first.name, tasks > 1 ? `highest AUPRC, mean over ${whole(tasks)} tasks` : "highest AUPRC"] : [null, ""];
}

showHeading(report);
for (const show of [showCards, showTraining, showTest, showSequences, showMotifs, showDrivers, showPatterns, showRanking, showFaithfulness, showRandomization, showExperiments, showScan, showProvenance]) show(report);
document.getElementById("footer").append(`Made by genomics ${report.provenance.interpretation.genomics}, ${report.provenance.interpretation.time.slice(0, 10)}.`);
document.documentElement.dataset.ready = "true";
