// Telling somebody of a comment: "@" offers the names of the ticks below the box. Needs comments.js. Without it, there are the ticks.
"use strict";
{
  const { element, say } = comments;
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
    comments.begun(area.closest(".compose"));
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
}
