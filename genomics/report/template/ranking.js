// Which method finds the bases that were planted, with bootstrap intervals.

const TRUTHS = {
  auprc: ["AUPRC of the observed base’s |score|", 0, 1],
  auroc: ["AUROC of the observed base’s |score|", 0, 1],
  auprc_any_base: ["AUPRC of the scores of all four bases", 0, 1],
  auroc_any_base: ["AUROC of the scores of all four bases", 0, 1],
  top_inside: ["Share of sequences whose top base is planted", 0, 1],
  signal_to_noise: ["Signal to noise: mean |score| of planted bases over that of the highest others", 0, null],
};

function showRanking({ evaluation }) {
  const body = section("ranking", "Ranking", "Which method to trust", "Methods against the truth: the simulation knows which bases it planted. Dots: means over sequences; lines: 95 % bootstrap intervals.");
  if (!evaluation) {
    body.append(hint("Not evaluated yet: run the same command with ", code("--evaluate"), "."));
    return;
  }
  if (!evaluation.randomization) body.append(notesOf(evaluation));
  if (!evaluation.ground_truth.length) {
    body.append(hint(evaluation.why.ground_truth ?? "Nothing is known to have been planted in these sequences."));
    return;
  }
  rankedBy(body, evaluation.ground_truth, TRUTHS, ({ task, measure }) => {
    const shares = evaluation.ground_truth.filter((entry) => entry.task === task || task.startsWith("mean over ")).map((entry) => entry.chance).filter(known);
    const share = shares.length ? shares.reduce((sum, each) => sum + each, 0) / shares.length : undefined;
    if (measure === "signal_to_noise") return { reference: 1, referenceName: "as high as the highest others" };
    const byChance = { auprc: share, auprc_any_base: share, top_inside: share, auroc: 0.5, auroc_any_base: 0.5 }[measure];
    return known(byChance) ? { reference: byChance, referenceName: "by chance" } : {};
  });
  body.append(element("p", { class: "note" }, `Planted bases of the task’s own factor against all others, in those of ${whole(evaluation.sequences)} sequences (${evaluation.split || "given"}) that hold both; intervals of 95 % from ${whole(evaluation.bootstrap)} bootstrap draws of sequences.`));
}

// What the evaluation found worth saying.
function notesOf({ notes }) {
  return element("ul", { class: "notes" }, notes.map((note) => element("li", {}, note)));
}

// A list of methods for a task and a measure that the reader chooses; `measures`: name -> [words, lowest, highest].
function rankedBy(body, entries, measures, reference) {
  const own_ = [...new Set(entries.map((entry) => entry.task))];
  const mean = own_.length > 1 ? `mean over ${whole(own_.length)} tasks` : null;
  const tasks = mean ? [mean, ...own_] : own_;
  const present = Object.keys(measures).filter((measure) => entries.some((entry) => entry[measure]));
  const state = { task: tasks[0], measure: present[0] };
  const place = element("div");
  const draw = (change) => {
    Object.assign(state, change);
    const own = state.task === mean
      ? meansOf(entries, state.measure)
      : entries.filter((entry) => entry.task === state.task).map((entry) => ({ name: entry.method.replaceAll("_", " "), value: entry[state.measure] }));
    const [words, lowest, highest] = measures[state.measure];
    place.replaceChildren(intervalRows(`${words}, ${state.task}`, own, { lowest, highest, ...reference(state) }),
      element("p", { class: "note" }, state.task === mean ? "Intervals are those of single tasks." : "Methods whose intervals overlap with that of the first of them share their ranks."));
  };
  body.append(element("div", { class: "controls" },
    tasks.length > 1 ? chooser("Task", tasks.map((task) => [task, task]), state.task, (task) => draw({ task })) : null,
    chooser("Measure", present.map((measure) => [measure, measures[measure][0]]), state.measure, (measure) => draw({ measure }))), place);
  draw({});
}

// Each method's mean over the tasks where the measure is known; intervals are of single tasks.
function meansOf(entries, measure) {
  const sums = new Map();
  for (const { method, [measure]: value } of entries) {
    const [sum, count] = sums.get(method) ?? [0, 0];
    sums.set(method, known(value?.[0]) ? [sum + value[0], count + 1] : [sum, count]);
  }
  return [...sums].map(([method, [sum, count]]) => ({ name: method.replaceAll("_", " "), value: count ? [sum / count, null, null] : null }));
}
