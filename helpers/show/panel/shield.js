// Runs in the page. Words go in by textContent only.

const SILENT_MS = 4000;
const LOOK_MS = 500;
const ASK_MS = 250;
const LATE_MS = 1000;
const GONE = new Set(["dead", "terminating", "restarting", "autorestarting"]);
const WORDS = {
  gone: "The kernel has stopped or was restarted. Run this cell again for a panel that works.",
  waits: "Not connected to the kernel yet: it is busy, or still starting.",
  silent: "No sign of life from the kernel. It is busy with something else, or it has ended.",
  stale: "This page was opened after the panel: what is below may be old or incomplete.",
};

const exchangeOf = (shown) => shown.split(":")[0];

function isStale(model, before) {
  const shown = model.get("shown");
  if (!before) return false;
  const here = document.querySelector(`[data-endpointscope="${CSS.escape(shown)}"]`);
  const missing = !shown.endsWith(":0") && !here;
  // What is asked from this page goes to the outputs of the old one, too.
  return model.get("running") ? exchangeOf(shown) === before : missing;
}

// A field sends its value when it is left, and a shortcut does not leave it.
const commit = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

const hold = (root, held) => {
  const parts = root.querySelectorAll(":scope > :not(.es-status), .es-stale-row");
  for (const part of parts) part.inert = held;
};

// A saved panel stands in the page before its kernel hears it: until that has answered, nothing
// can be pressed or typed, for it would be lost.
function connect(root, model, signal) {
  const ask = () => {
    hold(root, true);
    model.send({ do: "here" });
  };
  const timer = setInterval(ask, ASK_MS);
  const over = () => {
    clearInterval(timer);
    model.off("msg:custom", heard);
  };
  const heard = (message) => {
    if (message?.do !== "here") return;
    over();
    hold(root, false);
    root.classList.add("es-connected");
    root.classList.remove("es-waits");
  };
  model.on("msg:custom", heard);
  signal.addEventListener("abort", over);
  ask();
}

function guard(root, model, signal) {
  const prompt = root.querySelector(".es-prompt textarea");
  // On its way down: a text field's own widget lets no key come up to here.
  root.addEventListener("keydown", (event) => {
    if (event.isComposing || !root.classList.contains("es-connected")) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      commit(event.target);
      model.send({ do: "send", prompt: prompt.value });
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      // Saving is the notebook's: left to the field, the browser would offer to save the page.
      event.preventDefault();
      event.stopPropagation();
      commit(event.target);
      root.parentElement.dispatchEvent(new KeyboardEvent("keydown", event));
    } else if (event.key === "Escape") {
      model.send({ do: "stop" });
    }
  }, { capture: true, signal });
  root.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  root.addEventListener("click", (event) => {
    if (event.target.closest(".es-send")) prompt.focus();
    // A button that hides itself would leave the next letter to the notebook.
    setTimeout(() => {
      if (!signal.aborted && document.activeElement === document.body) prompt.focus();
    }, 300);
  }, { signal });
}

function watch(root, el, model, before, signal) {
  const kernel = model.widget_manager?.kernel;
  const began = performance.now();
  let last = began;
  let gone = false;
  const alive = () => { last = performance.now(); };
  const onStatus = (_, status) => { gone ||= GONE.has(status); };
  const look = () => {
    // A button of ipywidgets has no word for what it opens; its caret is all that shows it.
    for (const fold of root.querySelectorAll(".es-fold"))
      fold.setAttribute("aria-expanded", String(Boolean(fold.querySelector(".fa-caret-down"))));
    gone ||= GONE.has(kernel?.status);
    const silent = model.get("running") && performance.now() - last > SILENT_MS;
    const lost = gone || silent;
    const late = performance.now() - began > LATE_MS;
    const waits = !lost && late && !root.classList.contains("es-connected");
    const stale = !lost && !waits && isStale(model, before);
    const words = gone ? WORDS.gone : silent ? WORDS.silent
      : waits ? WORDS.waits : stale ? WORDS.stale : "";
    root.classList.toggle("es-lost", lost);
    if (gone) {
      // Whatever is pressed or typed from now on would be lost.
      hold(root, true);
      root.classList.remove("es-connected");
    }
    root.classList.toggle("es-waits", waits);
    root.classList.toggle("es-stale", stale);
    if (el.textContent !== words) el.textContent = words;
  };
  model.on("change:beat change:running change:shown", alive);
  kernel?.statusChanged?.connect(onStatus);
  const timer = setInterval(look, LOOK_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    kernel?.statusChanged?.disconnect(onStatus);
    model.off("change:beat change:running change:shown", alive);
  });
}

export default () => {
  // The exchange that had begun before this page knew the panel; its outputs went elsewhere.
  let before = "";
  return {
    initialize({ model }) {
      before = exchangeOf(model.get("shown"));
    },
    render({ model, el }) {
      const over = new AbortController();
      el.setAttribute("role", "alert");
      const attach = () => {
        const root = el.closest(".es-panel");
        if (over.signal.aborted) return;
        if (!root?.querySelector(".es-prompt textarea")) return void setTimeout(attach, 50);
        for (const spoken of root.querySelectorAll(".es-spoken")) spoken.setAttribute("role", "status");
        connect(root, model, over.signal);
        guard(root, model, over.signal);
        watch(root, el, model, before, over.signal);
      };
      attach();
      return () => over.abort();
    },
  };
};
