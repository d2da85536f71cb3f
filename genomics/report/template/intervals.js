// Values with their intervals, one a row, the best first: a dot on a line.

// entries: [{ name, value: [value, low, high] }]; returned is a list with a scale that all rows share.
function intervalRows(label, entries, { lowest = null, highest = null, reference = null, referenceName = "" } = {}) {
  const known_ = entries.filter((entry) => entry.value && known(entry.value[0]));
  const absent = entries.filter((entry) => !known_.includes(entry));
  const ends = known_.flatMap((entry) => entry.value).filter(known);
  if (reference !== null) ends.push(reference);
  const from = Math.min(lowest ?? Infinity, ...ends);
  const until = Math.max(highest ?? -Infinity, ...ends);
  const place = (value) => `${(100 * (value - from)) / (until - from || 1)}%`;
  known_.sort((a, b) => b.value[0] - a.value[0]);
  const places = ranks(known_.map((entry) => entry.value));
  const rows = known_.map(({ name, value: [value, low, high] }, number) => {
    const line = element("span", { class: "whisker" });
    const dot = element("span", { class: "point" });
    if (known(low) && known(high)) {
      line.style.left = place(low);
      line.style.right = `calc(100% - ${place(high)})`;
    }
    dot.style.left = place(value);
    const rail = element("span", { class: "rail", "aria-hidden": "true" }, line, dot);
    if (reference !== null) {
      const mark = element("span", { class: "reference" });
      mark.style.left = place(reference);
      rail.prepend(mark);
    }
    const interval = known(low) && known(high) ? ` [${significant(low)}, ${significant(high)}]` : "";
    return element("li", { class: places[number] === "1" && known(high) ? "first" : null }, element("span", { class: "rank" }, places[number]), element("span", { class: "name" }, name), rail,
      element("span", { class: "value" }, significant(value), element("small", {}, interval)));
  });
  const missing = absent.length ? element("p", { class: "note" }, `Not known for ${absent.map((entry) => entry.name).join(", ")}.`) : null;
  const scale = element("p", { class: "rail-scale", "aria-hidden": "true" }, element("span", {}, significant(from)), element("span", {}, significant(until)));
  const chanceNote = reference !== null && referenceName ? element("p", { class: "note" }, `Dashed: ${referenceName}, ${significant(reference)}.`) : null;
  return element("div", {}, element("ol", { class: "intervals", "aria-label": label }, rows), rows.length ? scale : null, chanceNote, missing);
}

// Ranks of values that fall: those whose intervals overlap with that of the first of them share its ranks, as `1–3`;
// without an interval nobody knows, and none stands out.
function ranks(values) {
  const found = [];
  for (let start = 0; start < values.length; ) {
    const [, low, high] = values[start];
    if (!known(low) || !known(high)) {
      found.push(`${start + 1}`);
      start += 1;
      continue;
    }
    let end = start + 1;
    while (end < values.length && known(values[end][2]) && values[end][2] >= low) end += 1;
    const shared = end - start > 1 ? `${start + 1}–${end}` : `${start + 1}`;
    for (let i = start; i < end; i += 1) found.push(shared);
    start = end;
  }
  return found;
}
