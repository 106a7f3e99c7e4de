// Writing together: text boxes send what was done to them, and the page asks what others did when the bell rings.
// Needs app.js, text_operations.js, text_box.js, fields.js, presence.js, comments.js and norms.js.
"use strict";
{
  const { fieldsOf, showAlong, statusOf, stateOf, states, save, say, announce, changed, page } = prompts;
  const live = document.getElementById("live");
  const ALONE = 5 * 60_000; // after so long without anybody else, saves wait for a pause in typing again
  const SOON = 120;
  const RETRY = [1000, 8000]; // a server that starts anew is found by all within ten seconds, and not by all at once
  const MOST_RETRIES = 3; // of one that refuses
  const POLL = [3000, 15_000];
  const POLL_BESIDE_A_STREAM = 30_000;
  const NO_STREAM = 60_000;
  const OUTLINE = 3000;
  const SAID_AGAIN = 5 * 60_000; // that others write here
  let lastOther = -Infinity;

  // ---- Text boxes
  class Typing {
    #timer = 0;
    constructor(box, area) {
      this.box = box;
      this.name = box.dataset.prompt;
      this.pending = new textBox.Pending(area.value, Number(statusOf(box).querySelector("input").value));
      this.take = textBox.follow(area, this.pending, (why) => {
        showAlong(area);
        if (why === "typed") this.#typed();
      });
    }
    #typed() {
      stateOf(this.box).typed = true;
      changed(this.box);
      const alone = !presence.company() && performance.now() - lastOther > ALONE;
      if (alone || this.#timer || stateOf(this.box).late) return; // what failed is tried again in its own time
      this.#timer = setTimeout(() => {
        this.#timer = 0;
        if (!this.pending.inFlight) save(this.box);
      }, SOON);
    }
    // What a save sends; false if there is nothing to send now.
    fill(parameters) {
      const request = this.pending.sent();
      if (!request) return false;
      const { revision, ...change } = request;
      delete parameters[this.name];
      parameters[`v.${this.name}`] = revision;
      parameters[`ops.${this.name}`] = JSON.stringify([change]);
      return true;
    }
    failed() {
      this.pending.failed();
    }
    refused() {
      this.pending.refused();
    }
    // The server has answered a save: whether everything is there.
    answered(status) {
      this.hear(JSON.parse(status.dataset.changes ?? "[]"), { answer: true });
      return this.pending.saved;
    }
    hear(changes, how) {
      const before = this.pending.revision;
      if (changes.some(({ revision, key }) => revision > before && !key)) lastOther = performance.now();
      const fits = this.take(changes, how);
      statusOf(this.box).querySelector("input").value = this.pending.revision;
      return fits;
    }
    // All that the server may not have, as fields of a form.
    left() {
      const { request, revision, left } = this.pending;
      return { [`v.${this.name}`]: request?.revision ?? revision, [`ops.${this.name}`]: JSON.stringify(left) };
    }
  }

  function begin(within) {
    for (const box of within.querySelectorAll(".prompt.text[hx-post], .prompt.line[hx-post]")) {
      const area = document.getElementById(`f-${box.dataset.prompt}`);
      if (!box.typing && area) box.typing = new Typing(box, area);
    }
  }

  // ---- What others did
  let asked = Infinity; // when the server was asked for what is being put in its place
  let owed = null; // what could not be put there whole, because somebody was busy: its ids, and since when the page lacks it

  const has = (node) => node.contains(document.activeElement);
  const saves = ({ typed, answered }) => typed || answered > asked; // what came may be older than our own save
  const busy = (node) => has(node) || [...states].some(([box, state]) => saves(state) && node.contains(box));
  const due = () => owed !== null && [...owed.ids].some((id) => !busy(document.getElementById(id) ?? live));

  // As soon as somebody leaves a box, and all that they typed there is saved.
  const settle = () => due() && ask();
  document.addEventListener("focusout", () => setTimeout(settle, SOON)); // for a click to come first
  document.addEventListener("words", settle);

  const versionOf = (node) => node.querySelector("input[name^='v.']").value;
  const unsettled = (panel) => panel?.matches(".conflict:has([data-settles])");

  function swap(old, fresh) {
    for (const line of fresh.querySelectorAll(".status")) { // what it says of the last save stays true
      const said = document.getElementById(line.id);
      if (said && versionOf(said) === versionOf(line)) line.replaceWith(said);
    }
    for (const place of fresh.querySelectorAll("[id^='conflict-']")) {
      const panel = document.getElementById(place.id);
      if (unsettled(panel)) place.replaceWith(panel);
    }
    old.replaceWith(fresh);
    shown(fresh);
  }

  function shown(fresh) {
    htmx.process(fresh);
    for (const box of fresh.querySelectorAll(".prompt")) fieldsOf(box).forEach(showAlong);
    if (fresh.matches(".prompt")) fieldsOf(fresh).forEach(showAlong);
  }

  // Gives whether all of it is in its place.
  function place(fresh) {
    const old = document.getElementById(fresh.id);
    if (!old || unsettled(old)) return true;
    if (fresh.matches(".conflict")) announce(fresh.querySelector("p").textContent.trim());
    if (fresh.matches(".comments")) comments.place(old, fresh);
    else if (!busy(old)) swap(old, fresh);
    else {
      const [list, wanted] = [old, fresh].map((node) => node.querySelector(".row-list"));
      if (list && wanted) arrange(list, [...wanted.children]);
      else if (fresh.matches(".prompt[hx-post]")) bring(old, fresh);
      return false;
    }
    return true;
  }

  // A list in which somebody is busy: the others' rows around theirs, which stays where the focus is.
  function arrange(list, wanted) {
    const order = (rows) => [...rows].map(({ id }) => id).join(" ");
    const keep = new Set(wanted.map(({ id }) => id));
    for (const row of [...list.children]) if (!keep.has(row.id) && !busy(row)) row.remove();
    const here = [...list.children].find(has);
    const moved = order(list.children) !== order(wanted);
    let behind = !here;
    for (const fresh of wanted) {
      const known = document.getElementById(fresh.id);
      const row = known && busy(known) ? known : fresh;
      if (row === known) mend(known, fresh);
      else if (known) swap(known, fresh);
      if (row === here) behind = true;
      else if (moved && behind) list.append(row);
      else if (moved) here.before(row);
      if (!known) shown(row);
    }
  }

  function mend(row, fresh) {
    const [box, there] = [row, fresh].map((node) => node.querySelector(".prompt"));
    if (!box || !there) return;
    box.ariaLabel = there.ariaLabel;
    for (const button of box.querySelectorAll("button[formaction]")) {
      const same = there.querySelector(`[formaction="${CSS.escape(button.getAttribute("formaction"))}"]`);
      if (!same || has(button)) continue;
      button.disabled = same.disabled;
      button.replaceChildren(...same.childNodes);
    }
    bring(box, there);
  }

  // What others wrote comes into a box that somebody is in, unless it holds words that are not saved: their save brings it.
  function bring(box, fresh) {
    if (box.typing || saves(stateOf(box))) return;
    fields.bring(box, fresh);
    statusOf(box).querySelector("input").value = versionOf(fresh);
  }

  function hear(news) {
    const box = document.querySelector(`.prompt[data-prompt="${CSS.escape(news.dataset.text)}"]`);
    if ("fills" in news.dataset) askForOutline();
    if (!box?.typing) return;
    const fits = box.typing.hear(JSON.parse(news.dataset.changes));
    if (stateOf(box).typed && box.typing.pending.saved) { // another page of ours has sent it
      stateOf(box).typed = false;
      say(box, "Saved just now", "saved");
    }
    if (!fits) say(box, "This page has missed something. Please copy your words and reload the page.", "unsaved");
    else if (news.textContent) others(box, news);
  }

  // The dot beside a section's name. Where somebody has filled something in, many pages want to know: not all at once.
  let [outlineSoon, outlineDue] = [0, false];
  function askForOutline() {
    outlineSoon ||= setTimeout(() => {
      [outlineSoon, outlineDue] = [0, true];
      ask();
    }, jitter(OUTLINE));
  }

  function outline({ dataset, className, textContent }) {
    const line = document.getElementById(`outline-${dataset.outline}`);
    if (!line) return;
    line.className = className;
    line.querySelector(".state").textContent = textContent;
  }

  // What others did stands behind what the line says of one's own words, and stays there when these are saved.
  const told = new Map(); // when it was read out for which prompt
  const notes = new Map();
  function others(box, news) {
    const line = statusOf(box);
    const note = Object.assign(document.createElement("span"), { className: "others" });
    note.replaceChildren(...news.childNodes);
    line.querySelector(".others")?.remove();
    line.append(note);
    notes.set(line.id, note);
    if (performance.now() - (told.get(line.id) ?? -Infinity) < SAID_AGAIN) return;
    told.set(line.id, performance.now());
    announce(note.textContent);
  }
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const note = notes.get(detail.target?.id);
    if (note && !note.querySelector("button")) document.getElementById(detail.target.id)?.append(note); // Undo is of the version before
  });

  let asking = null;
  let again = false;
  function ask() {
    if (asking) again = true;
    else asking = change().finally(() => {
      asking = null;
      if (again) ask();
      again = false;
    });
    return asking;
  }

  // Whether anything had changed. What is owed is asked for once more: it may have changed again.
  async function change() {
    const debt = due() ? owed : null;
    const since = debt?.since ?? live.dataset.since;
    const from = performance.now();
    const wanted = { since, page: page(), ...(outlineDue && { outline: 1 }) };
    const answer = await fetch(`${live.dataset.changes}?${new URLSearchParams(wanted)}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 429) return false;
    if (answer.status === 409) renewed();
    if (![200, 204].includes(answer.status) || answer.redirected) return over();
    back();
    if (answer.status === 204) return false;
    const said = await answer.text().catch(() => null); // cut off on its way: it is asked for again
    if (said === null) return false;
    const root = new DOMParser().parseFromString(said, "text/html").getElementById("changes");
    live.dataset.since = root.dataset.since;
    if (wanted.outline) outlineDue = false;
    if (debt) owed = null;
    asked = from;
    for (const piece of [...root.children]) {
      if (!piece.dataset.text && !piece.dataset.outline) lastOther = performance.now();
      const fresh = document.adoptNode(piece);
      if (fresh.matches("[data-here]")) presence.hear(fresh);
      else if (fresh.dataset.text) hear(fresh);
      else if (fresh.dataset.outline) outline(fresh);
      else if (!fresh.dataset.said) {
        norms.hear(fresh);
        if (!place(fresh)) (owed ??= { since, ids: new Set() }).ids.add(fresh.id);
      } else {
        const box = document.getElementById(fresh.dataset.said)?.closest(".prompt");
        if (box && !stateOf(box).typed) others(box, fresh);
      }
    }
    asked = Infinity;
    again ||= due(); // what was drawn before our own save
    presence.paint(); // boxes that were drawn anew
    return true;
  }

  // ---- The bell: in the tab that is looked at; without one the page asks by itself.
  let [bell, tries, quiet, timer, ended, old] = [null, 0, 0, 0, false, null];
  const jitter = (ms) => ms * (0.5 + Math.random() / 2);
  const backOff = ([first, most], times) => jitter(Math.min(most, first * 2 ** times));

  // The site was upgraded, or the page is from yesterday: what it knows of others can no longer be carried on.
  function renewed() {
    if (old) return;
    old = Object.assign(document.createElement("p"), { className: "note warn", role: "status" });
    old.textContent = "This page is still saving what you type, but it no longer shows what others write. Please reload it when you can.";
    live.after(old);
  }

  function over() {
    ended = true;
    hang();
    return false;
  }

  // It is answered again: the same person has signed in anew.
  function back() {
    if (!ended || old) return;
    [ended, tries] = [false, 0];
    listen();
    look();
  }
  const signedInAgain = () => ended && ask();

  function hang() {
    bell?.close();
    bell = null;
  }

  function listen() {
    if (bell || document.hidden || ended) return;
    bell = new EventSource(live.dataset.bell);
    bell.addEventListener("here", () => {
      if (tries) dispatchEvent(new Event("online")); // words that could not be sent go now
      tries = 0;
      ask();
    });
    bell.addEventListener("ring", ask);
    for (const event of ["over", "full"]) bell.addEventListener(event, () => later(event === "full" ? NO_STREAM : 1000));
    bell.addEventListener("error", () => {
      const refused = bell?.readyState === EventSource.CLOSED;
      later(refused && tries >= MOST_RETRIES ? NO_STREAM : backOff(RETRY, tries++));
    });
  }

  function later(ms) {
    hang();
    setTimeout(listen, jitter(ms));
    quiet = 0;
    look();
  }

  function look() {
    clearTimeout(timer);
    if (ended) return;
    timer = setTimeout(async () => {
      quiet = (await ask()) ? 0 : quiet + 1;
      look();
    }, bell || document.hidden ? jitter(POLL_BESIDE_A_STREAM) : backOff(POLL, quiet / 2));
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hang();
    else {
      quiet = 0;
      ended = old !== null; // perhaps signed in again
      listen();
    }
    look();
  });
  addEventListener("pagehide", hang);

  globalThis.together = Object.freeze({ ask });

  if (live) {
    begin(document);
    document.addEventListener("htmx:load", ({ detail }) => begin(detail.elt.parentElement ?? detail.elt));
    document.addEventListener("renewed", signedInAgain);
    document.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && detail.requestConfig.verb === "post" && signedInAgain());
    listen();
    look();
  }
}
