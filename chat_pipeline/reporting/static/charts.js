// Draws a chart into its place, and its table when that is opened.
const OPTIONS = {
  mode: 'vega-lite',
  renderer: 'svg',
  actions: false,
  // Without building functions from text: the page's policy forbids it.
  ast: true,
  defaultStyle: false,
  // Errors alone: what Vega-Lite thinks of a layer's height is no news.
  logLevel: 1,
  tooltip: { disableDefaultStyle: true, sanitize: escaped },
};
const drawn = new Map();

function escaped(value) {
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function copies(rows) {
  return (rows || []).map((row) => ({ ...row }));
}

// `place`: the element; `shown`: what a view gave.
async function draw(place, spec, shown) {
  const caption = place.nextElementSibling && place.nextElementSibling.classList.contains('caption') ? place.nextElementSibling : null;
  if (caption) caption.remove();
  if (shown.caption) place.after(el('p', { class: 'caption' }, shown.caption));
  const old = drawn.get(place);
  if (shown.empty) {
    if (old) old.view.finalize();
    drawn.delete(place);
    place.replaceChildren(el('p', { class: 'missing' }, shown.empty));
    return;
  }
  if (old && old.spec === spec) {
    old.view.data('rows', copies(shown.rows));
    if (spec.layer) try { old.view.data('notes', copies(shown.notes)); } catch { /* this chart has no remarks */ }
    await old.view.runAsync();
    return;
  }
  if (old) old.view.finalize();
  const filled = { ...spec, datasets: { rows: copies(shown.rows), notes: copies(shown.notes) } };
  const { view } = await window.vegaEmbed(place, filled, OPTIONS);
  // For a screen reader the place is one picture with a name, and its table says the rest.
  place.querySelector('svg').setAttribute('aria-hidden', 'true');
  drawn.set(place, { view, spec });
}

function shownBy(chart) {
  if (chart.view) return VIEWS[chart.view](chart.params);
  const rows = chart.rows.filter((row) => row.drawn !== false);
  const some = rows.length < chart.rows.length;
  return { rows, all: chart.rows, empty: rows.length ? '' : some ? 'Fewer than 30 each: the counts are in the table.' : NONE, caption: rows.length && some ? 'What has fewer than 30 is in the table.' : '' };
}

async function drawFigure(figure) {
  const chart = DATA.charts[figure.dataset.chart];
  const shown = shownBy(chart);
  await draw(figure.querySelector('.chart'), shown.spec || chart.spec, shown);
  const details = figure.querySelector('details');
  if (details.open) fill(details, chart.columns, shown.all);
}

function fill(details, columns, rows) {
  details.querySelector('.scroll').replaceChildren(rows.length ? table(columns, rows) : el('p', { class: 'missing' }, NONE));
}

// Figures one after the other, those in sight first, with room for the reader in between.
let round = 0;
async function drawAll() {
  const mine = ++round;
  delete document.documentElement.dataset.drawn;
  const figures = [...document.querySelectorAll('figure[data-chart]')];
  const inSight = (figure) => { const box = figure.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0; };
  for (const figure of [...figures.filter(inSight), ...figures.filter((one) => !inSight(one))]) {
    if (mine !== round) return;
    await drawFigure(figure);
    await new Promise((done) => setTimeout(done, 0));
  }
  document.documentElement.dataset.drawn = 'all';
}

function listen() {
  for (const figure of document.querySelectorAll('figure[data-chart]')) {
    figure.querySelector('details').addEventListener('toggle', () => drawFigure(figure));
  }
}
