(function () {
  "use strict";
  var find = marking.find, say = marking.say, tool = marking.tool, copy = marking.copy, apart = marking.apart, element = marking.element;
  var data = JSON.parse(find("data").textContent);
  var picture = find("picture"), canvas = find("areas");
  var PAINT_STEP = 2, NEAR_MM = 3, SEEN_MM = 4, LETTER = 7, LINE = 14;
  var MARK = "#0b6e75", MARK_NOW = "#b34f00", DRAWN = "#6a1b9a", DRAWING = "#c98a16";
  var BY_ID = {};
  data.landmarks.forEach(function (mark) { BY_ID[mark.id] = mark; });
  var VIEWS = data.views.map(function (view) {
    view.depth = new Uint16Array(bytes(view.depth).buffer);
    view.length = [norm(view.right), norm(view.down)];
    return view;
  });
  var RASTERS = { plain: bytes(data.template.plain), beard: bytes(data.template.beard) };

  var state = { landmarks: {}, drawn: [], beard: false }, pending = null, before = null;
  var view = VIEWS[0], names = [];
  var work = marking.makeWork({
    state: function () { return state; },
    take: function (next, draft) { state = next; if (draft) { pending = null; find("who").value = draft.who || ""; } },
    place: function () { return "scarplan-zones:" + data.sha256; },
    more: function () { return { who: find("who").value }; },
    show: show
  });
  var stage = marking.makeStage({
    size: function () { return [view.width, view.height]; },
    draw: draw, tap: tap, undo: undo, grab: grab, drag: drag, drop: drop, key: turnByKey
  });

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

  // -- changing -------------------------------------------------------------------------------------------------
  function undo() {
    if (pending) {
      pending.outline.pop();
      if (!pending.outline.length) { pending = null; }
      show(); return say("The last corner was taken back.");
    }
    if (work.stepBack()) { ask("Undone. "); }
  }
  function setLandmark(id, p) { var next = copy(state); next.landmarks[id] = rounded(p); return next; }
  function tap(at) {
    work.doubt();
    var p = onSkin(view, at);
    if (!p) { return say("That is beside the face.", true); }
    if (tool() === "landmark") {
      var mark = BY_ID[find("landmark").value];
      work.change(setLandmark(mark.id, p), "");
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
    work.change(next, "Drawn: " + nameOf(next.drawn[next.drawn.length - 1]) + ".");
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
    if (hit.id) { delete next.landmarks[hit.id]; work.change(next, "Taken away: " + BY_ID[hit.id].words + "."); }
    else { next.drawn.splice(hit.drawn, 1); work.change(next, "Taken away: the drawn zone."); }
  }
  function nearest(at) {
    var best = null, reach = stage.reach();
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
  function label(p, text, colour, anchor) { stage.pens.text(p, text, colour, { "text-anchor": anchor || "start" }); }
  function draw() {
    var step = view.every * PAINT_STEP;
    stage.lay(canvas, step, [-step / 2, -step / 2]);
    var now = null;
    state.drawn.forEach(function (one) {
      if (dot(one.seen_from, view.outward) < 0.5) { return; }
      var corners = one.outline_mm.map(function (p) { return stage.onScreen(inView(view, p)); });
      corners.forEach(function (p, i) { stage.pens.line(p, corners[(i + 1) % corners.length], DRAWN); });
      var middle = [0, 1].map(function (k) { return corners.reduce(function (sum, p) { return sum + p[k]; }, 0) / corners.length; });
      label(middle, nameOf(one), DRAWN, "middle");
    });
    if (pending && pending.view === view.name) {
      var points = pending.outline.map(function (p) { return stage.onScreen(inView(view, p)); });
      points.forEach(function (p, i) { stage.pens.ring(p, 6, DRAWING); if (i) { stage.pens.line(points[i - 1], p, DRAWING); } });
    }
    Object.keys(state.landmarks).forEach(function (id) {
      var p = state.landmarks[id];
      if (!isSeen(view, p)) { return; }
      var at = stage.onScreen(inView(view, p)), isNow = tool() === "landmark" && find("landmark").value === id;
      stage.pens.ring(at, isNow ? 9 : 6, isNow ? MARK_NOW : MARK);
      if (isNow) { now = [at[0] + 12, at[1] - 8, BY_ID[id].words]; }
    });
    if (find("shown").checked) {
      // Names give way to the landmark that is asked for: two texts over each other cannot be read.
      names.forEach(function (one) {
        var p = stage.onScreen(one.at), far = LETTER * (one.text.length / 2);
        var isFree = !now || Math.abs(p[1] - now[1]) > LINE || p[0] + far < now[0] || p[0] - far > now[0] + LETTER * now[2].length;
        if (isFree) { label(p, one.text, "#14323a", "middle"); }
      });
    }
    if (now) { label(now, now[2], MARK_NOW); }
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
    svg.append(element("circle", { cx: mark.at[0], cy: -mark.at[1], r: 7, fill: MARK_NOW, stroke: "#ffffff", "stroke-width": 2 }));
  }
  function show() {
    var mark = BY_ID[find("landmark").value], open = missing().length, given = Object.keys(state.landmarks).length;
    work.showTools();
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
    find("sum").textContent = marking.count(given, "landmark") + (open ? ", " + open + " needed ones missing" : "") + ", " +
      marking.count(state.drawn.length, "drawn zone") + (work.isSaved() ? "." : ". Not saved yet.");
    find("text").value = toml();
    sketch(); paint(); stage.draw();
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
    work.save("zones.toml", "application/toml", toml());
    say("Saved as zones.toml. Your work stays here too.");
  }

  // -- turning, and dragging a mark ---------------------------------------------------------------------------
  function turnTo(name) {
    var next = VIEWS.find(function (v) { return v.name === name; });
    document.querySelector("input[name=view][value=" + name + "]").checked = true;
    if (next === view) { return; }
    view = next; pending = null;
    stage.hideCross();
    picture.src = view.picture;
    head(); show();
  }
  function turnByKey(event) {
    var isTurn = /^[1-5]$/.test(event.key);
    if (isTurn) { turnTo(VIEWS[Number(event.key) - 1].name); }
    return isTurn;
  }
  // The head fills the upper part of most scans: shoulders below it are of no use here.
  function head() { stage.showPart(view.head.slice(0, 2), view.head.slice(2)); }
  function grab(at) { return tool() === "delete" ? null : nearest(at); }
  function drag(held, at) {
    var p = onSkin(view, at);
    if (!p) { return; }
    before = before || copy(state);
    if (held.id) { state.landmarks[held.id] = rounded(p); find("landmark").value = held.id; }
    else { state.drawn[held.drawn].outline_mm[held.corner] = rounded(p); }
    stage.draw();
  }
  function drop(held) {
    if (!before) { return; }
    var next = state;
    state = before; before = null;
    work.change(next, "Moved: " + (held.id ? BY_ID[held.id].words : "a corner of a drawn zone") + ".");
  }

  // -- buttons ----------------------------------------------------------------------------------------------------
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
    work.change(next, next.beard ? "The beard is left out." : "The beard is measured too.");
  });
  find("who").addEventListener("change", work.touch);
  find("clear").addEventListener("click", function () {
    if (!Object.keys(state.landmarks).length && !state.drawn.length) { return say("There is nothing to clear."); }
    if (!work.isSure("Tap again to clear everything. Undo brings it back.")) { return; }
    pending = null;
    work.change({ landmarks: {}, drawn: [], beard: state.beard }, "All is cleared. Undo brings it back.");
    find("landmark").value = data.landmarks[0].id; turnTo(data.landmarks[0].view); show();
  });
  marking.onChoice("view", turnTo);
  var HINTS = { draw: "Tap corner after corner around the skin.", "delete": "Tap what should go." };
  marking.onChoice("what", function (what) {
    pending = null; work.doubt(); show();
    if (HINTS[what]) { say(HINTS[what]); } else { ask(""); }
  });

  // -- start ------------------------------------------------------------------------------------------------------
  data.landmarks.forEach(function (m) { find("landmark").append(new Option(m.words, m.id)); });
  var draft = work.recallDraft("scarplan-zones:" + data.sha256);
  if (draft) { work.takeDraft(draft); }
  else if (data.given) { work.start(data.given); find("who").value = data.who; }
  picture.addEventListener("load", stage.draw);
  picture.src = view.picture;
  head();
  var first = missing()[0];
  if (first) { find("landmark").value = first.id; turnTo(first.view); }
  ask(draft && !work.isSaved() ? "Your unsaved work is back. " : "");
}());
