// Writing together: text boxes send what was done to them, and the page asks what others did when the bell rings.
// Needs app.js, text_operations.js, text_box.js, presence.js, comments.js and norms.js.
"use strict";
{
  const { statusOf, stateOf, states, save, say, announce, grow, changed, page } = prompts;
  const live = document.getElementById("live");
  const ALONE = 5 * 60_000; // after so long without anybody else, saves wait for a pause in typing again
  const SOON = 120;
  const RETRY = [1000, 8000]; // a server that starts anew is found by all within ten seconds, and not by all at once
  const MOST_RETRIES = 3; // of one that refuses
  const POLL = [3000, 15_000];
  const POLL_BESIDE_A_STREAM = 30_000;
  const NO_STREAM = 60_000;
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
        grow(area);
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
  const busy = (node) => node.contains(document.activeElement) || [...states].some(([box, { typed }]) => typed && node.contains(box));

  function swap(old, fresh) {
    old.replaceWith(fresh);
    htmx.process(fresh);
  }

  function place(fresh) {
    const old = document.getElementById(fresh.id);
    if (!old) return;
    if (fresh.matches(".comments")) return comments.place(old, fresh);
    if (!busy(old)) return swap(old, fresh);
    const [list, wanted] = [old, fresh].map((node) => node.querySelector(".row-list"));
    if (!list || !wanted) return;
    const keep = new Set([...wanted.children].map(({ id }) => id));
    for (const row of [...list.children]) if (!keep.has(row.id) && !busy(row)) row.remove();
    for (const row of [...wanted.children]) {
      const here = document.getElementById(row.id);
      if (!here) {
        list.append(row);
        htmx.process(row);
      } else if (!busy(here)) swap(here, row);
    }
  }

  function hear(news) {
    const box = document.querySelector(`.prompt[data-prompt="${CSS.escape(news.dataset.text)}"]`);
    if (!box?.typing) return;
    const fits = box.typing.hear(JSON.parse(news.dataset.changes));
    if (stateOf(box).typed && box.typing.pending.saved) { // another page of ours has sent it
      stateOf(box).typed = false;
      say(box, "Saved just now", "saved");
    }
    if (!fits) say(box, "This page has missed something. Please copy your words and reload the page.", "unsaved");
    else if (!stateOf(box).typed && news.textContent) status(box, news);
  }

  const told = new Map(); // when it was read out for which prompt
  function status(box, news) {
    const line = statusOf(box);
    line.className = "status";
    const said = line.querySelector(".said");
    said.replaceChildren(...news.childNodes);
    if (performance.now() - (told.get(line.id) ?? -Infinity) < SAID_AGAIN) return;
    told.set(line.id, performance.now());
    announce(said.textContent);
  }

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

  // Whether anything had changed.
  async function change() {
    const answer = await fetch(`${live.dataset.changes}?${new URLSearchParams({ since: live.dataset.since, page: page() })}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 429) return false;
    if (answer.status === 409) renewed();
    if (![200, 204].includes(answer.status) || answer.redirected) return over();
    back();
    if (answer.status === 204) return false;
    const root = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("changes");
    live.dataset.since = root.dataset.since;
    for (const piece of [...root.children]) {
      if (!piece.dataset.text) lastOther = performance.now();
      const fresh = document.adoptNode(piece);
      if (fresh.matches("[data-here]")) presence.hear(fresh);
      else if (fresh.dataset.text) hear(fresh);
      else if (!fresh.dataset.said) {
        norms.hear(fresh);
        place(fresh);
      } else {
        const box = document.getElementById(fresh.dataset.said)?.closest(".prompt");
        if (box) status(box, fresh);
      }
    }
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
