// The console's script: local times, keys, and pages that change in place. Without it everything works by reloading.
"use strict";
(() => {
  const VISIBLE = 2500, HIDDEN = 15000, SLOWEST = 30000; // milliseconds between two looks
  const CALM = 800, NEW_PLAN = 3000; // milliseconds after a change in which a decision is not sent
  const live = document.getElementById("live");
  const news = document.getElementById("news");
  const gone = document.getElementById("gone");

  // --- times: in the reader's zone, and how long ago -----------------------------------------------------------
  const two = (n) => String(n).padStart(2, "0");
  const day = (d) => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  const time = (d) => `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  const stamp = (d) => (day(d) === day(new Date()) ? time(d) : `${day(d)} ${time(d)}`);
  let skew = 0; // the server's clock less ours
  function age(d) {
    const seconds = (Date.now() + skew - d) / 1000, size = Math.floor(Math.abs(seconds));
    if (size < 60) return seconds >= 0 ? "just now" : "in under a minute";
    const text = size < 3600 ? `${Math.floor(size / 60)} min`
      : size < 86400 ? `${Math.floor(size / 3600)} h ${Math.floor((size % 3600) / 60)} min`
      : `${Math.floor(size / 86400)} d ${Math.floor((size % 86400) / 3600)} h`;
    return seconds >= 0 ? `${text} ago` : `in ${text}`;
  }
  function times(root) {
    for (const each of root.querySelectorAll("time[datetime]")) {
      const at = new Date(each.dateTime);
      const text = each.classList.contains("age") ? age(at) : stamp(at);
      if (each.textContent !== text) each.textContent = text;
      each.title = `${day(at)} ${time(at)} (${each.dateTime})`;
    }
  }
  const zone = document.getElementById("zone");
  if (zone) zone.textContent = `times are ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  times(document);
  setInterval(() => times(document), 10000);

  // --- change in place: what is equal stays the same node, so focus, scroll, typed text and open details stay -------
  let touched = false; // something else than a time changed
  const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.key || "" : "");
  const alike = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
  function note(node) {
    const inside = node.nodeType === 1 ? node : node.parentElement;
    if ((node.nodeType === 1 || node.data.trim()) && !(inside && inside.closest("time"))) touched = true;
  }
  function attributes(old, fresh) {
    const mine = (name) => name === "open" && old.nodeName === "DETAILS";
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !mine(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (!mine(name) && old.getAttribute(name) !== value) { old.setAttribute(name, value); note(old); }
  }
  function morph(old, fresh) {
    if (old.nodeType !== 1) {
      if (old.data !== fresh.data) { note(old); old.data = fresh.data; note(old); }
      return;
    }
    attributes(old, fresh);
    if (old.nodeName !== "TEXTAREA") children(old, fresh); // what somebody types is theirs
  }
  function children(old, fresh) {
    const wanted = new Set([...fresh.children].map(keyOf).filter(Boolean));
    let at = old.firstChild;
    const drop = () => { const next = at.nextSibling; note(at); at.remove(); at = next; };
    for (const each of [...fresh.childNodes]) {
      const key = keyOf(each);
      const match = key ? [...old.children].find((child) => alike(child, each)) : at && alike(at, each) ? at : null;
      if (!match) { old.insertBefore(each, at); note(each); continue; }
      while (at && at !== match && !wanted.has(keyOf(at))) drop();
      if (at === match) at = at.nextSibling;
      else { old.insertBefore(match, at); touched = true; }
      morph(match, each);
    }
    while (at) drop();
  }

  // --- looking for news ----------------------------------------------------------------------------------------
  let tag = "", failures = 0, since = null, timer = 0, calmUntil = 0, busy = false;
  const plan = () => live.querySelector(".decides input[name=plan]")?.value || "";
  function say(place, text, link) {
    place.textContent = text;
    if (link) place.append(" ", link);
    place.hidden = !text;
  }
  function swap(html) {
    const fresh = document.createElement("div");
    fresh.innerHTML = html; // our own server's page; nothing in it can run under our content policy
    const head = fresh.querySelector("template[data-title]");
    if (head) { document.title = head.dataset.title; head.remove(); }
    times(fresh);
    const active = document.activeElement, before = plan();
    touched = false;
    children(live, fresh);
    if (active && live !== active && active !== document.body && document.activeElement !== active) {
      (active.isConnected ? active : document.getElementById("title"))?.focus({ preventScroll: true });
    }
    if (!touched) return;
    calmUntil = performance.now() + CALM;
    if (before && plan() && plan() !== before) {
      calmUntil = performance.now() + NEW_PLAN;
      say(news, `The proposal changed at ${time(new Date())}. Read it again before you decide.`);
    }
  }
  function login() {
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
    link.textContent = "Log in again";
    return link;
  }
  function lost(why) {
    failures += 1;
    since ??= new Date();
    say(gone, `${why} since ${time(since)}. What you see may be old; trying again.`);
  }
  async function look() {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    const url = new URL(location.href);
    url.searchParams.set("part", "live");
    url.hash = "";
    let again = true;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(url, { headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(10000) });
      const sent = Date.parse(answer.headers.get("date") || "");
      if (Math.abs(sent - Date.now()) > 5000) skew = sent - Date.now();
      if (answer.status === 401) {
        again = false;
        say(gone, "Your session has ended; what you see is old.", login());
      } else if (answer.status === 200 || answer.status === 304) {
        if (answer.status === 200) { swap(await answer.text()); tag = answer.headers.get("etag") || ""; }
        failures = 0;
        since = null;
        say(gone, "");
      } else if (answer.status === 404) {
        again = false;
        say(gone, "This is not there any more; what you see is old.");
      } else lost("Firstresponder cannot read its records");
    } catch {
      lost("Not connected");
    }
    busy = false;
    const usual = document.hidden ? HIDDEN : VISIBLE;
    if (again) timer = setTimeout(look, Math.min(SLOWEST, usual * 2 ** Math.min(failures, 5)));
  }
  if (live && "live" in live.dataset) {
    timer = setTimeout(look, VISIBLE);
    document.addEventListener("visibilitychange", () => document.hidden || look());
    addEventListener("online", look);
    addEventListener("pageshow", (event) => event.persisted && look());
  }
  document.addEventListener("submit", (event) => {
    // A page that moves under the finger must not decide anything.
    if (!event.target.matches("form.decides") || performance.now() >= calmUntil) return;
    event.preventDefault();
    say(news, "The page changed just as you pressed, so nothing was sent. Look again, then press.");
  });

  // --- keys ------------------------------------------------------------------------------------------------------
  const GO = { n: "/", h: "/history", a: "/audit", s: "/health" };
  let going = 0;
  function step(by) {
    const rows = [...document.querySelectorAll("a[data-row]")];
    const at = rows.indexOf(document.activeElement);
    rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key, onRow = event.target.matches("a[data-row]");
    if (going > performance.now() && GO[key]) location.assign(GO[key]);
    else if (key === "j" || (key === "ArrowDown" && onRow)) step(1);
    else if (key === "k" || (key === "ArrowUp" && onRow)) step(-1);
    else if (key === "a") document.getElementById("approve")?.focus();
    else if (key === "?") {
      const keys = document.getElementById("keys");
      if (keys) { keys.open = !keys.open; if (keys.open) keys.querySelector("summary").focus(); }
    } else if (key !== "g") return;
    going = key === "g" ? performance.now() + 1500 : 0;
    event.preventDefault();
  });
})();
