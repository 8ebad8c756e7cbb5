// What happens on a stack's page besides htmx: where the focus goes, clicks, and what follows from an answer of the
// server. pages.js has the pages, keys.js the keys, combo.js the fields that search.
"use strict";

(() => {
  const {
    find, findAll, thumbOf, chosen, choose, jump, JUMPS, zoom, setZoom, showZoom, toggle, selectUpTo, clearSelected,
    deselect, layout, move, makeSortable, isDragging, submit,
  } = window.Desk;

  // --- focus ----------------------------------------------------------------------------------------

  const typing = (target) =>
    target?.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") != null;

  // To the pages, where keys are commands and Enter saves: after a click, a dialog, or a choice in a list that was
  // not made with letters or arrow keys (more of these may follow).
  let keyed = false;

  function backToPages() {
    (thumbOf(chosen()) ?? find("#papers"))?.focus({ preventScroll: true });
  }

  document.addEventListener("pointerdown", () => { keyed = false; }, true);
  document.addEventListener("keydown", (event) => { keyed = event.key !== "Enter"; }, true);
  document.addEventListener("change", (event) => {
    if (!keyed && event.target.matches("#stack select")) backToPages();
  });
  document.addEventListener("close", (event) => {
    if (event.target.matches("dialog") && find("#stack")) backToPages();
  }, true);

  // --- clicks ---------------------------------------------------------------------------------------

  // What is doubtful is asked about: the first click (or Enter) only shows that, and the second one saves.
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-ask]");
    const asked = target && find(`#${target.dataset.ask}`);
    if (!asked?.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    askedAt = find("#stack").dataset.revision;
    showAsked();
    target.focus();
  }, true);

  // At which revision of the stack it was asked: it stays asked as long as nothing changes.
  let askedAt = "";

  function showAsked() {
    const target = find("[data-ask]");
    if (!target || askedAt !== find("#stack").dataset.revision) return;
    find(`#${target.dataset.ask}`).hidden = false;
    target.setAttribute("aria-describedby", target.dataset.ask);
  }

  // Whoever turns to something else is asked again.
  document.addEventListener("focusout", (event) => {
    if (!event.target.matches("[data-ask]")) return;
    askedAt = "";
    find(`#${event.target.dataset.ask}`).hidden = true;
  });

  const CLICKED = ["page", "zoom", "move", "jump", "opens", "dismiss", "cancels", "print", "choose"];

  document.addEventListener("click", (event) => {
    const target = event.target.closest(`${CLICKED.map((name) => `[data-${name}]`).join(", ")}, .sheet img`);
    if (target) clicked(target, event);
    // A click with the mouse (keys make clicks without a count) leaves the focus on no button: Enter would press it.
    const left = event.detail > 0 && event.target.closest("#stack button, #stack a, #stack label, #stack summary, #stack [type=checkbox]");
    if (left && left.id !== "file" && !left.matches(".thumb")) backToPages();
  });

  function clicked(target, event) {
    const { page, zoom: by, opens, dismiss, choose: first } = target.dataset;
    if (page) clickedPage(target, event);
    else if (by) zoom(Number(by));
    else if (target.dataset.move) move(Number(target.dataset.move));
    else if (target.dataset.jump) jump(target.dataset.back ? -1 : 1, JUMPS[target.dataset.jump]);
    else if (opens) find(`#${opens}`).showModal();
    else if (dismiss === "reader") find("#reader").hidden = true;
    else if (dismiss) find("#notice").replaceChildren();
    else if ("cancels" in target.dataset) target.closest("dialog").close();
    else if (first) submit(find("#choosing"), { first });
    else if ("print" in target.dataset) window.print();
    else if (target.matches(".sheet img")) zoom(0);
  }

  function clickedPage(target, event) {
    const { page } = target.dataset;
    if (target.matches(".thumb") && event.shiftKey) selectUpTo(page);
    else if (target.matches(".thumb") && (event.ctrlKey || event.metaKey)) toggle(page);
    else if (event.detail > 0) deselect();
    choose(page);
    // Because of dragging, a click does not move the focus by itself.
    if (target.matches(".thumb")) target.focus({ preventScroll: true });
  }

  // --- htmx -----------------------------------------------------------------------------------------

  const RETRY = 2000;
  let shownBefore = "";
  let placedBefore = [];
  let scanBefore = "";

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
    if (late || isDragging()) {
      event.detail.shouldSwap = false;
      return;
    }
    shownBefore = chosen();
    placedBefore = layout().flat();
    scanBefore = find("#feeding").dataset.state;
  });

  // Which page is shown now: the same, or the next that is kept where it was removed or another took its place.
  function successor(no) {
    const kept = layout().flat();
    // A page that is read again, since it was turned, is in no paper for a while: it stays the shown one.
    if (!placedBefore.includes(no) || thumbOf(no)?.dataset.state !== "removed") return no;
    const at = placedBefore.indexOf(no);
    const behind = [...placedBefore.slice(at + 1), ...placedBefore.slice(0, at).reverse()];
    return [thumbOf(no).dataset.replacedBy, ...behind].find((each) => kept.includes(each)) ?? no;
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    // Another page may have been chosen meanwhile.
    const wanted = thumbOf(shownBefore) ? successor(shownBefore) : chosen();
    if (event.detail.target.id === "stack") {
      if (wanted) choose(wanted, { scroll: wanted !== shownBefore });
      const scan = find("#feeding").dataset.state;
      if (["waiting", "running"].includes(scanBefore) && scan !== scanBefore) window.Desk.scanEnded?.(scan);
      // The focus went with a page that is set aside now, or with a button that is gone.
      if (document.activeElement === document.body || (document.activeElement.matches(".thumb") && wanted !== document.activeElement.dataset.page)) backToPages();
    }
    if (event.detail.target.id === "list" && find("#list .notice.is-stop")) find("#number:focus")?.select();
    if (event.detail.target.id === "dialog") selectNumber();
    shownBefore = "";
    makeSortable();
    showZoom();
    showAsked();
  });

  // What is typed or scanned next replaces the number.
  function selectNumber() {
    const field = find("#dialog[open] [data-code][autofocus]");
    field?.focus();
    field?.select();
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) {
      // The event that caused this request does not come again.
      if (event.detail.elt.id === "refresh") setTimeout(() => htmx.trigger("#refresh", "refresh"), RETRY);
      return;
    }
    find("#offline").hidden = true;
    find("#notice")?.replaceChildren();
    const { elt, target } = event.detail;
    if (target.id === "dialog") {
      if (find("#dialog").childElementCount && !find("#dialog").open) find("#dialog").showModal();
      selectNumber();
    } else if (elt.matches("[data-closes]")) elt.closest("dialog")?.close();
    if (elt.closest(".tools, #arrange")) clearSelected();
  });

  document.addEventListener("htmx:sendError", () => { find("#offline").hidden = false; });
  document.addEventListener("htmx:sseError", () => { find("#offline").hidden = false; });
  document.addEventListener("htmx:sseOpen", () => {
    find("#offline").hidden = true;
    document.body.dataset.live = "true";
  });

  function remembered(name) {
    try { return sessionStorage.getItem(name); } catch { return null; }
  }

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
    setZoom(remembered("zoom") ?? "width");
    if (chosen()) choose(chosen());
    if (!typing(document.activeElement)) (find("[data-first]") ?? find("#next"))?.focus();
  });

  Object.assign(window.Desk, { typing, backToPages });
})();
