// What the pages need of a browser besides htmx: keys, the page shown large, dragging, dialogs.
// Nothing is kept here but which page is shown, and that stands in the address too.
"use strict";

(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- the page shown large -------------------------------------------------------------------------

  const chosen = () => find("#chosen")?.value ?? "";
  const order = () => findAll("#papers [data-page].thumb").map((thumb) => thumb.dataset.page);

  function choose(no, { scroll = true } = {}) {
    const field = find("#chosen");
    if (!field || !find(`#large-${CSS.escape(no)}`)) return;
    field.value = no;
    for (const figure of findAll(".large")) figure.hidden = figure.dataset.no !== no;
    if (isNear()) sharpen();
    for (const thumb of findAll(".thumb")) {
      if (thumb.dataset.page === no) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    }
    for (const paper of findAll(".paper")) paper.classList.toggle("is-chosen", !!find(`#thumb-${CSS.escape(no)}`, paper));
    if (scroll) find(`#thumb-${CSS.escape(no)}`)?.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `?page=${no}`);
    // The next one is fetched already: whoever looks through a stack doesn't wait for each page.
    const all = order();
    const next = find(`#large-${all[all.indexOf(no) + 1]} img`);
    if (next) next.loading = "eager";
  }

  function step(by) {
    const all = order();
    const next = all[all.indexOf(chosen()) + by];
    if (!next) return;
    const moveFocus = document.activeElement?.classList.contains("thumb");
    choose(next);
    if (moveFocus) find(`#thumb-${CSS.escape(next)}`)?.focus({ preventScroll: true });
  }

  // --- zoom -----------------------------------------------------------------------------------------

  // Kept at the body, which nothing that comes from the server replaces.
  const isNear = () => document.body.classList.contains("is-near");

  function zoom() {
    document.body.classList.toggle("is-near");
    showZoom();
  }

  function showZoom() {
    for (const button of findAll("[data-zoom]")) button.setAttribute("aria-pressed", isNear());
    if (isNear()) sharpen();
  }

  // The larger picture is fetched when somebody looks closely only.
  function sharpen() {
    const picture = find(".large:not([hidden]) img");
    if (picture && picture.src !== picture.dataset.zoomed) {
      const larger = new Image();
      larger.onload = () => { picture.src = larger.src; };
      larger.src = picture.dataset.zoomed;
    }
  }

  // --- order ----------------------------------------------------------------------------------------

  let dragging = false;

  function arrange(numbers) {
    find("#order").value = numbers.join(" ");
    htmx.trigger("#arrange", "submit");
  }

  const placed = () => findAll("#papers [data-sortable] [data-no]").map((item) => item.dataset.no);

  function move(by) {
    const numbers = placed();
    const from = numbers.indexOf(chosen());
    const to = from + by;
    if (from < 0 || to < 0 || to >= numbers.length) return;
    [numbers[from], numbers[to]] = [numbers[to], numbers[from]];
    arrange(numbers);
  }

  function makeSortable() {
    if (!window.Sortable) return;
    for (const list of findAll("[data-sortable]")) {
      if (Sortable.get(list)) continue;
      Sortable.create(list, {
        group: "pages",
        // Pictures that are dragged by the browser itself can't be told from files by what lies below.
        forceFallback: true,
        fallbackTolerance: 6,
        animation: 120,
        onStart: () => { dragging = true; },
        onEnd: (event) => {
          dragging = false;
          const moved = event.from !== event.to || event.oldIndex !== event.newIndex;
          if (moved) arrange(placed());
          else htmx.trigger("#refresh", "refresh");
        },
      });
    }
  }

  // --- keys -----------------------------------------------------------------------------------------

  const typing = (target) =>
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  function keyOf(event) {
    if (event.key.startsWith("Arrow") && event.shiftKey) return `Shift+${event.key}`;
    return event.key.length === 1 ? event.key.toLowerCase() : event.key;
  }

  // What is nearest to the shown page comes first: its tools, its paper, then the rest of the page.
  function withKey(key, attribute) {
    const places = [find(".large:not([hidden])"), find(".paper.is-chosen"), document];
    for (const place of places) {
      if (!place) continue;
      const candidates = findAll(`[${attribute}="${CSS.escape(key)}"]`, place).filter(
        (element) => !element.disabled && !element.closest("[hidden]") && (place !== document || !element.closest(".large, .paper")),
      );
      if (candidates.length) return candidates[0];
    }
    return null;
  }

  // A barcode reader types faster than any person, and ends with Enter. Where no field takes what it types
  // that is no command: least of all to file the stack that happens to be shown.
  const READER_MS = 40;
  let before = 0;
  let burst = 0;

  function isReader(event) {
    const fast = event.timeStamp - before < READER_MS;
    if (event.key === "Enter") {
      const code = fast && burst >= 4;
      if (code) find("#reader").hidden = false;
      burst = 0;
      return code;
    }
    if (event.key.length > 1) return false;
    before = event.timeStamp;
    burst = fast ? burst + 1 : 1;
    return burst > 1;
  }

  document.addEventListener("keydown", (event) => {
    if (!typing(event.target) && isReader(event)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (find("dialog[open]") || typing(event.target)) return;
    const key = event.key === "Delete" ? "x" : keyOf(event);
    // A button or link that has the focus is what Enter is for.
    if (key === "Enter" && event.target.closest("a, button, summary, input")) return;
    const toFocus = withKey(key, "data-focus-key");
    if (toFocus) {
      toFocus.focus();
    } else if (key === "ArrowDown" || key === "ArrowUp") {
      if (event.target.closest(".sheet") && isNear()) return;
      if (!find("#papers")) return;
      step(key === "ArrowDown" ? 1 : -1);
    } else {
      const target = key === "n" ? find("a.brand") : withKey(key, "data-key");
      if (!target) return;
      if (target.dataset.ask && document.activeElement !== target) {
        // Something is missing: the first Enter only goes to the button, the second presses it.
        const asked = find(`#${target.dataset.ask}`);
        asked.hidden = false;
        target.setAttribute("aria-describedby", asked.id);
        target.focus();
      } else {
        target.click();
      }
    }
    event.preventDefault();
  });

  // Out of a field, back to the pages, where keys are commands again: by Escape, and after a choice that was
  // not made by letters or arrows (those may go on).
  let keyed = false;

  function backToPages() {
    (find(`#thumb-${CSS.escape(chosen())}`) ?? find("#papers"))?.focus({ preventScroll: true });
  }

  document.addEventListener("pointerdown", () => { keyed = false; }, true);
  document.addEventListener("keydown", (event) => {
    keyed = event.key !== "Enter";
    if (event.key === "Escape" && event.target.closest("#stack") && typing(event.target)) backToPages();
  }, true);
  document.addEventListener("change", (event) => {
    if (!keyed && event.target.matches("#stack select")) backToPages();
  });

  // --- clicks ---------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-page], [data-zoom], [data-move], [data-opens], [data-dismiss], [data-cancels], .sheet img");
    if (!target) return;
    if (target.dataset.page) {
      choose(target.dataset.page);
      // Dragging keeps a click from moving the focus by itself.
      if (target.matches(".thumb")) target.focus({ preventScroll: true });
    }
    else if ("zoom" in target.dataset) zoom();
    else if (target.dataset.move) move(Number(target.dataset.move));
    else if (target.dataset.opens) find(`#${target.dataset.opens}`).showModal();
    else if (target.dataset.dismiss === "reader") find("#reader").hidden = true;
    else if (target.dataset.dismiss) find("#notice").replaceChildren();
    else if ("cancels" in target.dataset) target.closest("dialog").close();
    else if (target.matches(".sheet img")) zoom();
  });

  // --- htmx -----------------------------------------------------------------------------------------

  const RETRY = 2000;
  let shownBefore = "";

  // The answer to what was done here has shown the change already that an event tells of.
  let counterSeen = "";

  document.addEventListener("htmx:beforeRequest", (event) => {
    const told = event.detail.requestConfig.triggeringEvent?.detail?.data;
    if (event.detail.elt.id !== "refresh" || typeof told !== "string") return;
    const [revision, counter] = told.split(" ");
    const shown = find("#stack")?.dataset.revision;
    if (shown && counter && counter === counterSeen && Number(revision) <= Number(shown)) event.preventDefault();
    counterSeen = counter ?? "";
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (xhr.status >= 400) {
      // Our own pages say where their message belongs; whatever else answers (a proxy) has none.
      event.detail.shouldSwap = xhr.getResponseHeader("HX-Retarget") !== null;
      if (!event.detail.shouldSwap) find("#offline").hidden = false;
      return;
    }
    if (target.id !== "stack") return;
    const late = Number(xhr.getResponseHeader("X-Revision")) < Number(find("#stack")?.dataset.revision);
    if (late || dragging) {
      event.detail.shouldSwap = false;
      return;
    }
    shownBefore = chosen();
  });

  document.addEventListener("htmx:afterSwap", () => {
    // Meanwhile another page may have been chosen.
    if (shownBefore && shownBefore !== chosen()) choose(shownBefore, { scroll: false });
    shownBefore = "";
    makeSortable();
    showZoom();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) {
      // The event that asked for it does not come twice.
      if (event.detail.elt.id === "refresh") setTimeout(() => htmx.trigger("#refresh", "refresh"), RETRY);
      return;
    }
    find("#offline").hidden = true;
    find("#notice")?.replaceChildren();
    const { elt } = event.detail;
    if (elt.matches("[data-closes]")) elt.closest("dialog").close();
    if (event.detail.target.id === "dialog" && !find("#dialog").open) find("#dialog").showModal();
  });

  document.addEventListener("htmx:sendError", () => { find("#offline").hidden = false; });
  document.addEventListener("htmx:sseError", () => { find("#offline").hidden = false; });
  document.addEventListener("htmx:sseOpen", () => {
    find("#offline").hidden = true;
    document.body.dataset.live = "true";
  });

  document.addEventListener("DOMContentLoaded", () => {
    // What a person is just choosing or typing stays, whatever comes from the server meanwhile. (Idiomorph's
    // own ignoreActiveValue would also leave pictures and words in a focused button as they were.)
    if (window.Idiomorph) {
      Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) =>
        !(node === document.activeElement && typing(node));
    }
    makeSortable();
    (find("[data-first]") ?? find("#next"))?.focus();
  });
})();
