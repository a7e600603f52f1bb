// Draws the charts of a page from Vega-Lite, without eval: expressions run in Vega's interpreter.
import { expressionInterpreter } from "./vendor/vega-interpreter.js";

const { vega, vegaLite } = globalThis;
const leastReach = 1.5;
const quiet = { level: () => quiet, error: console.error, warn: () => quiet, info: () => quiet, debug: () => quiet };

export function contents(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

async function draw(figure, spec, signals) {
  const runtime = vega.parse(vegaLite.compile(spec, { logger: quiet }).spec, null, { ast: true });
  const view = new vega.View(runtime, {
    expr: expressionInterpreter, renderer: "svg", container: figure, hover: false, logger: quiet,
  });
  view.tooltip(() => {});
  for (const [name, value] of Object.entries(signals)) view.signal(name, value);
  return view;
}

// The charts of one session. They share their turns, so that one place is marked in all of them.
export class SessionCharts {
  constructor(given, { onTurn }) {
    this.rows = given.rows;
    this.alarms = given.alarms;
    this.final = given.final;
    this.given = given;
    this.onTurn = onTurn;
    this.views = new Map();
    this.here = null;
  }

  async draw() {
    for (const figure of document.querySelectorAll("[data-chart]")) {
      const name = figure.dataset.chart;
      const view = await draw(figure, this.given.specs[name], this.reach());
      this.views.set(name, view);
      view.data("rows", this.rows[name]);
      view.data("zero", [{ value: 0 }]);
      view.data("here", this.placed());
      if (name === "alliance") view.data("alarms", this.alarms);
      view.addEventListener("click", (event) => this.clicked(view, event));
      await view.runAsync();
      // What it shows is said by the figure's label, and by the table.
      figure.querySelector("svg").setAttribute("aria-hidden", "true");
      figure.dataset.drawn = "yes";
    }
  }

  clicked(view, event) {
    const [left] = view.origin();
    const box = view.container().querySelector("svg").getBoundingClientRect();
    const at = view.scale("x").invert(event.clientX - box.left - left);
    this.onTurn(Math.round(at));
  }

  placed() {
    return this.here === null ? [] : [{ turn: this.here }];
  }

  // Marks a turn in every chart.
  mark(turn) {
    this.here = turn;
    for (const view of this.views.values()) view.data("here", this.placed()).runAsync();
  }

  // The last turn that is drawn.
  get last() {
    return Math.max(-1, ...Object.values(this.rows).flat().map((row) => row.turn));
  }

  // What the width and the height of the charts of estimates stand for: no less than a few units,
  // so that noise does not look like change.
  reach() {
    const values = ["alliance", "task", "bond", "goal"]
      .flatMap((name) => this.rows[name])
      .flatMap((row) => [row.value, row.own])
      .filter((value) => value !== null && value !== undefined);
    let low = values.length ? Math.min(...values) : -leastReach;
    let high = values.length ? Math.max(...values) : leastReach;
    const middle = (low + high) / 2;
    if (high - low < 2 * leastReach) [low, high] = [middle - leastReach, middle + leastReach];
    const edge = 0.04 * (high - low);
    return { low: low - edge, high: high + 4 * edge, first: 0, final: this.final };
  }

  // Goes on with what came since: rows of turns that are not drawn yet.
  show({ rows, alarms, final }) {
    const drawn = this.last;
    Object.assign(this, { alarms, final });
    for (const [name, more] of Object.entries(rows)) {
      this.rows[name] = this.rows[name].concat(more.filter((row) => row.turn > drawn));
    }
    const reach = this.reach();
    for (const [name, view] of this.views) {
      for (const [signal, value] of Object.entries(reach)) view.signal(signal, value);
      if (name === "alliance") view.data("alarms", alarms);
      view.data("rows", this.rows[name]).runAsync();
    }
  }
}
