// The session page: a turn is chosen by a click in a chart, on a mark, or with the slider.
import { SessionCharts, contents } from "./charts.js";

const slider = document.getElementById("turn");
const shown = document.getElementById("turn-shown");
const given = contents("charts");
const charts = new SessionCharts(given, { onTurn: choose });

function choose(turn) {
  slider.value = turn;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}

slider.addEventListener("input", () => {
  const turn = Number(slider.value);
  shown.textContent = turn;
  charts.mark(turn);
  const address = new URL(location.href);
  address.searchParams.set("turn", turn);
  history.replaceState(null, "", address);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-turn]");
  if (!link) return;
  event.preventDefault();
  choose(Number(link.dataset.turn));
  const reading = document.getElementById("reading");
  reading.scrollIntoView({ block: "nearest" });
  reading.focus({ preventScroll: true });
});

document.getElementById("print")?.addEventListener("click", () => window.print());

await charts.draw();
charts.mark(Number(slider.value));
