// What every page for marking has: a stage that zooms and moves, pens, steps back, work kept in the browser, and saving.
// A page's own script stands behind this one, and takes what it needs from `marking`.
var marking = (function () {
  "use strict";
  var DRAG = 8, TAP_REACH = 26, RIM = 60, MOST_ZOOM = 12, KEPT_STEPS = 20, MOST_STEPS = 200, CROSS = "#f0b429";

  function find(id) { return document.getElementById(id); }
  function copy(value) { return JSON.parse(JSON.stringify(value)); }
  function apart(a, b) { return Math.hypot(a[0] - b[0], a[1] - b[1]); }
  function halfway(a, b) { return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]; }
  function tool() { return document.querySelector("input[name=what]:checked").value; }
  function say(text, isWarning) { find("said").textContent = text; find("said").classList.toggle("warn", Boolean(isWarning)); }
  function count(n, one) { return n + " " + one + (n === 1 ? "" : "s"); }
  function onChoice(group, act) {
    document.querySelectorAll("input[name=" + group + "]").forEach(function (input) {
      input.addEventListener("change", function () { act(input.value); });
    });
  }
  function element(tag, attributes, text) {
    var made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(attributes).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    if (text) { made.textContent = text; }
    return made;
  }
  function saveFile(name, type, text) {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 60000);
  }

  // -- pens: every line has a white border, so that it is seen on light and on dark skin ---------------------------
  function makePens(overlay) {
    function twice(tag, attributes, colour) {
      [["#ffffff", 5], [colour, 2.5]].forEach(function (pen) {
        overlay.append(element(tag, Object.assign({ fill: "none", stroke: pen[0], "stroke-width": pen[1], "stroke-linecap": "round" }, attributes)));
      });
    }
    function line(a, b, colour) { twice("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, colour); }
    function cross(p, from, to, colour) {
      [[1, 0], [-1, 0], [0, 1], [0, -1]].forEach(function (way) {
        line([p[0] + way[0] * from, p[1] + way[1] * from], [p[0] + way[0] * to, p[1] + way[1] * to], colour);
      });
    }
    return {
      line: line,
      cross: cross,
      ring: function (p, radius, colour) { twice("circle", { cx: p[0], cy: p[1], r: radius }, colour); },
      text: function (p, text, colour, more) {
        var plain = { x: p[0], y: p[1], fill: colour, stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke" };
        overlay.append(element("text", Object.assign(plain, more), text));
      }
    };
  }

  // -- the stage: a picture that is zoomed and moved by finger, mouse, wheel and keys ------------------------------
  // page.size() is the picture's width and height, in the pixels that marks are given in; page.draw(), page.tap(at) and page.undo()
  // do what they say. Where marks can be dragged: page.grab(at) is the mark there, page.drag(mark, at) moves it, page.drop(mark) ends it.
  // page.key(event), where given, takes further keys and says whether it did.
  function makeStage(page) {
    var node = find("stage"), picture = find("picture"), overlay = find("overlay"), pens = makePens(overlay);
    var scale = 1, left = 0, top = 0, cross = null, seen = null;

    function fit(box) { var size = page.size(); return Math.min(box.width / size[0], box.height / size[1]); }
    function onScreen(at) { return [left + at[0] * scale, top + at[1] * scale]; }
    function inPicture(p) { return [(p[0] - left) / scale, (p[1] - top) / scale]; }
    function inStage(event) { var box = node.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }
    function middle() { var box = node.getBoundingClientRect(); return [box.width / 2, box.height / 2]; }
    // Lays `layer`, of which a pixel is `step` pixels of the picture wide, with its corner at `at` of the picture.
    function lay(layer, step, at) {
      var p = onScreen(at);
      layer.style.transform = "translate(" + p[0] + "px," + p[1] + "px) scale(" + step * scale + ")";
    }
    function draw() {
      lay(picture, page.size()[0] / (picture.naturalWidth || page.size()[0]), [0, 0]);
      overlay.replaceChildren();
      page.draw();
      if (cross && document.activeElement === node) { pens.cross(onScreen(cross), 5, 22, CROSS); }
    }
    // Shows what lies between two corners of the picture, as large as it fits.
    function showPart(a, b) {
      var box = seen = node.getBoundingClientRect(), centre = halfway(a, b);
      scale = Math.min(box.width / (b[0] - a[0]), box.height / (b[1] - a[1]));
      left = box.width / 2 - centre[0] * scale; top = box.height / 2 - centre[1] * scale;
      draw();
    }
    function whole() { showPart([0, 0], page.size()); }
    // Phones resize the window when the keyboard or the address bar comes and goes: what was in the middle stays there.
    function resize() {
      var before = seen, box = node.getBoundingClientRect();
      if (!before || Math.abs(scale / fit(before) - 1) < 0.001) { return whole(); }
      seen = box;
      move((box.width - before.width) / 2, (box.height - before.height) / 2);
    }
    function zoom(factor, p) {
      var least = fit(node.getBoundingClientRect());
      var next = Math.min(Math.max(scale * factor, least * 0.8), Math.max(MOST_ZOOM, least * MOST_ZOOM));
      left = p[0] - (p[0] - left) * next / scale; top = p[1] - (p[1] - top) * next / scale; scale = next;
      move(0, 0);
    }
    function move(right, down) {
      // Some of the picture always stays in view.
      var box = node.getBoundingClientRect(), size = page.size();
      left = Math.min(Math.max(left + right, RIM - size[0] * scale), box.width - RIM);
      top = Math.min(Math.max(top + down, RIM - size[1] * scale), box.height - RIM);
      draw();
    }

    var fingers = new Map(), moved = false, began = null, held = null;
    function drop() { if (held && page.drop) { page.drop(held); } held = null; }
    function lift(event, isTap) {
      if (!fingers.delete(event.pointerId)) { return; }
      if (isTap && !moved && fingers.size === 0) { held = null; page.tap(inPicture(inStage(event))); } else { drop(); }
    }
    node.addEventListener("pointerdown", function (event) {
      if (event.button > 0) { return; }
      node.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, inStage(event));
      if (fingers.size === 1) { began = inStage(event); moved = false; held = page.grab ? page.grab(inPicture(began)) : null; }
      else { moved = true; drop(); }
      cross = null;
    });
    node.addEventListener("pointermove", function (event) {
      if (!fingers.has(event.pointerId)) { return; }
      var last = Array.from(fingers.values()), now = inStage(event), was = fingers.get(event.pointerId);
      if (fingers.size === 1) {
        if (!moved && apart(began, now) < DRAG) { return; }
        moved = true;
        fingers.set(event.pointerId, now);
        if (held) { page.drag(held, inPicture(now)); } else { move(now[0] - was[0], now[1] - was[1]); }
      } else if (fingers.size === 2) {
        fingers.set(event.pointerId, now);
        var after = Array.from(fingers.values()), from = halfway(last[0], last[1]), to = halfway(after[0], after[1]);
        left += to[0] - from[0]; top += to[1] - from[1];
        zoom(apart(after[0], after[1]) / Math.max(1, apart(last[0], last[1])), to);
      }
    });
    node.addEventListener("pointerup", function (event) { lift(event, true); });
    node.addEventListener("pointercancel", function (event) { lift(event, false); });
    node.addEventListener("wheel", function (event) {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), inStage(event));
    }, { passive: false });

    var ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    function stepCross(way, step) {
      var size = page.size(), box = node.getBoundingClientRect();
      cross = [0, 1].map(function (i) { return Math.min(Math.max(cross[i] + way[i] * step / scale, 0), size[i]); });
      var c = onScreen(cross), rim = RIM / 2;
      left += Math.max(0, rim - c[0]) - Math.max(0, c[0] - box.width + rim);
      top += Math.max(0, rim - c[1]) - Math.max(0, c[1] - box.height + rim);
      draw();
    }
    node.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey) { return; }
      var c = cross ? onScreen(cross) : middle();
      if (ARROWS[event.key]) {
        cross = cross || inPicture(middle());
        stepCross(ARROWS[event.key], event.shiftKey ? 1 : 12);
      } else if (event.key === "Enter" || event.key === " ") {
        if (!cross) { cross = inPicture(middle()); draw(); say("The cross shows where Enter marks; arrow keys move it."); }
        else { page.tap(cross); }
      } else if (event.key === "+" || event.key === "=") { zoom(1.3, c); }
      else if (event.key === "-") { zoom(1 / 1.3, c); }
      else if (event.key === "0") { whole(); }
      else if (event.key === "u" || event.key === "Backspace" || event.key === "Escape") { page.undo(); }
      else if (!page.key || !page.key(event)) { return; }
      event.preventDefault();
    });
    document.addEventListener("keydown", function (event) {
      var isUndo = (event.ctrlKey || event.metaKey) && event.key === "z";
      if (isUndo && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); page.undo(); }
    });
    node.addEventListener("blur", draw);
    node.addEventListener("focus", draw);
    window.addEventListener("resize", resize);
    find("closer").addEventListener("click", function () { zoom(1.5, middle()); });
    find("farther").addEventListener("click", function () { zoom(1 / 1.5, middle()); });
    find("whole").addEventListener("click", whole);
    find("undo").addEventListener("click", function () { page.undo(); });
    find("tools").addEventListener("submit", function (event) { event.preventDefault(); });
    return {
      pens: pens, draw: draw, lay: lay, whole: whole, showPart: showPart, onScreen: onScreen,
      hideCross: function () { cross = null; },
      reach: function () { return TAP_REACH / scale; }
    };
  }

  // -- what is marked, its steps back, and unsaved work kept in this browser ---------------------------------------
  // page.place() is the name under which the browser keeps it, page.state() what is marked now, page.take(state, draft) takes
  // such a state (with the draft it was kept in, if any), page.show() shows it; page.more(), where given, is kept beside it.
  function makeWork(page) {
    var past = [], saved = true, isSure = false, isKept = true;
    function store(name, value) {
      try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch (error) { return false; }
    }
    function recall(name) { try { return JSON.parse(localStorage.getItem(name)); } catch (error) { return null; } }
    function recallDraft(name) { var draft = recall(name); return draft && draft.state ? draft : null; }
    function keep() {
      var draft = { state: page.state(), past: past.slice(-KEPT_STEPS), saved: saved };
      isKept = store(page.place(), Object.assign(draft, page.more ? page.more() : {}));
      find("not-kept").hidden = isKept;
    }
    function takeDraft(draft) { past = draft.past || []; saved = draft.saved; page.take(draft.state, draft); }
    window.addEventListener("beforeunload", function (event) {
      if (!saved && !isKept) { event.preventDefault(); event.returnValue = ""; }
    });
    // The same picture in another window: both show the same marks.
    window.addEventListener("storage", function (event) {
      var draft = event.key === page.place() ? recallDraft(event.key) : null;
      if (draft) { takeDraft(draft); page.show(); say("Marks were changed in another window; shown here too."); }
    });
    return {
      isSaved: function () { return saved; },
      keep: keep,
      store: store,
      recall: recall,
      recallDraft: recallDraft,
      takeDraft: takeDraft,
      forget: function (name) { try { localStorage.removeItem(name); } catch (error) { isKept = false; } },
      start: function (state) { past = []; saved = true; page.take(state); },
      change: function (next, text) {
        past.push(copy(page.state()));
        if (past.length > MOST_STEPS) { past.shift(); }
        saved = false; isSure = false;
        page.take(next); keep(); page.show(); say(text);
      },
      stepBack: function () {
        if (!past.length) { page.show(); say("There is nothing to undo."); return false; }
        saved = false;
        page.take(past.pop()); keep(); page.show();
        return true;
      },
      touch: function () { saved = false; keep(); page.show(); },
      save: function (name, type, text) { saveFile(name, type, text); saved = true; keep(); page.show(); },
      // Clearing all is asked for twice: true the second time.
      isSure: function (question) {
        if (!isSure) { isSure = true; page.show(); say(question, true); return false; }
        return true;
      },
      doubt: function () { isSure = false; },
      showTools: function () {
        document.querySelectorAll(".part").forEach(function (part) { part.hidden = part.dataset.for !== tool(); });
        find("clear").textContent = isSure ? "Sure? Clear all" : "Clear all";
        find("clear").classList.toggle("sure", isSure);
      }
    };
  }

  return {
    find: find, copy: copy, apart: apart, halfway: halfway, tool: tool, say: say, count: count, onChoice: onChoice, element: element,
    makeStage: makeStage, makeWork: makeWork
  };
}());
