// By which commands, versions and devices this page and its network were made.

function showProvenance({ provenance, model }) {
  const body = section("provenance", "Provenance", "Provenance", "Everything needed to make these results again.");
  const columns = element("div", { class: "columns" }, process("This page", provenance.interpretation, [["Seed", provenance.seed], ["Folder", provenance.output], ["Network’s fingerprint", element("code", {}, model.fingerprint)]]));
  if (provenance.training) columns.append(process("Training", provenance.training, [["Seed", model.settings.seed]]));
  body.append(columns);
}

function process(title, made, more) {
  const { command = [], time, devices = [], platform, python, genomics, processes, ...libraries } = made;
  const versions = [["genomics", genomics], ["python", python], ...Object.entries(libraries)].filter(([, version]) => typeof version === "string");
  return element("article", { class: "card" }, element("h3", {}, title), element("pre", { tabindex: "0", "aria-label": `Command: ${title}` }, command.map(quoted).join(" ")),
    facts([...more, ["Time", time?.replace("T", " ").replace("+00:00", " UTC")], ["Device", devices.join(", ")], ["Processes", processes > 1 ? processes : null], ["Platform", platform], ["Versions", versions.map((pair) => pair.join(" ")).join(", ")]]));
}

// A word as a shell takes it.
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
