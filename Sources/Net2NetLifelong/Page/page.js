"use strict";
// Asks the JSON API once a second and draws what it answers. Every text goes in as text, never as
// markup, so that a class or a model may have any name.

const $ = (id) => document.getElementById(id);
const held = { versions: [], events: [], lastVersion: 0, lastEvent: 0, arrivals: [] };
const token = $("token");
token.value = sessionStorage.getItem("token") ?? "";
token.addEventListener("change", () => sessionStorage.setItem("token", token.value.trim()));
$("token-form").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });

async function ask(path, body) {
  const headers = {};
  const secret = token.value.trim();
  if (secret) headers.Authorization = `Bearer ${secret}`;
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store",
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error);
  return found;
}

// Numbers ------------------------------------------------------------------------------------

const whole = (value) => Math.round(value).toLocaleString("en");
const short = (value) => {
  for (const [size, unit] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]]) {
    if (Math.abs(value) >= size) return (value / size).toPrecision(3).replace(/\.?0+$/, "") + unit;
  }
  return Number(value.toPrecision(3)).toString();
};
const percent = (value) => `${(value * 100).toFixed(2)} %`;
const milliseconds = (value) => `${(value * 1000).toPrecision(3)} ms`;
const clock = (time) => new Date(time).toLocaleTimeString("en-GB");
const age = (seconds) =>
  seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min`
  : seconds < 129600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
const accuracyOf = (version) => version.metrics.accuracy ?? null;

// Drawing ------------------------------------------------------------------------------------

function node(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/// About `count` round numbers from `low` to `high`.
function ticks(low, high, count) {
  const step = 10 ** Math.floor(Math.log10((high - low) / count || 1));
  const size = [1, 2, 5, 10].map((factor) => factor * step).find((size) => (high - low) / size <= count);
  const found = [];
  for (let at = Math.ceil(low / size - 1e-9) * size; at <= high + size * 1e-6; at += size) found.push(at);
  return found;
}

/// A chart of lines over time or seconds.
///
/// lines: [{points: [[x, y]], look}], marks: [{x, y, shape, title}], events: [{x, look, title}],
/// between: the ends of the x axis, where the points do not decide them
function chart(place, { lines, marks = [], events = [], label, fromZero, xLabel, between }) {
  const width = Math.max(place.clientWidth, 260), height = 170;
  const frame = { left: 52, right: width - 12, top: 8, bottom: height - 24 };
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) {
    place.replaceChildren(element("div", "empty", "nothing yet"));
    return;
  }
  const xs = [...points.map((point) => point[0]), ...events.map((event) => event.x)];
  const ys = points.map((point) => point[1]);
  let [left, right] = between ?? [Math.min(...xs), Math.max(...xs)];
  // A minute at least, so that what came at once is not drawn as far apart.
  if (!between && right - left < 6e4) [left, right] = [(left + right) / 2 - 3e4, (left + right) / 2 + 3e4];
  let [low, high] = [fromZero ? 0 : Math.min(...ys), Math.max(...ys)];
  if (low === high) [low, high] = fromZero ? [0, high || 1] : [low - Math.abs(low) * .01 - 1e-9, high + Math.abs(high) * .01 + 1e-9];
  const margin = (high - low) * .06;
  high += margin;
  if (!fromZero) low -= margin;
  const x = (value) => frame.left + (value - left) / (right - left) * (frame.right - frame.left);
  const y = (value) => frame.bottom - (value - low) / (high - low) * (frame.bottom - frame.top);

  const drawn = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": place.previousElementSibling.textContent });
  for (const at of ticks(low, high, 4)) {
    drawn.append(
      node("line", { class: "grid", x1: frame.left, x2: frame.right, y1: y(at), y2: y(at) }),
      node("text", { x: frame.left - 6, y: y(at) + 4, "text-anchor": "end" }, label(at)));
  }
  const columns = Math.max(2, Math.min(5, Math.floor((frame.right - frame.left) / 110)));
  for (let index = 0; index <= columns; index += 1) {
    const at = left + (right - left) * index / columns;
    const anchor = index === 0 ? "start" : index === columns ? "end" : "middle";
    drawn.append(node("text", { x: x(at), y: height - 6, "text-anchor": anchor }, xLabel(at, right - left)));
  }
  for (const event of events) {
    drawn.append(node("line", { class: `event ${event.look}`, x1: x(event.x), x2: x(event.x), y1: frame.top, y2: frame.bottom },
      node("title", {}, event.title)));
  }
  for (const line of lines) {
    const path = line.points.map((point, index) => `${index ? "L" : "M"}${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`);
    drawn.append(node("path", { class: `line ${line.look ?? ""}`, d: path.join("") }));
  }
  for (const mark of marks) drawn.append(markOf(mark, x(mark.x), y(mark.y)));
  place.replaceChildren(drawn);
}

function markOf(mark, x, y) {
  const title = node("title", {}, mark.title);
  return mark.shape === "growth"
    ? node("path", { class: "mark growth", d: `M${x} ${y - 7} ${x + 7} ${y + 5} ${x - 7} ${y + 5}Z` }, title)
    : node("circle", { class: "mark version", cx: x, cy: y, r: 4.5 }, title);
}

const timeLabel = (at, span) => {
  const date = new Date(at);
  return span > 2 * 864e5 ? date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })
    : span > 12e4 ? date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }) : clock(at);
};

// The parts of the page ----------------------------------------------------------------------

function fillTiles(status) {
  const champion = held.versions.find((version) => version.number === status.champion);
  $("champion").textContent = status.champion ? `version ${status.champion}` : "none";
  $("champion-detail").textContent = champion ? `${short(champion.parameters)} parameters` : "";
  const accuracy = champion && accuracyOf(champion);
  $("accuracy").textContent = accuracy == null ? "–" : percent(accuracy);
  $("accuracy-detail").textContent = status.heldOut ? `${whole(status.heldOut)} held out` : "";
  $("rate").textContent = short(status.traffic.requestsPerSecond);
  $("rate-detail").textContent = `${short(status.traffic.examplesPerSecond)} examples, ${status.waiting} waiting`;
  const { p50, p99 } = status.traffic;
  $("latency").textContent = p50 == null ? "–" : milliseconds(p50);
  $("latency-detail").textContent = p99 == null ? "" : `99 of 100 within ${milliseconds(p99)}`;
  $("examples").textContent = status.examples == null ? "–" : whole(status.examples);
  $("examples-detail").textContent = status.learner ?? "";
  const candidate = status.candidate;
  $("candidate").textContent = candidate ? `version ${candidate.version}` : "none";
  $("candidate-detail").textContent = candidate
    ? `${percent(candidate.share)} of requests: ${candidate.asked} asked, ${candidate.failed} failed` : "";
}

function describe(version) {
  const accuracy = accuracyOf(version);
  const parts = [version.made, `${short(version.parameters)} parameters`];
  if (accuracy != null) parts.push(percent(accuracy));
  return parts.join(" · ");
}

function drawLife() {
  const time = (version) => Date.parse(version.created);
  const measured = held.versions.filter((version) => accuracyOf(version) != null);
  const events = held.events
    .filter((event) => ["promoted", "rolledBack"].includes(event.kind))
    .map((event) => ({ x: Date.parse(event.time), look: event.kind, title: `version ${event.version}: ${event.kind}, ${clock(event.time)}` }));
  const mark = (value) => (version) => ({
    x: time(version), y: value(version), shape: version.kind,
    title: `version ${version.number}: ${describe(version)}`,
  });
  const draw = (id, versions, value, label) => chart($(id), {
    lines: [{ points: versions.map((version) => [time(version), value(version)]) }],
    marks: versions.map(mark(value)), events, label, xLabel: timeLabel,
  });
  draw("accuracy-chart", measured, accuracyOf, (value) => `${Number((value * 100).toPrecision(4))} %`);
  draw("size-chart", held.versions, (version) => version.parameters, short);
}

function drawTraffic(status) {
  const seconds = status.traffic.seconds;
  const points = (value) => seconds
    .map((second, index) => [index - seconds.length, value(second)]).filter((point) => point[1] != null);
  const common = { label: short, fromZero: true, xLabel: (at) => `${Math.round(at)} s`, between: [-60, 0] };
  chart($("rate-chart"), { lines: [{ points: points((second) => second.requests) }], ...common });
  const latency = (name) => points((second) => second[name] == null ? null : second[name] * 1000);
  chart($("latency-chart"), {
    lines: [{ points: latency("p99"), look: "second" }, { points: latency("p50") }], ...common,
  });
}

function drawData(status) {
  if (status.examples != null) {
    held.arrivals.push([Date.now(), status.examples]);
    // Every other one of an ever longer list: a page left open for days stays small.
    if (held.arrivals.length > 1200) held.arrivals = held.arrivals.filter((_, index) => index % 2 === 0);
  }
  chart($("data-chart"), { lines: [{ points: held.arrivals }], label: short, xLabel: timeLabel });
  const classes = status.classes ?? [];
  const most = Math.max(1, ...classes.map((part) => part.count));
  $("classes").replaceChildren(...classes.slice(0, 50).flatMap((part) => [
    element("span", "name", part.name),
    node("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      node("rect", { width: 100 * part.count / most, height: 6 })),
    element("span", "number", whole(part.count)),
  ]));
}

/// Versions as a tree, children below their parent; a line without branches stays at one depth.
function drawLineage(status) {
  const children = Map.groupBy(held.versions, (version) => version.parent ?? 0);
  const known = new Set(held.versions.map((version) => version.number));
  const roots = held.versions.filter((version) => !known.has(version.parent));
  const rows = [];
  const stack = roots.reverse().map((version) => ({ version, depth: 0 }));
  while (stack.length > 0) {
    const { version, depth } = stack.pop();
    rows.push(lineageRow(version, depth, status));
    const next = children.get(version.number) ?? [];
    // The newest child goes on in its parent's line; the others are branches and come before it.
    if (next.length > 0) stack.push({ version: next.at(-1), depth });
    for (const child of next.slice(0, -1).reverse()) stack.push({ version: child, depth: depth + 1 });
  }
  $("lineage").replaceChildren(...rows.slice(-300));
  $("rollback").disabled = !status.previous;
}

function lineageRow(version, depth, status) {
  const roles = ["champion", "previous"].filter((role) => status[role] === version.number);
  if (status.candidate?.version === version.number) roles.push("candidate");
  const promote = element("button", "", "Promote");
  promote.type = "button";
  promote.disabled = status.champion === version.number;
  promote.setAttribute("aria-label", `Promote version ${version.number}`);
  promote.addEventListener("click", () => act("/v1/promote", { version: version.number }));
  const branch = depth === 0 ? "" : `${"  ".repeat(depth - 1)}└ `;
  const row = element("li", roles.includes("champion") ? "champion" : "",
    element("span", "branch", branch), element("span", "number", `${version.number}`),
    ...roles.map((role) => element("span", `badge ${role}`, role)),
    element("span", "what", describe(version)), promote);
  return row;
}

function drawEvents() {
  $("events").replaceChildren(...held.events.slice(-100).reverse().map((event) => element("li", "",
    element("time", "quiet", clock(event.time)),
    element("span", "", event.kind + (event.version ? ` ${event.version}` : "")),
    element("span", "detail", Object.entries(event.detail)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `${key} ${words(value)}`).join(", ")))));
}

function words(value) {
  if (typeof value === "number") return short(value);
  if (Array.isArray(value)) return value.map(words).join("; ");
  return typeof value === "object" ? JSON.stringify(value) : `${value}`;
}

async function act(path, body) {
  const answer = $("answer");
  answer.className = "quiet";
  answer.textContent = "asking …";
  try {
    const found = await ask(path, body);
    answer.className = "good";
    answer.textContent = `Version ${found.champion} is the champion.`;
    await refresh();
  } catch (error) {
    answer.className = "bad";
    answer.textContent = `Not done: ${error.message}.`;
  }
}
$("rollback").addEventListener("click", () => act("/v1/rollback", {}));

async function fetchNew() {
  for (;;) {
    const { versions } = await ask(`/v1/versions?after=${held.lastVersion}`);
    held.versions.push(...versions);
    held.lastVersion = held.versions.at(-1)?.number ?? 0;
    if (versions.length < 500) break;
  }
  const { events } = await ask(`/v1/events?after=${held.lastEvent}`);
  held.events = [...held.events, ...events].slice(-2000);
  held.lastEvent = held.events.at(-1)?.id ?? 0;
  return events.length > 0;
}

let lastDrawn = "";
async function refresh() {
  const state = $("state");
  try {
    const status = await ask("/v1/status");
    document.title = `${status.model} – net2net live`;
    $("model").textContent = status.model;
    await fetchNew();
    state.className = "quiet";
    state.textContent = `up for ${age(status.uptimeSeconds)}, ${whole(held.versions.length)} ${held.versions.length === 1 ? "version" : "versions"}`;
    fillTiles(status);
    drawTraffic(status);
    drawData(status);
    const drawn = JSON.stringify([held.lastVersion, held.lastEvent, status.champion, status.previous, status.candidate?.version, innerWidth]);
    if (drawn !== lastDrawn) {
      lastDrawn = drawn;
      drawLife();
      drawLineage(status);
      drawEvents();
    }
  } catch (error) {
    state.className = "bad";
    state.textContent = `no answer: ${error.message}`;
  }
}

(async function () {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((done) => setTimeout(done, 1000));
  }
})();
