// Do the bases that a method names matter to the network? Judged without any truth.

const FAITH = {
  deletion_gain: ["Deletion: fall beyond a random order’s", null, null],
  insertion_gain: ["Insertion: rise beyond a random order’s", null, null],
  ism_pearson: ["Pearson correlation with exact mutagenesis", null, 1],
  ism_spearman: ["Spearman correlation with exact mutagenesis", null, 1],
};

function showFaithfulness({ evaluation, scores }) {
  const unit = capital(scores?.unit ?? "logit");
  if (!evaluation?.faithfulness.length) return;
  const body = section("faithfulness", "Faithfulness", "Faithful to the network", "No truth is needed here: the bases that a method scores highest are shuffled away first (deletion), or put back first (insertion), and the network is asked again.");
  const zero = ({ measure }) => ({ reference: 0, referenceName: measure.startsWith("ism_") ? "no correlation" : "a random order" });
  rankedBy(body, evaluation.faithfulness, FAITH, zero);
  const drawn = evaluation.faithfulness.filter((entry) => entry.fractions && entry.deletion);
  if (!drawn.length) return;
  const tasks = [...new Set(drawn.map((entry) => entry.task))];
  const methods = [...new Set(drawn.map((entry) => entry.method))];
  const state = { task: tasks[0], method: methods.includes("deeplift") ? "deeplift" : methods[0] };
  const charts = element("div", { class: "columns" });
  const draw = (change) => {
    Object.assign(state, change);
    const entry = drawn.find((each) => each.task === state.task && each.method === state.method);
    const others = drawn.filter((each) => each.task === state.task && each.method !== state.method);
    charts.replaceChildren(...(entry ? ["deletion", "insertion"].map((kind) => curveOf(entry, others, kind, unit)) : [hint("Not measured for this method and task.")]));
  };
  body.append(element("h3", {}, "Deletion and insertion curves"), element("div", { class: "controls" },
    chooser("Method", methods.map((method) => [method, method.replaceAll("_", " ")]), state.method, (method) => draw({ method })),
    tasks.length > 1 ? chooser("Task", tasks.map((task) => [task, task]), state.task, (task) => draw({ task })) : null), charts,
    element("p", { class: "note" }, "Thin: the other methods."));
  draw({});
}

function curveOf(entry, others, kind, unit) {
  const line = (name, of, values, how) => ({ name, kind: how, x: of.fractions, y: values, quiet: how === "thin" });
  const series = others.filter((each) => each[kind]).map((each) => line("", each, each[kind], "thin"));
  if (entry[`${kind}_random`]) series.push(line("random order", entry, entry[`${kind}_random`], "muted"));
  series.push(line(entry.method.replaceAll("_", " "), entry, entry[kind], "strong"));
  const title = `${unit} as bases are ${kind === "deletion" ? "removed" : "put back"}`;
  return lineChart({ label: `${title}, ${entry.method}, ${entry.task}`, xLabel: kind === "deletion" ? "share of bases removed" : "share of bases put back", yLabel: title, series });
}
