// A stack's pages: which one is shown large and how large, which ones are selected, and in what order they lie.
// That is all the state that these scripts have; which page is shown is in the address, too.
"use strict";

(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const findAll = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- the large view of a page -------------------------------------------------------------------------

  const thumbOf = (no) => find(`#thumb-${CSS.escape(no)}`);
  const chosen = () => find("#chosen")?.value ?? "";
  const order = () => findAll("#papers [data-page].thumb").map((thumb) => thumb.dataset.page);

  let lastShown = "";

  function choose(no, { scroll = true } = {}) {
    const thumb = thumbOf(no);
    if (!thumb || !find("#large")) return;
    find("#chosen").value = no;
    show(thumb);
    for (const other of findAll(".thumb[aria-current]")) other.removeAttribute("aria-current");
    thumb.setAttribute("aria-current", "true");
    for (const paper of findAll(".paper")) paper.classList.toggle("is-chosen", paper.contains(thumb));
    if (scroll) thumb.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `?page=${no}`);
    if (no !== lastShown) find("#large-sheet").scrollTop = 0;
    lastShown = no;
    markSelected();
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
    if (moveFocus) thumbOf(next)?.focus({ preventScroll: true });
  }

  // --- the pages to look at ------------------------------------------------------------------------------

  // Moves to the next page, or the one before, for which `wanted` holds.
  function jump(by, wanted) {
    const all = order();
    const at = all.indexOf(chosen());
    const rest = by > 0 ? all.slice(at + 1) : all.slice(0, Math.max(at, 0)).reverse();
    const next = rest.find((no) => wanted(thumbOf(no)));
    if (!next) return;
    choose(next);
    thumbOf(next).focus({ preventScroll: true });
  }

  const beginsPaper = (thumb) => find(".thumb", thumb.closest(".pages")) === thumb;
  const isDoubtful = (thumb) =>
    thumb.matches(".is-warning, .is-stop") || (beginsPaper(thumb) && thumb.closest(".paper")?.matches("[data-doubtful]"));
  const JUMPS = { doubtful: isDoubtful, paper: beginsPaper };

  // --- zoom -----------------------------------------------------------------------------------------
  // As wide as the column first, then steps. Kept at the body element, which answers of the server never replace.

  const STEPS = ["whole", "width", "150", "200", "300"];
  const zoomStep = () => Math.max(STEPS.indexOf(document.body.dataset.size), 0);
  const isNear = () => zoomStep() > STEPS.indexOf("width");
  const isZoomed = () => zoomStep() > 0;

  function zoom(by) {
    const next = zoomStep() + by;
    if (by === 0) setZoom(isNear() ? "width" : "200");
    else setZoom(STEPS[Math.min(Math.max(next, 0), STEPS.length - 1)]);
  }

  function setZoom(name) {
    document.body.dataset.size = name;
    try { sessionStorage.setItem("zoom", name); } catch { /* storage is switched off: the page forgets */ }
    showZoom();
  }

  function showZoom() {
    document.body.classList.toggle("is-near", isNear());
    for (const button of findAll("[data-zoom]")) {
      button.disabled = STEPS[zoomStep() + Number(button.dataset.zoom)] === undefined;
    }
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

  function scrollSheet(by) {
    const sheet = find("#large-sheet");
    sheet?.scrollBy(0, by * sheet.clientHeight * 0.85);
    return sheet !== null;
  }

  // --- selection --------------------------------------------------------------------------------------
  // What is done to the shown page is done to all that are selected with it.

  const selected = new Set();

  function markSelected() {
    for (const no of selected) if (!thumbOf(no)) selected.delete(no);
    for (const thumb of findAll(".thumb")) {
      thumb.classList.toggle("is-selected", selected.has(thumb.dataset.page));
      if (selected.size) thumb.setAttribute("aria-pressed", selected.has(thumb.dataset.page));
      else thumb.removeAttribute("aria-pressed");
    }
    if (!find("#no")) return;
    const [first, ...rest] = selected.size ? [...new Set([...(selected.has(chosen()) ? [chosen()] : []), ...selected])] : [chosen()];
    find("#no").value = first;
    find("#also").value = rest.join(" ");
    const chip = find("#large-selected");
    chip.hidden = !selected.size;
    chip.textContent = chip.dataset.words.replace("%", selected.size);
  }

  function toggle(no) {
    if (!selected.size && no !== chosen()) selected.add(chosen());
    if (!selected.delete(no)) selected.add(no);
    markSelected();
  }

  function selectUpTo(no) {
    const all = order();
    const [from, to] = [all.indexOf(chosen()), all.indexOf(no)].sort((one, two) => one - two);
    for (const each of all.slice(from, to + 1)) selected.add(each);
    markSelected();
  }

  // With the space bar, where that would press nothing else.
  function toggleSelected(target) {
    if (!chosen() || !find("#large") || target.closest(".sheet") || (target.closest("a, button, summary, input") && !target.matches(".thumb"))) return false;
    if (target.matches(".thumb") && target.dataset.page !== chosen()) choose(target.dataset.page);
    if (!selected.delete(chosen())) selected.add(chosen());
    markSelected();
    return true;
  }

  function clearSelected() {
    const some = selected.size > 0;
    selected.clear();
    markSelected();
    return some;
  }

  // --- order ----------------------------------------------------------------------------------------

  let dragging = false;

  // The pages of each paper as they lie on the screen.
  const layout = () =>
    findAll("#papers [data-sortable]")
      .map((list) => findAll(".thumb", list).map((thumb) => thumb.dataset.page))
      .filter((pages) => pages.length);

  function arrange(papers) {
    find("#layout").value = papers.map((pages) => pages.join(" ")).join("/");
    htmx.trigger("#arrange", "submit");
  }

  // Keys only change the order: a page moves within its paper, leaves it at its end, and passes the next one.
  function move(by) {
    const papers = layout();
    const at = papers.findIndex((pages) => pages.includes(chosen()));
    if (at < 0) return;
    const pages = papers[at];
    const from = pages.indexOf(chosen());
    const to = from + by;
    if (to >= 0 && to < pages.length) [pages[from], pages[to]] = [pages[to], pages[from]];
    else if (pages.length > 1) papers.splice(by < 0 ? at : at + 1, 0, pages.splice(from, 1));
    else if (papers[at + by]) [papers[at], papers[at + by]] = [papers[at + by], papers[at]];
    else return;
    arrange(papers);
  }

  const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Where a page can be dropped between two papers. Made here: a long stack's fragment is sent at each change.
  function makeGaps() {
    const isGap = (element) => !!element && element.matches(".gap");
    const gap = () => Object.assign(document.createElement("ol"), { className: "pages gap", ariaHidden: "true" });
    for (const list of findAll("#papers [data-sortable]:not(.gap)")) {
      const paper = list.closest(".paper");
      if (!isGap(paper.previousElementSibling)) paper.before(gap());
      if (!isGap(paper.nextElementSibling)) paper.after(gap());
    }
    for (const each of findAll("#papers .gap")) each.dataset.sortable = "";
  }

  // A page that is dropped into a paper joins it; between two papers it is one of its own.
  function makeSortable() {
    if (!window.Sortable) return;
    makeGaps();
    for (const list of findAll("[data-sortable]")) {
      if (Sortable.get(list)) continue;
      Sortable.create(list, {
        group: "pages",
        // With the browser's own dragging, pictures could not be distinguished from dropped files.
        forceFallback: true,
        fallbackTolerance: 6,
        emptyInsertThreshold: 12,
        animation: isCalm() ? 0 : 120,
        onStart: () => {
          dragging = true;
          document.body.classList.add("is-dragging");
        },
        onEnd: (event) => {
          dragging = false;
          document.body.classList.remove("is-dragging");
          const moved = event.from !== event.to || event.oldIndex !== event.newIndex;
          if (!moved) return void htmx.trigger("#refresh", "refresh");
          bringSelected(event.item);
          arrange(layout());
        },
      });
    }
  }

  // The other selected pages follow one that was dragged.
  function bringSelected(item) {
    if (!selected.has(find(".thumb", item).dataset.page)) return;
    let before = item;
    for (const no of layout().flat()) {
      const other = selected.has(no) && thumbOf(no).closest("li");
      if (!other || other === item) continue;
      before.after(other);
      before = other;
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

  const isDragging = () => dragging;
  const deselect = () => selected.clear();

  // What the other scripts use.
  window.Desk = {
    find, findAll, thumbOf, chosen, choose, step, jump, JUMPS, zoom, setZoom, showZoom, isZoomed, scrollSheet,
    toggle, selectUpTo, toggleSelected, clearSelected, deselect, layout, move, makeSortable, isDragging, submit,
  };
})();
