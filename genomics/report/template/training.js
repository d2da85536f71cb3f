// How the training went, and how well the network does on sequences that it has never seen.

const MEASURES = { accuracy: "Accuracy", auroc: "AUROC", auprc: "AUPRC", loss: "Loss" };

function showTraining({ curves, test }) {
  const body = section("training", "Training", "Training", "After each epoch: on the sequences that it learns from, and on those held out to choose the best epoch.");
  if (!curves) {
    body.append(hint("No training curves: they are there for a network that ", code("train.py"), " trained, given by ", code("--workdir=DIR"), "."));
    return;
  }
  const many = curves.tasks.length > 1;
  const ceilings = Object.fromEntries((test?.rows ?? []).map((row) => [row.name, row.ceiling]));
  const charts = element("div", { class: "columns" });
  const draw = (chosen) => {
    const own = chosen === "" ? curves.mean : curves.curves[Number(chosen)];
    const ceiling = ceilings[chosen === "" ? (many ? "mean" : curves.tasks[0]) : curves.tasks[Number(chosen)]] ?? {};
    charts.replaceChildren(...["loss", "accuracy"].map((measure) => curve(curves, own, measure, ceiling[measure])));
  };
  if (many) body.append(element("div", { class: "controls" }, chooser("Curves of", [["", `mean over ${curves.tasks.length} tasks`], ...curves.tasks.map((task, i) => [i, task])], "", draw)));
  body.append(charts);
  if (curves.replicates > 1) body.append(element("p", { class: "note" }, `Lines: mean over ${curves.replicates} networks; bands: from the lowest to the highest.`));
  draw("");
}

function curve(curves, own, measure, ceiling) {
  const several = curves.replicates > 1;
  const of = (split, name, kind) => ({
    name, kind, x: curves.epochs, y: own[measure][split].mean, ...(several ? { low: own[measure][split].low, high: own[measure][split].high } : {}),
  });
  const series = [of("train", "training", "muted"), of("valid", "validation", "strong")].filter((each) => each.y.some(known));
  const best = curves.best === null ? [] : [{ name: `best epoch (${curves.best})`, x: curves.best, y: own[measure].valid.mean[curves.epochs.indexOf(curves.best)] }];
  return lineChart({
    label: `${MEASURES[measure]} by epoch`, xLabel: "epoch", yLabel: MEASURES[measure], series, marks: best.filter((each) => known(each.y)),
    lines: known(ceiling) ? [{ name: "best possible", y: ceiling }] : [],
  });
}

function showTest({ test }) {
  const body = section("test", "Test", "Test set", "How well it predicts sequences that were never used, neither to train nor to choose an epoch.");
  if (!test) {
    body.append(hint("No test metrics: they are there for a network that ", code("train.py"), " has finished training, given by ", code("--workdir=DIR"), "."));
    return;
  }
  const cell = (row, measure) => {
    const std = row.std[measure];
    const ceiling = row.ceiling[measure];
    return element("span", {}, element("span", { class: "value" }, fixed(row.values[measure])), known(std) ? element("small", {}, ` ± ${fixed(std)}`) : null,
      known(ceiling) ? element("small", { class: "under" }, `of ${fixed(ceiling)}`) : null);
  };
  const rows = test.rows.map((row) => [row.name === "mean" && test.rows.length > 1 ? "Mean" : row.name, ...test.measures.map((measure) => cell(row, measure))]);
  body.append(table("Metrics on the test split", ["Task", ...test.measures.map((measure) => MEASURES[measure])], rows, ["l", ...test.measures.map(() => "r")]));
  if (test.ceiling) body.append(element("p", { class: "note" }, "“of”: the Bayes ceiling of the simulation. No network can do better, as chance sites look like planted ones and planted ones can be weak."));
  if (test.why) body.append(element("p", { class: "note" }, `Bayes ceiling: ${test.why}.`));
  body.append(element("p", { class: "note" }, "Accuracy is the share of sequences on the right side of p = .5; the loss is the cross-entropy in nats."));
}
