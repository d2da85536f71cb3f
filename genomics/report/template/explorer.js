// The chosen sequence and task: every method on one axis, and the effects of all substitutions.

function showSequences({ scores }) {
  const body = section("sequences", "Sequences", "Sequence by sequence", "Which bases the prediction rests on. A letter above the line speaks for the task, one below against it; each method has its own scale.");
  if (!scores || scores.other) {
    body.append(scores ? hint(`The scores beside this page are of another network (${scores.other}).`) : hint("No scores yet: run the same command with ", code("--methods=saliency,deeplift,ism"), " or ", code("--methods=all"), "."));
    return;
  }
  if (!scores.methods.length) {
    body.append(hint("None of the methods that were run gives every base a score: add ", code("--methods=saliency,deeplift,ism"), "."));
    return;
  }
  makeExplorer(scores, body);
}

function makeExplorer(scores, body) {
  const state = { row: startRow(scores), task: 0, from: 0, size: scores.length, cursor: null, base: null, observed: null, chosen: new Set(scores.methods.keys()) };
  const tracks = scores.methods.map((_, number) => makeTrack(scores, number));
  const names = element("div", { class: "lane names" });
  const axes = [element("div", { class: "lane axis" }), element("div", { class: "lane axis" })];
  const letters = shape("svg", { class: "plot sequence", preserveAspectRatio: "none", "aria-hidden": "true" });
  const crosshairs = [element("span", { class: "crosshair", hidden: true }), element("span", { class: "crosshair", hidden: true })];
  const lane = (content, label, extra = "") => element("div", { class: `track ${extra}` }, element("div", { class: "label" }, label), element("div", { class: "cell" }, content));
  const overview = makeOverview(scores.length, (from) => {
    placeWindow(state, scores.length, from);
    redraw();
  });
  const number = scores.methods.findIndex((method) => method.effects);
  const heat = number < 0 ? null : makeHeatMap(scores, number, state, { onpoint: pointAt });
  const readout = element("p", { class: "readout sticky", "aria-live": "polite" });
  const facts_ = element("div", { class: "chips" });
  const plot = lane(letters, "sequence", "sequence-lane");
  const stack_ = element("div", { class: "stack", tabindex: "0", role: "group", "aria-label": "Scores of all methods. Left and right arrow keys move the cursor.", id: "tracks" },
    scores.planted ? lane(names, "planted", "names-lane") : null, plot, tracks.map((track) => track.made), lane(axes[0], "", "axis-lane"), element("div", { class: "over" }, crosshairs[0]));
  let width = 0;
  let waiting = 0;

  const sizes = [...new Set([...SIZES.filter((size) => size < scores.length), scores.length])];
  const sizeControl = chooser("Show", sizes.map((size) => [size, size === scores.length ? `all ${whole(size)} bases` : `${whole(size)} bases`]), scores.length, (value) => {
    const middle = state.cursor ?? state.from + state.size / 2;
    state.size = Number(value);
    placeWindow(state, scores.length, middle - state.size / 2);
    redraw();
  });
  const counts = element("span", {}, `${state.chosen.size} of ${scores.methods.length}`);
  const choices = scores.methods.map((method, i) => checkbox(method.name.replaceAll("_", " "), true, (on) => {
    if (on) state.chosen.add(i);
    else state.chosen.delete(i);
    counts.textContent = `${state.chosen.size} of ${scores.methods.length}`;
    load();
  }));
  body.append(
    element("div", { class: "controls" },
      chooser("Sequence", scores.names.map((name, row) => [row, sequenceName(scores, name, row)]), state.row, (row) => choose({ row: Number(row) })),
      chooser("Task", scores.tasks.map((task, i) => [i, task]), 0, (task) => choose({ task: Number(task) })), sizeControl,
      chooser("Letters", [["", "as in the figures"], ["observed", "observed bases"], ["all", "all four bases"]], "", (value) => {
        state.observed = value === "" ? null : value === "observed";
        load();
      })),
    element("details", { class: "choice" }, element("summary", {}, "Methods: ", counts), element("fieldset", {}, element("legend", {}, "Methods that are drawn"), choices)),
    facts_, overview.made, element("div", {}, stack_, readout));
  if (heat) {
    body.append(element("h3", {}, "Every substitution"), element("p", { class: "lead" }, "In-silico mutagenesis: what the prediction would be with one other base. Blue lowers it, red raises it."),
      element("div", { class: "stack" }, heat.map, lane(axes[1], "", "axis-lane"), element("div", { class: "over" }, crosshairs[1])), heat.readout, heat.legend);
  }
  body.append(about(scores));

  function choose(change) {
    Object.assign(state, change, { base: null, cursor: null });
    load(true);
  }

  function planted() {
    const task = scores.tasks[state.task].toLowerCase();
    return (scores.planted?.[state.row] ?? []).map((motif) => ({ ...motif, own: motif.factor.toLowerCase() === task }));
  }

  function load(recentre = false) {
    const shown = tracks.filter((_, i) => state.chosen.has(i));
    tracks.forEach((track, i) => (track.made.hidden = !state.chosen.has(i)));
    const profile = profileOf(scores.length, shown.map((track) => track.load(state)));
    heat?.load();
    state.profile = profile;
    if (recentre && state.size < scores.length) {
      const motif = planted().find(({ own }) => own);
      const peak = (profile.indexOf(Math.max(...profile)) * scores.length) / profile.length;
      placeWindow(state, scores.length, (motif ? (motif.start + motif.end) / 2 : peak) - state.size / 2);
    }
    const place = scores.places?.[state.row];
    state.offset = place ? place.start + 1 : 0;
    facts_.replaceChildren(...chips(scores, state), ...browserLinks(scores, place));
    redraw();
  }

  function redraw() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      const motifs = planted();
      sizeControl.querySelector("select").value = state.size;
      overview.draw(state, state.profile, motifs);
      drawNames(names, state, motifs, width);
      drawSequence(letters, scores, state, width);
      for (const axis of axes) drawAxis(axis, state, width);
      tracks.forEach((track, i) => state.chosen.has(i) && track.draw(state, motifs));
      heat?.draw(motifs);
      point();
      document.documentElement.dataset.drawn = `${Number(document.documentElement.dataset.drawn ?? 0) + 1}`;
    });
  }

  function point() {
    for (const crosshair of crosshairs) {
      crosshair.hidden = state.cursor === null;
      if (state.cursor !== null) crosshair.style.left = share(state, state.cursor + 0.5);
    }
    tracks.forEach((track, i) => state.chosen.has(i) && track.point(state));
    heat?.point();
    readout.textContent = state.cursor === null ? "Point at a base, or use the arrow keys, to read every method’s score of it." : told(scores, state, scores.bases[state.row][state.cursor]);
  }

  function pointAt(position, base) {
    const from = state.from;
    moveCursor(state, scores.length, position);
    state.base = base;
    if (state.from === from) point();
    else redraw();
  }

  const follow = (event) => {
    const position = positionAt(state, event, axes[0]);
    if (position !== null) pointAt(position, null);
  };
  stack_.addEventListener("pointermove", follow);
  stack_.addEventListener("pointerdown", follow);
  stack_.addEventListener("keydown", (event) => {
    const step = steps(event);
    if (step === null) return;
    event.preventDefault();
    pointAt(state.cursor === null ? state.from : Math.max(0, Math.min(scores.length - 1, state.cursor + step)), null);
  });
  drawWhenSized(axes[0], (found) => {
    const first = width === 0;
    width = found;
    if (first) {
      state.size = readableSize(scores.length, width);
      load(true);
    } else redraw();
  });
}

// A sequence worth looking at first: rightly called positive for the first task; if possible for another one too, and
// right for all of them.
function startRow(scores) {
  const rows = [...scores.logits.keys()];
  const right = rows.filter((row) => scores.labels?.[row][0] === 1 && scores.logits[row][0] > 0);
  const several = right.filter((row) => scores.labels[row].filter((label) => label === 1).length > 1);
  const all = several.find((row) => scores.logits[row].every((logit, task) => logit > 0 === (scores.labels[row][task] === 1)));
  return all ?? several[0] ?? right[0] ?? rows.reduce((best, row) => (scores.logits[row][0] > scores.logits[best][0] ? row : best), 0);
}

function sequenceName(scores, plain, row) {
  const place = scores.places?.[row];
  const name = place ? `${place.chrom}:${whole(place.start + 1)}-${whole(place.end)}${place.strand === "-" ? " (−)" : ""}` : plain;
  if (!scores.labels || scores.tasks.length > 8) return name;
  const positive = scores.tasks.filter((_, task) => scores.labels[row][task]);
  return `${name} (${positive.join(", ") || "negative"})`;
}

function browserAddresses(assembly, { chrom, start, end }) {
  const position = encodeURIComponent(`${chrom}:${start + 1}-${end}`);
  return [["UCSC", `https://genome.ucsc.edu/cgi-bin/hgTracks?db=${assembly}&position=${position}`], ["IGV", `https://igv.org/app/?genome=${assembly}&locus=${position}`]];
}

// To the place of a sequence at genome browsers, where the assembly is named.
function browserLinks(scores, place) {
  if (!place || !scores.assembly) return [];
  return browserAddresses(scores.assembly, place).map(([name, href]) => element("a", { class: "chip", href, rel: "noreferrer", target: "_blank" }, `${name} ↗`));
}

// Label and prediction of every task; with very many, of the chosen one.
function chips(scores, state) {
  const tasks = scores.tasks.length <= 12 ? [...scores.tasks.keys()] : [state.task];
  return tasks.map((task) => {
    const logit = scores.logits[state.row][task];
    const label = scores.labels?.[state.row][task];
    const right = label === undefined ? "" : (logit > 0) === (label === 1) ? "right" : "wrong";
    const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("span", {}));
    const outputs = (scores.unit ?? "logit") !== "logit";
    bar.firstChild.style.width = `${100 * probability(logit)}%`;
    const spread = scores.logits_std ? ` ± ${fixed(scores.logits_std[state.row][task], 2)}` : "";
    return element("div", { class: task === state.task ? "chip chosen" : "chip" }, element("strong", {}, scores.tasks[task]),
      outputs ? null : element("span", {}, `p ${chance(logit)}`), outputs ? null : bar,
      element("span", { class: "detail" }, `${scores.unit ?? "logit"} ${signed(logit)}${spread}`),
      label === undefined ? null : element("span", { class: outputs ? "detail" : `detail ${right}` }, outputs ? `label ${label}` : `label ${label}, ${right}`));
  });
}

function about(scores) {
  const told_ = scores.methods.map((method) => {
    const settings = Object.entries({ rule: method.rule, reference: method.reference, ...method.settings }).filter(([, value]) => value !== "none" && value !== undefined);
    return [method.name.replaceAll("_", " "), element("span", {}, method.definition ?? "", element("span", { class: "note" }, settings.map(([name, value]) => `${name} ${value}`).join(", ")), element("cite", {}, method.citation ?? ""))];
  });
  const shown = scores.names.length < scores.total ? ` of ${whole(scores.total)} that were scored; all are in scores.h5` : "";
  const fewer = scores.names.length < scores.asked || scores.tasks.length < scores.total_tasks ? " More would make this page too large." : "";
  const left = scores.left_out.length ? ` Drawn in figures/ instead: ${scores.left_out.join(", ")}.` : "";
  return element("div", {}, element("p", { class: "note" }, `${whole(scores.names.length)} sequences${shown}. From ${scores.source}. ${scores.places ? "Positions are those of the genome, from 1." : "Positions count from 0."}${fewer}${left}`),
    element("details", {}, element("summary", {}, "What each method computes"), facts(told_)));
}
