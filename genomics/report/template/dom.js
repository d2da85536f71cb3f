// Elements. Every text of the payload reaches the page as a text node or an attribute, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function shape(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

// A section of the page, with its name among the contents, its heading, and one sentence that says what is seen;
// returned is its body.
function section(id, name, title, lead) {
  const body = element("div", { class: "body" });
  const heading = element("h2", { id: `${id}-title` }, title);
  const made = element("section", { id, "aria-labelledby": `${id}-title` }, heading, element("p", { class: "lead" }, lead), body);
  document.getElementById("content").append(made);
  document.getElementById("contents").append(element("a", { href: `#${id}` }, name));
  return body;
}

function hint(...words) {
  return element("p", { class: "hint" }, ...words);
}

function code(text) {
  return element("code", {}, text);
}

let numberOfControls = 0;

// A labelled native control: `options` are [value, text] pairs of a list to choose from.
function chooser(label, options, value, onchange) {
  const id = `control-${(numberOfControls += 1)}`;
  const select = element("select", { id, onchange: () => onchange(select.value) });
  for (const [own, text] of options) select.append(element("option", { value: own }, text));
  select.value = value;
  const wide = options.some(([, text]) => String(text).length > 22);
  return element("div", { class: wide ? "control wide" : "control" }, element("label", { for: id }, label), select);
}

function checkbox(label, checked, onchange) {
  const box = element("input", { type: "checkbox", checked, onchange: () => onchange(box.checked) });
  return element("label", { class: "check" }, box, element("span", {}, label));
}

// Longer tables scroll within themselves.
const MOST_ROWS = 24;

// A table; `align` has one letter a column: l left, r right (numbers).
function table(caption, heads, rows, align) {
  const side = (column) => (align[column] === "r" ? "number" : null);
  const head = element("tr", {}, heads.map((text, i) => element("th", { scope: "col", class: side(i) }, text)));
  const body = rows.map((cells) =>
    element("tr", {}, cells.map((cell, i) => (i ? element("td", { class: side(i) }, cell) : element("th", { scope: "row", class: side(i) }, cell)))));
  const made = element("table", {}, element("thead", {}, head), element("tbody", {}, body));
  const long = rows.length > MOST_ROWS;
  const place = element("div", { class: long ? "scroll long" : "scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
  const hint = element("p", { class: "note swipe", hidden: true });
  new ResizeObserver(() => {
    const ways = [place.scrollWidth > place.clientWidth + 1 ? "sideways" : null, place.scrollHeight > place.clientHeight + 1 ? `through ${whole(rows.length)} rows` : null].filter(Boolean);
    hint.textContent = `The table scrolls ${ways.join(" and ")}.`;
    hint.hidden = !ways.length;
  }).observe(place);
  return element("div", {}, element("p", { class: "caption", "aria-hidden": "true" }, caption), place, hint);
}

// Terms with their facts; those without a fact are left out.
function facts(pairs) {
  const known = pairs.filter(([, fact]) => fact !== null && fact !== undefined && fact !== "");
  return element("dl", { class: "facts" }, known.map(([term, fact]) => element("div", {}, element("dt", {}, term), element("dd", {}, fact))));
}

// Calls draw(width) now and whenever the element's width changes.
function drawWhenSized(target, draw) {
  let last = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width && width !== last) draw((last = width));
  }).observe(target);
}
