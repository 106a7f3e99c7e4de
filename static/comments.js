// Comments beside the writing: sent in their place, shown as they come; about chosen words; "@" offers those who may be told.
// Needs app.js. Without it, comments are plain forms.
"use strict";
{
  const points = (text) => [...text].length;
  const commentsOf = (node) => node.closest(".section")?.querySelector(":scope > .comments");
  const say = (words) => (document.getElementById("announce").textContent = words);
  const element = (tag, properties) => Object.assign(document.createElement(tag), properties);

  // ---- Sending: htmx sends the comments of one section; the form of the whole page stays.
  document.addEventListener("submit", (event) => {
    if (!event.submitter?.matches(".comments [hx-post]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // What is typed while they are on their way stays.
  const words = (comments) => new Map([...comments.querySelectorAll("textarea")].map((area) => [area.id, area.value]));
  let [sent, later] = [new Map(), new Map()];
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const comments = detail.elt.closest(".comments");
    if (comments) sent = words(comments);
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.target?.matches(".comments")) return;
    detail.target.querySelectorAll(".at-words").forEach(goBack);
    later = new Map([...words(detail.target)].filter(([id, value]) => value !== sent.get(id)));
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const fresh = detail.target?.id.startsWith("comment-") && document.getElementById(detail.target.id);
    if (fresh) fresh.open = true;
    for (const [id, value] of later) {
      const area = document.getElementById(id);
      if (area) area.value = value;
    }
    later.clear();
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const comments = detail.elt.closest(".comments");
    const { status } = detail.xhr;
    if (!comments || status === 401 || status === 422 || (status >= 200 && status < 300)) return;
    const why = status === 403 || status === 404 ? "You cannot comment here any more." : "The site does not answer. Please try again.";
    comments.querySelector(".not-sent")?.remove();
    detail.elt.after(element("p", { className: "error not-sent", role: "alert", textContent: `Not sent. ${why} Your words are still here.` }));
  });

  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const fresh = detail.target?.id && document.getElementById(detail.target.id);
    if (!fresh?.matches(".comments")) return;
    const error = fresh.querySelector(".error");
    if (!error) say("Your comments are saved.");
    const box = error?.closest(".compose")?.querySelector("textarea");
    if (box) return box.focus();
    if (!fresh.contains(document.activeElement) || !document.activeElement.checkVisibility()) fresh.querySelector("summary").focus();
  });

  // ---- What is begun waits in this browser until its writer sends it (drafts.js)
  const composes = () => [...document.querySelectorAll(".comments .compose")];
  const begun = (compose) => document.dispatchEvent(new CustomEvent("begun", { detail: compose ? [compose] : composes() }));
  document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.matches(".comments") && begun());
  document.addEventListener("input", ({ target }) => {
    const compose = target.closest(".comments .compose");
    if (compose) begun(compose);
  });

  // All that one box holds; null if nobody has begun anything there.
  function wordsOf(compose) {
    const fields = [...compose.querySelectorAll("[name]")]
      .filter((field) => field.name !== "shared" && (field.type === "checkbox" ? field.checked : field.value.trim()))
      .map(({ name, value }) => [name, value]);
    if (!fields.some(([name]) => !name.startsWith("tell."))) return null;
    return { comment: true, question: compose.querySelector("label").textContent.trim(), fields };
  }

  // Puts back what was begun before, after what stands there now.
  function fill(compose, fields) {
    const area = compose.querySelector("textarea");
    for (const [name, value] of fields) {
      const field = [...compose.querySelectorAll("[name]")].find((one) => one.name === name && (one.type !== "checkbox" || one.value === value));
      if (field === area) {
        if (!area.value.includes(value)) area.value = [area.value, value].filter(Boolean).join("\n\n");
      } else if (field?.type === "checkbox") {
        field.checked = true;
        field.closest("details").open = true;
      } else if (field && !field.value) quote(compose, JSON.parse(value));
    }
    for (let around = compose.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
    prompts.grow(area);
  }

  const typed = (node) => [...node.querySelectorAll("textarea")].some((area) => area.value.trim() || area === document.activeElement) ||
    [...node.querySelectorAll("[type=checkbox], [name^='quote.']")].some((field) => (field.type === "checkbox" ? field.checked : field.value));
  let leaving = false;
  document.addEventListener("submit", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("beforeunload", (event) => {
    const boxes = [...document.querySelectorAll(".comments textarea")];
    if (!leaving && boxes.some((area) => area.value.trim())) event.preventDefault();
  });

  // ---- What others say: threads are put in their place, but for a box in which somebody types.
  function place(old, fresh) {
    for (const details of fresh.querySelectorAll("details[id]")) details.open ||= document.getElementById(details.id)?.open ?? false;
    old.open ||= fresh.open;
    old.querySelector("summary").replaceChildren(...fresh.querySelector("summary").childNodes);
    const [list, wanted] = [old, fresh].map((one) => one.querySelector(":scope > .threads"));
    const ids = new Set([...wanted.children].map(({ id }) => id));
    for (const gone of [...list.children]) {
      if (ids.has(gone.id)) continue;
      if (typed(gone)) resolvedMeanwhile(gone, fresh.querySelector(`.resolved [id="${gone.id}"] > .hint`));
      else gone.remove();
    }
    for (const thread of [...wanted.children]) join(list, thread);
    renew(old, fresh, ":scope > .resolved", (resolved) => list.after(resolved));
    renew(old, fresh, ":scope > .compose");
  }

  // Somebody is answering: they are told what their answer does now.
  function resolvedMeanwhile(thread, hint) {
    const compose = thread.querySelector(".compose");
    if (!hint || compose.querySelector(".opens-again")) return;
    const textContent = `${hint.textContent}. Answering opens this thread again.`;
    compose.append(element("p", { className: "hint opens-again", textContent }));
    say(textContent);
  }

  function join(list, thread) {
    const here = [...list.children].find(({ id }) => id === thread.id);
    here?.querySelector(".opens-again")?.remove();
    if (!here) list.append(thread);
    else if (typed(here)) here.querySelector(".said").replaceWith(thread.querySelector(".said"));
    else swap(here, thread);
    htmx.process(list);
  }

  function renew(old, fresh, where, put = () => {}) {
    const [here, there] = [old, fresh].map((one) => one.querySelector(where));
    if (here && typed(here)) return;
    if (here && there) swap(here, there);
    else if (there) put(there);
    else here?.remove();
    if (there) htmx.process(there);
  }

  // What has the focus keeps it.
  function swap(old, fresh) {
    const id = old.contains(document.activeElement) && document.activeElement.id;
    old.replaceWith(fresh);
    if (id) document.getElementById(id)?.focus({ preventScroll: true });
  }

  // ---- Choosing words, in a box or in set text
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
    const comments = commentsOf(after);
    const compose = comments.querySelector(":scope > .compose");
    quote(compose, { prompt, row, at, words });
    comments.open = true;
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
    const quoting = compose.querySelector(".quoting");
    quoting.hidden = !said;
    quoting.querySelector(".quoted").textContent = said?.words ?? "";
    addAway(quoting);
    begun(compose);
  }

  function addAway(quoting) {
    if (quoting.querySelector("button")) return;
    const away = element("button", { type: "button", className: "small", textContent: "Not about these words" });
    away.addEventListener("click", () => {
      const compose = quoting.closest(".compose");
      quote(compose, null);
      goBack(compose);
      compose.querySelector("textarea").focus();
    });
    quoting.append(away);
  }
  for (const quoting of document.querySelectorAll(".quoting:not([hidden])")) addAway(quoting);

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

  // ---- Telling somebody: "@" offers the names of the ticks below the box
  const MOST = 8;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let offer = null; // { area, list, at, current }

  const ticks = (area) => [...area.closest(".compose").querySelectorAll(".whom [type=checkbox]")];
  const nameOf = (tick) => tick.labels[0].textContent.trim();

  function suggest(area) {
    const before = area.value.slice(0, area.selectionStart);
    const [, asked] = /(?:^|[\s(])@([^@\n]{0,40})$/u.exec(before) ?? [];
    const fits = (tick) => plain(nameOf(tick)).split(" ").some((_, index, all) => all.slice(index).join(" ").startsWith(plain(asked)));
    const found = asked === undefined ? [] : ticks(area).filter(fits).slice(0, MOST);
    if (!found.length) return close();
    if (offer?.area !== area) open(area);
    offer.at = before.length - asked.length - 1;
    offer.list.replaceChildren(...found.map((tick) => option(tick)));
    choose(0);
    say(`${found.length} ${found.length === 1 ? "person" : "people"} to tell. Arrow keys to choose, Enter to tell.`);
  }

  function open(area) {
    close();
    const list = element("ul", { id: `${area.id}-people`, className: "people-offered", role: "listbox", ariaLabel: "Whom to tell" });
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-haspopup", "listbox");
    offer = { area, list, at: 0, current: 0 };
  }

  function option(tick) {
    const one = element("li", { id: `offer-${tick.id}`, role: "option", textContent: nameOf(tick) });
    one.tick = tick;
    one.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(one);
    });
    return one;
  }

  function choose(index) {
    const all = [...offer.list.children];
    offer.current = (index + all.length) % all.length;
    all.forEach((one, at) => (one.ariaSelected = `${at === offer.current}`));
    offer.area.setAttribute("aria-activedescendant", all[offer.current].id);
  }

  function take({ tick }) {
    const { area, at } = offer;
    const said = `@${nameOf(tick)} `;
    const rest = area.value.slice(area.selectionStart);
    area.value = area.value.slice(0, at) + said + rest.replace(/^ /, "");
    area.setSelectionRange(at + said.length, at + said.length);
    close();
    tick.checked = true;
    tick.dataset.byName = said.trim();
    tick.closest("details").open = true;
    begun(area.closest(".compose"));
    say(`${nameOf(tick)} will be told.`);
  }

  function close() {
    if (!offer) return;
    for (const name of ["aria-controls", "aria-activedescendant", "aria-autocomplete", "aria-haspopup"]) offer.area.removeAttribute(name);
    offer.list.remove();
    offer = null;
  }

  document.addEventListener("input", ({ target: area }) => {
    if (!area.matches(".compose textarea")) return;
    for (const tick of ticks(area)) if (tick.dataset.byName && !area.value.includes(tick.dataset.byName)) {
      tick.checked = false;
      delete tick.dataset.byName;
    }
    suggest(area);
  });
  document.addEventListener("focusout", ({ target }) => target === offer?.area && close());
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!target.matches?.(".compose textarea") || event.isComposing) return;
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return target.closest(".compose").querySelector("[hx-post]").click();
    }
    if (!offer) return;
    if (key === "ArrowDown" || key === "ArrowUp") choose(offer.current + (key === "ArrowDown" ? 1 : -1));
    else if (key === "Enter" || key === "Tab") take(offer.list.children[offer.current]);
    else if (key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  globalThis.comments = Object.freeze({ place, composes, begun: wordsOf, fill });

  // A link from elsewhere leads to the comments of a section: they are open then.
  const wanted = location.hash.startsWith("#comment-") && document.getElementById(location.hash.slice(1));
  if (wanted) wanted.open = true;
}
