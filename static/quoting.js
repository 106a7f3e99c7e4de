// Comments about words: those that somebody chooses, in a box or in set text, and the way back to them. Needs app.js and comments.js.
"use strict";
{
  const { element, say } = comments;
  const points = (text) => [...text].length;
  const commentsOf = (node) => node.closest(".section")?.querySelector(":scope > .comments");

  // ---- Choosing them
  const button = element("button", { type: "button", className: "small comment-here", textContent: "Comment on these words" });
  let chosen = null;
  let byTab = false; // a browser selects a whole line that somebody comes to with the Tab key: they chose nothing
  document.addEventListener("keydown", ({ key }) => (byTab = key === "Tab" || (byTab && key === "Shift")), true);
  document.addEventListener("pointerdown", () => (byTab = false), true);

  function inBox() {
    const area = document.activeElement;
    if (byTab || !area?.matches?.(":is(.prompt, .cell):is(.text, .line) > .box") || area.selectionStart === area.selectionEnd) return null;
    const [prompt, row = ""] = area.closest(".prompt").dataset.prompt.split(".");
    const words = area.value.slice(area.selectionStart, area.selectionEnd);
    return { after: area, prompt, row, words, at: points(area.value.slice(0, area.selectionStart)) };
  }

  function inText() {
    const selection = getSelection();
    if (selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const start = range.startContainer.parentElement?.closest(".read .answer");
    if (!start || !start.contains(range.endContainer)) return null;
    const before = document.createRange();
    before.setStart(start, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const read = start.closest(".read");
    return { after: start.closest("table, ul, ol") ?? start, prompt: read.id.slice(2), row: "", words: `${range}`, at: points(`${before}`) };
  }

  function look() {
    if (document.activeElement === button) return;
    const found = inBox() ?? inText();
    if (!found?.words.trim() || !commentsOf(found.after)) return hide();
    chosen = found;
    if (button.previousElementSibling !== found.after) found.after.after(button);
  }

  function hide() {
    chosen = null;
    button.remove();
  }

  document.addEventListener("selectionchange", look);
  document.addEventListener("select", look); // within a box
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (chosen && relatedTarget !== button && (target === button || target === chosen.after)) hide();
  });
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // the words stay chosen
  button.addEventListener("click", () => {
    const { after, prompt, row, words, at } = chosen;
    const box = after.closest(".prompt");
    if (box && prompts.stateOf(box).typed) prompts.save(box);
    const section = commentsOf(after);
    const compose = section.querySelector(":scope > .compose");
    quote(compose, { prompt, row, at, words });
    section.open = true;
    hide();
    bringTo(after, compose);
  });

  // The box for a comment comes to the words that it is about: below them, or beside them where there is a margin.
  // It goes back to the other comments when somebody goes on elsewhere.
  function bringTo(words, compose) {
    goBack(compose);
    const [there, { left, width, height }] = [words, compose].map((one) => one.getBoundingClientRect());
    const inSight = Math.max(24, Math.min(there.top, innerHeight - 96 - height));
    const top = left >= there.right ? inSight : there.bottom + 4;
    compose.classList.add("at-words");
    const around = compose.offsetParent.getBoundingClientRect();
    Object.assign(compose.style, { left: `${left - around.left}px`, top: `${top - around.top}px`, width: `${width}px` });
    compose.querySelector("textarea").focus({ preventScroll: true });
    compose.scrollIntoView({ block: "nearest" });
  }

  function goBack(compose) {
    compose.classList.remove("at-words");
    if (compose.hasAttribute("style")) compose.removeAttribute("style"); // unasked, Chromium leaves an empty one
  }
  document.addEventListener("focusin", ({ target }) => {
    for (const compose of document.querySelectorAll(".compose.at-words")) if (!compose.contains(target)) goBack(compose);
  });

  function quote(compose, said) {
    compose.querySelector("[name^='quote.']").value = said ? JSON.stringify(said) : "";
    const about = compose.querySelector(".quoting");
    about.hidden = !said;
    about.querySelector(".quoted").textContent = said?.words ?? "";
    addAway(about);
    comments.begun(compose);
  }

  function addAway(about) {
    if (about.querySelector("button")) return;
    const away = element("button", { type: "button", className: "small", textContent: "Not about these words" });
    away.addEventListener("click", () => {
      const compose = about.closest(".compose");
      quote(compose, null);
      goBack(compose);
      compose.querySelector("textarea").focus();
    });
    about.append(away);
  }
  for (const about of document.querySelectorAll(".quoting:not([hidden])")) addAway(about);

  // ---- Going to the words that a comment is about
  function nearest(text, words, at) {
    let [best, from] = [-1, text.indexOf(words)];
    const off = (place) => Math.abs(points(text.slice(0, place)) - at);
    for (let tries = 0; from >= 0 && tries < 1000; tries++, from = text.indexOf(words, from + 1)) if (best < 0 || off(from) < off(best)) best = from;
    return best;
  }

  function show({ dataset: { prompt, row, at }, textContent: words }) {
    const around = (row && document.getElementById(`row-${prompt}-${row}`)) || document.getElementById(`p-${prompt}`);
    for (const area of around?.querySelectorAll("textarea, input[type=text]") ?? []) {
      const from = nearest(area.value, words, Number(at));
      if (from < 0) continue;
      area.focus();
      area.setSelectionRange(from, from + words.length);
      return true;
    }
    for (const answer of around?.querySelectorAll(".answer") ?? []) {
      const from = nearest(answer.textContent, words, Number(at));
      if (from >= 0) return mark(answer, from, from + words.length);
    }
    return false;
  }

  function mark(answer, from, to) {
    const range = document.createRange();
    const walker = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
    for (let [at, node] = [0, walker.nextNode()]; node; at += node.length, node = walker.nextNode()) {
      if (from >= at && from <= at + node.length) range.setStart(node, from - at);
      if (to >= at && to <= at + node.length) range.setEnd(node, to - at);
    }
    globalThis.CSS?.highlights?.set("quoted", new Highlight(range));
    answer.tabIndex = -1;
    answer.focus();
    return true;
  }

  const CHANGED = "The words were changed since.";
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".comments .quoted a");
    if (!link) return;
    event.preventDefault();
    const found = show(link);
    const quoted = link.closest(".quoted");
    const there = quoted.parentElement.querySelector(":scope > .changed");
    if (found) return there?.remove();
    if (!there) quoted.after(element("p", { className: "hint changed", textContent: CHANGED }));
    document.getElementById(`p-${link.dataset.prompt}`)?.scrollIntoView({ block: "center" });
    say(CHANGED);
  });

  globalThis.quoting = Object.freeze({ quote, goBack });
}
