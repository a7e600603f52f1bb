"use strict";
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const name = () => { theme.textContent = isDark() ? "Light theme" : "Dark theme"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  prefersDark.addEventListener("change", name);
  name();

  const copy = document.getElementById("copy");
  if (copy && navigator.clipboard) {
    const copied = document.getElementById("copied");
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById("methods-text").textContent);
        copied.textContent = "Copied";
      } catch {
        copied.textContent = "The browser does not allow it; select the text instead";
      }
    });
  }

  const opened = [];
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) {
      fold.open = true;
      opened.push(fold);
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of opened.splice(0)) fold.open = false;
  });

  const table = document.getElementById("session-table");
  if (!table) return;
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const byText = new Intl.Collator(undefined, { numeric: true }).compare;
  const order = (a, b, column, down) => {
    const [x, y] = [a.cells[column], b.cells[column]];
    if (!headings[column].classList.contains("n")) {
      return (down ? -1 : 1) * byText(x.textContent, y.textContent);
    }
    const missing = (x.dataset.value === undefined) - (y.dataset.value === undefined);
    return missing || (down ? -1 : 1) * (Number(x.dataset.value) - Number(y.dataset.value)) || 0;
  };
  headings.forEach((heading, column) => {
    if ("plain" in heading.dataset) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...[...body.rows].sort((a, b) => order(a, b, column, down)));
    });
  });

  const filter = document.getElementById("filter");
  if (filter) {
    const filtered = document.getElementById("filtered");
    filter.closest(".filter").hidden = false;
    filter.addEventListener("change", () => {
      for (const part of document.querySelectorAll("tr[data-condition], article[data-condition]")) {
        part.hidden = filter.value !== "" && part.dataset.condition !== filter.value;
      }
      const left = [...body.rows].filter((row) => !row.hidden).length;
      filtered.textContent = filter.value === "" ? "" : `${left} of ${body.rows.length} sessions, here and below`;
    });
  }

})();
