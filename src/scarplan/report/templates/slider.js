document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll(".comparison").forEach(function (comparison) {
    var input = comparison.querySelector("input[type=range]");
    var today = comparison.querySelector(".today img");
    comparison.querySelectorAll(".wipe").forEach(function (wipe) { wipe.src = today.src; });
    function move() {
      comparison.style.setProperty("--cut", input.value + "%");
      input.setAttribute("aria-valuetext", input.value + " percent today, the rest forecast");
    }
    input.addEventListener("input", move);
    move();
  });
});
