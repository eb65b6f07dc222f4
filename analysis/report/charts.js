// Draws the charts from the page's block of JSON. Text is inserted only as text nodes, never as HTML.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  const colours = 8;
  const colourOf = (service) => `var(--s${Math.max(0, data.services.indexOf(service)) % colours})`;

  // Same format as in the tables: three significant digits.
  const duration = (ns) => {
    for (const [unit, size, most] of [["ns", 1, 1e3], ["µs", 1e3, 1e3], ["ms", 1e6, 1e3], ["s", 1e9, 60]]) {
      const value = ns / size;
      const digits = value >= 99.95 || Number.isInteger(value) ? 0 : value >= 9.995 ? 1 : 2;
      if (Number(value.toFixed(digits)) < most) return `${value.toFixed(digits)} ${unit}`;
    }
    const seconds = Math.round(ns / 1e9);
    const pad = (number) => String(number).padStart(2, "0");
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
    return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
  };
  const cut = (text, most) => (text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text);
  const called = (it) => (it.wait === true ? `(waiting in ${it.name})` : it.name);
  const full = (it) => (it.service ? `${it.service}: ${called(it)}` : called(it));
  const style = {background: "transparent", fontSize: "12px"};

  // Steps of 1, 2 and 5 from 0 on, because d3's default ticks of nanoseconds are odd fractions of minutes.
  const steps = (least, most, count) => {
    const step = d3.tickStep(least, most, count);
    return step > 0 ? d3.range(0, most + step / 2, step).filter((tick) => tick <= most) : [0];
  };

  // Logarithmic scale: 1, 2 and 5 of each power of ten; only the powers if these are too many; d3's ticks if too few.
  const logSteps = (least, most) => {
    const powers = d3.range(Math.floor(Math.log10(least)), Math.ceil(Math.log10(most)) + 1).map((n) => 10 ** n);
    const within = (ticks) => ticks.filter((tick) => least <= tick && tick <= most);
    const fine = within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
    if (fine.length < 3) return d3.ticks(least, most, 4);
    return fine.length <= 7 ? fine : within(powers);
  };

  const draw = {
    latency(place, width) {
      const it = data.latencies[place.dataset.number];
      const marks = ["p50", "p95", "p99"].filter((name) => it[name] != null).map((name) => ({name, at: it[name]}));
      const low = it.bins[0].from;
      const high = it.bins[it.bins.length - 1].to;
      const shown = marks.map((mark) => ({...mark, at: Math.min(high, Math.max(low, mark.at))}));
      return Plot.plot({
        width, height: 176, marginLeft: 45, marginTop: 40, marginRight: 20, style,
        x: {type: "log", domain: [low, high], label: null, ticks: logSteps(low, high), tickFormat: duration},
        y: {label: "calls", grid: true, ticks: steps(0, d3.max(it.bins, (bin) => bin.calls), 4).filter(Number.isInteger),
          tickFormat: (calls) => calls.toLocaleString("en")},
        marks: [
          Plot.rectY(it.bins, {x1: "from", x2: "to", y: "calls", fill: "var(--s0)", insetRight: 0.5,
            title: (bin) => `${bin.calls} calls, ${duration(bin.from)} to ${duration(bin.to)}`}),
          Plot.ruleY([0], {stroke: "currentColor"}),
          Plot.ruleX(shown, {x: "at", stroke: "var(--strong)", strokeWidth: 1.5, strokeDasharray: "4,3"}),
          // Each name is one line higher, so that close names do not overlap.
          ...shown.map((mark, n) => Plot.text([mark], {x: "at", text: "name", frameAnchor: "top", dy: -5 - 11 * n,
            lineAnchor: "bottom", fill: "var(--strong)"})),
        ],
      });
    },

    waits(place, width) {
      const slices = data.waits[place.dataset.number].map((it) => ({...it, at: new Date((it.from + it.to) / 2)}));
      const most = d3.max(slices, (it) => it.p95) || 1;
      const said = (it) => `${it.messages} messages, p50 ${duration(it.p50)}, p95 ${duration(it.p95)}`;
      return Plot.plot({
        width, height: 190, marginLeft: 62, marginRight: 20, style,
        x: {type: "utc", label: null, ticks: 5},
        y: {label: "wait", grid: true, domain: [0, most], ticks: steps(0, most, 4), tickFormat: duration},
        marks: [
          Plot.ruleY([0], {stroke: "currentColor"}),
          Plot.line(slices, {x: "at", y: "p95", stroke: "var(--strong)", strokeWidth: 2, strokeDasharray: "5,3"}),
          Plot.line(slices, {x: "at", y: "p50", stroke: "var(--accent)", strokeWidth: 2}),
          Plot.dot(slices, {x: "at", y: "p95", r: 2.5, fill: "var(--strong)", title: said}),
          Plot.dot(slices, {x: "at", y: "p50", r: 2.5, fill: "var(--accent)", title: said}),
        ],
      });
    },

    waterfall(place, width) {
      const {bars, path} = data.waterfalls[place.dataset.number];
      const gutter = Math.min(380, Math.round(width * 0.38));
      const end = Math.max(1, ...bars.map((it) => it.to));
      const start = Math.min(0, ...bars.map((it) => it.from - it.wait));
      const rows = bars.map((it, number) => ({...it, number}));
      const fits = (it) => Math.floor((gutter - 14 - 10 * Math.min(it.depth, 12)) / 6.4);
      return Plot.plot({
        width, height: 40 + 22 * bars.length, marginLeft: gutter, marginRight: 70, marginTop: 26, marginBottom: 6, style,
        x: {domain: [start, end], axis: "top", label: null, grid: true, ticks: steps(start, end, Math.max(1, Math.floor(width / 200))), tickFormat: duration},
        y: {type: "band", domain: rows.map((it) => it.number), axis: null, padding: 0.15},
        marks: [
          Plot.barX(rows.filter((it) => it.wait > 0), {x1: (it) => it.from - it.wait, x2: "from", y: "number",
            fill: "none", stroke: "var(--wait)", strokeDasharray: "3,3", insetTop: 3, insetBottom: 3,
            title: (it) => `waited ${duration(it.wait)}`, ariaLabel: () => "queue wait"}),
          Plot.barX(rows, {x1: "from", x2: "to", y: "number", fill: (it) => colourOf(it.service), title: (it) =>
            `${full({...it, wait: false})}, ${duration(it.to - it.from)}`, ariaLabel: () => "span"}),
          // A tick makes even the shortest span visible.
          Plot.tickX(rows, {x: "from", y: "number", stroke: (it) => colourOf(it.service), strokeWidth: 2}),
          Plot.barX(path, {x1: "from", x2: "to", y: "bar", fill: "var(--critical)", insetTop: 8, insetBottom: 8,
            title: (it) => `critical path, ${duration(it.to - it.from)}`, ariaLabel: () => "critical path"}),
          Plot.text(rows, {x: "to", y: "number", text: (it) => `${duration(it.to - it.from)}${it.error ? " ✗" : ""}`,
            textAnchor: "start", dx: 5, fill: (it) => (it.error ? "var(--bad)" : "currentColor")}),
          ...d3.groups(rows, (it) => Math.min(it.depth, 12)).map(([depth, some]) =>
            Plot.text(some, {frameAnchor: "left", y: "number", dx: 4 + 10 * depth - gutter, textAnchor: "start",
              text: (it) => cut(`${it.service}: ${it.name}`, fits(it))})),
        ],
        color: {type: "identity"},
      });
    },

    flame(place, width) {
      return flame.drawn(place, width);
    },
  };

  const flame = {
    top: 0, // the frame that is zoomed into
    at: 0, // the frame with the keyboard focus

    drawn(place, width) {
      const all = data.flame;
      const top = all[this.top];
      const inside = new Set([this.top]);
      const shown = [{...top, position: this.top}];
      all.forEach((it, position) => {
        if (inside.has(it.above) && position !== this.top) {
          inside.add(position);
          shown.push({...it, position});
        }
      });
      const deepest = d3.max(shown, (it) => it.depth);
      const pixels = (it) => (it.total / Math.max(1, top.total)) * width;
      const share = (it) => `${((100 * it.total) / Math.max(1, all[0].total)).toFixed(1)}%`;
      const said = (it) => `${full(it)}: ${share(it)}, ${duration(it.total)}, own time ${duration(it.own)}`;
      const svg = Plot.plot({
        width, height: 26 * (deepest - top.depth + 1) + 4, margin: 1, style, ariaLabel: "Flame graph of the critical path",
        x: {domain: [top.left, top.left + Math.max(1, top.total)], axis: null},
        y: {domain: [deepest + 1, top.depth], axis: null},
        marks: [
          Plot.rect(shown, {x1: "left", x2: (it) => it.left + it.total, y1: "depth", y2: (it) => it.depth + 1,
            fill: (it) => (it.position === 0 ? "var(--raised)" : it.wait ? "var(--page)" : colourOf(it.service)),
            stroke: (it) => (it.wait ? "var(--wait)" : "var(--page)"), inset: 0.5, sort: null, title: said}),
          Plot.text(shown, {x: (it) => it.left + it.total / 2, y: (it) => it.depth + 0.5, pointerEvents: "none",
            filter: (it) => pixels(it) > 40, text: (it) => cut(full(it), Math.floor((pixels(it) - 10) / 6.6))}),
        ],
        color: {type: "identity"},
      });
      svg.setAttribute("role", "group");
      const rects = [...svg.querySelectorAll('g[aria-label="rect"] rect')];
      if (!shown.some((it) => it.position === this.at)) this.at = this.top;
      rects.forEach((rect, number) => this.made(rect, shown, number, rects, said, place));
      const whole = document.getElementById("flame-whole");
      whole.disabled = this.top === 0;
      whole.onclick = () => this.into(0, place);
      return svg;
    },

    // Only one frame is a tab stop; arrow keys move from there.
    made(rect, shown, number, rects, said, place) {
      const it = shown[number];
      rect.setAttribute("role", "button");
      rect.setAttribute("aria-label", said(it));
      rect.setAttribute("tabindex", it.position === this.at ? "0" : "-1");
      const tell = () => { document.getElementById("flame-said").textContent = said(it); };
      rect.addEventListener("mouseenter", tell);
      rect.addEventListener("focus", tell);
      rect.addEventListener("click", () => this.into(it.position, place));
      const near = (key) => {
        const beside = shown.map((other, n) => n).filter((n) => shown[n].depth === it.depth);
        const step = {ArrowLeft: -1, ArrowRight: 1}[key];
        if (step) return beside[beside.indexOf(number) + step];
        if (key === "ArrowDown") return shown.findIndex((other) => other.above === it.position);
        return shown.findIndex((other) => other.position === it.above);
      };
      rect.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          this.into(it.position, place);
        } else if (event.key === "Escape") {
          this.into(0, place);
        } else if (event.key.startsWith("Arrow")) {
          event.preventDefault();
          const next = near(event.key);
          if (next === undefined || next < 0) return;
          rects.forEach((other) => other.setAttribute("tabindex", "-1"));
          this.at = shown[next].position;
          rects[next].setAttribute("tabindex", "0");
          rects[next].focus();
        }
      });
    },

    into(position, place) {
      this.top = this.at = position;
      fill(place);
      place.querySelector('[tabindex="0"]').focus();
    },
  };

  const fill = (place) => {
    if (place.closest("details:not([open])")) return; // drawn when it is opened
    const width = Math.floor(place.clientWidth - 8);
    let chart;
    try {
      chart = draw[place.dataset.chart](place, Math.max(width, 320));
    } catch (error) {
      // Data can be absurd, such as clocks off by centuries. The other charts are still drawn.
      chart = document.createTextNode(`This chart cannot be drawn: ${error.message}`);
    }
    place.replaceChildren(chart);
    place.dataset.drawn = String(width);
  };
  const redraw = () => {
    for (const place of document.querySelectorAll(".chart")) {
      if (place.dataset.drawn !== String(Math.floor(place.clientWidth - 8))) fill(place);
    }
  };
  redraw();
  for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", redraw);
  let later;
  window.addEventListener("resize", () => {
    clearTimeout(later);
    later = setTimeout(redraw, 150);
  });
})();
