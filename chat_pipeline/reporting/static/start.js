// Fills the filters, and shows what is chosen.
const TITLE = document.title;
const field = (name) => document.getElementById(`f-${name}`);

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => el('option', { value, selected: value === chosen }, text)));
}

// By segment, and more so by both, the page holds but the newest periods.
function offered() {
  const most = state.segment && (state.platform ? DATA.crossed_periods : DATA.segment_periods)[state.grain];
  return DATA.periods[state.grain].slice(most ? -most : 0);
}

function fillPeriods() {
  options(field('period'), offered().reverse().map((start) => [start, periodName(state.grain, start)]), state.period);
}

function fillChoices() {
  options(field('platform'), [['', 'all'], ...DATA.choices.platforms.map((name) => [name, name])], state.platform);
  const groups = DATA.choices.segments.map(({ key, title, values }) =>
    el('optgroup', { label: title }, values.map((value) => el('option', { value: `${key}=${value}`, selected: state.segment === `${key}=${value}` }, value))),
  );
  field('segment').replaceChildren(el('option', { value: '' }, 'all'), ...groups);
}

function show() {
  field('grain').value = state.grain;
  const days = field('grain').options[0];
  days.disabled = Boolean(state.segment);
  days.textContent = state.segment ? 'day (not by segment)' : 'day';
  fillPeriods();
  field('platform').value = state.platform;
  field('segment').value = state.segment;
  const period = state.period ? periodName(state.grain, state.period) : 'no period';
  field('said').textContent = `${capital(period)}, ${slice()}.`;
  renderTiles();
  filterLists();
  return drawAll();
}

// Lists that follow the platform: the rows of the whole shop, or the newest of the platform.
function filterLists() {
  for (const block of document.querySelectorAll('[data-by-platform]')) {
    let seen = 0;
    for (const row of block.querySelectorAll('tbody tr')) {
      row.hidden = state.platform ? row.dataset.platform !== state.platform : !('all' in row.dataset);
      seen += row.hidden ? 0 : 1;
    }
    const caption = block.querySelector('.caption');
    if (!caption) continue;
    caption.textContent = [state.platform && `Platform ${state.platform}${seen ? '' : ': nothing here'}.`, state.segment && 'All segments.'].filter(Boolean).join(' ');
    caption.hidden = !caption.textContent;
  }
}

async function choose(changes) {
  Object.assign(state, changes);
  // Segments are counted by week and month.
  if (state.segment && state.grain === 'day') { state.grain = 'week'; changes.grain = 'week'; }
  if (changes.grain || !offered().includes(state.period)) state.period = firstPeriod(state.grain);
  delete document.documentElement.dataset.drawn;
  // Segments side by side are of the chosen platform, so that both are asked for at once.
  if (state.platform && DATA.both) await unpackBoth();
  return show();
}

async function start() {
  addEventListener('hashchange', route);
  route();
  if (!window.DecompressionStream) {
    document.getElementById('report').prepend(el('p', { class: 'missing' }, 'Charts and filters need a browser of 2023 or newer. The text and the plain tables are complete.'));
    return;
  }
  [DATA.cells, DATA.own] = await Promise.all([DATA.cells, DATA.own].map(unpacked));
  listen();
  state.period = firstPeriod(state.grain);
  fillChoices();
  for (const name of ['grain', 'period', 'platform', 'segment']) field(name).addEventListener('change', (event) => choose({ [name]: event.target.value }));
  field('reset').addEventListener('click', () => choose({ grain: DATA.start.grain, platform: '', segment: '' }));
  for (const id of ['s-attribute', 's-metric']) {
    const select = document.getElementById(id);
    if (select) select.addEventListener('change', () => drawFigure(document.getElementById('chart-segments')));
  }
  return show();
}

start();
