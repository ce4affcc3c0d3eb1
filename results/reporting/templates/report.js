"use strict";
// Makes a page of djbench answer to its reader: tables that sort, search, filter, hide columns and export; the choice in the
// address, so that a link shows what its sender saw; exact values at the marks of charts; the course of a cell's trials.
// The page reads well without it. Everything that somebody else named is set as text, never as markup.

const make = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value; else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};
const SVG = "http://www.w3.org/2000/svg";
const draw = (tag, attributes = {}, text = null) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
};

// --- What is chosen, in the address: #cells.q=…&cells.sort=p99.desc&cells.server=…&cells.hide=max&cells.open=3 ------------

const address = {
  // Or is it a link's, to a place in the page?
  chooses: (url = location.href) => new URL(url).hash.includes("="),
  entries() { return new URLSearchParams(this.chooses() ? location.hash.slice(1) : ""); },
  read(id) {
    const found = this.entries();
    return {
      all: (name) => found.getAll(`${id}.${name}`),
      one: (name) => found.get(`${id}.${name}`) ?? "",
      any: [...found.keys()].some((key) => key.startsWith(`${id}.`)),
    };
  },
  write(id, entries) {
    const kept = this.entries();
    for (const key of [...new Set(kept.keys())]) if (key.startsWith(`${id}.`)) kept.delete(key);
    for (const [name, value] of entries) kept.append(`${id}.${name}`, value);
    const text = kept.toString();
    if (!text && !this.chooses()) return; // nothing chosen, and a link within the page may stay there
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  },
};

const NOTHING_CHOSEN = { all: () => [], one: () => "", any: false };

// --- Tables ----------------------------------------------------------------------------------------------------------

// The whole of a field: a name that is shown shortened has itself in its title.
const wholeOf = (field) => {
  const name = field.querySelector("bdi");
  return name ? name.title || name.textContent : field.textContent.trim();
};
const exactOf = (field) => (field.dataset.v === undefined ? null : Number(field.dataset.v));

class DataTable {
  constructor(table) {
    this.table = table;
    this.id = table.id;
    this.body = table.tBodies[0];
    this.heads = [...table.tHead.rows[0].cells];
    this.rows = [...this.body.rows].map((row, place) => ({
      row, place, fields: [...row.cells], text: [...row.cells].map(wholeOf).join("\n").toLowerCase(),
    }));
    this.facets = this.heads.flatMap((head, column) => (head.dataset.facet === undefined ? [] : [{ column, key: head.dataset.key }]));
    this.courses = table.dataset.opens ? JSON.parse(document.getElementById(table.dataset.opens).textContent) : [];
    this.build(document.querySelector(`[data-table="${CSS.escape(this.id)}"]`));
    this.restore();
    if (address.read(this.id).any) table.scrollIntoView();
    // A link within the page has scrolled by now, and took the choice from the address: it goes back there. The event
    // knows which of the two it was; the address has another table's choice again already.
    addEventListener("hashchange", ({ newURL }) => (address.chooses(newURL) ? this.restore() : this.remember()));
  }

  build(tool) {
    this.search = make("input", { type: "search", placeholder: "search", "aria-label": `Search: ${this.table.caption.textContent}` });
    this.search.addEventListener("input", () => this.apply());
    this.count = make("span", { className: "quiet", role: "status" });
    const choices = this.facets.map((facet) => {
      const values = [...new Set(this.rows.map(({ fields }) => wholeOf(fields[facet.column])))];
      facet.choice = this.choice(this.heads[facet.column].textContent, values.map((value) => [value, value]), facet.key);
      return facet.choice.element;
    });
    const names = this.heads.map((head) => [head.dataset.key, head.textContent]);
    this.shown = this.choice("columns", names, "hide", true);
    const everything = make("button", { type: "button", textContent: "show everything" });
    everything.addEventListener("click", () => { this.set(NOTHING_CHOSEN); this.apply(); });
    const save = make("button", { type: "button", textContent: "save as CSV" });
    save.addEventListener("click", () => this.save());
    tool.append(this.search, ...choices, this.shown.element, everything, save, this.count);
    this.heads.forEach((head) => {
      const button = make("button", { type: "button", textContent: head.textContent, title: head.title });
      button.addEventListener("click", () => this.turn(head));
      head.replaceChildren(button);
    });
    this.rows.forEach((entry) => {
      if (!this.courses[entry.place]?.trials) return;
      const name = this.facets.map(({ column }) => wholeOf(entry.fields[column])).join(", ").slice(0, 200);
      entry.opener = make("button", { type: "button", className: "open", textContent: "+", "aria-expanded": "false", "aria-label": `Course of ${name}` });
      entry.opener.addEventListener("click", () => { this.open(entry, !entry.panel); this.remember(); });
      entry.fields[0].prepend(entry.opener);
    });
  }

  // A list to tick. Of facets nothing ticked means all; of columns (everyTicked) what is not ticked is hidden.
  choice(title, values, key, everyTicked = false) {
    const boxes = values.map(([value, label]) => [value, make("input", { type: "checkbox", checked: everyTicked }), label]);
    const legend = make("summary", { textContent: title });
    const element = make("details", { className: "choice" }, legend, make("fieldset", {}, make("legend", { className: "quiet", textContent: title }),
      ...boxes.map(([, box, label]) => make("label", {}, box, " ", make("bdi", { textContent: label.length > 80 ? `${label.slice(0, 79)}…` : label })))));
    const ticked = () => boxes.filter(([, box]) => box.checked !== everyTicked).map(([value]) => value);
    const mark = () => { element.classList.toggle("set", ticked().length > 0); legend.textContent = ticked().length ? `${title} (${boxes.filter(([, box]) => box.checked).length})` : title; };
    element.addEventListener("change", () => { mark(); this.apply(); });
    element.addEventListener("keydown", (event) => { if (event.key === "Escape" && element.open) { element.open = false; legend.focus(); } });
    document.addEventListener("click", (event) => { if (!element.contains(event.target)) element.open = false; });
    return { element, key, ticked, set: (chosen) => { boxes.forEach(([value, box]) => { box.checked = chosen.includes(value) !== everyTicked; }); mark(); } };
  }

  turn(head) {
    // Numbers begin with the largest, names with the first.
    const first = head.classList.contains("n") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const now = head.getAttribute("aria-sort");
    this.order(head, now === first ? other : now === other ? null : first);
    this.apply();
  }

  order(head, direction) {
    this.heads.forEach((each) => each.removeAttribute("aria-sort"));
    if (head && direction) head.setAttribute("aria-sort", direction);
    this.sorted = head && direction ? { column: this.heads.indexOf(head), key: head.dataset.key, direction } : null;
  }

  set(state) {
    this.search.value = state.one("q");
    this.facets.forEach(({ key, choice }) => choice.set(state.all(key)));
    this.shown.set(state.all("hide"));
    const [, key, direction] = state.one("sort").match(/^(.+)\.(asc|desc)$/) ?? [];
    this.order(this.heads.find((head) => head.dataset.key === key), { asc: "ascending", desc: "descending" }[direction]);
    const opened = state.all("open").map(Number);
    this.rows.forEach((entry) => this.open(entry, opened.includes(entry.place)));
  }

  restore() { this.set(address.read(this.id)); this.apply(false); }

  apply(remember = true) {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = this.facets.map(({ column, choice }) => [column, choice.ticked()]).filter(([, ticked]) => ticked.length);
    this.rows.forEach((entry) => {
      const chosen = words.every((word) => entry.text.includes(word)) && wanted.every(([column, ticked]) => ticked.includes(wholeOf(entry.fields[column])));
      entry.row.hidden = !chosen;
      if (entry.panel) entry.panel.hidden = !chosen;
    });
    const listed = [...this.rows];
    if (this.sorted) {
      const { column, direction } = this.sorted;
      const numeric = this.heads[column].classList.contains("n");
      const turned = direction === "ascending" ? 1 : -1;
      const value = ({ fields }) => (numeric ? exactOf(fields[column]) : wholeOf(fields[column]));
      listed.sort((one, other) => {
        const [a, b] = [value(one), value(other)];
        if (a === null || b === null) return (a === null) - (b === null); // no number: last, whichever way
        return turned * (numeric ? a - b : a.localeCompare(b)) || one.place - other.place;
      });
    }
    this.body.append(...listed.flatMap(({ row, panel }) => (panel ? [row, panel] : [row])));
    const hidden = new Set(this.shown.ticked());
    this.heads.forEach((head, column) => {
      const hide = hidden.has(head.dataset.key);
      head.hidden = hide;
      this.rows.forEach(({ fields }) => { fields[column].hidden = hide; });
    });
    this.count.textContent = `${this.rows.filter(({ row }) => !row.hidden).length} of ${this.rows.length} rows`;
    if (remember) this.remember();
  }

  remember() {
    const entries = [];
    if (this.search.value) entries.push(["q", this.search.value]);
    for (const { key, choice } of this.facets) for (const value of choice.ticked()) entries.push([key, value]);
    for (const key of this.shown.ticked()) entries.push(["hide", key]);
    if (this.sorted) entries.push(["sort", `${this.sorted.key}.${this.sorted.direction === "ascending" ? "asc" : "desc"}`]);
    for (const { place, panel } of this.rows) if (panel) entries.push(["open", place]);
    address.write(this.id, entries);
  }

  // What is shown, in its order, with exact values; in a column of numbers nothing where there is none. A spreadsheet
  // must not take a name for a formula (as results/wording/text.py has it), and takes it for UTF-8 by the mark in front.
  csv() {
    const quoted = (text) => `"${(/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    const columns = this.heads.map((head, column) => column).filter((column) => !this.heads[column].hidden);
    const line = ({ fields }) => columns.map((column) => {
      const exact = exactOf(fields[column]);
      if (exact !== null) return String(exact);
      return this.heads[column].classList.contains("n") ? fields[column].dataset.word ?? "" : quoted(wholeOf(fields[column]));
    });
    const shown = [...this.body.rows].map((row) => this.rows.find((entry) => entry.row === row)).filter((entry) => entry && !entry.row.hidden);
    return [columns.map((column) => quoted(this.heads[column].dataset.key)), ...shown.map(line)].map((fields) => `${fields.join(",")}\r\n`).join("");
  }

  save() {
    const link = make("a", { href: URL.createObjectURL(new Blob(["\ufeff", this.csv()], { type: "text/csv;charset=utf-8" })), download: `${this.id}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  open(entry, wanted) {
    if (!entry.opener || wanted === Boolean(entry.panel)) return;
    entry.opener.setAttribute("aria-expanded", String(wanted));
    entry.opener.textContent = wanted ? "−" : "+";
    if (!wanted) { entry.panel.remove(); entry.panel = null; return; }
    const command = document.getElementById(`command-${entry.place}`)?.textContent;
    entry.panel = make("tr", { className: "course" }, make("td", { colSpan: this.heads.length }, coursesOf(this.courses[entry.place], command)));
    entry.panel.hidden = entry.row.hidden;
    entry.row.after(entry.panel);
  }
}

// --- The course of a cell's trials -----------------------------------------------------------------------------------

// Of streams that are held open the events are counted, and the gaps between them timed.
const figuresOf = (held) => [
  held ? ["rps", "events per second", "/s"] : ["rps", "right answers per second", "/s"],
  ["p99", held ? "p99 of the gaps that began then, ms" : "p99 of the requests due then, ms", "ms"],
  ["cpu", "CPU of the server's processes, cores", "cores"], ["rss", "resident memory at the most, MiB", "MiB"],
];
const WIDTH = 340, HEIGHT = 150, LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 30;
const shown = (value) => (value === null ? "none" : value >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(4))));

const step = (most, parts) => {
  const rough = most / parts, scale = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((digit) => digit * scale).find((each) => each >= rough);
};

function coursesOf({ colour, trials, held }, command) {
  const box = make("div", { className: "courses" });
  if (command) box.append(make("div", { className: "note" }, "To measure this cell again: ", make("code", { textContent: command })));
  if (!trials.length) {
    box.append(make("p", { className: "note", textContent: "No trial of it lasted a whole second, so there is no course to draw." }));
    return box;
  }
  const single = trials.every(({ rps }) => rps.length === 1);
  for (const [key, title, unit] of figuresOf(held)) {
    if (!trials.some((trial) => trial[key].some((value) => value !== null))) {
      box.append(make("div", {}, make("h4", { textContent: title }), make("p", { className: "quiet", textContent: key === "p99" ? `Fewer than a thousand ${held ? "events" : "requests"} in each second: no p99.` : "Not recorded." })));
      continue;
    }
    box.append(make("div", {}, make("h4", { textContent: title }), courseChart(trials, key, title, unit, colour, single)));
  }
  const invalid = trials.filter(({ why }) => why);
  box.append(make("p", { className: "note quiet", textContent: `${trials.length} trials, ${single ? "a point each: their windows have one whole second" : "a line each"}.${invalid.length ? ` Dashed or hollow, and not counted: ${invalid.map(({ trial, why }) => `trial ${trial} (${why})`).join(", ")}.` : ""}` }));
  makeWalkable(box);
  return box;
}

function courseChart(trials, key, title, unit, colour, single) {
  const points = trials.map((trial, place) => trial[key].flatMap((value, second) => (value === null ? [] : [{ x: single ? place + 1 : second + 0.5, value, second }])));
  const most = Math.max(...points.flat().map(({ value }) => value)) || 1;
  const far = single ? trials.length + 1 : Math.max(...trials.map((trial) => trial[key].length));
  const x = (value) => LEFT + (value / far) * (WIDTH - LEFT - RIGHT), y = (value) => HEIGHT - BOTTOM - (value / (1.08 * most)) * (HEIGHT - TOP - BOTTOM);
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}, at most ${shown(most)}` });
  const label = (px, py, text, anchor) => svg.append(draw("text", { x: px, y: py, "font-size": 10, "text-anchor": anchor, fill: "currentColor" }, text));
  for (let value = 0, by = step(most, 3); value <= 1.08 * most; value += by) {
    svg.append(draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), stroke: "currentColor", "stroke-opacity": 0.15 }));
    label(LEFT - 5, y(value) + 3, shown(Number(value.toPrecision(6))), "end");
  }
  for (let value = single ? 1 : 0, by = Math.max(1, step(far, 6)); value <= (single ? far - 1 : far); value += by) label(x(value), HEIGHT - BOTTOM + 13, String(Math.round(value)), "middle");
  label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, single ? "trials in their order" : "seconds into the window", "middle");
  points.forEach((course, place) => {
    const { trial, block, why } = trials[place];
    if (course.length > 1) svg.append(draw("polyline", { points: course.map((point) => `${x(point.x).toFixed(1)},${y(point.value).toFixed(1)}`).join(" "), fill: "none", stroke: colour, "stroke-width": 1.3, "stroke-opacity": why ? 0.5 : 0.8, "stroke-dasharray": why ? "4 3" : "none" }));
    for (const point of course) {
      const mark = draw("circle", { cx: x(point.x), cy: y(point.value), r: course.length > 60 ? 1.5 : single ? 4 : 2.6, fill: why ? "none" : colour, stroke: colour });
      mark.dataset.hint = `trial ${trial}, block ${block}${single ? "" : `, second ${point.second + 1}`}: ${shown(point.value)} ${unit}${why ? `; does not count: ${why}` : ""}`;
      svg.append(mark);
    }
  });
  return make("div", { className: "drawing", tabIndex: 0, role: "group", "aria-label": `${title}; arrow keys go through its points` }, svg);
}

// --- Exact values at the marks of charts -----------------------------------------------------------------------------

const tip = make("div", { id: "tip", hidden: true });
const said = make("div", { role: "status", className: "screen" });
said.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";

function showTip(mark) {
  const place = mark.getBoundingClientRect();
  tip.textContent = mark.dataset.hint;
  tip.hidden = false;
  const size = tip.getBoundingClientRect();
  const left = Math.min(Math.max(4, place.x + place.width / 2 - size.width / 2), innerWidth - size.width - 4);
  tip.style.left = `${left}px`;
  tip.style.top = `${place.y - size.height - 6 > 0 ? place.y - size.height - 6 : place.bottom + 6}px`;
}

function leave(drawing) { tip.hidden = true; drawing?.querySelector(".here")?.classList.remove("here"); }

// One stop of the Tab key for each drawing; the arrow keys go from mark to mark.
function makeWalkable(root) {
  for (const drawing of root.querySelectorAll(".drawing")) {
    const marks = [...drawing.querySelectorAll("[data-hint]")];
    let at = -1;
    drawing.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") { leave(drawing); at = -1; }
      if (!by || !marks.length) return;
      event.preventDefault();
      at = (at + by + marks.length + (at < 0 && by < 0 ? 1 : 0)) % marks.length;
      leave(drawing);
      marks[at].classList.add("here");
      marks[at].scrollIntoView({ block: "nearest", inline: "nearest" });
      showTip(marks[at]);
      said.textContent = marks[at].dataset.hint;
    });
    drawing.addEventListener("blur", () => { leave(drawing); at = -1; });
    drawing.addEventListener("pointerover", (event) => { const mark = event.target.closest("[data-hint]"); if (mark) showTip(mark); else tip.hidden = true; });
    drawing.addEventListener("pointerleave", () => { tip.hidden = true; });
  }
}

for (const title of document.querySelectorAll(".drawing title")) {
  title.parentElement.dataset.hint = title.textContent;
  title.remove(); // or the browser would show it too
}
document.body.append(tip, said);
makeWalkable(document);
// What the arrow keys are at keeps its value in sight, also when the page scrolled to get there.
addEventListener("scroll", () => { const at = document.querySelector(".drawing .here"); if (at) showTip(at); else tip.hidden = true; }, { passive: true });
for (const table of document.querySelectorAll("table.data")) new DataTable(table);
