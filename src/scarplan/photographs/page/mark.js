(function () {
  "use strict";
  var body = document.body.dataset;
  var width = Number(body.width), height = Number(body.height);
  var stage = find("stage"), picture = find("picture"), overlay = find("overlay"), said = find("said");
  var NAMES = { landmark: list("landmark"), chart: list("chart"), skin: list("skin") };
  // Letter and colour of each kind: never colour alone.
  var SIGNS = {
    icepick: ["I", "#b34f00"], boxcar: ["B", "#0072b2"], rolling: ["R", "#007a55"],
    raised: ["+", "#a3477d"], flat_mark: ["F", "#6b5a00"], other: ["O", "#444444"]
  };
  var KEPT_STEPS = 20, TAP_REACH = 26, DRAG = 8;

  var marks = [], past = [], saved = true, rater = "", pending = null, sure = null, isKept = true;
  var scale = 1, left = 0, top = 0, cross = null, seen = null;

  function find(id) { return document.getElementById(id); }
  function list(id) { return Array.from(find(id).options).map(function (o) { return o.value; }); }
  function words(id, value) {
    return find(id).querySelector("option[value='" + value + "']").textContent.replace(/ ✓$/, "");
  }
  function tool() { return document.querySelector("input[name=what]:checked").value; }
  function kind() { return document.querySelector("input[name=kind]:checked").value; }
  function say(text, isWarning) { said.textContent = text; said.classList.toggle("warn", Boolean(isWarning)); }
  function copy(value) { return JSON.parse(JSON.stringify(value)); }
  function ruler() { return marks.find(function (m) { return m.what === "ruler"; }); }
  function apart(a, b) { return Math.hypot(a[0] - b[0], a[1] - b[1]); }
  function middleOf(mark) { return [(mark.at[0] + mark.edge[0]) / 2, (mark.at[1] + mark.edge[1]) / 2]; }
  function widthOf(mark) {
    var r = ruler();
    return r && mark.edge ? apart(mark.at, mark.edge) * r.length / apart(r.at, r.edge) : null;
  }

  // -- keeping unsaved marks in this browser ------------------------------------------------------------------
  function place(name) { return "scarplan-marks:" + body.sha + ":" + name; }
  function keep() {
    try {
      localStorage.setItem(place(rater), JSON.stringify({ marks: marks, past: past.slice(-KEPT_STEPS), saved: saved }));
      localStorage.setItem("scarplan-rater:" + body.sha, rater);
      isKept = true;
    } catch (error) { isKept = false; }
    find("not-kept").hidden = isKept;
  }
  function forget(name) { try { localStorage.removeItem(place(name)); } catch (error) { isKept = false; } }
  function kept(name) {
    try { return JSON.parse(localStorage.getItem(place(name))); } catch (error) { return null; }
  }
  function take(draft) { marks = draft.marks; past = draft.past || []; saved = draft.saved; pending = null; }
  window.addEventListener("beforeunload", function (event) {
    if (!saved && !isKept) { event.preventDefault(); event.returnValue = ""; }
  });
  // The same photograph and rater in another window: both show the same marks.
  window.addEventListener("storage", function (event) {
    var draft = event.key === place(rater) ? kept(rater) : null;
    if (draft) { take(draft); show(); say("Marks were changed in another window; shown here too."); }
  });

  // -- changing marks ---------------------------------------------------------------------------------------
  function change(next, text) {
    past.push(copy(marks));
    if (past.length > 200) { past.shift(); }
    marks = next; saved = false; sure = null;
    keep(); show(); say(text);
  }
  function undo() {
    if (pending && pending.isNew) { pending = null; show(); return say("The first tap was taken back."); }
    pending = null;
    if (!past.length) { show(); return say("There is nothing to undo."); }
    marks = past.pop(); saved = false;
    keep(); show(); say("Undone. " + count() + ".");
  }
  function count() {
    var n = marks.filter(function (m) { return m.what === "scar"; }).length;
    return n + (n === 1 ? " scar" : " scars");
  }
  function without(what, name) { return marks.filter(function (m) { return m.what !== what || m.name !== name; }); }

  function tap(at) {
    sure = null;
    if (at[0] < 0 || at[1] < 0 || at[0] > width || at[1] > height) { return say("That is outside the photograph.", true); }
    at = [Math.round(at[0] * 10) / 10, Math.round(at[1] * 10) / 10];
    if (pending) { return finish(at); }
    var what = tool();
    if (what === "scar") { addScar(at); }
    else if (what === "ruler") { startRuler(at); }
    else if (what === "delete") { takeAway(at); }
    else if (what === "skin") {
      pending = { what: "skin", name: find("skin").value, at: at, isNew: true };
      show(); say("Now tap the border of this patch of skin.");
    } else { addNamed(what, at); }
  }
  function addScar(at) {
    var mark = { what: "scar", name: kind(), at: at, edge: null, length: null };
    var twice = marks.some(function (m) { return m.what === "scar" && m.name === mark.name && apart(m.at, at) < 0.05; });
    if (twice) { return say("This scar is marked already.", true); }
    var wantsWidth = find("width").checked && !find("width").disabled;
    if (wantsWidth) { pending = { what: "edge", index: marks.length, at: at }; }
    change(marks.concat([mark]), "");
    say(wantsWidth ? "Now tap the other edge of this scar." : count() + ".");
  }
  function startRuler(at) {
    var length = Number(find("length").value);
    if (!(length >= 1 && length <= 500)) { find("length").focus(); return say("Give the millimetres between the two marks first.", true); }
    pending = { what: "ruler", at: at, length: length, isNew: true };
    show(); say("Now tap the other mark of the ruler.");
  }
  function finish(at) {
    var first = pending, next;
    if (apart(first.at, at) < (first.what === "ruler" ? 20 : 0.5)) { return say("That is too near to the first tap. Tap the other end.", true); }
    pending = null;
    if (first.what === "edge") {
      next = copy(marks);
      next[first.index].edge = at;
      change(next, "");
      say("Width " + widthOf(marks[first.index]).toFixed(1) + " mm. " + count() + ".");
    } else if (first.what === "ruler") {
      change(without("ruler", "ruler").concat([{ what: "ruler", name: "ruler", at: first.at, edge: at, length: first.length }]),
        "Ruler of " + first.length + " mm is marked. Widths can be marked now.");
    } else {
      change(without("skin", first.name).concat([{ what: "skin", name: first.name, at: first.at, edge: at, length: null }]), "");
      forward("skin", "Patch of skin is marked.");
    }
  }
  function addNamed(what, at) {
    var name = find(what).value;
    change(without(what, name).concat([{ what: what, name: name, at: at, edge: null, length: null }]), "");
    forward(what, "Marked: " + words(what, name) + ".");
  }
  function forward(what, text) {
    var next = NAMES[what].find(function (name) { return !marks.some(function (m) { return m.what === what && m.name === name; }); });
    if (next) { find(what).value = next; }
    say(text + (next && what !== "skin" ? " Next: " + words(what, next) + "." : ""));
  }
  function takeAway(at) {
    var best = -1, nearest = TAP_REACH / scale;
    marks.forEach(function (m, i) {
      [m.at, m.edge, m.edge && middleOf(m)].forEach(function (p) { if (p && apart(p, at) < nearest) { nearest = apart(p, at); best = i; } });
    });
    if (best < 0) { return say("There is no mark here.", true); }
    var gone = marks[best];
    var loses = gone.what === "ruler" && marks.some(function (m) { return m.what === "scar" && m.edge; });
    var next = marks.filter(function (m, i) { return i !== best; });
    if (loses) { next = copy(next); next.forEach(function (m) { if (m.what === "scar") { m.edge = null; } }); }
    change(next, loses ? "The ruler and all widths are taken away. Undo brings them back." : "Taken away. Undo brings it back.");
  }

  // -- drawing ------------------------------------------------------------------------------------------------
  function onScreen(p) { return [p[0] * scale + left, p[1] * scale + top]; }
  function element(tag, attributes, text) {
    var made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    if (text) { made.textContent = text; }
    return made;
  }
  function sign(name, x, y, into) {
    into.append(
      element("circle", { cx: x, cy: y, r: 10, fill: "#ffffff", stroke: SIGNS[name][1], "stroke-width": 2.5 }),
      element("text", { x: x, y: y + 4.3, "text-anchor": "middle", fill: SIGNS[name][1] }, SIGNS[name][0]));
  }
  // On the photograph the ring stays open, so that the scar can be seen in it; the letter stands beside it.
  function ring(name, x, y) {
    overlay.append(
      element("circle", { cx: x, cy: y, r: 11, fill: "none", stroke: "#ffffff", "stroke-width": 5 }),
      element("circle", { cx: x, cy: y, r: 11, fill: "none", stroke: SIGNS[name][1], "stroke-width": 2.5 }),
      element("text", { x: x + 15, y: y - 6, "text-anchor": "middle", fill: SIGNS[name][1], stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke", "font-size": 14 }, SIGNS[name][0]));
  }
  function line(a, b, colour) {
    [["#ffffff", 5], [colour, 2.5]].forEach(function (pen) {
      overlay.append(element("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: pen[0], "stroke-width": pen[1], "stroke-linecap": "round" }));
    });
  }
  function spot(p, colour) {
    line([p[0] - 8, p[1]], [p[0] + 8, p[1]], colour);
    line([p[0], p[1] - 8], [p[0], p[1] + 8], colour);
  }
  function label(p, text) {
    overlay.append(element("text", { x: p[0] + 11, y: p[1] - 7, fill: "#14323a", stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke" }, text));
  }
  function drawMark(m) {
    var a = onScreen(m.at), b = m.edge && onScreen(m.edge);
    if (m.what === "scar") {
      if (b) { line(a, b, SIGNS[m.name][1]); a = onScreen(middleOf(m)); }
      ring(m.name, a[0], a[1]);
    } else if (m.what === "ruler") {
      line(a, b, "#111111"); spot(a, "#111111"); spot(b, "#111111"); label(b, m.length + " mm");
    } else if (m.what === "skin") {
      overlay.append(element("circle", { cx: a[0], cy: a[1], r: b ? apart(a, b) : 12, fill: "none", stroke: "#ffffff", "stroke-width": 5 }));
      overlay.append(element("circle", { cx: a[0], cy: a[1], r: b ? apart(a, b) : 12, fill: "none", stroke: "#0b6e75", "stroke-width": 2.5 }));
      label(a, m.name.replace("_", " "));
    } else { spot(a, m.what === "chart" ? "#111111" : "#0b6e75"); label(a, m.name.replace(/_/g, " ")); }
  }
  function draw() {
    var factor = scale * width / picture.naturalWidth;
    picture.style.transform = "translate(" + left + "px," + top + "px) scale(" + factor + ")";
    overlay.replaceChildren();
    marks.forEach(drawMark);
    if (pending) { spot(onScreen(pending.at), "#c98a16"); }
    if (cross && document.activeElement === stage) {
      var c = onScreen(cross);
      line([c[0] - 22, c[1]], [c[0] - 5, c[1]], "#f0b429"); line([c[0] + 5, c[1]], [c[0] + 22, c[1]], "#f0b429");
      line([c[0], c[1] - 22], [c[0], c[1] - 5], "#f0b429"); line([c[0], c[1] + 5], [c[0], c[1] + 22], "#f0b429");
    }
  }
  function show() {
    Object.keys(SIGNS).forEach(function (name) {
      document.querySelector("[data-count=" + name + "]").textContent =
        marks.filter(function (m) { return m.what === "scar" && m.name === name; }).length;
    });
    var r = ruler(), other = {};
    find("width").disabled = !r;
    find("width-why").hidden = Boolean(r);
    document.querySelectorAll(".part").forEach(function (part) { part.hidden = part.dataset.for !== tool(); });
    ["landmark", "chart", "skin"].forEach(function (what) {
      other[what] = marks.filter(function (m) { return m.what === what; }).length;
      Array.from(find(what).options).forEach(function (option) {
        var is = marks.some(function (m) { return m.what === what && m.name === option.value; });
        option.textContent = option.textContent.replace(/ ✓$/, "") + (is ? " ✓" : "");
      });
    });
    find("sum").textContent = [count(), other.landmark + (other.landmark === 1 ? " landmark" : " landmarks"), r ? "ruler " + r.length + " mm" : "no ruler",
      other.chart + " of 4 chart corners", other.skin + (other.skin === 1 ? " skin patch" : " skin patches")].join(", ") +
      (saved ? "." : ". Not saved yet.");
    find("text").value = csv();
    find("clear").textContent = sure ? "Sure? Clear all" : "Clear all";
    find("clear").classList.toggle("sure", Boolean(sure));
    find("command").textContent = "scarplan photo CASE --marks " + fileName() + " --photo " + body.id + " --rater \"" + (rater || "NAME") + "\"";
    draw();
  }

  // -- saving -------------------------------------------------------------------------------------------------
  function csv() {
    // Which picture was marked: the command keeps these marks for no other one.
    var rows = ["what,name,x_px,y_px,edge_x_px,edge_y_px,length_mm", "photo," + body.photo + ",,,,,"];
    marks.forEach(function (m) {
      rows.push([m.what, m.name, m.at[0], m.at[1], m.edge ? m.edge[0] : "", m.edge ? m.edge[1] : "", m.length || ""].join(","));
    });
    return rows.join("\n") + "\n";
  }
  function fileName() { return body.id + "_" + (rater.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "rater") + ".csv"; }
  function save() {
    var corners = marks.filter(function (m) { return m.what === "chart"; }).length;
    if (pending) { return say("Tap the second point first, or undo.", true); }
    if (!/^[\p{L}\p{N}][\p{L}\p{N}_ .'-]{0,59}$/u.test(rater)) { find("rater").focus(); return say("Give your name first: letters, digits, spaces, dots or hyphens.", true); }
    if (corners && corners < 4) { return say("Only " + corners + " of the 4 corners of the colour chart are marked. Mark the others, or take these away.", true); }
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = fileName();
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
    saved = true; keep(); show();
    say("Saved as " + link.download + ". Your marks stay here too.");
  }

  // -- who marks ----------------------------------------------------------------------------------------------
  function rename() {
    var name = find("rater").value.trim().replace(/\s+/g, " "), draft = name === rater ? null : kept(name);
    if (name === rater) { return; }
    if (draft && marks.length) {
      find("rater").value = rater;
      return say("There are marks by " + name + " in this browser already. Choose Another rater to see them.", true);
    }
    var before = marks.length ? rater : "";
    forget(rater);
    rater = name;
    if (draft) { take(draft); } else if (before) { saved = false; }
    keep(); show();
    if (draft) { say("The marks of " + name + " are back: " + count() + "."); }
    else if (before) {
      say("The marks of " + before + " are under the name " + (name || "of nobody") + " now. Is this another person? Then write " +
        before + " again and choose Another rater.", true);
    }
  }
  function start(name) {
    var draft = kept(name), given = JSON.parse(body.marks);
    rater = name; marks = []; past = []; saved = true; pending = null;
    find("rater").value = name;
    if (draft) { take(draft); }
    else if (name && name === body.rater) { marks = given; }
    keep(); show();
    if (marks.length) { say((saved ? "Your marks are back: " : "Your unsaved marks are back: ") + count() + "."); }
  }
  find("rater").addEventListener("change", rename);
  find("other-rater").addEventListener("click", function () {
    if (!rater && marks.length) { find("rater").focus(); return say("Give your name first, so that these marks are kept under it.", true); }
    keep(); start("");
    find("rater").focus();
    say("The marks of the other rater are hidden, and kept. Give your name.");
  });

  // -- zoom and move ------------------------------------------------------------------------------------------
  function fit(box) { return Math.min(box.width / width, box.height / height); }
  function whole() {
    var box = seen = stage.getBoundingClientRect();
    scale = fit(box);
    left = (box.width - width * scale) / 2; top = (box.height - height * scale) / 2;
    draw();
  }
  // Phones resize the window when the keyboard or the address bar comes and goes: what was in the middle stays there.
  function resize() {
    var before = seen, box = stage.getBoundingClientRect();
    if (!before || Math.abs(scale / fit(before) - 1) < 0.001) { return whole(); }
    seen = box;
    left += (box.width - before.width) / 2; top += (box.height - before.height) / 2;
    hold(box);
  }
  function zoom(factor, x, y) {
    var box = stage.getBoundingClientRect(), least = fit(box);
    var next = Math.min(Math.max(scale * factor, least * 0.8), Math.max(8, least * 8));
    left = x - (x - left) * next / scale; top = y - (y - top) * next / scale; scale = next;
    hold(box);
  }
  function hold(box) {
    // Some of the photograph always stays in view.
    left = Math.min(Math.max(left, 60 - width * scale), box.width - 60);
    top = Math.min(Math.max(top, 60 - height * scale), box.height - 60);
    draw();
  }
  function middle() { var box = stage.getBoundingClientRect(); return [box.width / 2, box.height / 2]; }
  function inStage(event) { var box = stage.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }
  function inPicture(p) { return [(p[0] - left) / scale, (p[1] - top) / scale]; }

  var fingers = new Map(), moved = false, began = null;
  stage.addEventListener("pointerdown", function (event) {
    if (event.button > 0) { return; }
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, inStage(event));
    if (fingers.size === 1) { began = inStage(event); moved = false; } else { moved = true; }
    cross = null;
  });
  stage.addEventListener("pointermove", function (event) {
    if (!fingers.has(event.pointerId)) { return; }
    var before = Array.from(fingers.values()), now = inStage(event), was = fingers.get(event.pointerId);
    if (fingers.size === 1) {
      if (!moved && apart(began, now) < DRAG) { return; }
      moved = true;
      left += now[0] - was[0]; top += now[1] - was[1];
      fingers.set(event.pointerId, now);
      hold(stage.getBoundingClientRect());
    } else if (fingers.size === 2) {
      fingers.set(event.pointerId, now);
      var after = Array.from(fingers.values());
      var from = [(before[0][0] + before[1][0]) / 2, (before[0][1] + before[1][1]) / 2];
      var to = [(after[0][0] + after[1][0]) / 2, (after[0][1] + after[1][1]) / 2];
      left += to[0] - from[0]; top += to[1] - from[1];
      zoom(apart(after[0], after[1]) / Math.max(1, apart(before[0], before[1])), to[0], to[1]);
    }
  });
  function lift(event, isTap) {
    if (!fingers.delete(event.pointerId)) { return; }
    if (isTap && !moved && fingers.size === 0) { tap(inPicture(inStage(event))); }
  }
  stage.addEventListener("pointerup", function (event) { lift(event, true); });
  stage.addEventListener("pointercancel", function (event) { lift(event, false); });
  stage.addEventListener("wheel", function (event) {
    event.preventDefault();
    var p = inStage(event);
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), p[0], p[1]);
  }, { passive: false });

  var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  stage.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var c = cross ? onScreen(cross) : middle();
    if (ARROWS[event.key]) {
      if (!cross) { cross = inPicture(middle()); }
      var step = (event.shiftKey ? 1 : 12) / scale;
      cross = [Math.min(Math.max(cross[0] + ARROWS[event.key][0] * step, 0), width), Math.min(Math.max(cross[1] + ARROWS[event.key][1] * step, 0), height)];
      follow();
    } else if (event.key === "Enter" || event.key === " ") {
      if (!cross) { cross = inPicture(middle()); draw(); say("The cross shows where Enter marks; arrow keys move it."); }
      else { tap(cross); }
    } else if (event.key === "+" || event.key === "=") { zoom(1.3, c[0], c[1]); }
    else if (event.key === "-") { zoom(1 / 1.3, c[0], c[1]); }
    else if (event.key === "0") { whole(); }
    else if (event.key === "u" || event.key === "Backspace" || event.key === "Escape") { undo(); }
    else { return; }
    event.preventDefault();
  });
  function follow() {
    var box = stage.getBoundingClientRect(), c = onScreen(cross), rim = 30;
    left += Math.max(0, rim - c[0]) - Math.max(0, c[0] - box.width + rim);
    top += Math.max(0, rim - c[1]) - Math.max(0, c[1] - box.height + rim);
    draw();
  }
  stage.addEventListener("blur", draw);
  stage.addEventListener("focus", draw);
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); undo(); }
  });

  // -- buttons ------------------------------------------------------------------------------------------------
  find("closer").addEventListener("click", function () { var c = middle(); zoom(1.5, c[0], c[1]); });
  find("farther").addEventListener("click", function () { var c = middle(); zoom(1 / 1.5, c[0], c[1]); });
  find("whole").addEventListener("click", whole);
  find("undo").addEventListener("click", undo);
  find("save").addEventListener("click", save);
  find("clear").addEventListener("click", function () {
    if (!marks.length) { return say("There are no marks."); }
    if (!sure) { sure = true; show(); return say("Tap again to clear all " + marks.length + " marks. Undo brings them back.", true); }
    pending = null;
    change([], "All marks are cleared. Undo brings them back.");
  });
  find("length").addEventListener("change", function () {
    var length = Number(find("length").value), r = ruler();
    if (!r || !(length >= 1 && length <= 500)) { return; }
    var next = copy(marks);
    next.find(function (m) { return m.what === "ruler"; }).length = length;
    change(next, "The ruler is " + length + " mm long now.");
  });
  var HINTS = {
    scar: "Choose a kind, then tap each scar.", landmark: "Choose a landmark, then tap it.", ruler: "Tap two marks of the ruler.",
    chart: "Tap the middle of each corner patch.", skin: "Tap the middle of a patch of skin.", delete: "Tap the mark that should go."
  };
  document.querySelectorAll("input[name=what]").forEach(function (input) {
    input.addEventListener("change", function () { pending = null; sure = null; show(); say(HINTS[tool()]); });
  });
  find("tools").addEventListener("submit", function (event) { event.preventDefault(); });
  document.querySelectorAll("svg.sign").forEach(function (svg) { sign(svg.dataset.kind, 0, 0, svg); });

  // -- start --------------------------------------------------------------------------------------------------
  var last = "";
  try { last = localStorage.getItem("scarplan-rater:" + body.sha) || ""; } catch (error) { isKept = false; }
  window.addEventListener("resize", resize);
  function ready() { start(body.rater || last); whole(); }
  if (picture.complete && picture.naturalWidth) { ready(); } else { picture.addEventListener("load", ready); }
}());
