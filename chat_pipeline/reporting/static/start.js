// Fills the filters, and shows what is chosen.
const TITLE = document.title;
const field = (name) => document.getElementById(`f-${name}`);

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => el('option', { value, selected: value === chosen }, text)));
}

function fillPeriods() {
  options(field('period'), [...DATA.periods[state.grain]].reverse().map((start) => [start, periodName(state.grain, start)]), state.period);
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
  fillPeriods();
  field('platform').value = state.platform;
  field('segment').value = state.segment;
  const period = state.period ? periodName(state.grain, state.period) : 'no period';
  field('said').textContent = `${capital(period)}, ${slice()}.`;
  renderTiles();
  return drawAll();
}

function choose(changes) {
  Object.assign(state, changes);
  // Segments are counted by week and month, and over all platforms.
  if (changes.segment) { state.platform = ''; if (state.grain === 'day') { state.grain = 'week'; changes.grain = 'week'; } }
  if (changes.platform || changes.grain === 'day') state.segment = '';
  if (changes.grain) state.period = firstPeriod(state.grain);
  show();
}

function start() {
  state.period = firstPeriod(state.grain);
  fillChoices();
  for (const name of ['grain', 'period', 'platform', 'segment']) field(name).addEventListener('change', (event) => choose({ [name]: event.target.value }));
  field('reset').addEventListener('click', () => choose({ grain: DATA.start.grain, platform: '', segment: '' }));
  for (const id of ['s-attribute', 's-metric']) {
    const select = document.getElementById(id);
    if (select) select.addEventListener('change', () => drawFigure(document.getElementById('chart-segments')));
  }
  addEventListener('hashchange', route);
  listen();
  route();
  return show();
}

start();
