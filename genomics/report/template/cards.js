// The data set and the network, at a glance.

function showCards(report) {
  const body = section("data", "Data", "Data and network", "What the network was trained on, and what it is made of.");
  const columns = element("div", { class: "columns" }, dataCard(report), modelCard(report.model));
  body.append(columns);
}

function dataCard({ data, model }) {
  const card = element("article", { class: "card" }, element("h3", {}, "Data"));
  if (!data) {
    card.append(hint("The data set is not known: give it with ", code("--data=FILE.h5"), " to see its size and its labels."));
    return card;
  }
  const simulated = data.simulated;
  const recipe = simulated ? `simulated: recipe ${simulated.recipe}, seed ${simulated.seed}, ${simulated.strands === "forward" ? "forward strand" : "both strands"}` : null;
  card.append(facts([["File", data.path], ["Origin", recipe], ["Length", `${whole(data.length)} bases`]]));
  const splits = Object.entries(data.splits);
  const names = { train: "Training", valid: "Validation", test: "Test" };
  const heads = ["", ...splits.map(([name]) => names[name])];
  const rows = [["Sequences", ...splits.map(([, split]) => whole(split.sequences))]];
  data.tasks.forEach((task, i) => rows.push([task, ...splits.map(([, split]) => percent(split.positive[i]))]));
  card.append(table("Sequences of each split, and the share that is positive for each task", heads, rows, ["l", ...splits.map(() => "r")]));
  if (model.tasks.join() !== data.tasks.join()) card.append(element("p", { class: "note" }, `This page asks about ${shortList(model.tasks)}.`));
  return card;
}

function shortList(names, most = 14) {
  return names.length <= most ? names.join(", ") : `${names.slice(0, most - 1).join(", ")} and ${whole(names.length - most + 1)} more`;
}

function modelCard(model) {
  const card = element("article", { class: "card" }, element("h3", {}, "Network"));
  const which = model.checkpoint === "best" ? "of the epoch with the lowest validation loss" : "of the last epoch";
  card.append(facts([
    ["From", model.source],
    ["Kind", model.network],
    ["Parameters", model.parameters ? `${whole(model.parameters)}${model.checkpoint ? `, ${which}` : ""}` : null],
    ["Replicates", model.replicates ? `${model.replicates} networks; scores are their mean` : null],
    ["Tasks", shortList(model.tasks)],
  ]));
  if (model.layers) {
    const counted = model.layers.some((layer) => layer.parameters !== null);
    const rows = model.layers.map((layer) => [layer.name, layer.output.join(" × "), counted ? whole(layer.parameters) : layer.weights ? layer.weights.join(" × ") : ""]);
    if (counted) rows.push(["In all", "", whole(model.layers.reduce((sum, layer) => sum + layer.parameters, 0))]);
    card.append(table("Layers", ["Layer", "Output", counted ? "Parameters" : "Weights"], rows, ["l", "r", "r"]));
  } else card.append(hint("The layers of this network cannot be read."));
  const settings = Object.entries(model.settings);
  if (settings.length) card.append(element("details", {}, element("summary", {}, "All settings of the training"), facts(settings)));
  return card;
}
