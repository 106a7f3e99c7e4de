// Who else is here: the page says at which prompt its caret is, and shows where others are: initials in the bar at the foot and
// beside their section, words on their box. Nothing of it takes room from the writing. Needs app.js.
"use strict";
{
  const BEAT = 20_000; // the server forgets a page that it did not hear of for 45 s
  const SETTLED = 600; // a caret that only passes by is not told
  const AT_MOST_EVERY = 2000;
  const IDLE = 5 * 60_000; // a window left open is not somebody here
  const GRACE = 1500; // somebody who reloads their page has not left
  const ANNOUNCED = 2500;
  const MOST_SHOWN = 6;
  const live = document.getElementById("live");

  // ---- Where this page is
  let [at, busy, again, timer, active, sentAt, over] = [null, false, false, 0, 0, -Infinity, false];
  const caret = () => document.activeElement?.closest(".prompt[data-prompt]")?.dataset.prompt ?? "";

  function post(said) {
    const page = document.getElementById("plan").elements.page.value;
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
    const body = new URLSearchParams({ page, ...said });
    return fetch(live.dataset.here, { method: "POST", body, headers, keepalive: true }).catch(() => null);
  }

  async function come() {
    clearTimeout(timer);
    if (over || document.hidden) return;
    if (performance.now() - active > IDLE) return leave();
    timer = setTimeout(come, BEAT);
    if (busy) return void (again = true);
    busy = true;
    [at, sentAt] = [caret(), performance.now()];
    const answer = await post({ at });
    over = [403, 404].includes(answer?.status);
    busy = false;
    if (again && caret() !== at) soon();
    again = false;
  }

  function leave() {
    clearTimeout(timer);
    if (at === null || over) return;
    at = null;
    post({ gone: "yes" });
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(come, Math.max(SETTLED, sentAt + AT_MOST_EVERY - performance.now()));
  }

  function stir() {
    active = performance.now();
    if (at === null) come();
  }

  // ---- Where others are
  let [shown, fresh, wait, announced, telling] = [[], [], 0, new Set(), 0];
  const names = (people) => new Set(people.map(({ name }) => name));
  const once = (people) => [...new Map(people.map((one) => [one.name, one])).values()];

  function hear(list) {
    fresh = [...list.children].map((one) => ({ ...one.dataset, words: one.textContent.trim() }));
    clearTimeout(wait);
    const here = names(fresh);
    if ([...names(shown)].every((name) => here.has(name))) show();
    else wait = setTimeout(show, GRACE);
  }

  function show() {
    shown = fresh;
    paint();
    clearTimeout(telling);
    telling = setTimeout(announce, ANNOUNCED);
  }

  // Who came and who left, said once; where they go is not worth interrupting anybody.
  function announce() {
    const now = names(shown);
    const said = [...now].filter((name) => !announced.has(name)).map((name) => `${name} is here now.`);
    said.push(...[...announced].filter((name) => !now.has(name)).map((name) => `${name} has left.`));
    announced = now;
    if (said.length) document.getElementById("announce").textContent = said.join(" ");
  }

  const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

  function chip({ name, initials }) {
    const made = element("span", "initials", initials);
    made.title = name;
    made.ariaHidden = "true";
    return made;
  }

  // One place for marks, made where somebody is and taken away with the last of them. What stays the same is not touched.
  function mark(where, className, key, before, fill) {
    let found = where.querySelector(`:scope > .${className}`);
    if (found?.dataset.key === key) return;
    if (!key) return found?.remove();
    if (!found) where.insertBefore(found = element("div", className), before);
    found.dataset.key = key;
    found.replaceChildren(...fill());
  }

  function everywhere(attribute, id) {
    const found = new Map([...document.querySelectorAll(`[data-others="${attribute}"]`)].map((node) => [node, []]));
    for (const one of shown) {
      const node = one[attribute] && document.getElementById(`${id}-${one[attribute]}`);
      if (!node) continue;
      node.dataset.others = attribute;
      if (!found.get(node)?.push(one)) found.set(node, [one]);
    }
    return found;
  }

  const keyOf = (people) => [...names(people)].sort().join("|");

  function paint() {
    for (const [section, people] of everywhere("section", "s")) {
      mark(section, "here-section", keyOf(people), section.children[1] ?? null, () => once(people).map(chip));
    }
    for (const [box, people] of everywhere("at", "p")) {
      const control = box.querySelector(":scope > .box");
      mark(box, "here-box", keyOf(people), control ?? box.firstChild, () => [element("span", "", writing([...names(people)]))]);
    }
    const bar = document.querySelector(".foot-bar");
    if (bar) mark(bar, "here-bar", shown.map(({ words }) => words).join("|"), null, inTheBar);
  }

  const writing = (people) => `${people.join(" and ")} ${people.length > 1 ? "are" : "is"} writing here`;

  function inTheBar() {
    const people = once(shown);
    const list = element("ul", "");
    list.ariaLabel = "Also here";
    for (const [number, person] of people.entries()) {
      const line = element("li", number < MOST_SHOWN ? "" : "visually-hidden");
      const words = shown.filter(({ name }) => name === person.name).map((one) => one.words).join(", ");
      line.append(chip(person), element("span", "visually-hidden", words));
      line.firstChild.title = words;
      list.append(line);
    }
    const more = people.length - MOST_SHOWN;
    return more > 0 ? [list, element("span", "hint", `and ${more} more`)] : [list];
  }

  globalThis.presence = Object.freeze({ hear, paint, company: () => shown.length > 0 });

  if (live) {
    for (const event of ["focusin", "focusout"]) document.addEventListener(event, () => caret() !== at && at !== null && soon());
    for (const event of ["keydown", "pointerdown", "pointermove", "scroll"]) addEventListener(event, stir, { passive: true });
    document.addEventListener("visibilitychange", () => {
      active = performance.now();
      come();
    });
    document.addEventListener("submit", ({ target }) => target.action.endsWith("/sign-out") && leave());
    addEventListener("pagehide", leave);
    addEventListener("pageshow", stir);
  }
}
