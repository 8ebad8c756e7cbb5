// Sends a file in pieces by the tus protocol (docs/api.md), and goes on where it stopped: after a pause, a broken
// connection, or a reload of the page (the file is known again by name, size and time of its last change).
"use strict";

window.Tus = (() => {
  const ADDRESS = "/api/v1/uploads";
  const PIECE = 2 * 2 ** 20;
  const FIRST_PAUSE = 500;
  const LONGEST_PAUSE = 15000;
  const headers = { "Tus-Resumable": "1.0.0" };

  // What only the person can mend: the same request again would fail again.
  class Refused extends Error {
    constructor(message, status) {
      super(message);
      this.status = status;
    }
  }

  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const keyOf = (file, metadata) =>
    `upload ${[file.name, file.size, file.lastModified, ...Object.entries(metadata).flat()].join(" ")}`;

  async function refusal(answer) {
    let said = {};
    try {
      said = await answer.json();
    } catch {
      // no sentence: the status is all that there is
    }
    const language = document.documentElement.lang;
    return new Refused((language === "vi" ? said.detail_vi : said.detail) || String(answer.status), answer.status);
  }

  // A session that has ended: who signs in again goes on where the file stopped.
  const isSignedOut = (status) => [401, 403].includes(status);
  const isPassing = (status) => status >= 500 || [408, 409, 423, 429].includes(status);

  // Asks again after ever longer pauses while the server is away, unless the signal ends it.
  async function patiently(ask, { signal, waiting }) {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      let answer = null;
      try {
        answer = await ask();
      } catch (error) {
        if (signal.aborted) throw error;
      }
      if (answer?.ok) {
        waiting(false);
        return answer;
      }
      if (answer && !isPassing(answer.status)) throw await refusal(answer);
      waiting(true);
      await sleep(pause, signal);
    }
  }

  function sleep(milliseconds, signal) {
    return new Promise((done, failed) => {
      const end = () => {
        clearTimeout(timer);
        window.removeEventListener("online", go);
      };
      const go = () => (end(), done());
      const timer = setTimeout(go, milliseconds);
      window.addEventListener("online", go, { once: true });
      signal.addEventListener("abort", () => (end(), failed(signal.reason)), { once: true });
    });
  }

  async function begun(file, metadata, how) {
    const said = { filename: file.name.slice(-200), ...metadata };
    const pairs = Object.entries(said).map(([name, value]) => `${name} ${base64(value)}`);
    const sent = { ...headers, "Upload-Length": String(file.size), "Upload-Metadata": pairs.join(",") };
    const answer = await patiently(() => fetch(ADDRESS, { method: "POST", headers: sent, signal: how.signal }), how);
    return answer.headers.get("Location");
  }

  // The bytes that the server has of an upload; null where it knows none (any more).
  async function offsetOf(address, how) {
    try {
      const answer = await patiently(() => fetch(address, { method: "HEAD", headers, signal: how.signal }), how);
      return { offset: Number(answer.headers.get("Upload-Offset")), batch: answer.headers.get("Scanflow-Batch") };
    } catch (error) {
      if (error instanceof Refused && [404, 410].includes(error.status)) return null;
      throw error;
    }
  }

  // Sends a file. `how`: { signal, progress(part), waiting(isWaiting) }. Gives the upload's id and its batch.
  async function send(file, metadata, how) {
    const key = keyOf(file, metadata);
    let address = localStorage.getItem(key);
    let known = address && (await offsetOf(address, how));
    if (!known) {
      address = await begun(file, metadata, how);
      localStorage.setItem(key, address);
      known = { offset: 0, batch: null };
    }
    let { offset, batch } = known;
    how.progress(file.size ? offset / file.size : 1);
    while (offset < file.size) {
      const piece = file.slice(offset, offset + PIECE);
      const sent = { ...headers, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
      let answer = null;
      try {
        answer = await fetch(address, { method: "PATCH", headers: sent, body: piece, signal: how.signal });
      } catch (error) {
        if (how.signal.aborted) throw error;
      }
      if (answer?.ok) {
        how.waiting(false);
        offset = Number(answer.headers.get("Upload-Offset"));
        batch = answer.headers.get("Scanflow-Batch");
      } else {
        if (answer && !isPassing(answer.status)) {
          if (!isSignedOut(answer.status)) localStorage.removeItem(key);
          throw await refusal(answer);
        }
        how.waiting(true);
        await sleep(FIRST_PAUSE, how.signal);
        // What of the piece arrived is known to the server only.
        const there = await offsetOf(address, how);
        if (!there) {
          localStorage.removeItem(key);
          return send(file, metadata, how);
        }
        ({ offset, batch } = there);
      }
      how.progress(offset / file.size);
    }
    localStorage.removeItem(key);
    return { id: address.split("/").pop(), batch };
  }

  async function forget(file, metadata) {
    const key = keyOf(file, metadata);
    const address = localStorage.getItem(key);
    localStorage.removeItem(key);
    if (address) await fetch(address, { method: "DELETE", headers }).catch(() => null);
  }

  // Does with an upload what a request of ours does with it, as often as it takes; then it is forgotten.
  async function hand(id, address, how) {
    await patiently(() => fetch(address, { method: "POST", signal: how.signal }), how);
    await fetch(`${ADDRESS}/${id}`, { method: "DELETE", headers }).catch(() => null);
  }

  return { send, hand, forget, patiently, Refused };
})();
