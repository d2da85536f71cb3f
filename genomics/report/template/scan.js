// A finished scan of a genome or of variants.

function showScan({ scan }) {
  const body = section("scan", "Scan", "Scan", "The network along a genome: every substitution of every base, every window, or every variant of a file.");
  if (!scan) {
    body.append(hint("No scan here: run ", code("scan.py"), ", then the same command as for this page with ", code("--scan=DIR"), "."));
    return;
  }
  const kinds = { effects: "effects of all substitutions", predictions: "predictions of all windows", vcf: "effects of variants" };
  body.append(element("article", { class: "card" }, facts([
    ["What", kinds[scan.kind] ?? scan.kind], ["Folder", scan.folder], ["Network", scan.model], ["Genome", scan.genome],
    ["Bases", known(scan.bases) ? whole(scan.bases) : null], ["of these N", scan.unknown_bases ? whole(scan.unknown_bases) : null],
    ["Variants", known(scan.variants) ? whole(scan.variants) : null], ["Records", known(scan.records) ? whole(scan.records) : null],
    ["Without effect", scan.skipped && Object.keys(scan.skipped).length ? Object.entries(scan.skipped).map(([reason, count]) => `${whole(count)} ${reason}`).join(", ") : null],
    ["Compared with", scan.background ? scan.background.split(" (")[0] : null],
    ["Command", scan.command ? element("code", {}, scan.command) : null],
  ])));
  const place = element("div");
  const contigs = (scan.track ?? []).map((track) => track.chrom);
  const state = { task: scan.tasks[0], contig: 0 };
  const draw = (change) => {
    Object.assign(state, change);
    const top = largest(scan, state.task);
    const variants = scan.kind === "vcf"; // their table is wide
    place.replaceChildren(...[profileChart(scan, state), element("div", { class: "columns" }, histogramChart(scan, state.task), variants ? byLength(scan, state.task) : top), variants ? top : null, alleleLogos(scan, state.task)].filter(Boolean));
  };
  body.append(element("div", { class: "controls" },
    scan.tasks.length > 1 ? chooser("Task", scan.tasks.map((task) => [task, task]), state.task, (task) => draw({ task })) : null,
    contigs.length > 1 ? chooser("Contig", contigs.map((name, i) => [i, name]), 0, (contig) => draw({ contig: Number(contig) })) : null), place);
  if (scan.contigs?.length) {
    const more = scan.num_contigs > scan.contigs.length ? ` (the ${scan.contigs.length} with most of ${whole(scan.num_contigs)})` : "";
    body.append(element("details", {}, element("summary", {}, `Contigs${more}`), table("What was scored of each contig", ["Contig", "Bases", "Scored"], scan.contigs.map((contig) => [contig.name, whole(contig.bases), whole(contig.scored)]), ["l", "r", "r"])));
  }
  draw({});
}

function profileChart(scan, { task, contig }) {
  const track = scan.track?.[contig];
  const values = track?.bins[task];
  if (!values?.length) return null;
  const middles = values.map((_, i) => Math.round((track.start + i * track.bin + Math.min(track.end, track.start + (i + 1) * track.bin)) / 2));
  const words = scan.values ?? "mean |effect|";
  return lineChart({
    label: `${words} along ${track.chrom}, ${task}`, xLabel: `position on ${track.chrom}`, yLabel: `${words}, mean of stretches of ${whole(track.bin)} bases`,
    series: [{ name: task, kind: "strong", x: middles, y: values }], xRange: [track.start, track.end],
    describe: (position) => `${track.chrom}:${whole(position)}: ${significant(values[middles.indexOf(position)])}`,
  });
}

function histogramChart(scan, task) {
  const counts = scan.histogram?.counts[task];
  if (!counts?.length) return null;
  const edges = scan.histogram.edges;
  const heights = counts.map((count) => Math.log10(1 + count));
  const xs = [edges[0]];
  const ys = [0];
  counts.forEach((_, i) => {
    xs.push(edges[i], edges[i + 1]);
    ys.push(heights[i], heights[i]);
  });
  xs.push(edges[counts.length]);
  ys.push(0);
  const mean = scan.mean?.[task];
  return element("div", {}, lineChart({
    label: `Histogram, ${task}`, xLabel: scan.kind === "predictions" ? scan.unit ?? "logit" : `effect${scan.effect_unit ? `, ${scan.effect_unit}` : ""}`, yLabel: `How many ${scan.histogram.of ?? "effects"} (log10 of 1 + count)`,
    series: [{ name: task, kind: "strong", x: xs, y: ys, low: ys.map(() => 0), high: ys }], yRange: [0, Math.max(...ys) * 1.05],
    describe: (value) => {
      const bin = Math.max(0, Math.min(counts.length - 1, edges.findLastIndex((edge) => edge <= value)));
      return `${significant(edges[bin])} to ${significant(edges[bin + 1])}: ${whole(counts[bin])}`;
    },
  }), known(mean) ? element("p", { class: "note" }, `Mean: ${significant(mean)}${scan.values ? ` (${scan.values})` : ""}.`) : null);
}
