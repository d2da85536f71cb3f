// Does a map change when what the network has learned is destroyed, layer by layer from the top?

function showRandomization({ evaluation }) {
  if (!evaluation) return;
  const found = evaluation.randomization;
  if (!found && !evaluation.why.randomization) return;
  const body = section("randomization", "Randomised", "Does it look at the network at all?", "The parameters of each layer are shuffled, from the output downwards. A map that stays the same shows the sequence, not what was learned.");
  if (!found) {
    body.append(hint(evaluation.why.randomization));
    return;
  }
  const place = element("div");
  const draw = (kind) => {
    const rows = [...found.methods].sort((a, b) => drift(a, kind) - drift(b, kind)).map((entry) => [entry.method.replaceAll("_", " "),
      ...found.layers.map((_, i) => {
        const value = entry[`${kind}_mean`][i];
        const cell = element("span", { class: "tint" }, fixed(value, 2), element("small", {}, ` ± ${fixed(entry[`${kind}_std`][i], 2)}`));
        cell.style.setProperty("--share", `${Math.round(100 * Math.min(1, Math.abs(value ?? 0)))}%`);
        return cell;
      })]);
    place.replaceChildren(table(`Spearman correlation of ${kind} maps with the originals, mean ± standard deviation`, ["Method", ...found.layers.map((layer, i) => (i ? `↓ ${layer.replaceAll("_", " ")}` : "nothing random"))], rows, ["l", ...found.layers.map(() => "r")]));
  };
  body.append(element("div", { class: "controls" }, chooser("Maps", [["signed", "signed scores"], ["absolute", "absolute scores"]], "signed", draw)), place,
    element("p", { class: "note" }, `${whole(found.sequences)} sequences, ${whole(found.draws)} draws. Columns from the left: ever more layers are random; ↓ names the last one. Near 0: the method depends on what was learned.`), notesOf(evaluation));
  draw("signed");
}

// How much of the map is left on the average over the randomised layers: the most dependent methods first.
function drift(entry, kind) {
  const rest = entry[`${kind}_mean`].slice(1).filter(known);
  return rest.reduce((sum, value) => sum + Math.abs(value), 0) / (rest.length || 1);
}
