// Picking: a vehicle or a contract is highlighted in the map and in the timeline, and told of below the map.
"use strict";
(() => {
  const known = JSON.parse(document.getElementById("pickable").textContent);
  const inputs = { vehicle: document.getElementById("pick-vehicle"), contract: document.getElementById("pick-contract") };
  const picked = document.getElementById("picked");
  const own = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
  let sources = {}, charts = {}, busy = false;

  const element = (name, text, parent) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  };

  // -- what fits

  const fits = { vehicle: (data, row, id) => data.resource[row] === id,
                 contract: (data, row, id) => data.contracts[row].split(" ").includes(id) };

  const rowsOf = (source, kind, id) => {
    const last = source.data.resource.length - 1; // the row that is nowhere
    const found = [];
    for (let row = 0; row < last; row++) if (fits[kind](source.data, row, id)) found.push(row);
    return found.length ? found : [last];
  };

  // -- show it

  const pick = (kind, id, { zoom = true } = {}) => {
    busy = true;
    for (const source of Object.values(sources)) source.selected.indices = kind ? rowsOf(source, kind, id) : [];
    busy = false;
    for (const each of Object.keys(inputs)) inputs[each].value = each === kind ? known[kind][id].name : "";
    number(kind, id);
    tell(kind, id);
    if (kind) reveal();
    if (!kind) showAll(); else if (zoom) zoomTo();
    document.body.dataset.picked = kind ? `${kind} ${id}` : "";
  };

  const number = (kind, id) => {
    const { x, y, number, resource } = sources.stops.data;
    const texts = new Map();
    for (let row = 0; kind === "vehicle" && row < resource.length; row++) {
      if (resource[row] !== id || !number[row]) continue;
      const at = `${x[row]} ${y[row]}`;
      if (!texts.has(at)) texts.set(at, { x: x[row], y: y[row], first: number[row], last: number[row], all: [] });
      texts.get(at).all.push(number[row]);
    }
    const places = [...texts.values()];
    charts.numbers.data = { x: places.map(p => p.x), y: places.map(p => p.y), text: places.map(p => runs(p.all)) };
  };

  // 1, 2, 3, 7 -> "1-3, 7"
  const runs = numbers => {
    const found = [];
    for (const each of numbers) {
      const run = found[found.length - 1];
      if (run && run[1] === each - 1) run[1] = each; else found.push([each, each]);
    }
    return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
  };

  const tell = (kind, id) => {
    picked.replaceChildren();
    if (!kind) { element("p", known.texts.none, picked).className = "nothing"; return; }
    const { name, said, rows } = known[kind][id];
    element("h3", name, picked);
    element("p", said, picked);
    const table = element("table", undefined, picked);
    const head = element("tr", undefined, element("thead", undefined, table));
    for (const name of known.heads[kind]) element("th", name, head);
    const body = element("tbody", undefined, table);
    for (const row of rows) {
      const line = element("tr", undefined, body);
      for (const cell of row) fill(element("td", undefined, line), cell);
    }
  };

  const fill = (cell, value) => {
    if (typeof value === "string") { cell.textContent = value; return; }
    const link = element("a", value.text, cell);
    link.href = "#map";
    link.addEventListener("click", event => { event.preventDefault(); pick(value.pick, value.id); });
  };

  // -- the map's frame

  const frame = (x0, x1, y0, y1) => {
    const { x_range, y_range } = charts.map;
    for (const [range, start, end] of [[x_range, x0, x1], [y_range, y0, y1]]) {
      range.have_updated_interactively = true; // or it would follow the data again
      range.setv({ start, end });
    }
  };

  const showAll = () => {
    const { x, y } = charts.whole;
    frame(x[0], x[1], y[0], y[1]);
  };

  // As much of the map as holds what is picked, in the shape of the frame, and never less than 1.2 km of it.
  const zoomTo = () => {
    const { legs, stops } = sources;
    const x = [], y = [];
    for (const row of legs.selected.indices) { x.push(...legs.data.xs[row]); y.push(...legs.data.ys[row]); }
    for (const row of stops.selected.indices) { x.push(stops.data.x[row]); y.push(stops.data.y[row]); }
    const xs = x.filter(Number.isFinite), ys = y.filter(Number.isFinite);
    if (!xs.length) return;
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const shape = charts.map.inner_width / charts.map.inner_height;
    const height = Math.max(1200, 1.2 * (y1 - y0), 1.2 * (x1 - x0) / shape);
    const [midX, midY] = [(x0 + x1) / 2, (y0 + y1) / 2];
    frame(midX - height * shape / 2, midX + height * shape / 2, midY - height / 2, midY + height / 2);
  };

  // The first row of the timeline that has it comes into sight.
  const reveal = () => {
    const box = document.getElementById("rows");
    if (!box) return;
    const { selected, data } = sources.bars;
    const rows = selected.indices.filter(row => row < data.row.length - 1).map(row => charts.timeline.y_range.factors.indexOf(data.row[row]));
    if (!rows.length) return;
    const count = charts.timeline.y_range.factors.length;
    const fromTop = (count - 1 - Math.max(...rows)) / count * box.scrollHeight;
    box.scrollTop = fromTop - box.clientHeight / 2;
  };

  // -- listen

  const asked = (kind, text) => {
    if (!text) { pick(); return; }
    const id = kind === "contract" && own(known.contract_by_order, text) ? known.contract_by_order[text] : text;
    if (own(known[kind], id)) pick(kind, id);
    else { pick(); inputs[kind].value = text; picked.firstChild.textContent = known.texts.unknown; }
  };

  // A visit stands for its contract; a way, a wait or a break for the vehicle.
  const tapped = () => {
    const row = name => (sources[name] ? sources[name].selected.indices[0] : undefined);
    const [stop, bar, leg] = [row("stops"), row("bars"), row("legs")];
    if (stop !== undefined) return ["contract", sources.stops.data.contracts[stop]];
    if (bar !== undefined && sources.bars.data.own[bar]) return ["contract", sources.bars.data.contracts[bar]];
    if (bar !== undefined) return ["vehicle", sources.bars.data.resource[bar]];
    if (leg !== undefined) return ["vehicle", sources.legs.data.resource[leg]];
    return [];
  };

  const listen = () => {
    const page = Bokeh.documents[0];
    for (const name of ["legs", "stops", "bars"]) {
      const source = page.get_model_by_name(name);
      if (source) sources[name] = source;
    }
    for (const name of ["map", "numbers", "timeline"]) charts[name] = page.get_model_by_name(name);
    const { x_range, y_range } = charts.map;
    charts.whole = { x: [x_range.start, x_range.end], y: [y_range.start, y_range.end] };
    for (const [name, source] of Object.entries(sources)) {
      source.selected.properties.indices.change.connect(() => {
        if (busy) return;
        // A tap on one chart leaves what is picked in the other behind.
        busy = true;
        for (const other of Object.keys(sources)) {
          if ((name === "bars") !== (other === "bars")) sources[other].selected.indices = [];
        }
        busy = false;
        clearTimeout(listen.later);
        listen.later = setTimeout(() => { const [kind, id] = tapped(); pick(kind, id, { zoom: name === "bars" }); }, 0);
      });
    }
    for (const [kind, input] of Object.entries(inputs)) input.addEventListener("change", () => asked(kind, input.value.trim()));
    document.getElementById("pick-clear").addEventListener("click", () => pick());
    for (const button of document.querySelectorAll("button[data-pick]")) {
      button.addEventListener("click", () => {
        pick(button.dataset.pick, button.dataset.id);
        document.getElementById("map").scrollIntoView();
      });
    }
    pick();
    document.body.dataset.ready = Math.round(performance.now());
  };

  const drawn = () => {
    const page = Bokeh.documents[0];
    if (page && page.is_idle) listen(); else setTimeout(drawn, 10);
  };
  drawn();
})();
