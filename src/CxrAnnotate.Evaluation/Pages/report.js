"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const json = id => { const block = $("data-" + id); return block ? JSON.parse(block.textContent) : null; };
  const make = (name, style, text) => {
    const element = document.createElement(name);
    if (style) element.className = style;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const { labels, columns: groupColumns, block, large: hasLarge, cases } = json("cases");
  // The order of a case's fields in the data.
  const [NAME, READ, TRUTH, VERDICT, PROBABILITY, TRUE, NAMED, SCORES, GROUPS, PARTS, MAPS] = Array.from({ length: 11 }, (_, i) => i);
  const VERDICTS = [["right", "✓ right"], ["partly", "◐ partly"], ["wrong", "✗ wrong"]];
  const PART_STYLES = ["absent", "right", "wrong", "missed", "extra"];
  const percent = thousandths => (thousandths / 10).toFixed(1) + " %";
  const count = number => number.toLocaleString("en");

  // Blocks of images and maps are parsed when a case of theirs is first seen.
  const parsed = new Map();
  const part = (kind, i) => {
    const key = kind + "-" + Math.floor(i / block);
    if (!parsed.has(key)) parsed.set(key, json(key));
    return parsed.get(key)?.[i % block] ?? null;
  };
  const address = content => {
    const type = content.startsWith("UklG") ? "webp" : content.startsWith("/9j/") ? "jpeg" : "png";
    return "data:image/" + type + ";base64," + content;
  };
  const badge = verdict => make("span", "badge " + VERDICTS[verdict][0], VERDICTS[verdict][1]);

  // Theme. A page opened from a mail may have no storage.
  const theme = $("theme");
  const store = { get: () => { try { return localStorage.getItem("cxr-theme"); } catch { return null; } }, set: value => { try { localStorage.setItem("cxr-theme", value); } catch { /* not kept */ } } };
  const dress = value => { if (value) document.documentElement.dataset.theme = value; else delete document.documentElement.dataset.theme; };
  theme.value = store.get() ?? "";
  dress(theme.value);
  theme.addEventListener("change", () => { dress(theme.value); store.set(theme.value); });
  document.documentElement.classList.add("script");

  // Which cases are shown, and in which order.
  const tools = document.querySelector(".tools"), list = $("list"), told = $("shown");
  const words = cases.map(one => [one[NAME], one[READ], one[TRUTH], ...one[GROUPS]].join(" ").toLowerCase());
  const sureness = one => one[PROBABILITY] >= 0 ? one[PROBABILITY] : Math.max(0, ...one[SCORES]);
  const ORDERS = {
    "sure": (a, b) => sureness(cases[b]) - sureness(cases[a]) || a - b,
    "unsure": (a, b) => sureness(cases[a]) - sureness(cases[b]) || a - b,
    "sure-wrong": (a, b) => (cases[a][VERDICT] === 0) - (cases[b][VERDICT] === 0) || sureness(cases[b]) - sureness(cases[a]) || a - b,
    "name": (a, b) => cases[a][NAME].localeCompare(cases[b][NAME], "en", { numeric: true }) || a - b,
  };
  const groupFilters = [...tools.querySelectorAll("[data-group]")];
  let shown = [];
  const filter = () => {
    const wanted = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = $("verdict").value, truth = $("true").value, read = $("read").value;
    const groups = groupFilters.filter(select => select.value).map(select => [Number(select.dataset.group), select.value]);
    shown = cases.map((_, i) => i).filter(i => {
      const one = cases[i];
      return (verdict === "" || (verdict === "4" ? one[MAPS] > 0 : verdict === "3" ? one[VERDICT] > 0 : one[VERDICT] === Number(verdict)))
        && (truth === "" || one[TRUE].includes(Number(truth)))
        && (read === "" || one[NAMED].includes(Number(read)))
        && groups.every(([column, value]) => one[GROUPS][column] === value)
        && wanted.every(word => words[i].includes(word));
    });
    const order = ORDERS[$("sort").value];
    if (order) shown.sort(order);
    told.textContent = shown.length === 0 ? "No case matches. Clear the filters to see all."
      : shown.length === cases.length ? `${count(cases.length)} cases` : `${count(shown.length)} of ${count(cases.length)} cases`;
    active = 0;
    clear();
    layout();
  };

  // A list of any length: only the cards near the window are in the document.
  let across = 1, side = 0, step = 0, gap = 14, active = 0;
  const drawn = new Map();
  const clear = () => { for (const card of drawn.values()) card.remove(); drawn.clear(); };
  const layout = () => {
    const width = list.clientWidth, rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    gap = rem * 0.9;
    across = Math.max(1, Math.floor((width + gap) / (140 + gap)));
    if (width > 60 * rem) across = Math.max(1, Math.floor((width + gap) / (12 * rem + gap)));
    side = (width - gap * (across - 1)) / across;
    step = side + 6.6 * rem + gap;
    list.style.height = Math.max(0, Math.ceil(shown.length / across) * step - gap) + "px";
    for (const [at, card] of drawn) place(card, at);
    draw();
  };
  const place = (card, at) => {
    card.style.width = side + "px";
    card.style.height = step - gap + "px";
    card.style.transform = `translate(${(at % across) * (side + gap)}px, ${Math.floor(at / across) * step}px)`;
  };
  const fill = (card, i) => {
    const one = cases[i], link = make("a"), about = make("span", "about"), row = make("span", "row");
    link.href = "#case-" + i;
    const small = part("thumbs", i);
    const image = make(small ? "img" : "span", small ? "" : "blank");
    if (small) { image.src = address(small); image.alt = ""; image.decoding = "async"; }
    row.append(badge(one[VERDICT]), make("span", "which", one[NAME]));
    about.append(row, make("span", "read", one[READ]), make("span", "truth", one[TRUTH]));
    link.append(image, about);
    card.append(link);
    return link;
  };
  const draw = () => {
    const top = -list.getBoundingClientRect().top, margin = window.innerHeight / 2;
    const from = Math.max(0, Math.floor((top - margin) / step)) * across;
    const to = Math.min(shown.length, Math.ceil((top + window.innerHeight + margin) / step) * across);
    for (const [at, card] of drawn)
      if ((at < from || at >= to) && at !== active && !card.contains(document.activeElement)) { card.remove(); drawn.delete(at); }
    let before = null;
    // The chosen card is always there: the keyboard reaches the list by it.
    const wanted = Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k);
    if (active < shown.length && active < from) wanted.unshift(active);
    if (active < shown.length && active >= Math.max(from, to)) wanted.push(active);
    for (const at of wanted) {
      let card = drawn.get(at);
      if (!card) {
        const i = shown[at];
        card = make("li", "card " + VERDICTS[cases[i][VERDICT]][0]);
        card.setAttribute("aria-posinset", at + 1);
        card.setAttribute("aria-setsize", shown.length);
        const link = fill(card, i);
        link.tabIndex = at === active ? 0 : -1;
        link.addEventListener("click", event => { event.preventDefault(); choose(at); open(i); });
        place(card, at);
        drawn.set(at, card);
        if (before) before.after(card); else list.prepend(card);
      }
      before = card;
    }
  };
  const choose = at => {
    const old = drawn.get(active)?.firstChild;
    if (old) old.tabIndex = -1;
    active = at;
    draw();
    const link = drawn.get(at)?.firstChild;
    if (link) link.tabIndex = 0;
  };
  const move = at => {
    at = Math.max(0, Math.min(shown.length - 1, at));
    const row = list.getBoundingClientRect().top + window.scrollY + Math.floor(at / across) * step;
    const view = window.scrollY;
    if (row - 80 < view) window.scrollTo({ top: row - 80, behavior: "instant" });
    else if (row + step > view + window.innerHeight) window.scrollTo({ top: row + step - window.innerHeight + 8, behavior: "instant" });
    choose(at);
    drawn.get(at)?.firstChild.focus({ preventScroll: true });
  };
  list.addEventListener("keydown", event => {
    const page = Math.max(1, Math.floor(window.innerHeight / step)) * across;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, PageDown: page, PageUp: -page, Home: -shown.length, End: shown.length };
    if (!(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(active + steps[event.key]);
  });
  let waiting = false;
  const later = work => () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; work(); }); } };
  window.addEventListener("scroll", later(draw), { passive: true });
  new ResizeObserver(later(layout)).observe(list);

  // The viewer.
  const viewer = $("viewer"), image = $("viewer-image"), map = $("viewer-map"), mapChoice = $("map");
  let current = -1, subject = null;
  const address_bar = hash => { try { history.replaceState(null, "", hash || location.pathname + location.search); } catch { /* not kept */ } };
  const neighbours = () => shown.includes(current) ? shown : cases.map((_, i) => i);
  const open = i => {
    current = i;
    const one = cases[i], among = neighbours(), at = among.indexOf(i);
    $("viewer-name").textContent = one[NAME];
    $("viewer-verdict").replaceChildren(badge(one[VERDICT]));
    $("viewer-position").textContent = `${count(at + 1)} of ${count(among.length)}`;
    $("previous").disabled = at <= 0;
    $("next").disabled = at >= among.length - 1;
    const large = part("images", i), content = large ?? part("thumbs", i);
    image.hidden = !content;
    if (content) { image.src = address(content); image.alt = "Radiograph " + one[NAME]; } else image.removeAttribute("src");
    $("viewer-size").textContent = content && !large && hasLarge ? "A small image: the page has larger ones of some cases only." : "";
    define($("viewer-annotations"), [
      ["Read", one[READ] || "nothing"],
      ["True", one[TRUTH] || "unknown"],
      ...(one[PROBABILITY] >= 0 ? [["Probability of the reading", percent(one[PROBABILITY])]] : []),
    ]);
    $("viewer-parts").hidden = one[PARTS].length === 0;
    $("viewer-parts").tBodies[0].replaceChildren(...one[PARTS].map(([name, read, truth, verdict]) => {
      const row = make("tr", PART_STYLES[verdict]), head = make("th", "", name);
      head.scope = "row";
      row.append(head, make("td", "", (verdict === 1 ? "✓ " : verdict === 3 ? "" : "✗ ") + (read || "–")), make("td", "", truth || "–"));
      return row;
    }));
    const ranked = one[SCORES].map((score, k) => [score, k]).sort((a, b) => b[0] - a[0])
      .filter(([, k], rank) => rank < 7 || one[TRUE].includes(k) || one[NAMED].includes(k));
    $("viewer-probabilities").replaceChildren(...ranked.map(([score, k]) => {
      const truly = one[TRUE].includes(k), named = one[NAMED].includes(k);
      const row = make("li", (truly ? "true " : "") + (named ? "named" : "")), track = make("span", "track"), bar = make("span", "fill");
      bar.style.width = score / 10 + "%";
      track.append(bar);
      row.append(make("span", "name", labels[k] + (truly ? " (true)" : "")), track, make("span", "", percent(score)));
      return row;
    }));
    define($("viewer-groups"), groupColumns.map((column, k) => [column, one[GROUPS][k]]).filter(([, value]) => value));
    const maps = part("maps", i) ?? [];
    $("map-knob").hidden = $("strength-knob").hidden = maps.length === 0;
    mapChoice.replaceChildren(...["none", ...maps.map(one => one[0])].map((name, k) => {
      const option = make("option", "", name);
      option.value = k - 1;
      return option;
    }));
    // Whoever looks at maps sees one at the next case, too: of the same subject if there is one.
    const same = maps.findIndex(one => one[0] === subject);
    mapChoice.value = subject === null || maps.length === 0 ? -1 : Math.max(0, same);
    paint();
    if (!viewer.open) viewer.showModal();
    address_bar("#case-" + i);
  };
  const define = (target, pairs) => target.replaceChildren(...pairs.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));

  // Dark purple to yellow; what nothing speaks for stays clear.
  const STOPS = [[40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21], [250, 193, 39], [252, 255, 164]];
  const heat = value => {
    const at = value / 255 * (STOPS.length - 1), low = Math.min(STOPS.length - 2, Math.floor(at)), share = at - low;
    return STOPS[low].map((from, channel) => Math.round(from + share * (STOPS[low + 1][channel] - from)));
  };
  const paint = () => {
    const chosen = (part("maps", current) ?? [])[Number(mapChoice.value)];
    map.hidden = !chosen;
    map.style.opacity = $("strength").value / 100;
    $("strength").disabled = !chosen;
    if (!chosen) return;
    const [, rows, columns, content] = chosen, values = Uint8Array.from(atob(content), c => c.charCodeAt(0));
    const cells = document.createElement("canvas");
    [cells.width, cells.height] = [columns, rows];
    const pixels = new ImageData(columns, rows);
    values.forEach((value, k) => pixels.data.set([...heat(value), Math.min(255, 40 + value)], 4 * k));
    values.forEach((value, k) => { if (value === 0) pixels.data[4 * k + 3] = 0; });
    cells.getContext("2d").putImageData(pixels, 0, 0);
    [map.width, map.height] = [512, 512];
    const brush = map.getContext("2d");
    [brush.imageSmoothingEnabled, brush.imageSmoothingQuality] = [true, "high"];
    brush.drawImage(cells, 0, 0, 512, 512);
  };
  const expose = () => {
    image.style.filter = `brightness(${$("brightness").value}%) contrast(${$("contrast").value}%)` + ($("invert").checked ? " invert(1)" : "");
  };
  image.addEventListener("load", () => { image.parentElement.style.width = `min(100%, ${68 * image.naturalWidth / image.naturalHeight}dvh)`; });
  mapChoice.addEventListener("change", () => { subject = mapChoice.value === "-1" ? null : mapChoice.selectedOptions[0].textContent; paint(); });
  $("strength").addEventListener("input", paint);
  for (const id of ["brightness", "contrast", "invert"]) $(id).addEventListener("input", expose);
  const turn = by => { const among = neighbours(), next = among[among.indexOf(current) + by]; if (next !== undefined) { open(next); viewer.scrollTop = 0; } };
  $("previous").addEventListener("click", () => turn(-1));
  $("next").addEventListener("click", () => turn(1));
  $("close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("click", event => { if (event.target === viewer) viewer.close(); });
  viewer.addEventListener("keydown", event => {
    if (event.target.matches("select, input[type=range]") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") { event.preventDefault(); turn(event.key === "ArrowLeft" ? -1 : 1); }
  });
  viewer.addEventListener("close", () => {
    address_bar("");
    const at = shown.indexOf(current);
    if (at >= 0 && list.contains(document.activeElement)) move(at);
  });
  const follow = () => { const found = /^#case-(\d+)$/.exec(location.hash); if (found && cases[Number(found[1])]) open(Number(found[1])); };
  window.addEventListener("hashchange", follow);
  for (const link of document.querySelectorAll(".examples a, .error-slices a, .joint-space a"))
    link.addEventListener("click", event => { event.preventDefault(); open(Number(link.hash.slice(6))); });

  // The joint space: zoomed by buttons, or the wheel with Ctrl, around the pointer; moved by dragging.
  for (const box of document.querySelectorAll(".joint-space")) {
    const svg = box.querySelector(".space"), all = svg.getAttribute("viewBox").split(" ").map(Number), knobs = box.querySelector(".knobs");
    let view = [...all], held = null, moved = false;
    const show = () => {
      svg.setAttribute("viewBox", view.join(" "));
      const radius = 3 * view[2] / all[2];
      for (const point of svg.children) point.setAttribute("r", point.classList.contains("medoid") ? 2 * radius : radius);
    };
    const spot = event => { const frame = svg.getBoundingClientRect(); return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height]; };
    const zoom = (factor, [x, y]) => {
      const width = Math.min(Math.max(view[2] * factor, all[2] / 200), all[2]), height = width * all[3] / all[2];
      view = width === all[2] ? [...all] : [view[0] + x * (view[2] - width), view[1] + y * (view[3] - height), width, height];
      show();
    };
    const deeds = {
      closer: () => zoom(1 / 1.5, [0.5, 0.5]),
      farther: () => zoom(1.5, [0.5, 0.5]),
      all: () => { view = [...all]; show(); },
      colours: button => { button.textContent = box.classList.toggle("clusters") ? "Colour by label" : "Colour by cluster"; },
    };
    for (const button of knobs.querySelectorAll("button")) button.addEventListener("click", () => deeds[button.dataset.do](button));
    svg.addEventListener("wheel", event => { if (event.ctrlKey) { event.preventDefault(); zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, spot(event)); } }, { passive: false });
    svg.addEventListener("pointerdown", event => { held = spot(event); moved = false; });
    svg.addEventListener("pointermove", event => {
      if (!held) return;
      const at = spot(event), [right, down] = [at[0] - held[0], at[1] - held[1]];
      if (!moved && Math.hypot(right, down) < 0.005) return;
      if (!moved) svg.setPointerCapture(event.pointerId);
      [moved, held] = [true, at];
      view[0] -= right * view[2];
      view[1] -= down * view[3];
      show();
    });
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => { held = null; });
    svg.addEventListener("pointerleave", () => { if (!moved) held = null; });
    svg.addEventListener("click", event => { if (!moved && event.target.dataset.case) open(Number(event.target.dataset.case)); });
    knobs.hidden = false;
  }

  // A cell of the confusion matrix leads to its cases.
  for (const link of document.querySelectorAll("a[data-true]"))
    link.addEventListener("click", () => { tools.reset(); $("true").value = link.dataset.true; $("read").value = link.dataset.read; filter(); });
  tools.addEventListener("submit", event => event.preventDefault());
  tools.addEventListener("input", filter);
  tools.addEventListener("reset", () => setTimeout(filter));

  // On paper: the first cases of those that are shown.
  window.addEventListener("beforeprint", () => {
    const paper = document.querySelector(".cards.static"), most = 24;
    paper.replaceChildren(...shown.slice(0, most).map(i => {
      const card = make("li", "card " + VERDICTS[cases[i][VERDICT]][0]);
      fill(card, i);
      return card;
    }));
    const remark = document.querySelector("p.static");
    if (remark) remark.textContent = `The first ${Math.min(most, shown.length)} of ${count(shown.length)} cases.`;
  });

  tools.hidden = list.hidden = false;
  filter();
  follow();
})();
