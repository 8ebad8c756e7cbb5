// Functions of the pages besides htmx: keys, the large view of a page, dragging, dialogs.
// The only state is which page is shown, and that is in the address, too.
"use strict";

(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- the large view of a page -------------------------------------------------------------------------

  const chosen = () => find("#chosen")?.value ?? "";
  const order = () => findAll("#papers [data-page].thumb").map((thumb) => thumb.dataset.page);

  function choose(no, { scroll = true } = {}) {
    const thumb = find(`#thumb-${CSS.escape(no)}`);
    if (!thumb || !find("#large")) return;
    find("#chosen").value = no;
    show(thumb);
    for (const other of findAll(".thumb[aria-current]")) other.removeAttribute("aria-current");
    thumb.setAttribute("aria-current", "true");
    for (const paper of findAll(".paper")) paper.classList.toggle("is-chosen", paper.contains(thumb));
    if (scroll) thumb.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `?page=${no}`);
    // The next picture is fetched in advance, so that a person need not wait for each page.
    const all = order();
    const next = find(`#thumb-${CSS.escape(all[all.indexOf(no) + 1] ?? "")} img`);
    if (next) new Image().src = pictureOf(next, LARGE);
  }

  const LARGE = 1100;
  const ZOOMED = 2000;
  const pictureOf = (picture, width) => `${picture.src.replace(/&width=\d+$/, "")}&width=${width}`;

  // Shows a page large: all that is said of it stands at its small picture and in the list of verdicts.
  function show(thumb) {
    const figure = find("#large");
    const { page: no, state, sure } = thumb.dataset;
    const fill = (words) => words.replace("%", no);
    figure.dataset.no = no;
    find("#no").value = no;
    find("#large-nth").textContent = fill(figure.dataset.nth);
    find("#large-sure").textContent = sure ? figure.dataset.sharp.replace("%", sure) : "";
    chip("#large-state", figure.dataset[state]);
    const verdicts = findAll(`.verdicts [data-page="${CSS.escape(no)}"]`).map((link) => link.closest("li"));
    // The first only: all of them stand beside the page's paper.
    chip("#large-verdict", verdicts.length ? find("span", verdicts[0]).textContent : "", verdicts[0]?.className);
    chip("#large-more", verdicts.length > 1 ? `+${verdicts.length - 1}` : "");
    const small = find("img", thumb);
    const picture = find("#large-picture");
    picture.hidden = !small;
    picture.alt = fill(figure.dataset.name);
    find("#large-sheet").setAttribute("aria-label", picture.alt);
    if (small && !sameLook(picture, small)) picture.src = pictureOf(small, LARGE);
    offerTools(thumb);
    if (isNear()) sharpen();
  }

  // Whether both are of the same page, turned the same way.
  const sameLook = (large, small) => pictureOf(large, 0) === pictureOf(small, 0);

  function chip(selector, words, className = "") {
    const element = find(selector);
    element.hidden = !words;
    element.textContent = words || "";
    element.className = `chip ${className}`;
  }

  function offerTools(thumb) {
    const gone = ["removed", "blank"].includes(thumb.dataset.state);
    const list = thumb.closest("[data-sortable]");
    const first = list && find(".thumb", list) === thumb;
    const when = {
      gone,
      signed: !gone && "signed" in thumb.dataset,
      there: !gone && !("signed" in thumb.dataset),
      placed: !!list,
      begins: !!first,
      within: !!list && !first,
    };
    for (const tool of findAll("#large [data-when]")) tool.hidden = !when[tool.dataset.when];
    find("#large [data-when=begins]").disabled = order()[0] === thumb.dataset.page;
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

  // Kept at the body element, which answers of the server never replace.
  const isNear = () => document.body.classList.contains("is-near");

  function zoom() {
    document.body.classList.toggle("is-near");
    showZoom();
  }

  function showZoom() {
    for (const button of findAll("[data-zoom]")) button.setAttribute("aria-pressed", isNear());
    if (isNear()) sharpen();
  }

  // The larger picture is fetched only with zoom.
  function sharpen() {
    const picture = find("#large-picture:not([hidden])");
    if (!picture) return;
    const before = picture.src;
    const larger = new Image();
    larger.onload = () => { if (picture.src === before) picture.src = larger.src; };
    larger.src = pictureOf(picture, ZOOMED);
  }

  // --- order ----------------------------------------------------------------------------------------

  let dragging = false;

  function arrange(numbers) {
    find("#order").value = numbers.join(" ");
    htmx.trigger("#arrange", "submit");
  }

  const placed = () => findAll("#papers [data-sortable] .thumb").map((thumb) => thumb.dataset.page);

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
        // With the browser's own dragging, pictures could not be distinguished from dropped files.
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

  // --- what is done to a paper ----------------------------------------------------------------------

  function submit(form, values) {
    for (const [name, value] of Object.entries(values)) find(`[name=${name}]`, form).value = value;
    htmx.trigger(form, "submit");
  }

  document.addEventListener("change", (event) => {
    const { attest } = event.target.dataset;
    if (attest) submit(find("#attesting"), { first: attest, on: event.target.checked });
  });

  // --- keys -----------------------------------------------------------------------------------------

  const typing = (target) =>
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

  function keyOf(event) {
    if (event.key.startsWith("Arrow") && event.shiftKey) return `Shift+${event.key}`;
    return event.key.length === 1 ? event.key.toLowerCase() : event.key;
  }

  // The elements nearest to the shown page come first: its tools, its paper, then the rest of the page.
  function withKey(key, attribute) {
    const places = [find("#large"), find(".paper.is-chosen"), document];
    for (const place of places) {
      if (!place) continue;
      const candidates = findAll(`[${attribute}="${CSS.escape(key)}"]`, place).filter(
        (element) => !element.disabled && !element.closest("[hidden]") && (place !== document || !element.closest(".large, .paper")),
      );
      if (candidates.length) return candidates[0];
    }
    return null;
  }

  // A barcode scanner types faster than a person, and ends with Enter. If no field has the focus, its keys must not
  // act as commands, for example file the shown stack.
  const BARCODE_KEY_MS = 40;
  let before = 0;
  let burst = 0;

  function isBarcodeScanner(event) {
    const fast = event.timeStamp - before < BARCODE_KEY_MS;
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
    if (!typing(event.target) && isBarcodeScanner(event)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (find("dialog[open]") || typing(event.target)) return;
    const key = event.key === "Delete" ? "x" : keyOf(event);
    // Enter activates the button or link that has the focus.
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
        // Something is missing: the first Enter moves the focus to the button, the second one presses it.
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

  // Move the focus from a field back to the pages, where keys are commands: with Escape, and after a choice that was
  // not made with letters or arrow keys (more of these may follow).
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
    const target = event.target.closest("[data-page], [data-zoom], [data-move], [data-opens], [data-dismiss], [data-cancels], [data-print], [data-choose], .sheet img");
    if (!target) return;
    if (target.dataset.page) {
      choose(target.dataset.page);
      // Because of dragging, a click does not move the focus by itself.
      if (target.matches(".thumb")) target.focus({ preventScroll: true });
    }
    else if ("zoom" in target.dataset) zoom();
    else if (target.dataset.move) move(Number(target.dataset.move));
    else if (target.dataset.opens) find(`#${target.dataset.opens}`).showModal();
    else if (target.dataset.dismiss === "reader") find("#reader").hidden = true;
    else if (target.dataset.dismiss) find("#notice").replaceChildren();
    else if ("cancels" in target.dataset) target.closest("dialog").close();
    else if (target.dataset.choose) submit(find("#choosing"), { first: target.dataset.choose });
    else if ("print" in target.dataset) window.print();
    else if (target.matches(".sheet img")) zoom();
  });

  // --- fields that search --------------------------------------------------------------------------
  // The pattern of a combobox with a list (WAI-ARIA): the focus stays in the field, arrows move through the
  // list, Enter takes what is marked, Escape closes the list.

  const comboOf = (element) => element?.closest?.("[data-combo]");
  const optionsOf = (combo) => findAll("[role=option]", combo);
  const listOf = (combo) => find("[role=listbox]", combo);

  function openList(combo, open) {
    listOf(combo).hidden = !open;
    find("[role=combobox]", combo).setAttribute("aria-expanded", open);
    if (!open) mark(combo, null);
  }

  function mark(combo, option) {
    for (const each of optionsOf(combo)) each.setAttribute("aria-selected", each === option);
    const field = find("[role=combobox]", combo);
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  const marked = (combo) => find("[role=option][aria-selected=true]", combo);

  function pick(combo, option) {
    find("input[type=hidden]", combo).value = option.dataset.value;
    find("[role=combobox]", combo).value = find("span", option).textContent;
    searching = null;
    openList(combo, false);
    combo.closest("form[data-picks]")?.requestSubmit();
  }

  // Whether what the server finds is still wanted: a choice may have been made before it came.
  let searching = null;

  function search(field) {
    searching = comboOf(field);
    htmx.trigger(field, "search-now");
  }

  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[role=combobox]")) search(event.target);
  });
  document.addEventListener("focusout", (event) => {
    const combo = comboOf(event.target);
    if (combo && !combo.contains(event.relatedTarget)) openList(combo, false);
  });
  document.addEventListener("input", (event) => {
    // What was chosen before is not what stands there now.
    if (!event.target.matches("[role=combobox]")) return;
    searching = comboOf(event.target);
    find("input[type=hidden]", searching).value = "";
  });
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option || !comboOf(option)) return;
    event.preventDefault(); // the focus stays in the field
    pick(comboOf(option), option);
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches("[role=combobox]") || event.isComposing) return;
    const combo = comboOf(event.target);
    const open = !listOf(combo).hidden;
    const options = optionsOf(combo);
    const at = options.indexOf(marked(combo));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) search(event.target);
      else mark(combo, options[event.key === "ArrowDown" ? Math.min(at + 1, options.length - 1) : Math.max(at - 1, 0)]);
    } else if (event.key === "Enter" && open && marked(combo)) {
      pick(combo, marked(combo));
    } else if (event.key === "Enter" && combo.closest("form[data-picks]")) {
      // Nothing was chosen: the form has nothing to say.
    } else if (event.key === "Escape" && open && !combo.closest("form[data-picks]")) {
      searching = null;
      openList(combo, false);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    const combo = comboOf(event.detail.target);
    if (!combo) return;
    const field = find("[role=combobox]", combo);
    if (document.activeElement !== field || combo !== searching) return;
    openList(combo, true);
    const chosenHere = find("input[type=hidden]", combo).value;
    mark(combo, field.value && !chosenHere ? optionsOf(combo)[0] : null);
  });

  // --- htmx -----------------------------------------------------------------------------------------

  const RETRY = 2000;
  let shownBefore = "";

  // The answer to an action of this page may have shown the change already that an event reports.
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
      // Our own error pages name the target of their message; answers of others (a proxy) have none.
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

  document.addEventListener("htmx:afterSwap", (event) => {
    // Another page may have been chosen meanwhile.
    const wanted = find(`#thumb-${CSS.escape(shownBefore)}`) ? shownBefore : chosen();
    if (event.detail.target.id === "stack" && wanted) choose(wanted, { scroll: false });
    shownBefore = "";
    makeSortable();
    showZoom();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) {
      // The event that caused this request does not come again.
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

  // The fields of a new stack, and what a field that searches has found: no answer of the server fills them.
  const isBeingFilledIn = (node) => node.matches?.("#new input:not([type=submit]), [data-combo]") ?? false;

  document.addEventListener("DOMContentLoaded", () => {
    // What a person is choosing or typing is not replaced by answers of the server. (Idiomorph's option
    // ignoreActiveValue would also keep old pictures and texts in a focused button.)
    if (window.Idiomorph) {
      Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) =>
        !(node === document.activeElement && typing(node)) && !isBeingFilledIn(node);
    }
    makeSortable();
    if (chosen()) choose(chosen());
    (find("[data-first]") ?? find("#next"))?.focus();
  });
})();
