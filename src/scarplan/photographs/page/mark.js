(function () {
  "use strict";
  var body = document.body.dataset;
  var size = [Number(body.width), Number(body.height)];
  var find = marking.find, say = marking.say, tool = marking.tool, copy = marking.copy, apart = marking.apart, element = marking.element;
  var NAMES = { landmark: list("landmark"), chart: list("chart"), skin: list("skin") };
  // Letter and colour of each kind: never colour alone.
  var SIGNS = {
    icepick: ["I", "#b34f00"], boxcar: ["B", "#0072b2"], rolling: ["R", "#007a55"],
    raised: ["+", "#a3477d"], flat_mark: ["F", "#6b5a00"], other: ["O", "#444444"]
  };
  var RING = 11, SPOT = 8, RULER = "#111111", SKIN = "#0b6e75", FIRST_TAP = "#c98a16";

  var marks = [], rater = "", pending = null;
  var work = marking.makeWork({
    state: function () { return marks; },
    take: function (next, draft) { marks = next; if (draft) { pending = null; } },
    place: function () { return place(rater); },
    show: show
  });
  var stage = marking.makeStage({ size: function () { return size; }, draw: draw, tap: tap, undo: undo });

  function list(id) { return Array.from(find(id).options).map(function (o) { return o.value; }); }
  function words(id, value) {
    return find(id).querySelector("option[value='" + value + "']").textContent.replace(/ ✓$/, "");
  }
  function kind() { return document.querySelector("input[name=kind]:checked").value; }
  function ruler() { return marks.find(function (m) { return m.what === "ruler"; }); }
  function middleOf(mark) { return marking.halfway(mark.at, mark.edge); }
  function widthOf(mark) {
    var r = ruler();
    return r && mark.edge ? apart(mark.at, mark.edge) * r.length / apart(r.at, r.edge) : null;
  }

  // Unsaved marks are kept by photograph and rater.
  function place(name) { return "scarplan-marks:" + body.sha + ":" + name; }
  function keep() { work.keep(); work.store("scarplan-rater:" + body.sha, rater); }

  // -- changing marks ---------------------------------------------------------------------------------------
  function undo() {
    if (pending && pending.isNew) { pending = null; show(); return say("The first tap was taken back."); }
    pending = null;
    if (work.stepBack()) { say("Undone. " + count() + "."); }
  }
  function count() { return marking.count(marks.filter(function (m) { return m.what === "scar"; }).length, "scar"); }
  function without(what, name) { return marks.filter(function (m) { return m.what !== what || m.name !== name; }); }

  function tap(at) {
    work.doubt();
    if (at[0] < 0 || at[1] < 0 || at[0] > size[0] || at[1] > size[1]) { return say("That is outside the photograph.", true); }
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
    work.change(marks.concat([mark]), "");
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
      work.change(next, "");
      say("Width " + widthOf(marks[first.index]).toFixed(1) + " mm. " + count() + ".");
    } else if (first.what === "ruler") {
      work.change(without("ruler", "ruler").concat([{ what: "ruler", name: "ruler", at: first.at, edge: at, length: first.length }]),
        "Ruler of " + first.length + " mm is marked. Widths can be marked now.");
    } else {
      work.change(without("skin", first.name).concat([{ what: "skin", name: first.name, at: first.at, edge: at, length: null }]), "");
      forward("skin", "Patch of skin is marked.");
    }
  }
  function addNamed(what, at) {
    var name = find(what).value;
    work.change(without(what, name).concat([{ what: what, name: name, at: at, edge: null, length: null }]), "");
    forward(what, "Marked: " + words(what, name) + ".");
  }
  function forward(what, text) {
    var next = NAMES[what].find(function (name) { return !marks.some(function (m) { return m.what === what && m.name === name; }); });
    if (next) { find(what).value = next; }
    say(text + (next && what !== "skin" ? " Next: " + words(what, next) + "." : ""));
  }
  function takeAway(at) {
    var best = -1, nearest = stage.reach();
    marks.forEach(function (m, i) {
      [m.at, m.edge, m.edge && middleOf(m)].forEach(function (p) { if (p && apart(p, at) < nearest) { nearest = apart(p, at); best = i; } });
    });
    if (best < 0) { return say("There is no mark here.", true); }
    var gone = marks[best];
    var loses = gone.what === "ruler" && marks.some(function (m) { return m.what === "scar" && m.edge; });
    var next = marks.filter(function (m, i) { return i !== best; });
    if (loses) { next = copy(next); next.forEach(function (m) { if (m.what === "scar") { m.edge = null; } }); }
    work.change(next, loses ? "The ruler and all widths are taken away. Undo brings them back." : "Taken away. Undo brings it back.");
  }

  // -- drawing ------------------------------------------------------------------------------------------------
  function sign(name, x, y, into) {
    into.append(
      element("circle", { cx: x, cy: y, r: 10, fill: "#ffffff", stroke: SIGNS[name][1], "stroke-width": 2.5 }),
      element("text", { x: x, y: y + 4.3, "text-anchor": "middle", fill: SIGNS[name][1] }, SIGNS[name][0]));
  }
  // On the photograph the ring stays open, so that the scar can be seen in it; the letter stands beside it.
  function ring(name, p) {
    stage.pens.ring(p, RING, SIGNS[name][1]);
    stage.pens.text([p[0] + 15, p[1] - 6], SIGNS[name][0], SIGNS[name][1], { "text-anchor": "middle", "font-size": 14 });
  }
  function spot(p, colour) { stage.pens.cross(p, 0, SPOT, colour); }
  function label(p, text) { stage.pens.text([p[0] + 11, p[1] - 7], text, "#14323a"); }
  function drawMark(m) {
    var a = stage.onScreen(m.at), b = m.edge && stage.onScreen(m.edge);
    if (m.what === "scar") {
      if (b) { stage.pens.line(a, b, SIGNS[m.name][1]); a = stage.onScreen(middleOf(m)); }
      ring(m.name, a);
    } else if (m.what === "ruler") {
      stage.pens.line(a, b, RULER); spot(a, RULER); spot(b, RULER); label(b, m.length + " mm");
    } else if (m.what === "skin") {
      stage.pens.ring(a, apart(a, b), SKIN); label(a, m.name.replace("_", " "));
    } else { spot(a, m.what === "chart" ? RULER : SKIN); label(a, m.name.replace(/_/g, " ")); }
  }
  function draw() {
    marks.forEach(drawMark);
    if (pending) { spot(stage.onScreen(pending.at), FIRST_TAP); }
  }
  function show() {
    Object.keys(SIGNS).forEach(function (name) {
      document.querySelector("[data-count=" + name + "]").textContent =
        marks.filter(function (m) { return m.what === "scar" && m.name === name; }).length;
    });
    var r = ruler(), other = {};
    find("width").disabled = !r;
    find("width-why").hidden = Boolean(r);
    work.showTools();
    ["landmark", "chart", "skin"].forEach(function (what) {
      other[what] = marks.filter(function (m) { return m.what === what; }).length;
      Array.from(find(what).options).forEach(function (option) {
        var is = marks.some(function (m) { return m.what === what && m.name === option.value; });
        option.textContent = option.textContent.replace(/ ✓$/, "") + (is ? " ✓" : "");
      });
    });
    find("sum").textContent = [count(), marking.count(other.landmark, "landmark"), r ? "ruler " + r.length + " mm" : "no ruler",
      other.chart + " of 4 chart corners", other.skin + (other.skin === 1 ? " skin patch" : " skin patches")].join(", ") +
      (work.isSaved() ? "." : ". Not saved yet.");
    find("text").value = csv();
    find("command").textContent = "scarplan photo CASE --marks " + fileName() + " --photo " + body.id + " --rater \"" + (rater || "NAME") + "\"";
    stage.draw();
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
    work.save(fileName(), "text/csv", csv());
    say("Saved as " + fileName() + ". Your marks stay here too.");
  }

  // -- who marks ----------------------------------------------------------------------------------------------
  function rename() {
    var name = find("rater").value.trim().replace(/\s+/g, " "), draft = name === rater ? null : work.recallDraft(place(name));
    if (name === rater) { return; }
    if (draft && marks.length) {
      find("rater").value = rater;
      return say("There are marks by " + name + " in this browser already. Choose Another rater to see them.", true);
    }
    var before = marks.length ? rater : "";
    work.forget(place(rater));
    rater = name;
    if (draft) { work.takeDraft(draft); }
    if (before) { work.touch(); }
    keep(); show();
    if (draft) { say("The marks of " + name + " are back: " + count() + "."); }
    else if (before) {
      say("The marks of " + before + " are under the name " + (name || "of nobody") + " now. Is this another person? Then write " +
        before + " again and choose Another rater.", true);
    }
  }
  function start(name) {
    var draft = work.recallDraft(place(name));
    rater = name; pending = null;
    find("rater").value = name;
    if (draft) { work.takeDraft(draft); } else { work.start(name && name === body.rater ? JSON.parse(body.marks) : []); }
    keep(); show();
    if (marks.length) { say((work.isSaved() ? "Your marks are back: " : "Your unsaved marks are back: ") + count() + "."); }
  }
  find("rater").addEventListener("change", rename);
  find("other-rater").addEventListener("click", function () {
    if (!rater && marks.length) { find("rater").focus(); return say("Give your name first, so that these marks are kept under it.", true); }
    keep(); start("");
    find("rater").focus();
    say("The marks of the other rater are hidden, and kept. Give your name.");
  });

  // -- buttons ------------------------------------------------------------------------------------------------
  find("save").addEventListener("click", save);
  find("clear").addEventListener("click", function () {
    if (!marks.length) { return say("There are no marks."); }
    if (!work.isSure("Tap again to clear all " + marks.length + " marks. Undo brings them back.")) { return; }
    pending = null;
    work.change([], "All marks are cleared. Undo brings them back.");
  });
  find("length").addEventListener("change", function () {
    var length = Number(find("length").value), r = ruler();
    if (!r || !(length >= 1 && length <= 500)) { return; }
    var next = copy(marks);
    next.find(function (m) { return m.what === "ruler"; }).length = length;
    work.change(next, "The ruler is " + length + " mm long now.");
  });
  var HINTS = {
    scar: "Choose a kind, then tap each scar.", landmark: "Choose a landmark, then tap it.", ruler: "Tap two marks of the ruler.",
    chart: "Tap the middle of each corner patch.", skin: "Tap the middle of a patch of skin.", delete: "Tap the mark that should go."
  };
  marking.onChoice("what", function (what) { pending = null; work.doubt(); show(); say(HINTS[what]); });
  document.querySelectorAll("svg.sign").forEach(function (svg) { sign(svg.dataset.kind, 0, 0, svg); });

  // -- start --------------------------------------------------------------------------------------------------
  var picture = find("picture");
  function ready() { start(body.rater || work.recall("scarplan-rater:" + body.sha) || ""); stage.whole(); }
  if (picture.complete && picture.naturalWidth) { ready(); } else { picture.addEventListener("load", ready); }
}());
