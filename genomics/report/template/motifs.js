// Filters beside the known motifs that they match, and what drives each task.

const FIRST_CARDS = 24;
// Short motifs keep slim letters.
const LEAST_WIDTH = 14;

function showMotifs({ motifs, scores }) {
  const body = section("filters", "Filters", "What the filters look for", "Each filter of the first layer as the motif of the sites that switch it on, above the known motif that it resembles most.");
  if (!motifs) {
    body.append(hint("Not analysed yet: run the same command with ", code("--methods=filters"), "."));
    return;
  }
  const convincing = (match) => match && known(match.q) && match.q < motifs.most_q && (!known(match.r) || match.r > motifs.least_r);
  const state = { order: motifs.tasks.length ? "change 0" : "q", kind: "", all: false };
  const grid = element("div", { class: "cards" });
  const more = element("button", { type: "button", class: "more", onclick: () => draw({ all: true }) });
  const alive = motifs.filters.filter((filter) => filter.rows || filter.weights_rows);
  const silent = motifs.filters.filter((filter) => !alive.includes(filter));
  const orders = [...motifs.tasks.map((task, i) => [`change ${i}`, `influence on ${task}`]), ["q", "likeness to a known motif"], ["name", "number"]];
  const controls = [chooser("Order by", orders, state.order, (order) => draw({ order }))];
  if (motifs.filters.some((filter) => filter.weights_rows)) {
    controls.push(chooser("Motif of", [["", "the sites that switch it on"], ["weights_", "its weights"]], "", (kind) => draw({ kind })));
  }

  function draw(change) {
    Object.assign(state, change);
    const [by, task] = state.order.split(" ");
    const value = (filter) => (by === "change" ? -(filter.change[Number(task)] ?? -1) : by === "q" ? filter[`${state.kind}match`]?.q ?? 2 : motifs.filters.indexOf(filter));
    const drawn = alive.filter((filter) => filter[`${state.kind}rows`]).sort((a, b) => value(a) - value(b));
    const shown = state.all ? drawn : drawn.slice(0, FIRST_CARDS);
    grid.replaceChildren(...shown.map((filter) => filterCard(motifs, filter, state.kind, convincing(filter[`${state.kind}match`]))));
    more.hidden = shown.length === drawn.length;
    more.textContent = `Show the other ${drawn.length - shown.length}`;
  }
  draw({});
  const matched = motifs.filters.filter((filter) => convincing(filter.match)).length;
  body.append(
    element("p", {}, `${matched} of ${motifs.filters.length} filters match a known motif (q < ${small(motifs.most_q)}, correlation > ${motifs.least_r}). The others may still be parts or mixtures of motifs.`),
    element("div", { class: "controls" }, controls), grid, more,
    silent.length ? element("p", { class: "note" }, `Without a motif: ${silent.map((filter) => `${filter.name} (${filter.state})`).join(", ")}.`) : "",
    element("p", { class: "note" }, `Heights are bits, from 0 to 2. q: the false discovery rate of the match among all pairs (Tomtom); r: correlation over the overlap. Influence: mean squared change of the ${scores?.unit ?? "logit"} when the filter is fixed to its mean.`));
}

function filterCard(motifs, filter, kind, convinces) {
  const rows = filter[`${kind}rows`];
  const match = filter[`${kind}match`];
  const target = match && motifs.targets[match.identifier];
  let [first, end] = [0, rows.length];
  let partner = null;
  if (target) {
    partner = match.strand === "-" ? otherStrand(target.rows) : target.rows;
    first = Math.min(first, -match.offset);
    end = Math.max(end, partner.length - match.offset);
  }
  const room = Math.max(0, LEAST_WIDTH - (end - first)) / 2;
  [first, end] = [first - Math.floor(room), end + Math.ceil(room)];
  const name = filter.name.replaceAll("_", " ");
  const influence = motifs.tasks.slice(0, 6).map((task, i) => `${task} ${significant(filter.change[i])}`).join(" · ");
  const about_ = kind ? "weights" : `${whole(filter.sites)} sites in ${percent(filter.share, 0)} of sequences`;
  return element("article", { class: convinces ? "card motif-card" : "card motif-card unconvincing" },
    element("header", {}, element("h4", {}, name), element("span", { class: "note" }, about_)),
    motifLogo(report.letters, rows, 0, first, end, `${name}: ${filter.consensus}`),
    target ? motifLogo(report.letters, partner, -match.offset, first, end, `${target.name} ${match.identifier}, ${match.strand} strand`) : element("div", { class: "motif none" }),
    element("p", { class: "match" }, target ? [element("strong", {}, `${target.name} (${strandSign(match)})`), ` ${match.identifier}`, element("br"), `q ${small(match.q)}, r ${fixed(match.r, 2)}${convinces ? "" : ": not convincing"}`] : "no match"),
    influence ? element("p", { class: "note" }, `Influence: ${influence}`) : "");
}

function strandSign(match) {
  return match.strand === "-" ? "−" : "+";
}

function showDrivers({ motifs }) {
  if (!motifs?.drivers.length) return;
  const body = section("drivers", "Drivers", "What drives each task", "Seqlets: short stretches that the prediction rests on most. Like ones are joined to a motif; + speaks for the task, − against it.");
  const tasks = [...new Set(motifs.drivers.map((row) => row.task))];
  const place = element("div");
  const draw = (task) => {
    const own = motifs.drivers.filter((row) => row.task === task);
    const most = Math.max(...own.map((row) => Math.abs(row.seqlets)));
    const rows = own.map((row) => {
      const bar = element("span", { class: row.sign === "+" ? "bar for" : "bar against", "aria-hidden": "true" }, element("span", {}));
      bar.firstChild.style.width = `${(100 * row.seqlets) / most}%`;
      return [row.match ? element("span", {}, element("strong", {}, row.match.name), element("small", {}, ` ${row.match.identifier} (${strandSign(row.match)})`)) : element("span", { class: "note" }, "the rest: no motif"),
        row.sign === "+" ? "for" : "against", element("span", { class: "with-bar" }, bar, whole(row.seqlets)), whole(row.sequences), signed(row.contribution, 1), element("span", { class: "dna" }, row.consensus), row.match ? small(row.match.q) : NOTHING, row.match ? fixed(row.match.r, 2) : NOTHING];
    });
    place.replaceChildren(table(`Groups of seqlets that drive ${task}`, ["Known motif", "Speaks", "Seqlets", "Sequences", "Mean contribution", "Consensus", "q", "r"], rows, ["l", "l", "r", "r", "r", "l", "r", "r"]));
  };
  if (tasks.length > 1) body.append(element("div", { class: "controls" }, chooser("Task", tasks.map((task) => [task, task]), tasks[0], draw)));
  body.append(place);
  draw(tasks[0]);
}
