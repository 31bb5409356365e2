"use strict";
// The page of `nixdive report`. Names come from the input: they reach the page as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const plan = data.plan, layers = plan.layers, sized = data.sized;
  const FIRST = 300; // rows of the store paths, before the rest is asked for
  const LEAVES = 1500, SHARE = 0.0002; // of the treemap; smaller paths are put together
  const SHADES = [ // of the chance of a change: below it, the colour, in words
    [0.05, "stays", "under 5%"], [0.15, "seldom", "5 to 15%"], [0.3, "some", "15 to 30%"], [0.6, "often", "30 to 60%"], [Infinity, "always", "over 60%"],
  ];
  const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const at = (id) => document.getElementById(id);
  let printing = false;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // ---- words ----

  function size(bytes) {
    if (bytes === null || bytes === undefined) return "";
    let value = Math.abs(bytes), unit = 0;
    while (unit < UNITS.length - 1 && value >= 999.5) { value /= 1024; unit += 1; }
    const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return `${bytes < 0 ? "−" : ""}${value.toFixed(digits)} ${UNITS[unit]}`;
  }
  function seconds(value) {
    if (value === null || value === undefined) return "";
    if (value < 0.995) return `${value.toFixed(2)} s`;
    if (value < 9.95) return `${value.toFixed(1)} s`;
    if (value < 599.5) return `${value.toFixed(0)} s`;
    return value < 5970 ? `${(value / 60).toFixed(0)} min` : `${(value / 3600).toFixed(1)} h`;
  }
  function percent(value) { // as nixdive prints it: halves go to the even number
    if (value === null || value === undefined) return "";
    if (value > 0 && value <= 0.005) return "<1%";
    const whole = Math.floor(value * 100), rest = value * 100 - whole;
    return `${whole + (rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? 1 : 0)}%`;
  }
  const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  const base = (path) => path.slice(path.lastIndexOf("/") + 1);
  const named = (path) => base(path).slice(33);
  // Plotly takes some tags and entities in its texts for markup
  const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const MARKS = { "+": "new", "~": "replaced", "=": "the same" };

  function shade(chance) {
    if (chance === null || chance === undefined) return "--unknown";
    return `--${SHADES.find(([most]) => chance < most)[1]}`;
  }

  // ---- elements ----

  function make(tag, text, classes) {
    const one = document.createElement(tag);
    if (text !== undefined && text !== null) one.textContent = text;
    if (classes) one.className = classes;
    return one;
  }
  // columns: {title, number, wide, text(row), small(row), key(row)}; one with a key can be sorted by
  function table(place, columns, rows, sort, resort) {
    const made = make("table"), head = make("tr"), body = make("tbody");
    columns.forEach((column, i) => {
      const cell = make("th", null, column.number ? "number" : "");
      cell.scope = "col";
      if (resort && column.key) {
        const button = make("button", column.title);
        button.type = "button";
        button.addEventListener("click", () => resort(i));
        cell.append(button);
        if (sort.column === i) cell.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      } else cell.textContent = column.title;
      head.append(cell);
    });
    for (const row of rows) {
      const line = make("tr");
      for (const column of columns) {
        const cell = make("td", column.text(row), column.number ? "number" : column.wide ? "wide" : "");
        const small = column.small ? column.small(row) : "";
        if (small) cell.append(make("small", small));
        line.append(cell);
      }
      body.append(line);
    }
    const top = make("thead");
    top.append(head);
    made.append(top, body);
    at(place).replaceChildren(made);
  }

  // ---- head ----

  const total = layers.reduce((sum, layer) => sum + layer.nar_size, 0);
  const last = plan.against.length ? plan.against[plan.against.length - 1] : null;
  const pushes = layers.map((_, i) => (data.layer_marks.length ? data.layer_marks[i] !== "=" : false));
  at("name").textContent = data.name;
  at("about").textContent = [
    counted(plan.totals.paths, "store path"), sized ? size(total) : "sizes unknown",
    `${counted(layers.length, "layer")} by ${plan.strategy}`, `budget ${plan.max_layers}`,
    ...(plan.assumed ? [plan.assumed] : []),
  ].join(" · ");
  function figure(title, value, more) {
    if (!value) return;
    const one = make("div");
    one.append(make("dt", title), make("dd", value));
    if (more) one.append(make("dd", more, "more"));
    at("figures").append(one);
  }
  const slowest = (trips, key) => Math.max(...trips.map((one) => one[key]));
  const times = plan.seconds;
  figure("Size", sized ? size(total) : "", times ? `${size(times.wire_bytes)} on the wire${times.exact ? "" : ", estimated"}` : "");
  if (last) {
    const time = times ? `, ${seconds(slowest(times.push, "after"))}` : "";
    figure("Next push", sized ? size(last.push_bytes) : counted(last.layers_new, "layer"),
      `${last.layers_new} of ${layers.length} layers${time}, after ${last.input}`);
  }
  if (plan.cost) figure("Each release", size(plan.cost.expected_push), `expected${times ? `, ${seconds(times.release)} to arrive` : ""}`);
  if (times) figure("First pull", seconds(slowest(times.pull, "cold")), `${times.pull.map((one) => one.client).join(", ")} over ${times.link}`);
  const waste = data.waste;
  if (waste.files && waste.missing_paths < data.paths.length) figure("Waste", size(waste.reclaimable_bytes), `no container sees; dive's efficiency ${(waste.score * 100).toFixed(2)}%`);

  // ---- layers ----

  const of = layers.map(() => []);
  data.paths.forEach((path, i) => { if (path.layer !== null) of[path.layer].push(i); });
  const weight = (path) => (sized ? path.nar_size : 1);
  for (const places of of) places.sort((a, b) => weight(data.paths[b]) - weight(data.paths[a]));
  function contents(i) {
    const names = of[i].slice(0, 3).map((place) => named(data.paths[place].path));
    if (of[i].length > names.length) names.push(`${of[i].length - names.length} more`);
    return names.length ? names.join(", ") : layers[i].kind === "customisation" ? "links at the root" : `a ${layers[i].kind} layer`;
  }
  const lines = (i) => [
    `layer ${i + 1}: ${contents(i)}`, size(layers[i].nar_size),
    ...(layers[i].change_probability === null ? [] : [`changes in ${percent(layers[i].change_probability)} of releases`]),
    layers[i].reason, ...(pushes[i] ? ["the next push sends it"] : []),
  ];
  layers.forEach((layer, i) => {
    const piece = make("button", layer.nar_size * 60 > total ? String(i + 1) : "", pushes[i] ? "pushed" : "");
    piece.type = "button";
    piece.style.flexGrow = Math.max(layer.nar_size, 1);
    piece.style.backgroundColor = `var(${shade(layer.change_probability)})`;
    piece.title = lines(i).join("\n");
    piece.setAttribute("aria-label", piece.title);
    piece.addEventListener("click", () => choose(i));
    at("bar").append(piece);
  });
  at("pushed-note").hidden = !pushes.some(Boolean);
  for (const [, colour, words] of [...SHADES, [null, "unknown", "unknown"]]) {
    const name = `--${colour}`;
    if (!layers.some((layer) => shade(layer.change_probability) === name)) continue;
    const one = make("span"), sample = make("i");
    sample.style.backgroundColor = `var(${name})`;
    one.append(sample, words);
    at("scale").append(one);
  }
  table("layers", [
    { title: "#", number: true, text: (i) => i + 1 },
    { title: "contents", wide: true, text: contents, small: (i) => (layers[i].problem ? `cannot be read: ${layers[i].problem}` : layers[i].reason) },
    { title: "size", number: true, text: (i) => size(layers[i].nar_size) },
    { title: "changes", number: true, text: (i) => percent(layers[i].change_probability) },
    ...(data.layer_marks.length ? [{ title: "since then", text: (i) => MARKS[data.layer_marks[i]] }] : []),
    { title: "paths", number: true, text: (i) => layers[i].paths.length || "" },
    ...(layers.some((one) => one.pinned || one.frozen) ? [{ title: "", text: (i) => (layers[i].pinned ? "pinned" : layers[i].frozen ? "frozen" : "") }] : []),
  ], layers.map((_, i) => i));

  function treemap() {
    const ids = ["image"], labels = [plain(data.name)], parents = [""], values = [0], colours = [css("--card")], hovers = [plain(data.name)];
    const all = data.paths.reduce((sum, path) => sum + (path.layer === null ? 0 : weight(path)), 0) || 1;
    let leaves = 0;
    const add = (id, label, parent, value, colour, hover) => {
      ids.push(id); labels.push(plain(label)); parents.push(parent); values.push(value); colours.push(css(colour)); hovers.push(hover.map(plain).join("<br>"));
    };
    layers.forEach((layer, i) => {
      const inside = of[i].reduce((sum, place) => sum + weight(data.paths[place]), 0);
      const own = of[i].length ? inside : sized ? layer.nar_size : 1;
      if (!own) return;
      values[0] += own;
      add(`layer ${i}`, `${i + 1}  ${contents(i)}`, "image", own, shade(layer.change_probability), lines(i));
      let rest = 0, more = 0;
      for (const place of of[i]) {
        const path = data.paths[place];
        if (leaves < LEAVES && weight(path) >= all * SHARE) {
          leaves += 1;
          add(`path ${place}`, named(path.path), `layer ${i}`, weight(path), shade(path.change_probability),
            [base(path.path), size(path.nar_size), `changes in ${percent(path.change_probability)} of releases`]);
        } else { rest += weight(path); more += 1; }
      }
      if (more && rest) add(`rest ${i}`, `${counted(more, "smaller path")}`, `layer ${i}`, rest, shade(layer.change_probability), [counted(more, "smaller path"), size(rest)]);
    });
    draw("treemap", [{
      type: "treemap", ids, labels, parents, values, branchvalues: "total", maxdepth: 3, sort: false,
      marker: { colors: colours, line: { color: css("--card"), width: 1 }, pad: { t: 20, l: 2, r: 2, b: 2 } },
      text: values.map((value) => (sized ? size(value) : "")), textinfo: "label+text", hovertext: hovers, hoverinfo: "text",
      tiling: { pad: 1 }, pathbar: { visible: true },
    }], { margin: { l: 0, r: 0, t: 26, b: 0 } }, `Treemap of ${counted(layers.length, "layer")} and the store paths in them; the tables below have the same figures.`);
  }

  // ---- charts ----

  function draw(place, traces, layout, words) {
    const all = {
      paper_bgcolor: css("--card"), plot_bgcolor: css("--card"),
      font: { family: "system-ui, sans-serif", size: 12, color: css("--ink") },
      hoverlabel: { align: "left", bgcolor: css("--paper"), bordercolor: css("--line"), font: { color: css("--ink") } },
      ...layout,
    };
    if (printing) all.width = 680;
    else all.autosize = true;
    at(place).setAttribute("role", "img");
    at(place).setAttribute("aria-label", words);
    Plotly.react(at(place), traces, all, { displayModeBar: false, responsive: !printing });
  }
  function ticks(most) {
    let unit = 1;
    while (most / unit >= 1000 && unit < 1024 ** 5) unit *= 1024;
    const rough = most / unit / 5 || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((one) => one * power >= rough) * power * unit;
    const values = [];
    for (let value = 0; value <= most + step / 2; value += step) values.push(value);
    return { tickvals: values, ticktext: values.map((value) => (value ? size(value) : "0")) };
  }
  const axis = (title, more) => ({
    title: { text: title }, gridcolor: css("--line"), zerolinecolor: css("--line"), rangemode: "tozero", automargin: true, fixedrange: true, ...more,
  });
  const line = (name, x, y, colour, words, dash) => ({
    type: "scatter", mode: "lines+markers", name, x, y, text: words, hovertemplate: `%{x} layers: %{text}<extra>${name}</extra>`,
    line: { color: css(colour), width: 2, dash: dash || "solid" }, marker: { size: 5 },
  });
  const curve = data.budgets;
  function budgets() {
    const points = curve.points, x = points.map((one) => one.max_layers);
    const bytes = points.map((one) => one.push_bytes), usual = points.filter((one) => one.nixpkgs_push_bytes !== null);
    const floor = { type: "scatter", mode: "lines", name: "at least", x: [x[0], x[x.length - 1]], y: [curve.floor, curve.floor],
      line: { color: css("--third"), width: 1, dash: "dot" }, hoverinfo: "skip" };
    const legend = { orientation: "h", y: 1.12, x: 0 };
    const layout = (title, place, more) => ({
      margin: { l: 8, r: 8, t: 30, b: 40 }, xaxis: axis("layers", { type: "log", tickvals: [1, 2, 5, 10, 20, 50, 100, 200, 500].filter((one) => one <= x[x.length - 1]) }),
      yaxis: axis(title, more), legend, ...marked(place),
    });
    const marked = (place) => ({ // annotations of a logarithmic axis are placed by the power of ten
      shapes: [{ type: "line", xref: "x", yref: "paper", x0: place, x1: place, y0: 0, y1: 1, line: { color: css("--soft"), width: 1, dash: "dash" } }],
      annotations: [{ xref: "x", yref: "paper", x: Math.log10(place), y: 1, text: String(place), showarrow: false, xanchor: "left", font: { color: css("--soft") } }],
    });
    const own = (value, words) => ({ // the figure at the top of the page
      type: "scatter", mode: "markers", name: "this plan", x: [layers.length], y: [value], text: [words],
      hovertemplate: "%{x} layers: %{text}<extra>this plan</extra>", marker: { size: 11, symbol: "diamond", color: css("--ink"), line: { color: css("--card"), width: 1 } },
    });
    const most = Math.max(...bytes, plan.cost ? plan.cost.expected_push : 0, ...usual.map((one) => one.nixpkgs_push_bytes));
    draw("budget-bytes", [
      line("churn", x, bytes, "--first", bytes.map(size)),
      line("nixpkgs", usual.map((one) => one.max_layers), usual.map((one) => one.nixpkgs_push_bytes), "--second", usual.map((one) => size(one.nixpkgs_push_bytes)), "dash"),
      floor, ...(plan.cost ? [own(plan.cost.expected_push, size(plan.cost.expected_push))] : []),
    ], layout("pushed with each release", curve.knee, ticks(most)), "Bytes that a release is expected to push over the layer budget.");
    const timed = points.filter((one) => one.seconds !== null);
    draw("budget-seconds", [
      line("churn", timed.map((one) => one.max_layers), timed.map((one) => one.seconds), "--first", timed.map((one) => seconds(one.seconds))),
      ...(times ? [own(times.release, seconds(times.release))] : []),
    ], layout("seconds of each release", curve.soonest, {}), "Seconds until a release has arrived over the layer budget.");
  }
  function releases() {
    const rows = data.releases.slice(1), y = rows.map((one) => one.push_bytes);
    draw("releases", [{
      type: "bar", x: rows.map((_, i) => i + 2), y, marker: { color: rows.map((_, i) => css(i === rows.length - 1 ? "--second" : "--first")) },
      text: rows.map((one) => size(one.push_bytes)), textposition: "auto", hovertext: rows.map((one) => plain(`${one.name}: ${size(one.push_bytes)}`)), hoverinfo: "text",
    }], { margin: { l: 8, r: 8, t: 10, b: 40 }, xaxis: axis("version", { dtick: 1, rangemode: "normal" }), yaxis: axis("pushed", ticks(Math.max(...y, 1))) },
    "Bytes that each version pushed after the one before it.");
  }
  if (curve) {
    at("budgets-note").textContent = `Expected, by the chances that packages change: at ${counted(curve.knee, "layer")} the curve of bytes bends, with ${counted(curve.soonest, "layer")} a release arrives soonest. No budget pushes less than ${size(curve.floor)}. The lines lay out anew for each budget, without pins; the diamond is this plan${plan.cost ? `: ${size(plan.cost.expected_push)}${times ? ` and ${seconds(times.release)}` : ""} with ${counted(layers.length, "layer")}` : ""}.`;
    table("budget-table", [
      { title: "layers", number: true, text: (one) => one.max_layers },
      { title: "churn", number: true, text: (one) => size(one.push_bytes) },
      { title: "nixpkgs", number: true, text: (one) => size(one.nixpkgs_push_bytes) },
      { title: "seconds", number: true, text: (one) => seconds(one.seconds) },
    ], curve.points);
  }
  at("budgets").hidden = !curve;
  const past = data.releases.length > 1 && sized;
  at("history").hidden = !past;
  if (past) table("release-table", [
    { title: "#", number: true, text: (one) => data.releases.indexOf(one) + 1 },
    { title: "version", wide: true, text: (one) => one.name, small: (one) => [one.assumed, one.lacks].filter(Boolean).join(", ") },
    { title: "layers", number: true, text: (one) => one.layers },
    { title: "new", number: true, text: (one) => one.layers_new },
    { title: "pushed", number: true, text: (one) => size(one.push_bytes) },
  ], data.releases);

  // ---- strategies over a history ----

  const replay = data.replay;
  const ways = replay ? replay.rows.map((row) => `${row.strategy}${row.carried ? ", carried on" : ""}${row.first === row.strategy ? "" : ` from ${row.first}`}`) : [];
  function replayed() {
    const y = replay.rows.map((row, i) => `${ways[i]}, ${row.max_layers}`), x = replay.rows.map((row) => row.total);
    draw("replayed-totals", [{
      type: "bar", orientation: "h", x, y: y.map((_, i) => i), marker: { color: replay.rows.map((row) => css(row.strategy === "churn" ? "--first" : "--third")) },
      text: x.map(size), textposition: "auto", hovertext: y.map((one, i) => plain(`${one} layers: ${size(x[i])}`)), hoverinfo: "text",
    }], { height: 90 + 26 * y.length, margin: { l: 8, r: 8, t: 10, b: 40 }, xaxis: axis("pushed", ticks(Math.max(...x, 1))),
      yaxis: { tickvals: y.map((_, i) => i), ticktext: y.map(plain), autorange: "reversed", automargin: true, fixedrange: true } },
    "Bytes that all versions after the first pushed, by strategy and layer budget.");
  }
  at("replayed").hidden = !replay;
  if (replay) {
    const least = replay.unavoidable.reduce((sum, one) => sum + one, 0);
    at("replayed-note").textContent = `${counted(replay.versions.length, "version")}, replayed: ${replay.versions.map(base).join(", ")}. Bars are what all after the first pushed, by strategy and budget.${least ? ` Every layout pushes at least ${size(least)}.` : ""}`;
    table("replayed-table", [
      { title: "strategy", wide: true, text: (row) => ways[replay.rows.indexOf(row)] },
      { title: "budget", number: true, text: (row) => row.max_layers },
      { title: "all", number: true, text: (row) => size(row.total) },
      ...(least ? [{ title: "× least", number: true, text: (row) => (row.total / least).toFixed(2) }] : []),
      ...replay.versions.slice(1).map((version, i) => ({ title: `push ${i + 2}`, number: true, text: (row) => size(row.push_bytes[i]) })),
    ], replay.rows);
  }

  // ---- store paths ----

  const key = (name) => (path) => path[name];
  const columns = [
    { title: "path", wide: true, key: (path) => named(path.path), text: (path) => named(path.path), small: (path) => `${base(path.path).slice(0, 8)}…${path.root ? " · asked for" : ""}` },
    { title: "layer", number: true, key: key("layer"), text: (path) => (path.layer === null ? "left out" : path.layer + 1) },
    ...(sized ? [
      { title: "size", number: true, down: true, key: key("nar_size"), text: (path) => size(path.nar_size) },
      { title: "with all it needs", number: true, down: true, key: key("closure_size"), text: (path) => size(path.closure_size) },
      { title: "would go with it", number: true, down: true, key: key("added_size"), text: (path) => size(path.added_size) },
    ] : []),
    { title: "changes", number: true, down: true, key: key("change_probability"), text: (path) => percent(path.change_probability) },
    ...(last ? [{ title: "since then", key: key("mark"), text: (path) => MARKS[path.mark] || "" }] : []),
  ];
  const sort = { column: sized ? 2 : 0, down: sized };
  let shown = FIRST;
  function listed() {
    const words = at("words").value.toLowerCase().split(/\s+/).filter(Boolean), layer = at("layer").value, mark = at("mark").value;
    const found = data.paths.filter((path) => {
      const name = base(path.path).toLowerCase();
      return words.every((word) => name.includes(word)) && (layer === "" || path.layer === Number(layer)) && (mark === "" || path.mark === mark);
    });
    const value = columns[sort.column].key, way = sort.down ? -1 : 1;
    found.sort((a, b) => {
      const one = value(a), other = value(b);
      if (one === other) return a.path < b.path ? -1 : 1;
      if (one === null) return 1;
      if (other === null) return -1;
      return (one < other ? -1 : 1) * way;
    });
    return found;
  }
  function paths() {
    const found = listed(), sum = found.reduce((all, path) => all + (path.nar_size || 0), 0);
    table("paths", columns, found.slice(0, shown), sort, (i) => {
      if (sort.column === i) sort.down = !sort.down;
      else { sort.column = i; sort.down = Boolean(columns[i].down); }
      paths();
      at("paths").querySelectorAll("th")[i].querySelector("button").focus();
    });
    at("count").textContent = `${counted(found.length, "path")}${sized ? `, ${size(sum)}` : ""}`;
    at("more").hidden = found.length <= shown;
    at("more").textContent = `Show all ${found.length.toLocaleString("en")}`;
  }
  function choose(i) {
    at("layer").value = String(i);
    shown = FIRST;
    paths();
    at("filter").scrollIntoView({ block: "start" });
  }
  layers.forEach((_, i) => {
    if (!of[i].length) return;
    const one = make("option", `${i + 1}  ${contents(i)}`);
    one.value = String(i);
    at("layer").append(one);
  });
  at("mark-label").hidden = !last;
  for (const id of ["words", "layer", "mark"]) at(id).addEventListener("input", () => { shown = FIRST; paths(); });
  at("filter").addEventListener("submit", (event) => event.preventDefault());
  at("more").addEventListener("click", () => { shown = Infinity; paths(); });

  // ---- waste ----

  at("waste-note").textContent = [
    waste.files ? `${counted(waste.hidden, "file")} of ${waste.files.toLocaleString("en")} that no container sees: ${size(waste.reclaimable_bytes)}.` : "",
    waste.missing_paths ? `The files of ${counted(waste.missing_paths, "store path")} are not on the machine where this was made, and are not counted.` : "",
    waste.without_layers.length ? `Without ${waste.without_layers.map((i) => `layer ${i + 1}`).join(", ")}, which cannot be read.` : "",
    waste.hidden > waste.hidden_files.length ? `The ${waste.hidden_files.length.toLocaleString("en")} largest are listed.` : "",
  ].filter(Boolean).join(" ");
  if (waste.hidden_files.length) table("waste", [
    { title: "size", number: true, text: (one) => size(one.bytes) },
    { title: "layers", text: (one) => one.layers.map((i) => i + 1).join(", ") },
    { title: "file", wide: true, text: (one) => one.path },
  ], waste.hidden_files);

  // ---- drawing, and drawing again in other colours ----

  function charts() {
    treemap();
    if (curve) budgets();
    if (past) releases();
    if (replay) replayed();
  }
  paths();
  charts();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", charts);
  matchMedia("print").addEventListener("change", (event) => { printing = event.matches; charts(); });
})();
