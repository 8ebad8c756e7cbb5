// The page of uploads: files that are dropped or chosen are sent one after the other, with progress; each may be
// paused, and goes on by itself when the connection is back.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const find = (selector, root = document) => root.querySelector(selector);
  const list = find("#uploads");
  const form = find("#upload");
  const words = form.dataset;
  const POLL = 1500;
  let queue = Promise.resolve();

  document.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("is-dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    document.body.classList.remove("is-dropping");
    take([...event.dataTransfer.files]);
  });
  find("#files").addEventListener("change", (event) => {
    take([...event.target.files]);
    event.target.value = "";
  });
  window.addEventListener("beforeunload", (event) => {
    if (find("#uploads .is-sending")) event.preventDefault();
  });

  function metadata(together) {
    const said = {};
    const number = find("#dossier").value.trim();
    if (number) said.dossier = number;
    if (together) said.hold = "true";
    return said;
  }

  // In the order in which they were chosen: together they are one batch, else each is its own.
  function take(files) {
    const together = find("#together").checked && files.length > 1;
    const said = metadata(together);
    const rows = files.map((file) => row(file, said));
    queue = queue.then(async () => {
      const ids = [];
      for (const each of rows) {
        const done = await each.send();
        if (done && !together) follow(each, done.batch);
        if (done) ids.push(done.id);
      }
      if (together && ids.length === rows.length) await takeTogether(rows, ids);
    });
  }

  async function takeTogether(rows, ids) {
    const ask = () =>
      fetch("/api/v1/batches", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ uploads: ids }),
      });
    const waiting = (is) => {
      for (const each of rows) each.state.textContent = is ? words.waiting : words.sent;
    };
    try {
      // Asked again it is the same batch.
      const answer = await window.Tus.patiently(ask, { signal: new AbortController().signal, waiting });
      const said = await answer.json();
      for (const each of rows) follow(each, said.batch);
    } catch (error) {
      for (const each of rows) each.fail(error.message || words.failed);
    }
  }

  function row(file, said) {
    const item = find("#row").content.firstElementChild.cloneNode(true);
    const bar = find("progress", item);
    const state = find(".state", item);
    const pause = find("[data-pause]", item);
    const drop = find("[data-forget]", item);
    let control = new AbortController();
    let resume = null;
    let gone = false;
    find(".name", item).textContent = file.name;
    bar.setAttribute("aria-label", file.name);
    list.append(item);
    find("#uploads-card").hidden = false;

    pause.addEventListener("click", () => {
      if (resume) {
        pause.textContent = words.pause;
        resume();
        resume = null;
      } else {
        control.abort(new DOMException("paused", "AbortError"));
      }
    });
    drop.addEventListener("click", async () => {
      gone = true;
      control.abort(new DOMException("gone", "AbortError"));
      resume?.();
      await window.Tus.forget(file, said);
      item.remove();
    });

    async function send() {
      item.classList.add("is-sending");
      for (;;) {
        if (gone) return null;
        try {
          const done = await window.Tus.send(file, said, {
            signal: control.signal,
            progress: (part) => {
              bar.value = part;
              state.textContent = `${Math.floor(100 * part)} %`;
            },
            waiting: (is) => {
              if (is) state.textContent = words.waiting;
            },
          });
          item.classList.remove("is-sending");
          pause.remove();
          drop.remove();
          state.textContent = words.sent;
          return done;
        } catch (error) {
          if (gone) return null;
          const signedOut = error.status === 401;
          if (error.name !== "AbortError" && !signedOut) {
            fail(error.message);
            return null;
          }
          control = new AbortController();
          state.textContent = signedOut ? words.signedOut : words.paused;
          pause.textContent = words.resume;
          await new Promise((go) => (resume = go));
        }
      }
    }

    function fail(message) {
      item.classList.remove("is-sending");
      item.classList.add("is-failed");
      pause.remove();
      state.textContent = message;
    }

    return { item, state, send, fail };
  }

  // What becomes of the batch, until it is filed or waits for a person.
  async function follow(each, batch) {
    for (;;) {
      const answer = batch && (await fetch(`/api/v1/batches/${batch}`).catch(() => null));
      if (answer?.ok) {
        const said = await answer.json();
        if (said.state === "closed") {
          each.state.textContent = said.documents.length ? "" : words.nothing;
          for (const document of said.documents) each.state.append(link(document), " ");
          return;
        }
        each.state.textContent = ["unassigned", "failed"].includes(said.state) ? words.asked : words.reading;
      }
      if (!batch) return;
      await new Promise((go) => setTimeout(go, POLL));
    }
  }

  function link(document_) {
    const made = document.createElement("a");
    made.className = "link";
    made.href = `/review/dossiers/${document_.key}/${document_.document}`;
    made.textContent = `${document_.dossier} · ${document_.title || words.document.replace("%", document_.document)}`;
    return made;
  }
});
