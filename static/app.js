// What a page does beyond plain forms. Everything here is optional: without it, one button saves the whole page.
"use strict";
{
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // ---- Saving: one state for each prompt. Its words are safe only when the server has said so.
  const LONGEST_WAIT = 60_000;
  const MOST_TRIES = 12;
  const states = new Map();
  let leaving = false;

  const promptOf = (node) => {
    const box = node.closest?.("[hx-post]"); // something inside a prompt may save itself
    return box?.matches(".prompt") ? box : null;
  };
  const statusOf = (box) => document.getElementById(box.getAttribute("hx-target").slice(1));
  const held = (field) => (/checkbox|radio/.test(field.type) ? field.checked : field.value);
  const fieldsOf = (box) => all("input:not([type=hidden]), select, textarea", box).filter((field) => promptOf(field) === box);
  const stateOf = (box) => states.get(box) ?? states.set(box, { typed: false, late: false, sent: null, answered: 0, tries: 0, timer: 0 }).get(box);
  const unsaved = () => [...states].filter(([box, state]) => state.typed && box.isConnected);

  const words = (box) => JSON.stringify(fieldsOf(box).map(held));

  // Something about a box's words has changed: typed, saved, refused.
  const changed = (box) => document.dispatchEvent(new CustomEvent("words", { detail: box }));

  function say(box, text, kind = "") {
    const state = stateOf(box);
    if (!kind && state.late) return changed(box); // "not saved yet" stays true, and stays there, until it is saved
    state.late = kind === "unsaved";
    const status = statusOf(box);
    const said = status.querySelector(".said");
    status.className = `status ${kind}`;
    said.replaceChildren(text);
    said.ariaHidden = kind ? null : "true"; // "Writing …" is not worth reading out at each pause
    if (kind) announce(text);
    changed(box);
  }

  function announce(text) {
    const line = document.getElementById("announce");
    if (line.textContent !== text) line.textContent = text;
  }

  function mark(box, wrong) {
    for (const field of fieldsOf(box)) {
      field.ariaInvalid = wrong ? "true" : null;
    }
  }

  function save(box) {
    clearTimeout(stateOf(box).timer);
    if (box.isConnected) htmx.trigger(box, "change");
  }

  function retry(box, why) {
    const state = stateOf(box);
    clearTimeout(state.timer);
    if (state.tries++ >= MOST_TRIES) {
      return say(box, `Not saved. ${why} Your words are still here: copy them, then reload the page.`, "unsaved");
    }
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** state.tries) * (0.5 + Math.random() / 2);
    state.timer = setTimeout(save, wait, box);
    say(box, "Not saved yet. Your words are here; trying again …", "unsaved");
  }

  document.addEventListener("input", ({ target }) => {
    const box = promptOf(target);
    if (!box) return;
    const state = stateOf(box);
    state.typed = true;
    state.tries = 0;
    say(box, "Writing …");
  });

  // While the year of a date is being typed, it is 0002, then 0020: that is no mistake yet.
  const halfADate = (box) => fieldsOf(box).some((f) => f.type === "date" && f === document.activeElement && f.value.startsWith("0"));
  document.addEventListener("focusout", ({ target }) => {
    const box = target.type === "date" && promptOf(target);
    if (box && stateOf(box).typed) save(box);
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const box = event.detail.elt;
    if (promptOf(box) !== box) return;
    const state = stateOf(box);
    if (!state.typed || halfADate(box)) { // saved already, or not typed to its end
      box.typing?.failed();
      return event.preventDefault();
    }
    clearTimeout(state.timer);
    state.sent = words(box);
    say(box, "Saving …");
  });

  // Which open page a save comes from: the server then knows our own earlier words from somebody else's.
  const page = () => document.getElementById("plan")?.elements.page?.value ?? "";
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt: box, parameters } = event.detail;
    if (promptOf(box) !== box || !page()) return;
    parameters.page = page();
    if (box.typing && !box.typing.fill(parameters)) event.preventDefault(); // one is on its way, or there is nothing
  });

  document.addEventListener("htmx:afterRequest", async ({ target, detail }) => {
    const box = detail.elt;
    if (target.id === "idle-slot" && detail.xhr.status === 200) again(); // signed in again in another tab
    if (promptOf(box) !== box) return;
    const state = stateOf(box);
    const code = detail.xhr.status;
    const meanwhile = words(box) !== state.sent;
    if ((code >= 200 && code < 300) || code === 409 || code === 422) state.late = false;
    if ((code >= 200 && code < 300) || code === 409) {
      state.typed = box.typing ? !box.typing.answered(statusOf(box)) : meanwhile;
      state.answered = performance.now();
      if (!box.typing) fields.answered(box, JSON.parse(state.sent));
      state.tries = 0;
      mark(box, false);
      changed(box);
      const both = met(box, detail.xhr.responseText);
      if (both) announce(both);
      else if (!state.typed) announce(statusOf(box).querySelector(".said").textContent);
      if (!state.typed) return;
      if (box.typing) save(box);
      return say(box, "Writing …");
    }
    box.typing?.[code === 422 ? "refused" : "failed"]();
    if (code === 422) {
      mark(box, true);
      changed(box);
      return announce(statusOf(box).querySelector(".said").textContent);
    }
    if (code === 401) return say(box, "Not saved yet. Please sign in again; your words are still here.", "unsaved");
    if (!code || code === 429 || code >= 500) return retry(box, "The site does not answer.");
    const answer = new DOMParser().parseFromString(detail.xhr.responseText, "text/html").body.textContent.trim();
    say(box, `Not saved. ${answer.slice(0, 300)} Copy your words before you leave this page.`, "unsaved");
    if (code === 400 && (await renew())) save(box);
  });

  // What is said below a box where somebody else changed the same words, if the answer to its save says so.
  function met(box, answer) {
    const id = box.getAttribute("hx-target").replace("#status-", "conflict-");
    return answer.includes(`id="${id}"`) && document.querySelector(`#${CSS.escape(id)} > p`)?.textContent.trim();
  }

  document.addEventListener("click", ({ target }) => {
    const box = document.getElementById(target.dataset?.settles);
    if (!box) return;
    const panel = target.closest(".conflict");
    panel.replaceWith(Object.assign(document.createElement("div"), { id: panel.id }));
    fieldsOf(box)[0]?.focus();
    announce("It stands as it is in the box. Every version is in the history.");
  });

  // After signing in anew, or an upgrade, this page's token is an old one: takes the present one, if it is of the same person.
  const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" });
  async function renew() {
    const answer = await fetch("/account").catch(() => null);
    const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").body;
    const before = document.body.getAttribute("hx-headers");
    if (!fresh || fresh.dataset.person !== document.body.dataset.person || fresh.getAttribute("hx-headers") === before) return false;
    document.body.setAttribute("hx-headers", fresh.getAttribute("hx-headers"));
    for (const field of all("input[name=csrf_token]")) field.value = headers()["X-CSRFToken"];
    document.dispatchEvent(new Event("renewed"));
    return true;
  }

  function again() {
    for (const [box, state] of unsaved()) {
      state.tries = 0;
      save(box);
    }
  }
  document.addEventListener("visibilitychange", again);
  addEventListener("online", again);

  addEventListener("beforeunload", (event) => {
    if (!leaving && unsaved().length) event.preventDefault();
  });

  addEventListener("pagehide", () => {
    if (leaving) return;
    for (const [box] of unsaved()) {
      fetch(box.getAttribute("hx-post"), { method: "POST", body: body(box), headers: headers(), keepalive: true }).catch(() => {});
    }
  });

  // All that a box holds and the server may not have.
  function body(box) {
    const found = new URLSearchParams({ page: page() });
    if (box.typing) for (const [name, value] of Object.entries(box.typing.left())) found.append(name, value);
    else for (const field of all("[name]", box)) {
      if (!/checkbox|radio/.test(field.type) || field.checked) found.append(field.name, field.value);
    }
    return found;
  }

  // The whole page's form carries everything; let saves under way end first, so that its base versions are right.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const busy = all(".prompt.htmx-request").length > 0;
    if (form.id === "plan" && busy && !form.dataset.waited) {
      event.preventDefault();
      form.dataset.waited = "yes";
      const started = Date.now();
      const look = setInterval(() => {
        if (all(".prompt.htmx-request").length && Date.now() - started < 4000) return;
        clearInterval(look);
        form.requestSubmit(event.submitter);
      }, 50);
      return;
    }
    if (form.id !== "plan") return;
    leaving = true;
    for (const box of all(".prompt")) {
      if (!box.typing) continue;
      const left = box.typing.left();
      statusOf(box).querySelector("input").value = left[`v.${box.dataset.prompt}`];
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: `ops.${box.dataset.prompt}`, value: left[`ops.${box.dataset.prompt}`] });
      form.append(field);
      addEventListener("pageshow", () => field.remove(), { once: true });
    }
  });
  addEventListener("pageshow", () => {
    leaving = false;
    for (const form of all("form[data-waited]")) delete form.dataset.waited;
  });

  // ---- What shows along with what is typed
  function follow(field) {
    for (const copy of all(`[data-mirror="${CSS.escape(field.name)}"]`)) copy.textContent = field.value;
  }

  function onlyIf() {
    for (const box of all("[data-only-if]")) {
      const [name, value] = box.dataset.onlyIf.split("=");
      const options = all(`input[name="${CSS.escape(name)}"]`);
      box.hidden = options.length > 0 && !options.some((option) => option.checked && option.value === value);
    }
  }

  const growsByItself = CSS.supports("field-sizing", "content");
  function grow(area) {
    if (growsByItself || !area.offsetParent) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  function showAlong(field) {
    if (field.matches("textarea, input[type=text]")) follow(field);
    if (field.matches("input[type=radio]")) onlyIf();
    if (field.matches("textarea")) grow(field);
  }
  document.addEventListener("input", ({ target }) => showAlong(target));

  // ---- The frame
  const wide = matchMedia("(min-width: 1100px)");
  const outlines = all(".outline details");
  const fold = () => { for (const details of outlines) details.open = wide.matches; };
  wide.addEventListener("change", fold);

  document.addEventListener("click", ({ target }) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(target)) menu.open = false;
    const sheet = !wide.matches && target.closest(".outline a")?.closest("details");
    if (sheet) sheet.open = false;
  });

  function shortcuts() {
    const box = document.createElement("dialog");
    box.setAttribute("aria-label", "Keyboard");
    box.innerHTML =
      "<p><strong>Keyboard</strong></p><p><kbd>Ctrl</kbd> <kbd>Enter</kbd> save and go to the next question</p>" +
      "<p><kbd>Shift</kbd> <kbd>Ctrl</kbd> <kbd>Enter</kbd> the question before</p><p><kbd>Esc</kbd> leave a box</p>" +
      "<form method=dialog class=row><button class=button>Close</button><button class='button quiet' value=off>Turn the ? key off</button></form>";
    box.addEventListener("close", () => {
      if (box.returnValue === "off") localStorage.setItem("accord-no-keys", "yes");
      box.remove();
    });
    document.body.append(box);
    box.showModal();
  }

  function step(from, by) {
    const boxes = all(".prompt[hx-post]").filter((box) => box.offsetParent);
    const next = boxes[boxes.indexOf(from) + by];
    if (next) fieldsOf(next)[0]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const box = promptOf(target);
    if (key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      } else if (box) target.blur();
    }
    if (box && key === "Enter" && (event.ctrlKey || event.metaKey)) {
      save(box);
      return step(box, event.shiftKey ? -1 : 1);
    }
    // Enter in a line saves that prompt; it presses none of the page's buttons.
    if (box && key === "Enter" && target.matches("input, .cell.line textarea") && !event.isComposing) {
      event.preventDefault();
      save(box);
    }
    if (key === "?" && !target.matches("input, textarea, select, dialog *") && !localStorage.getItem("accord-no-keys")) shortcuts();
  });

  // On paper, a box is its text: it goes on over the end of a page.
  const offPaper = () => all(".on-paper").forEach((text) => text.remove());
  addEventListener("beforeprint", () => {
    offPaper();
    for (const box of all(".prompt :is(textarea, select, input[type=text]).box")) {
      const textContent = box.matches("select") && !box.value ? "" : box.selectedOptions?.[0].textContent ?? box.value;
      box.after(Object.assign(document.createElement("div"), { className: "box on-paper", dir: "auto", textContent }));
    }
  });
  addEventListener("afterprint", offPaper);

  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());

  globalThis.prompts = Object.freeze({ held, fieldsOf, showAlong, statusOf, stateOf, states, save, say, announce, grow, changed, unsaved, body, headers, renew, page });

  // ---- At the start
  onlyIf();
  fold();
  all("textarea").forEach(grow);
  document.getElementById("errors")?.focus();

  // A row that was just added: the next words typed belong into it.
  const added = location.hash.startsWith("#row-") && document.getElementById(location.hash.slice(1));
  const begin = () => all("input[type=text], textarea", added).find((field) => !field.value)?.focus();
  // The browser takes the focus away when it goes to the place in the address: after that.
  if (added) addEventListener("load", () => setTimeout(begin, 50));

  const links = new Map(all(".outline a[href^='#']").map((link) => [document.getElementById(link.hash.slice(1)), link]));
  if (links.size) {
    const seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) continue;
          links.forEach((link) => link.removeAttribute("aria-current"));
          links.get(entry.target)?.setAttribute("aria-current", "true");
        }
      },
      { rootMargin: "-10% 0px -75% 0px" },
    );
    for (const section of links.keys()) if (section) seen.observe(section);
  }
}
