// One box of the page that several people type in: what the server has, what is on its way there, and what is not sent yet.
// Needs text_operations.js.
"use strict";
{
  const { points, keeps, takesOut, normal, apply, compose, transform, invert, moveCaret } = textOperations;
  const ONE_STEP = 1000; // milliseconds between keys that are undone together
  const MOST_STEPS = 100;
  const LINE_ENDS = /\r\n|[\r\v\f\x85\u2028\u2029]/g;
  const UNUSABLE = /(?![\n\t])\p{Cc}|\p{Noncharacter_Code_Point}/gu;
  const HALF = /\p{Cs}/u; // of an emoji: some keyboards send one half after the other
  const usable = (text) => text.replace(LINE_ENDS, "\n").replace(UNUSABLE, "").replace(new RegExp(HALF, "gu"), "\ufffd");
  const changes = (operation) => operation.some((part) => !keeps(part));
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const untouched = (text) => ({ key: newKey(), operation: normal([points(text).length]), goes_on: null });

  // What one input event did: the change that ends where the caret is now.
  function edit(old, text, caret) {
    let [head, tail] = [0, 0];
    while (tail < Math.min(text.length - caret, old.length) && old.at(-1 - tail) === text.at(-1 - tail)) tail++;
    while (head < Math.min(old.length, text.length) - tail && old[head] === text[head]) head++;
    return normal([head, text.slice(head, text.length - tail).join(""), head + tail - old.length, tail]);
  }

  class Pending {
    #composing = false;
    #held = [];
    #undo = [];
    #redo = [];

    constructor(text, revision) {
      this.text = text;
      this.base = text; // what the server has at this revision
      this.revision = revision;
      this.start = this.end = 0; // the selection, in code points
      this.own = 0; // how many letters right before the caret its owner has typed there
      this.request = null; // on its way, until the server has said that it has it
      this.inFlight = false;
      this.unsent = untouched(text);
    }

    // Whether every word typed is known to be on the server.
    get saved() {
      return !this.request && !changes(this.unsent.operation);
    }

    // All that the server may not have, as requests one after the other: for a form, when the page goes away, or to be kept.
    // What is typed keeps its key from its first letter on: sent again from what was kept, nothing of it comes twice.
    get left() {
      const unsent = changes(this.unsent.operation) ? this.unsent : null;
      return [this.request, unsent].filter(Boolean).map(({ key, operation, goes_on }) => ({ key, operation, goes_on }));
    }

    // The selection as the box counts, in UTF-16.
    get selection() {
      const all = points(this.text);
      return [this.start, this.end].map((at) => all.slice(0, at).join("").length);
    }

    get typing() {
      return this.own > 0;
    }

    // Where the selection is now. If its owner moved it, they no longer type where they did.
    place(start, end) {
      const [from, to] = [start, end].map((at) => points(this.text.slice(0, at)).length);
      if (from === this.start && to === this.end) return;
      [this.start, this.end, this.own] = [from, to, 0];
    }

    // After an input event: the text of the box and its caret. False if nothing changed.
    typed(raw, caret, now = Date.now()) {
      const text = usable(raw);
      const after = points(usable(raw.slice(0, caret))).length;
      const operation = edit(points(this.text), points(text), after);
      if (!changes(operation)) return false;
      const from = keeps(operation[0]) ? operation[0] : 0;
      const taken = operation.find(takesOut) ?? 0;
      const goesOn = this.typing && from <= this.start && this.start <= from - taken;
      const step = { back: invert(operation, this.text), at: now };
      const last = this.#undo.at(-1);
      if (goesOn && last && now - last.at < ONE_STEP) this.#undo.push({ ...step, back: compose(step.back, this.#undo.pop().back) });
      else this.#undo.push(step);
      this.#undo.splice(0, this.#undo.length - MOST_STEPS);
      this.#redo = [];
      const left = goesOn ? Math.max(0, this.own - (this.start - from)) : 0;
      this.#change(operation, goesOn);
      this.own = left + after - from;
      this.start = this.end = after;
      return true;
    }

    #change(operation, goesOn) {
      const at = changes(this.unsent.operation) ? this.unsent.goes_on : goesOn ? this.start : null;
      this.unsent = { ...this.unsent, operation: compose(this.unsent.operation, operation), goes_on: at };
      this.text = apply(operation, this.text);
    }

    // Takes back one's own last change, whatever others typed since. False if there is none.
    undo() {
      return this.#back(this.#undo, this.#redo);
    }

    redo() {
      return this.#back(this.#redo, this.#undo);
    }

    #back(from, to) {
      let step = from.pop();
      while (step && !changes(step.back)) step = from.pop(); // typed, and taken out again
      if (!step) return false;
      to.push({ back: invert(step.back, this.text), at: 0 });
      const kept = keeps(step.back.at(-1)) ? step.back.at(-1) : 0;
      this.#change(step.back, false);
      this.start = this.end = points(this.text).length - kept;
      this.own = 0;
      return true;
    }

    // The request to send now: the one that failed, or what was typed since; null if there is nothing, or one is on its way.
    sent() {
      if (this.inFlight) return null;
      if (!this.request && changes(this.unsent.operation)) {
        this.#request();
      }
      this.inFlight = this.request !== null;
      return this.request && { ...this.request };
    }

    #request() {
      this.request = { revision: this.revision, ...this.unsent };
      this.unsent = untouched(this.text);
    }

    // No answer came: the same request may go again. The server knows it by its key if it came through after all.
    failed() {
      this.inFlight = false;
    }

    // The server will never take this request, such as a text that is too long: it goes again with what is typed next.
    refused() {
      if (this.request) {
        const { operation, goes_on } = this.request;
        this.unsent = { key: newKey(), operation: compose(operation, this.unsent.operation), goes_on };
      }
      this.request = null;
      this.inFlight = false;
    }

    // The server's answer to a request: the changes since its revision, our own among them.
    acknowledged(answer) {
      const fits = this.receive(answer);
      if (!this.#held.length) this.inFlight = false;
      return fits;
    }

    // Changes since a revision, oldest first; some may be known already. False if one is missing in between: ask again.
    receive(news) {
      const others = (change) => change.revision > this.revision && !this.#isOwn(change);
      if (this.#composing && (this.#held.length || news.some(others))) {
        this.#held.push(...news);
        return true;
      }
      for (const change of news) {
        if (change.revision <= this.revision) continue;
        if (change.revision > this.revision + 1) return false;
        this.revision = change.revision;
        if (!this.request && change.key === this.unsent.key) this.#request(); // kept, and sent by another page of ours
        if (this.#isOwn(change)) this.#landed(change);
        else this.#theirs(change);
      }
      return true;
    }

    // Another page of ours may have sent it when less was typed: the rest comes behind it.
    #landed({ operation }) {
      const [there, here] = [operation, this.request.operation].map((one) => apply(one, this.base));
      if (there !== here) {
        const rest = edit(points(there), points(here), 0);
        this.unsent = { ...this.unsent, operation: compose(rest, this.unsent.operation), goes_on: null };
      }
      this.base = there;
      this.request = null;
      this.inFlight = false;
    }

    #isOwn(change) {
      return this.request?.key === change.key;
    }

    #theirs(theirs) {
      this.base = apply(theirs.operation, this.base);
      if (this.request) {
        const [moved, after] = transform(this.request, theirs);
        this.request = { ...this.request, ...moved, revision: theirs.revision };
        theirs = after;
      }
      const [unsent, after] = transform(this.unsent, theirs);
      this.unsent = { ...this.unsent, ...unsent };
      theirs = after;
      const { operation } = theirs;
      this.text = apply(operation, this.text);
      const alone = this.start === this.end;
      this.start = moveCaret(operation, this.start, alone && this.typing);
      this.end = alone ? this.start : Math.max(this.start, moveCaret(operation, this.end, true));
      for (const steps of [this.#undo, this.#redo]) this.#moveSteps(steps, theirs);
    }

    // The last step starts from the text as it is, each other one from the text that the step after it leaves.
    #moveSteps(steps, theirs) {
      for (const step of [...steps].reverse()) {
        const [moved, after] = transform({ operation: step.back, goes_on: null }, theirs);
        step.back = moved.operation;
        theirs = after;
      }
    }

    // While an input method puts a word together, what others do waits.
    composing(on) {
      this.#composing = on;
      if (on || !this.#held.length) return true;
      const fits = this.receive(this.#held.splice(0));
      this.inFlight = false;
      return fits;
    }
  }

  // Keeps a text area and its Pending the same. `changed("typed" | "theirs")` is called after each; the function that it
  // gives takes the server's changes into the box: take(changes), or take(changes, { answer: true }) for those to a request.
  function follow(area, pending, changed) {
    const look = () => pending.place(area.selectionStart, area.selectionEnd);
    const show = () => {
      if (half || area.value === pending.text) return;
      const { scrollTop, selectionDirection } = area;
      area.value = pending.text;
      if (document.activeElement === area) area.setSelectionRange(...pending.selection, selectionDirection);
      area.scrollTop = scrollTop;
    };
    let composing = false; // an input method puts a word together
    let half = false; // of an emoji is there: the other half comes at once
    const heed = (wait = true) => {
      half = wait && HALF.test(area.value);
      if (half) return pending.composing(true);
      const typed = pending.typed(area.value, area.selectionEnd);
      if (!composing) pending.composing(false);
      show();
      if (typed) changed("typed");
    };
    const back = (event, which) => {
      event.preventDefault();
      if (!pending[which]()) return;
      show();
      changed("typed");
    };
    area.addEventListener("beforeinput", (event) => {
      const which = { historyUndo: "undo", historyRedo: "redo" }[event.inputType];
      if (which) return back(event, which);
      if (!event.isComposing) look();
    });
    area.addEventListener("keydown", (event) => {
      const key = event.key.toLowerCase();
      if (event.isComposing || event.altKey || !(event.ctrlKey || event.metaKey) || !/^[zy]$/.test(key)) return;
      back(event, key === "z" && !event.shiftKey ? "undo" : "redo");
    });
    area.addEventListener("input", () => heed());
    area.addEventListener("change", () => heed(false));
    area.addEventListener("compositionstart", () => {
      look();
      composing = true;
      pending.composing(true);
    });
    area.addEventListener("compositionend", () => {
      const before = pending.revision;
      composing = false;
      heed();
      if (pending.revision !== before) changed("theirs");
    });
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === area && area.value === pending.text) look();
    });
    return (news, { answer = false } = {}) => {
      heed();
      if (!half && document.activeElement === area) look();
      const fits = answer ? pending.acknowledged(news) : pending.receive(news);
      show();
      changed("theirs");
      return fits;
    };
  }

  globalThis.textBox = Object.freeze({ edit, usable, Pending, follow });
}
