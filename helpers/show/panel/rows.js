// Runs in the page. Words go in by textContent only.

function element(name, words, className) {
  const made = document.createElement(name);
  if (words !== undefined) made.textContent = words;
  if (className) made.className = className;
  return made;
}

function button(words, className, title, act) {
  const made = element("button", words, className);
  if (title) made.title = title;
  made.addEventListener("click", (event) => {
    event.stopPropagation();
    act();
  });
  return made;
}

export default {
  render({ model, el }) {
    const search = element("input", undefined, "es-search");
    search.type = "text";
    search.placeholder = model.get("search");
    search.setAttribute("aria-label", model.get("search"));
    // JupyterLab takes single letters for commands.
    search.addEventListener("keydown", (event) => event.stopPropagation());
    const table = element("table", undefined, "es-session");

    const rowOf = (cells, key) => {
      const row = element("tr", undefined, key === model.get("picked") ? "es-picked" : "");
      const pick = () => model.send({ do: "pick", row: key });
      const [first, ...rest] = cells.map((words, place) => {
        const cell = element("td");
        if (place) cell.textContent = words;
        else cell.append(button(words, "es-pick", "show this one", pick));
        return cell;
      });
      row.append(first, ...rest);
      if (model.get("second")) {
        const beside = element("td");
        const other = model.get("picked") >= 0 && model.get("picked") !== key;
        const compare = () => model.send({ do: "second", row: key });
        if (other) beside.append(button(model.get("second"), "es-pick es-second", "", compare));
        row.append(beside);
      }
      row.addEventListener("click", pick);
      return row;
    };

    const wanted = (cells) => {
      const said = cells.join(" ").toLowerCase();
      return search.value.toLowerCase().split(/\s+/).every((part) => said.includes(part));
    };

    const draw = () => {
      const heads = element("tr");
      heads.append(...model.get("heads").map((words) => element("th", words)));
      if (model.get("second")) heads.append(element("th"));
      const rows = model.get("rows");
      const keyed = rows.map((cells, index) => [cells, model.get("ids")[index]]);
      const shown = keyed.filter(([cells]) => wanted(cells));
      table.replaceChildren(heads, ...shown.map(([cells, key]) => rowOf(cells, key)));
      const clear = button("Clear", "es-clear", "", () => model.send({ do: "clear" }));
      const parts = [table];
      if (model.get("search") && rows.length > 1) parts.unshift(search);
      if (!model.get("search")) parts.push(clear);
      // Put back only where it is not: a field that is moved loses the cursor.
      if (!rows.length) el.replaceChildren();
      else if (el.children.length !== parts.length || el.firstChild !== parts[0]) {
        el.replaceChildren(...parts);
      }
    };
    draw();
    search.addEventListener("input", draw);
    const names = ["change:rows", "change:picked"];
    names.forEach((name) => model.on(name, draw));
    return () => names.forEach((name) => model.off(name, draw));
  },
};
