// Runs in the page. Words go in by textContent only.

const HEADS = ["when", "server", "model", "first text", "rate", "tokens", "word"];

function element(name, words, className) {
  const made = document.createElement(name);
  if (words !== undefined) made.textContent = words;
  if (className) made.className = className;
  return made;
}

function rowOf(cells, index, model) {
  const row = element("tr");
  const [when, ...rest] = cells;
  const pick = element("button", when, "es-pick");
  pick.title = "show this answer again";
  const first = element("td");
  first.append(pick);
  row.append(first, ...rest.map((words) => element("td", words)));
  row.addEventListener("click", () => model.send({ do: "pick", row: index }));
  return row;
}

export default {
  render({ model, el }) {
    const table = element("table", undefined, "es-session");
    const heads = element("tr");
    const clear = element("button", "Clear", "es-clear");
    clear.addEventListener("click", () => model.send({ do: "clear" }));
    heads.append(...HEADS.map((words) => element("th", words)));
    const draw = () => {
      const rows = model.get("rows").map((cells, index) => rowOf(cells, index, model));
      table.replaceChildren(heads, ...rows);
      el.replaceChildren(...(rows.length ? [table, clear] : []));
    };
    draw();
    model.on("change:rows", draw);
    return () => model.off("change:rows", draw);
  },
};
