// Runs in the page. Notes when the numbers that a cell counts have been painted.

const now = () => performance.timeOrigin + performance.now();

// The text behind the mark, in the output that begins with it and those below.
function counted(mark) {
  const outputs = [...document.querySelectorAll(".jp-OutputArea-output")];
  const first = outputs.findIndex((output) => output.textContent.includes(mark));
  if (first < 0) return "";
  const area = outputs[first].parentElement.parentElement;
  const text = outputs
    .slice(first)
    .filter((output) => area.contains(output))
    .map((output) => output.textContent)
    .join("");
  return text.slice(text.indexOf(mark) + mark.length);
}

// A frame's callback runs before the frame is painted, and a message sent there is read after it.
function afterPaint(call) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = call;
    channel.port2.postMessage(0);
  });
}

class Watch {
  constructor(mark) {
    this.painted = [];
    this.longest = 0;
    this.seen = 0;
    this.mark = mark;
    this.changes = new MutationObserver(() => this.look());
    this.changes.observe(document.body, { childList: true, characterData: true, subtree: true });
    this.tasks = new PerformanceObserver((list) => {
      for (const task of list.getEntries()) this.longest = Math.max(this.longest, task.duration);
    });
    this.tasks.observe({ entryTypes: ["longtask"] });
  }

  look() {
    const numbers = counted(this.mark).match(/\d+(?=\s)/g);
    const last = numbers ? Number(numbers.at(-1)) : 0;
    if (last <= this.seen) return;
    this.seen = last;
    afterPaint(() => this.painted.push([last, now()]));
  }

  end() {
    this.changes.disconnect();
    this.tasks.disconnect();
    return { painted: this.painted, longest_ms: this.longest };
  }
}

function render({ model }) {
  let watch = null;
  const take = ({ ask, mark }) => {
    if (ask === "watch") watch = new Watch(mark);
    const found = ask === "end" && watch ? watch.end() : {};
    const seen = watch?.painted.at(-1)?.[0] ?? 0;
    model.send({ ask, at_ms: now(), seen, ...found });
  };
  model.on("msg:custom", take);
  return () => {
    model.off("msg:custom", take);
    watch?.end();
  };
}

export default { render };
