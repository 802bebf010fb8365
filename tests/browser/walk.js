// Moves every control of a figure in a page to both its ends, in any browser.
//
// `walkAll()` gives, for every figure, [what was moved, what went wrong]; `walked` is set when it is
// done, for browsers that are asked again and again. What a figure says that it does not hold must
// say so again when it is moved; and a figure must hold something.

async function walkAll() {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const found = [];
  for (const host of document.querySelectorAll("[data-adamviz]")) {
    host.scrollIntoView();
    found.push(await walk(host));
  }
  window.walked = found;
  return found;
}

async function walk(host) {
  const moved = [], wrong = [], root = host.shadowRoot;
  if (!root) return [moved, [`a figure is ${host.dataset.adamviz}`]];
  const one = (selector) => root.querySelector(selector), wait = (ms) => new Promise((r) => setTimeout(r, ms));
  const picture = () => one(".adamviz-picture");
  const rest = async () => { // until nothing is waited for or painted any more
    let frames = "";
    for (let i = 0; i < 100 && (one(".adamviz-waits") || frames !== picture().dataset.frames); i++) {
      frames = picture().dataset.frames;
      await wait(120);
    }
  };
  const reset = async () => {
    const button = [...root.querySelectorAll("button")].find((b) => b.textContent === "reset");
    if (button) button.click();
    await rest();
  };
  const name = (control) => control.ariaLabel || control.closest("label")?.innerText || control.innerText;
  const all = () => [...root.querySelectorAll(
    "input[type=range], .adamviz-menu select, input[type=checkbox], button[aria-pressed]:not(.adamviz-details)",
  )];
  const ends = (control) => {
    if (control.matches("select")) return [0, control.options.length - 1];
    return control.matches("[type=range]") ? [control.min, control.max] : [true, false];
  };
  const set = (control, end) => {
    if (control.matches("button")) return control.click();
    if (control.matches("[type=checkbox]")) return control.click();
    if (control.matches("select")) control.selectedIndex = end;
    else control.value = end;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  };
  await rest();
  // Of what was trained there is the step alone; of others the controls that are named.
  const held = one(".adamviz-held").textContent, trained = held.includes("what has been trained");
  const [, without = ""] = held.match(/(?:^|\. )([^.]*): with Python alone\./) || [];
  const home = picture().dataset.painted;
  let holds = 0;
  for (let i = 0; i < all().length; i++) {
    const label = name(all()[i]), seen = new Set();
    if (all()[i].disabled || !all()[i].offsetParent) continue;
    const choices = ends(all()[i]);
    let there = true;
    for (const end of choices) {
      const control = all()[i];
      there = control && name(control) === label;
      if (!there) break; // another row of controls now
      set(control, end);
      await rest();
      seen.add(picture().dataset.painted);
      const alarm = one(".adamviz-alarm"), short = label.split("\n")[0].trim();
      const lacks = short !== "step" && (trained || without.includes(short));
      if (lacks && !alarm.hidden && alarm.textContent.includes("needs Python")) continue;
      if (short !== "step" && picture().dataset.painted !== home) holds += 1;
      if (!alarm.hidden) wrong.push(`${label} at ${end}: ${alarm.textContent}`);
      if (picture().classList.contains("adamviz-stale")) wrong.push(`${label} at ${end}: not painted`);
      if (!one(".adamviz-words").textContent) wrong.push(`${label} at ${end}: no words`);
    }
    const still = there && `${choices[0]}` !== `${choices[1]}` && seen.size < 2;
    if (still && !trained && !without && !wrong.length) wrong.push(`${label} moves nothing`);
    moved.push(label);
    await reset();
  }
  if (!holds && !trained && moved.length > 1) wrong.push(`no control but the step: ${held}`);
  return [moved, wrong];
}
