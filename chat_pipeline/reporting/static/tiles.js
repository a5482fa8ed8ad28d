// The headline tiles: value, interval and change in words, course as a small line; chart and table when opened.
const SVG = 'http://www.w3.org/2000/svg';
const tileOpen = new Set();

function renderTiles() {
  const place = document.getElementById('tiles');
  if (!place) return;
  if (!place.children.length) place.append(...DATA.headline.map(newTile));
  for (const tile of place.children) fillTile(tile, tile.dataset.metric);
  renderAllNumbers();
}

function newTile(metric) {
  const { title } = DATA.metrics[metric];
  const details = el('details', {}, el('summary', {}, 'Chart, table, definition', el('span', { class: 'hidden' }, ` of ${title}`)));
  const tile = el('article', { class: 'tile', 'data-metric': metric }, el('h3', {}, title), el('div', { class: 'told' }), details);
  details.addEventListener('toggle', () => {
    tile.classList.toggle('open', details.open);
    fillDetails(tile, metric);
  });
  return tile;
}

function fillTile(tile, metric) {
  const kind = kindOf(metric);
  const rows = series(metric);
  const row = rowAt(rows, state.period);
  tile.querySelector('.told').replaceChildren(...(row && row.value !== null && row.value !== undefined ? told(metric, kind, rows, row) : absent(metric, kind, rows, row)));
  fillDetails(tile, metric);
}

function told(metric, kind, rows, row) {
  const about = DATA.metrics[metric];
  const few = kind === 'share' && row.d < LEAST;
  const lines = [el('p', { class: 'value' }, said(kind, row))];
  if (kind === 'share') lines.push(el('p', { class: 'sub' }, few ? `${about.of_whom}: too few for a percentage` : `${count(row.n)} of ${count(row.d)} ${about.of_whom}`));
  else if (about.of_what) lines.push(el('p', { class: 'sub' }, `${count(row.d)} ${about.of_whom}`));
  else lines.push(el('p', { class: 'sub' }, `in the ${periodName(state.grain, state.period)}`));
  if (row.low !== null && !few) lines.push(el('p', { class: 'sub' }, `With 95 % certainty ${between(kind, row)}`));
  lines.push(change(metric, kind, rows, row));
  if (row.state !== 'final') lines.push(el('p', { class: 'badge' }, row.p ? `Provisional: ${count(row.p)} still wait` : 'Period not complete'));
  lines.push(spark(metric, kind, rows));
  return lines;
}

// Nothing for the period: what waits, the newest that is known, or what would fill it.
function absent(metric, kind, rows, row) {
  const known = [...rows].reverse().find((one) => one.value !== null && one.value !== undefined && one.period <= state.period);
  const few = row && row.d;
  const lines = [el('p', { class: 'value none' }, few ? 'Too few' : row && row.p ? 'Not yet' : 'No data')];
  if (few) lines.push(el('p', { class: 'sub' }, `${count(row.d)} ${DATA.metrics[metric].of_whom}.`));
  if (row && row.p) lines.push(el('p', { class: 'sub' }, `${count(row.p)} still wait (${DATA.metrics[metric].waits}).`));
  if (known) lines.push(el('p', { class: 'sub' }, `Newest known: ${said(kind, known)}, ${periodName(state.grain, known.period)}.`), spark(metric, kind, rows));
  else if (!few && !(row && row.p)) lines.push(el('p', { class: 'sub' }, filledBy(metric)));
  return lines;
}

function filledBy(metric) {
  const anywhere = series(metric, 'all=all', 'month').some((row) => row.d || row.value);
  if (state.platform && state.segment && !DATA.choices.crossed.includes(state.platform)) return notHeld();
  if (anywhere) return 'Nothing here for what is chosen.';
  return DATA.own.numbers.filled_by[metric] || DATA.own.numbers.filled_by[metric.split(':')[0]] || 'Nothing in the exports tells of it.';
}

// The change on the period before. Its interval follows from the two values' own (Newcombe).
function change(metric, kind, rows, row) {
  const old = rowAt(rows, before(row.period));
  const than = `the ${state.grain} before`;
  if (!old || old.value === null || old.value === undefined) return el('p', { class: 'change' }, `Nothing to compare with in ${than}`);
  if (kind === 'share' && (row.d < LEAST || old.d < LEAST)) return el('p', { class: 'change' }, `${said('share', old)} in ${than}`);
  const gap = row.value - old.value;
  if (row.low === null || old.low === null) return changed(metric, gap, gap !== 0, kind === 'count' && old.value ? `${percent(Math.abs(gap) / old.value)} on ${than} (${count(old.value)})` : `${amount(kind, Math.abs(gap))} on ${than}`, '');
  const low = gap - Math.hypot(row.value - row.low, old.high - old.value);
  const high = gap + Math.hypot(row.high - row.value, old.value - old.low);
  const sure = low > 0 || high < 0;
  const shown = kind === 'share' ? `${(100 * Math.abs(gap)).toFixed(1)} points` : amount(kind, Math.abs(gap));
  const ends = kind === 'share' ? `${signed(100 * low, 1)} to ${signed(100 * high, 1)}` : kind === 'seconds' ? `${signed(low, 0)} to ${signed(high, 0)} s` : `${signed(low, 2)} to ${signed(high, 2)}`;
  return changed(metric, gap, sure, `${shown} on ${than}`, `${sure ? 'more than chance' : 'may be chance'}: ${ends}`);
}

function changed(metric, gap, sure, text, more) {
  const { better } = DATA.metrics[metric];
  const way = gap > 0 ? 'higher' : 'lower';
  const tone = !sure || !better || gap === 0 ? 'even' : better === way ? 'good' : 'bad';
  const sign = gap === 0 ? '=' : gap > 0 ? '▲' : '▼';
  const word = gap === 0 ? 'unchanged: ' : gap > 0 ? 'up ' : 'down ';
  const verdict = tone === 'good' ? ', better' : tone === 'bad' ? ', worse' : '';
  return el('p', { class: `change ${tone}` }, el('span', { 'aria-hidden': 'true' }, `${sign} `), el('span', { class: 'hidden' }, word), text, more ? el('span', { class: 'chance' }, `${more}${verdict}`) : verdict ? el('span', { class: 'chance' }, verdict.slice(2)) : null);
}

function spark(metric, kind, rows) {
  const drawn = rows.filter((row) => row.value !== null && row.value !== undefined && (kind !== 'share' || row.d >= LEAST)).slice(-26);
  if (drawn.length < 3) return '';
  const [width, height, edge] = [220, 44, 4];
  const values = drawn.map((row) => row.value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = (at) => edge + (at * (width - 2 * edge)) / (drawn.length - 1);
  const y = (value) => height - edge - ((value - least) * (height - 2 * edge)) / (most - least || 1);
  const shape = (tag, attributes, title) => {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (title) { const words = document.createElementNS(SVG, 'title'); words.textContent = title; made.append(words); }
    return made;
  };
  const notes = notesFor(drawn);
  const label = `Course over ${drawn.length} periods, ${said(kind, drawn[0])} to ${said(kind, drawn[drawn.length - 1])}${notes.length ? `; remarks: ${notes.map((note) => note.text).join('; ')}` : ''}`;
  const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, class: 'spark', role: 'img', 'aria-label': label });
  for (const note of notes) {
    const at = drawn.findLastIndex((row) => row.period <= note.from);
    svg.append(shape('line', { x1: x(at), x2: x(at), y1: 0, y2: height, class: 'spark-note' }, note.text));
  }
  svg.append(shape('polyline', { points: drawn.map((row, at) => `${x(at).toFixed(1)},${y(row.value).toFixed(1)}`).join(' '), class: 'spark-line' }));
  const here = drawn.findIndex((row) => row.period === state.period);
  if (here >= 0) svg.append(shape('circle', { cx: x(here), cy: y(drawn[here].value), r: 3.5, class: 'spark-here' }));
  return svg;
}

function fillDetails(tile, metric) {
  const details = tile.querySelector('details');
  if (!details.open) return;
  const kind = kindOf(metric);
  const about = DATA.metrics[metric];
  if (!details.querySelector('.chart')) {
    const part = about.of_what ? `${about.counts}, of ${about.of_what}` : about.counts;
    details.append(
      el('div', { class: 'chart', role: 'img', 'aria-label': `${about.title} over time, as a chart; the same numbers are in the table below it.` }),
      el('p', { class: 'definition' }, `Counts ${part}. ${about.waits === 'nothing' ? 'Final at once.' : `Waits for: ${about.waits}.`} The change on the period before has its interval from those of both periods.`),
      el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Table of ${about.title}` }),
    );
  }
  const shown = trendOf(kind, series(metric));
  draw(details.querySelector('.chart'), DATA.own.numbers.charts[kind], shown);
  fill(details, DATA.own.numbers.columns, shown.all);
}

const ALL_COLUMNS = [['title', 'Number'], ['said', 'Value'], ['between', '95 % interval'], ['old', 'Period before'], ['n', 'Counted', 'count'], ['d', 'Of', 'count'], ['p', 'Still waiting', 'count']].map(([name, title, kind]) => ({ name, title, kind }));

function renderAllNumbers() {
  const details = document.getElementById('all-numbers');
  const rows = Object.entries(DATA.metrics).map(([metric, { title }]) => {
    const kind = kindOf(metric);
    const found = series(metric);
    const row = rowAt(found, state.period);
    const old = rowAt(found, before(state.period));
    return row && { title, ...row, n: kind === 'share' || kind === 'count' ? row.n : null, said: said(kind, row), between: between(kind, row), old: old ? said(kind, old) : '–' };
  });
  fill(details, ALL_COLUMNS, rows.filter(Boolean));
  details.querySelector('.fine').hidden = !state.segment && state.grain !== 'day';
}
