// The live page: listens for turns, lets the server say what they changed, and moves the lines.
import { SessionCharts, contents } from "./charts.js";

const connection = document.getElementById("connection");
const said = document.getElementById("said");
const now = document.getElementById("now");
const charts = new SessionCharts(contents("charts"), { onTurn: () => {} });

function tell(words, lost = false) {
  if (connection.textContent === words) return;
  connection.textContent = words;
  connection.classList.toggle("lost", lost);
}

function listen() {
  const address = new URL(connection.dataset.stream, location.href);
  address.searchParams.set("after", connection.dataset.after);
  const stream = new EventSource(address);
  let was = false;
  stream.addEventListener("open", () => {
    tell(was ? "Connected again. Nothing was missed." : "Connected: turns show as they come.");
    if (was) htmx.trigger(now, "heard");
    was = true;
  });
  stream.addEventListener("turn", () => htmx.trigger(now, "heard"));
  stream.addEventListener("closed", () => {
    stream.close();
    htmx.trigger(now, "heard");
    tell("The session has ended.");
    document.getElementById("post-turn")?.closest("section").remove();
  });
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
    tell("Connection lost. Trying again; what is shown may be out of date.", true);
  });
  addEventListener("pagehide", () => stream.close(), { once: true });
}

// What is typed, or chosen, while a turn is on its way belongs to the next one.
let sent = null;
let written = null;

function filledIn(form) {
  return { text: form.elements.text.value, role: form.elements.role.value };
}

function carry(form) {
  const text = form.elements.text;
  const refused = text.value !== "";
  if (refused) text.value = written.text;
  else if (written.text !== sent.text) {
    const goesOn = written.text.startsWith(sent.text);
    text.value = goesOn ? written.text.slice(sent.text.length).trimStart() : written.text;
  }
  if (written.role !== sent.role) form.elements.role.value = written.role;
}

function notPosted(event) {
  if (event.detail.elt.id !== "post-turn") return;
  const problem = document.getElementById("not-posted");
  problem.hidden = false;
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.id === "post-turn") sent = filledIn(event.detail.elt);
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.elt.id === "post-turn") written = filledIn(event.detail.elt);
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "post-turn") carry(event.target);
});

document.body.addEventListener("htmx:responseError", notPosted);
document.body.addEventListener("htmx:sendError", notPosted);

document.body.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt === now) event.detail.parameters.after = charts.last;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== now) return;
  const shown = now.firstElementChild;
  charts.show(JSON.parse(shown.dataset.contents));
  said.textContent = shown.dataset.said;
});

await charts.draw();
if (connection.dataset.status === "live") listen();
