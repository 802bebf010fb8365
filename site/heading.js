// Stays at the heading that the address names while what lies above it still grows: figures that
// begin to move, and cells of JupyterLab, which opens a notebook at its top, whatever the address:
// `…/lab/index.html?path=notebooks/03_momentum.ipynb#A-heading`.
(() => {
  const id = decodeURIComponent(location.hash.slice(1));
  if (!id) return;
  let left = 600, shown = 0; // looks: two minutes, for a slow line
  const stop = () => { left = 0; };
  for (const hand of ["pointerdown", "keydown", "wheel"]) addEventListener(hand, stop, { once: true });
  const look = setInterval(() => {
    const inLab = `.jp-Notebook [data-jupyter-id="${CSS.escape(id)}"]`;
    const heading = document.getElementById(id) || document.querySelector(inLab);
    if (left-- <= 0 || shown > 15) return clearInterval(look);
    if (heading) { shown++; heading.scrollIntoView(); }
  }, 200);
})();
