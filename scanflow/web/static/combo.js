// Fields that search while a person types. The pattern of a combobox with a list (WAI-ARIA): the focus stays in
// the field, arrows move through the list, Enter takes what is marked, Escape closes the list.
"use strict";

(() => {
  const { find, findAll } = window.Desk;


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

  // The focus may have come, and something been typed, before this program and htmx listened.
  document.addEventListener("DOMContentLoaded", () => {
    if (document.activeElement?.matches("[role=combobox]")) search(document.activeElement);
  });

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

})();
