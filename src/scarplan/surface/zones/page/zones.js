(function () {
  "use strict";
  var data = JSON.parse(find("data").textContent);
  var stage = find("stage"), picture = find("picture"), canvas = find("areas"), overlay = find("overlay"), said = find("said");
  var TAP_REACH = 22, DRAG = 8, KEPT_STEPS = 20, PAINT_STEP = 2, NEAR_MM = 3, SEEN_MM = 4, LETTER = 7, LINE = 14;
  var BY_ID = {};
  data.landmarks.forEach(function (mark) { BY_ID[mark.id] = mark; });
  var VIEWS = data.views.map(function (view) {
    view.depth = new Uint16Array(bytes(view.depth).buffer);
    view.length = [norm(view.right), norm(view.down)];
    return view;
  });
  var RASTERS = { plain: bytes(data.template.plain), beard: bytes(data.template.beard) };

  var state = { landmarks: {}, drawn: [], beard: false }, past = [], saved = true, pending = null, sure = null, isKept = true;
  var view = VIEWS[0], scale = 1, left = 0, top = 0, cross = null, seen = null, names = [];

  function find(id) { return document.getElementById(id); }
  function copy(value) { return JSON.parse(JSON.stringify(value)); }
  function say(text, isWarning) { said.textContent = text; said.classList.toggle("warn", Boolean(isWarning)); }
  function tool() { return document.querySelector("input[name=what]:checked").value; }
  function apart(a, b) { return Math.hypot(a[0] - b[0], a[1] - b[1]); }
  function bytes(text) { return Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); }); }

  // -- vectors and the map of the face: the same sums as `surface/zones/face_frame.py` and `warp.py` ------------
  function plus(a, b, times) { return a.map(function (x, i) { return x + times * b[i]; }); }
  function minus(a, b) { return plus(a, b, -1); }
  function dot(a, b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
  function norm(a) { return Math.sqrt(dot(a, a)); }
  function unit(a) { var n = norm(a); return n > 0 ? a.map(function (x) { return x / n; }) : [0, 0, 0]; }
  function turn(a, b) { return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]; }
  function middleOf(name) { return plus(state.landmarks[name + "_left"], state.landmarks[name + "_right"], 1).map(function (x) { return x / 2; }); }
  function missing() { return data.landmarks.filter(function (m) { return m.needed && !state.landmarks[m.id]; }); }

  function makeFace() {
    if (missing().length) { return null; }
    var at = state.landmarks, across = [0, 0, 0];
    Object.keys(at).forEach(function (name) {
      var other = name.replace(/_left$/, "_right");
      if (other !== name && at[other]) { across = plus(across, unit(minus(at[name], at[other])), 1); }
    });
    var ears = middleOf("ear_front"), eyes = middleOf("outer_eye"), wings = middleOf("nose_wing");
    var aside = unit(across), ahead = minus(plus(eyes, wings, 1).map(function (x) { return x / 2; }), ears);
    ahead = unit(plus(ahead, aside, -dot(aside, ahead)));
    var face = {
      axes: [aside, turn(ahead, aside), ahead], ears: ears, eyes: eyes,
      radius: norm(minus(at.ear_front_left, at.ear_front_right)) / 2
    };
    var tip = minus(at.nose_tip, ears);
    face.nose = Math.hypot(dot(tip, aside), dot(tip, ahead));
    face.fault = faultOf(face);
    if (face.fault) { return face; }
    var marks = data.landmarks.filter(function (m) { return at[m.id]; });
    var t = data.template, size = face.radius / t.radius;
    face.knots = marks.map(function (m) { return unroll(face, at[m.id]); }).concat(t.anchors.map(function (one) {
      var p = unroll(face, at[one.from]), mark = BY_ID[one.from];
      return [p[0] + size * (one.at[0] - mark.at[0]), p[1] + size * (one.at[1] - mark.at[1])];
    }));
    face.bend = solve(face.knots, marks.concat(t.anchors).map(function (m) { return m.at; }));
    return face;
  }
  function faultOf(face) {
    var at = state.landmarks, order = ["outer_eye_left", "nose_tip", "mouth_left", "chin_low"];
    var heights = order.map(function (name) { return dot(minus(at[name], face.eyes), face.axes[1]); });
    var isFalling = heights.every(function (h, i) { return !i || heights[i - 1] > h; });
    var ahead = dot(minus(at.nose_tip, face.eyes), face.axes[2]);
    var wide = norm(minus(at.outer_eye_left, at.outer_eye_right));
    return isFalling && ahead > 0 && face.radius > wide / 2 ? "" :
      "These landmarks are not those of a face: is one in the wrong place, or left and right exchanged?";
  }
  function unroll(face, p) {
    var q = minus(p, face.ears);
    return [face.radius * Math.atan2(dot(q, face.axes[0]), dot(q, face.axes[2])), dot(minus(p, face.eyes), face.axes[1])];
  }
  function bendOf(dx, dy) { var r = dx * dx + dy * dy; return r * Math.log(Math.max(r, 1e-12)); }
  function solve(knots, ends) {
    var n = knots.length, size = n + 3, rows = [];
    for (var i = 0; i < size; i++) {
      var row = new Array(size + 2).fill(0);
      if (i < n) {
        for (var j = 0; j < n; j++) { row[j] = bendOf(knots[i][0] - knots[j][0], knots[i][1] - knots[j][1]); }
        row[n] = 1; row[n + 1] = knots[i][0]; row[n + 2] = knots[i][1];
        row[size] = ends[i][0]; row[size + 1] = ends[i][1];
      } else {
        for (var k = 0; k < n; k++) { row[k] = i === n ? 1 : knots[k][i - n - 1]; }
      }
      rows.push(row);
    }
    for (var c = 0; c < size; c++) {
      var best = c;
      for (var r = c + 1; r < size; r++) { if (Math.abs(rows[r][c]) > Math.abs(rows[best][c])) { best = r; } }
      var swap = rows[c]; rows[c] = rows[best]; rows[best] = swap;
      for (var o = 0; o < size; o++) {
        if (o === c) { continue; }
        var f = rows[o][c] / rows[c][c];
        if (f) { for (var d = c; d < size + 2; d++) { rows[o][d] -= f * rows[c][d]; } }
      }
    }
    return rows.map(function (row, at) { return [row[size] / row[at], row[size + 1] / row[at]]; });
  }
  function warp(face, p) {
    var n = face.knots.length, b = face.bend;
    var x = b[n][0] + p[0] * b[n + 1][0] + p[1] * b[n + 2][0], y = b[n][1] + p[0] * b[n + 1][1] + p[1] * b[n + 2][1];
    for (var i = 0; i < n; i++) {
      var f = bendOf(p[0] - face.knots[i][0], p[1] - face.knots[i][1]);
      x += f * b[i][0]; y += f * b[i][1];
    }
    return [x, y];
  }
  function areaOf(face, p) {
    var q = minus(p, face.ears), x = dot(q, face.axes[0]), z = dot(q, face.axes[2]), t = data.template;
    if (Math.hypot(x, z) > face.nose + t.beyond || z <= -face.radius / 2) { return 0; }
    var at = warp(face, unroll(face, p));
    var column = Math.round((at[0] - t.low[0]) / t.step), row = Math.round((at[1] - t.low[1]) / t.step);
    return column < 0 || row < 0 || column >= t.columns || row >= t.rows ? 0 : RASTERS[state.beard ? "beard" : "plain"][row * t.columns + column];
  }

  // -- between a picture and the skin -------------------------------------------------------------------------
  function depthAt(v, column, row) {
    var d = column < 0 || row < 0 || column >= v.columns || row >= v.rows ? 0 : v.depth[row * v.columns + column];
    return d ? v.nearest + (d - 1) * v.unit : null;
  }
  function onSkin(v, at) {
    var x = at[0] / v.every, y = at[1] / v.every, c = Math.floor(x), r = Math.floor(y);
    var four = [depthAt(v, c, r), depthAt(v, c + 1, r), depthAt(v, c, r + 1), depthAt(v, c + 1, r + 1)];
    var near = depthAt(v, Math.round(x), Math.round(y));
    if (near === null) { return null; }
    var isSmooth = four.every(function (d) { return d !== null && Math.abs(d - near) < NEAR_MM; });
    var right = x - c, down = y - r;
    var depth = !isSmooth ? near : (four[0] * (1 - right) + four[1] * right) * (1 - down) + (four[2] * (1 - right) + four[3] * right) * down;
    return place(v, at, depth);
  }
  function place(v, at, depth) { return plus(plus(plus(v.corner, v.right, at[0]), v.down, at[1]), v.outward, depth); }
  function inView(v, p) {
    var q = minus(p, v.corner);
    return [dot(q, v.right) / (v.length[0] * v.length[0]), dot(q, v.down) / (v.length[1] * v.length[1])];
  }
  function isSeen(v, p) {
    var at = inView(v, p), depth = depthAt(v, Math.round(at[0] / v.every), Math.round(at[1] / v.every));
    return depth === null ? false : dot(minus(p, v.corner), v.outward) > depth - SEEN_MM;
  }
  function rounded(p) { return p.map(function (x) { return Math.round(x * 10) / 10; }); }

  // -- keeping unsaved work in this browser -------------------------------------------------------------------
  var PLACE = "scarplan-zones:" + data.sha256;
  function keep() {
    try {
      localStorage.setItem(PLACE, JSON.stringify({ state: state, past: past.slice(-KEPT_STEPS), saved: saved, who: find("who").value }));
      isKept = true;
    } catch (error) { isKept = false; }
    find("not-kept").hidden = isKept;
  }
  function kept() { try { return JSON.parse(localStorage.getItem(PLACE)); } catch (error) { return null; } }
  window.addEventListener("beforeunload", function (event) {
    if (!saved && !isKept) { event.preventDefault(); event.returnValue = ""; }
  });

  // -- changing -------------------------------------------------------------------------------------------------
  function change(next, text) {
    past.push(copy(state));
    if (past.length > 200) { past.shift(); }
    state = next; saved = false; sure = null;
    keep(); show(); say(text);
  }
  function undo() {
    if (pending) {
      pending.outline.pop();
      if (!pending.outline.length) { pending = null; }
      show(); return say("The last corner was taken back.");
    }
    if (!past.length) { return say("There is nothing to undo."); }
    state = past.pop(); saved = false;
    keep(); show(); ask("Undone. ");
  }
  function setLandmark(id, p) { var next = copy(state); next.landmarks[id] = rounded(p); return next; }
  function tap(at) {
    sure = null;
    var p = onSkin(view, at);
    if (!p) { return say("That is beside the face.", true); }
    if (tool() === "landmark") {
      var mark = BY_ID[find("landmark").value];
      change(setLandmark(mark.id, p), "");
      advance("Marked: " + mark.words + ". ");
    } else if (tool() === "draw") {
      if (!pending || pending.view !== view.name) { pending = { view: view.name, outline: [] }; }
      pending.outline.push(rounded(p));
      show(); say(pending.outline.length < 3 ? "Tap the next corner." : "Tap the next corner, or close the outline.");
    } else { takeAway(at); }
  }
  function closeOutline() {
    if (!pending || pending.outline.length < 3) { return say("An outline has three corners at least.", true); }
    if (crossesItself(pending.outline.map(function (p) { return inView(view, p); }))) {
      return say("The lines of the outline cross. Undo corners until they do not.", true);
    }
    var zone = find("zone").value, next = copy(state), isPaired = data.zones[zone].paired;
    next.drawn.push({ zone: zone, side: isPaired ? document.querySelector("input[name=side]:checked").value : null,
      seen_from: view.outward.map(function (x) { return Math.round(x * 1e4) / 1e4; }), outline_mm: pending.outline });
    pending = null;
    change(next, "Drawn: " + nameOf(next.drawn[next.drawn.length - 1]) + ".");
  }
  function crossesItself(corners) {
    function side(a, b, p) { return Math.sign((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])); }
    return corners.some(function (a, i) {
      var b = corners[(i + 1) % corners.length];
      return corners.some(function (c, k) {
        var d = corners[(k + 1) % corners.length];
        return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
      });
    });
  }
  function nameOf(drawn) { return (drawn.side ? drawn.side + " " : "") + data.zones[drawn.zone].words; }
  function takeAway(at) {
    var hit = nearest(at), next = copy(state);
    if (!hit) { return say("Nothing is marked there.", true); }
    if (hit.id) { delete next.landmarks[hit.id]; change(next, "Taken away: " + BY_ID[hit.id].words + "."); }
    else { next.drawn.splice(hit.drawn, 1); change(next, "Taken away: the drawn zone."); }
  }
  function nearest(at) {
    var best = null, reach = TAP_REACH / scale;
    function look(p, hit) {
      if (!isSeen(view, p)) { return; }
      var d = apart(inView(view, p), at);
      if (d < reach) { reach = d; best = hit; }
    }
    Object.keys(state.landmarks).forEach(function (id) { look(state.landmarks[id], { id: id }); });
    if (tool() !== "landmark") {
      state.drawn.forEach(function (one, i) { one.outline_mm.forEach(function (p, k) { look(p, { drawn: i, corner: k }); }); });
    }
    return best;
  }
  function advance(start) {
    var order = data.landmarks, here = order.indexOf(BY_ID[find("landmark").value]);
    var next = missing()[0] || order.slice(here + 1).concat(order).find(function (m) { return !state.landmarks[m.id]; });
    if (next) { find("landmark").value = next.id; turnTo(next.view); }
    ask(start);
  }
  function ask(start) {
    var face = makeFace(), open = missing().length, mark = BY_ID[find("landmark").value];
    show();
    if (face && face.fault) { return say(face.fault, true); }
    if (state.landmarks[mark.id] && !open) { return say(start + "All landmarks are there. Look at the zones on each side, then save."); }
    say(start + (open ? open + " needed, now: " : "The zones are shown; better with: ") + mark.words + ".");
  }

  // -- drawing --------------------------------------------------------------------------------------------------
  function element(name, attributes, text) {
    var made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text !== undefined) { made.textContent = text; }
    return made;
  }
  function onScreen(at) { return [left + at[0] * scale, top + at[1] * scale]; }
  function line(a, b, colour) {
    [["#ffffff", 5], [colour, 2.5]].forEach(function (pen) {
      overlay.append(element("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], stroke: pen[0], "stroke-width": pen[1], "stroke-linecap": "round" }));
    });
  }
  function label(p, text, colour, anchor) {
    overlay.append(element("text", { x: p[0], y: p[1], fill: colour, stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke", "text-anchor": anchor || "start" }, text));
  }
  function ring(p, colour, isNow) {
    [["#ffffff", 5], [colour, 2.5]].forEach(function (pen) {
      overlay.append(element("circle", { cx: p[0], cy: p[1], r: isNow ? 9 : 6, fill: "none", stroke: pen[0], "stroke-width": pen[1] }));
    });
  }
  function draw() {
    var factor = scale * view.width / (picture.naturalWidth || view.width);
    picture.style.transform = "translate(" + left + "px," + top + "px) scale(" + factor + ")";
    var step = view.every * PAINT_STEP * scale;
    canvas.style.transform = "translate(" + (left - step / 2) + "px," + (top - step / 2) + "px) scale(" + step + ")";
    overlay.replaceChildren();
    var now = null;
    state.drawn.forEach(function (one) {
      if (dot(one.seen_from, view.outward) < 0.5) { return; }
      var corners = one.outline_mm.map(function (p) { return onScreen(inView(view, p)); });
      corners.forEach(function (p, i) { line(p, corners[(i + 1) % corners.length], "#6a1b9a"); });
      var middle = [0, 1].map(function (k) { return corners.reduce(function (sum, p) { return sum + p[k]; }, 0) / corners.length; });
      label(middle, nameOf(one), "#6a1b9a", "middle");
    });
    if (pending && pending.view === view.name) {
      var points = pending.outline.map(function (p) { return onScreen(inView(view, p)); });
      points.forEach(function (p, i) { ring(p, "#c98a16"); if (i) { line(points[i - 1], p, "#c98a16"); } });
    }
    Object.keys(state.landmarks).forEach(function (id) {
      var p = state.landmarks[id];
      if (!isSeen(view, p)) { return; }
      var at = onScreen(inView(view, p)), isNow = tool() === "landmark" && find("landmark").value === id;
      ring(at, isNow ? "#b34f00" : "#0b6e75", isNow);
      if (isNow) { now = [at[0] + 12, at[1] - 8, BY_ID[id].words]; }
    });
    if (find("shown").checked) {
      // Names give way to the landmark that is asked for: two texts over each other cannot be read.
      names.forEach(function (one) {
        var p = onScreen(one.at), far = LETTER * (one.text.length / 2);
        var isFree = !now || Math.abs(p[1] - now[1]) > LINE || p[0] + far < now[0] || p[0] - far > now[0] + LETTER * now[2].length;
        if (isFree) { label(p, one.text, "#14323a", "middle"); }
      });
    }
    if (now) { label(now, now[2], "#b34f00"); }
    if (cross && document.activeElement === stage) {
      var c = onScreen(cross);
      line([c[0] - 22, c[1]], [c[0] - 5, c[1]], "#f0b429"); line([c[0] + 5, c[1]], [c[0] + 22, c[1]], "#f0b429");
      line([c[0], c[1] - 22], [c[0], c[1] - 5], "#f0b429"); line([c[0], c[1] + 5], [c[0], c[1] + 22], "#f0b429");
    }
  }
  function paint() {
    var face = makeFace(), columns = Math.ceil(view.columns / PAINT_STEP), rows = Math.ceil(view.rows / PAINT_STEP);
    names = [];
    canvas.hidden = !(face && !face.fault && find("shown").checked);
    if (canvas.hidden) { return; }
    canvas.width = columns; canvas.height = rows;
    var context = canvas.getContext("2d"), image = context.createImageData(columns, rows), sums = {};
    for (var r = 0; r < rows; r++) {
      for (var c = 0; c < columns; c++) {
        var depth = depthAt(view, c * PAINT_STEP, r * PAINT_STEP);
        if (depth === null) { continue; }
        var at = [c * PAINT_STEP * view.every, r * PAINT_STEP * view.every];
        var number = areaOf(face, place(view, at, depth));
        if (!number) { continue; }
        var colour = data.template.colours[number], spot = 4 * (r * columns + c);
        image.data[spot] = colour[0]; image.data[spot + 1] = colour[1]; image.data[spot + 2] = colour[2]; image.data[spot + 3] = colour[3];
        var sum = sums[number] = sums[number] || [0, 0, 0];
        sum[0] += at[0]; sum[1] += at[1]; sum[2] += 1;
      }
    }
    context.putImageData(image, 0, 0);
    Object.keys(sums).forEach(function (number) {
      if (sums[number][2] > 60 && data.template.names[number]) { names.push({ text: data.template.names[number], at: [sums[number][0] / sums[number][2], sums[number][1] / sums[number][2]] }); }
    });
  }
  function sketch() {
    var svg = find("sketch"), mark = BY_ID[find("landmark").value];
    svg.replaceChildren();
    data.template.outlines.forEach(function (outline) {
      svg.append(element("polygon", { points: outline.points.map(function (p) { return p[0] + "," + -p[1]; }).join(" "), fill: outline.fill, stroke: "#8896a0", "stroke-width": 1 }));
    });
    svg.append(element("circle", { cx: mark.at[0], cy: -mark.at[1], r: 7, fill: "#b34f00", stroke: "#ffffff", "stroke-width": 2 }));
  }
  function show() {
    var mark = BY_ID[find("landmark").value], open = missing().length, given = Object.keys(state.landmarks).length;
    document.querySelectorAll(".part").forEach(function (part) { part.hidden = part.dataset.for !== tool(); });
    Array.from(find("landmark").options).forEach(function (option) {
      var one = BY_ID[option.value];
      option.textContent = (state.landmarks[option.value] ? "✓ " : "") + one.words + (one.needed ? "" : " (optional)");
    });
    find("ask").textContent = mark.words.charAt(0).toUpperCase() + mark.words.slice(1);
    find("find").textContent = mark.find + " (" + mark.term + ")." + (mark.needed ? "" : " Optional.");
    find("defined").textContent = mark.defined;
    find("sides").hidden = !data.zones[find("zone").value].paired;
    find("close").disabled = !pending || pending.outline.length < 3;
    find("beard").checked = state.beard;
    find("sum").textContent = given + (given === 1 ? " landmark" : " landmarks") + (open ? ", " + open + " needed ones missing" : "") + ", " +
      state.drawn.length + (state.drawn.length === 1 ? " drawn zone" : " drawn zones") + (saved ? "." : ". Not saved yet.");
    find("text").value = toml();
    find("clear").textContent = sure ? "Sure? Clear all" : "Clear all";
    find("clear").classList.toggle("sure", Boolean(sure));
    sketch(); paint(); draw();
  }

  // -- saving ---------------------------------------------------------------------------------------------------
  function list(p) { return "[" + p.map(function (x) { return Number.isInteger(x) ? x.toFixed(1) : String(x); }).join(", ") + "]"; }
  function toml() {
    var who = find("who").value.trim().replace(/["\\\u0000-\u001f]/g, ""), day = new Date();
    var rows = ["# Zones of the face on " + data.name.replace(/[\u0000-\u001f]/g, " ") + ", places in mm in the mesh's own axes (" + data.unit + " per unit of the file).", ""];
    if (who) { rows.push("picked_by = \"" + who + "\""); }
    rows.push("picked_on = " + day.getFullYear() + "-" + String(day.getMonth() + 1).padStart(2, "0") + "-" + String(day.getDate()).padStart(2, "0"));
    rows.push("mesh_sha256 = \"" + data.sha256 + "\"");
    if (state.beard) { rows.push("leave_out = [\"beard\"]"); }
    if (data.only.length) { rows.push("only = " + JSON.stringify(data.only)); }
    if (Object.keys(state.landmarks).length) {
      rows.push("", "[landmarks]");
      data.landmarks.forEach(function (m) { if (state.landmarks[m.id]) { rows.push(m.id + " = " + list(state.landmarks[m.id])); } });
    }
    state.drawn.forEach(function (one) {
      rows.push("", "[[drawn]]", "zone = \"" + one.zone + "\"");
      if (one.side) { rows.push("side = \"" + one.side + "\""); }
      rows.push("seen_from = " + list(one.seen_from), "outline_mm = [" + one.outline_mm.map(list).join(", ") + "]");
    });
    return rows.join("\n") + "\n";
  }
  function save() {
    var face = makeFace(), given = Object.keys(state.landmarks).length;
    if (pending) { return say("Close the outline first, or undo.", true); }
    if (!given && !state.drawn.length) { return say("Nothing is marked yet.", true); }
    if (given && missing().length) { return say("Still needed: " + missing().map(function (m) { return m.words; }).join(", ") + ".", true); }
    if (face && face.fault) { return say(face.fault, true); }
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toml()], { type: "application/toml" }));
    link.download = "zones.toml";
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
    saved = true; keep(); show();
    say("Saved as zones.toml. Your work stays here too.");
  }

  // -- zoom, move and turn ----------------------------------------------------------------------------------------
  function turnTo(name) {
    var next = VIEWS.find(function (v) { return v.name === name; });
    document.querySelector("input[name=view][value=" + name + "]").checked = true;
    if (next === view) { return; }
    view = next; pending = null; cross = null;
    picture.src = view.picture;
    head(); show();
  }
  function fit(box) { return Math.min(box.width / view.width, box.height / view.height); }
  function whole() {
    var box = seen = stage.getBoundingClientRect();
    scale = fit(box);
    left = (box.width - view.width * scale) / 2; top = (box.height - view.height * scale) / 2;
    draw();
  }
  // The head fills the upper part of most scans: shoulders below it are of no use here.
  function head() {
    var box = seen = stage.getBoundingClientRect(), h = view.head;
    scale = Math.min(box.width / (h[2] - h[0]), box.height / (h[3] - h[1]));
    left = box.width / 2 - (h[0] + h[2]) / 2 * scale; top = box.height / 2 - (h[1] + h[3]) / 2 * scale;
    draw();
  }
  function resize() {
    var before = seen, box = stage.getBoundingClientRect();
    if (!before) { return head(); }
    seen = box;
    left += (box.width - before.width) / 2; top += (box.height - before.height) / 2;
    hold(box);
  }
  function zoom(factor, x, y) {
    var box = stage.getBoundingClientRect(), least = fit(box);
    var next = Math.min(Math.max(scale * factor, least * 0.8), Math.max(12, least * 12));
    left = x - (x - left) * next / scale; top = y - (y - top) * next / scale; scale = next;
    hold(box);
  }
  function hold(box) {
    left = Math.min(Math.max(left, 60 - view.width * scale), box.width - 60);
    top = Math.min(Math.max(top, 60 - view.height * scale), box.height - 60);
    draw();
  }
  function middle() { var box = stage.getBoundingClientRect(); return [box.width / 2, box.height / 2]; }
  function inStage(event) { var box = stage.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }
  function inPicture(p) { return [(p[0] - left) / scale, (p[1] - top) / scale]; }

  var fingers = new Map(), moved = false, began = null, held = null, before = null;
  stage.addEventListener("pointerdown", function (event) {
    if (event.button > 0) { return; }
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, inStage(event));
    if (fingers.size === 1) { began = inStage(event); moved = false; held = tool() === "delete" ? null : nearest(inPicture(began)); }
    else { moved = true; drop(); }
    cross = null;
  });
  stage.addEventListener("pointermove", function (event) {
    if (!fingers.has(event.pointerId)) { return; }
    var last = Array.from(fingers.values()), now = inStage(event), was = fingers.get(event.pointerId);
    if (fingers.size === 1) {
      if (!moved && apart(began, now) < DRAG) { return; }
      if (!moved && held) { before = copy(state); }
      moved = true;
      fingers.set(event.pointerId, now);
      if (held) { return drag(now); }
      left += now[0] - was[0]; top += now[1] - was[1];
      hold(stage.getBoundingClientRect());
    } else if (fingers.size === 2) {
      fingers.set(event.pointerId, now);
      var after = Array.from(fingers.values());
      var from = [(last[0][0] + last[1][0]) / 2, (last[0][1] + last[1][1]) / 2];
      var to = [(after[0][0] + after[1][0]) / 2, (after[0][1] + after[1][1]) / 2];
      left += to[0] - from[0]; top += to[1] - from[1];
      zoom(apart(after[0], after[1]) / Math.max(1, apart(last[0], last[1])), to[0], to[1]);
    }
  });
  function drag(now) {
    var p = onSkin(view, inPicture(now));
    if (!p) { return; }
    if (held.id) { state.landmarks[held.id] = rounded(p); find("landmark").value = held.id; }
    else { state.drawn[held.drawn].outline_mm[held.corner] = rounded(p); }
    draw();
  }
  function drop() {
    if (before) {
      var next = state, name = held.id ? BY_ID[held.id].words : "a corner of a drawn zone";
      state = before; before = null;
      change(next, "Moved: " + name + ".");
    }
    held = null;
  }
  function lift(event, isTap) {
    if (!fingers.delete(event.pointerId)) { return; }
    if (isTap && !moved && fingers.size === 0) { held = null; tap(inPicture(inStage(event))); } else { drop(); }
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
      cross = [Math.min(Math.max(cross[0] + ARROWS[event.key][0] * step, 0), view.width), Math.min(Math.max(cross[1] + ARROWS[event.key][1] * step, 0), view.height)];
      follow();
    } else if (event.key === "Enter" || event.key === " ") {
      if (!cross) { cross = inPicture(middle()); draw(); say("The cross shows where Enter marks; arrow keys move it."); }
      else { tap(cross); }
    } else if (event.key === "+" || event.key === "=") { zoom(1.3, c[0], c[1]); }
    else if (event.key === "-") { zoom(1 / 1.3, c[0], c[1]); }
    else if (event.key === "0") { whole(); }
    else if (/^[1-5]$/.test(event.key)) { turnTo(VIEWS[Number(event.key) - 1].name); }
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

  // -- buttons ----------------------------------------------------------------------------------------------------
  find("closer").addEventListener("click", function () { var c = middle(); zoom(1.5, c[0], c[1]); });
  find("farther").addEventListener("click", function () { var c = middle(); zoom(1 / 1.5, c[0], c[1]); });
  find("whole").addEventListener("click", whole);
  find("undo").addEventListener("click", undo);
  find("save").addEventListener("click", save);
  find("close").addEventListener("click", closeOutline);
  find("skip").addEventListener("click", function () {
    var order = data.landmarks, here = find("landmark").selectedIndex;
    find("landmark").value = order[(here + 1) % order.length].id;
    turnTo(BY_ID[find("landmark").value].view); ask("");
  });
  find("landmark").addEventListener("change", function () { turnTo(BY_ID[find("landmark").value].view); ask(""); });
  find("zone").addEventListener("change", show);
  find("shown").addEventListener("change", show);
  find("beard").addEventListener("change", function () {
    var next = copy(state);
    next.beard = find("beard").checked;
    change(next, next.beard ? "The beard is left out." : "The beard is measured too.");
  });
  find("who").addEventListener("change", function () { saved = false; keep(); show(); });
  find("clear").addEventListener("click", function () {
    if (!Object.keys(state.landmarks).length && !state.drawn.length) { return say("There is nothing to clear."); }
    if (!sure) { sure = true; show(); return say("Tap again to clear everything. Undo brings it back.", true); }
    pending = null;
    change({ landmarks: {}, drawn: [], beard: state.beard }, "All is cleared. Undo brings it back.");
    find("landmark").value = data.landmarks[0].id; turnTo(data.landmarks[0].view); show();
  });
  document.querySelectorAll("input[name=view]").forEach(function (input) {
    input.addEventListener("change", function () { turnTo(input.value); });
  });
  var HINTS = { landmark: "", draw: "Tap corner after corner around the skin.", "delete": "Tap what should go." };
  document.querySelectorAll("input[name=what]").forEach(function (input) {
    input.addEventListener("change", function () { pending = null; sure = null; show(); if (tool() === "landmark") { ask(""); } else { say(HINTS[tool()]); } });
  });
  find("tools").addEventListener("submit", function (event) { event.preventDefault(); });

  // -- start ------------------------------------------------------------------------------------------------------
  data.landmarks.forEach(function (m) { find("landmark").append(new Option(m.words, m.id)); });
  var draft = kept();
  if (draft && draft.state) { state = draft.state; past = draft.past || []; saved = draft.saved; find("who").value = draft.who || ""; }
  else if (data.given) { state = data.given; find("who").value = data.who; }
  window.addEventListener("resize", resize);
  picture.addEventListener("load", draw);
  picture.src = view.picture;
  head();
  var first = missing()[0];
  if (first) { find("landmark").value = first.id; turnTo(first.view); }
  ask(draft && !draft.saved ? "Your unsaved work is back. " : "");
}());
