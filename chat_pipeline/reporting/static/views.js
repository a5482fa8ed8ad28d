// What a chart shows for what is chosen: { rows (drawn), all (the table's), notes, caption, empty, spec }.
const SCANT = 'Periods with fewer than 30 are not drawn: their counts are in the table.';
const MARKS = '▲ better, ▼ worse (▲▼ higher, lower where neither is), ● no clear difference; the tick is the rest.';
const NONE = 'Nothing here for what is chosen.';

const VIEWS = {
  trend({ metric }) {
    return trendOf(kindOf(metric), series(metric));
  },

  hours({ field }) {
    const where = byPlatform();
    const cells = DATA.own.volume ? DATA.own.volume.hours[where] || [] : [];
    const at = { conversations: 3, escalated: 4, agents: 5 }[field];
    const rows = cells.map((cell) => {
      const value = cell[2] ? cell[at] / cell[2] : null;
      return { day: WEEKDAYS[cell[0] - 1], hour: cell[1], hours: cell[2], total: cell[at], value, said: value === null ? 'not covered' : `${value.toFixed(1)} per hour (${count(cell[at])} in ${cell[2]} weeks)` };
    });
    const some = rows.some((row) => row.total > 0);
    return { rows: some ? rows : [], all: rows, empty: some ? '' : NONE, caption: state.segment ? 'All segments: hours are counted by platform only.' : '' };
  },

  outcomes() {
    const [resolved, escalated, abandoned] = ['resolution_rate', 'escalation_rate', 'abandonment_rate'].map((metric) => series(metric));
    const all = resolved.filter((row) => row.d).flatMap((row) => {
      const [up, left] = [escalated, abandoned].map((rows) => (rowAt(rows, row.period) || { n: 0 }).n);
      const parts = [['resolved', row.n], ['handed over', up], ['abandoned', left], ['otherwise unresolved', row.d - row.n - up - left]];
      return parts.map(([outcome, n], place) => ({
        period: row.period, label: state.grain === 'month' ? periodName('month', row.period) : shortDay(row.period), outcome, place, count: n, of: row.d,
        said: said('share', { n, d: row.d, value: n / row.d }),
      }));
    });
    const newest = [...new Set(all.map((row) => row.period))].slice(-26);
    const rows = all.filter((row) => row.of >= LEAST && newest.includes(row.period));
    return { rows, all, empty: rows.length ? '' : all.length ? SCANT : NONE, caption: rows.length < all.length && all[0].of < LEAST ? SCANT : '' };
  },

  intents() {
    const grain = state.grain === 'day' ? 'week' : state.grain;
    const found = DATA.own.understanding.intents[grain] || {};
    const period = periodIn(Object.keys(found));
    const total = rowAt(series('fallback_rate', 'all=all', grain), period);
    const all = (found[period] || []).map(([label, n, d, low, high]) => {
      const row = { label, n, d, low, high, value: n / d, rest: total ? total.value : null, group: 'no clear difference' };
      if (total && low > total.value) row.group = 'worse';
      if (total && high < total.value) row.group = 'better';
      return { ...row, said: said('share', row), between: between('share', row) };
    }).sort((one, other) => other.value - one.value).map((row, place) => ({ ...row, place }));
    const rows = all.filter((row) => row.d >= LEAST);
    const name = period ? `${periodName(grain, period)}, all platforms.` : '';
    return { rows, all, empty: rows.length ? '' : all.length ? 'No intent has 30 conversations in the period: choose a month, or see the table.' : NONE, caption: rows.length ? `${capital(name)} ▲ better, ▼ worse than the tick, the rate of all; ● no clear difference.${rows.length < all.length ? ' Intents with fewer than 30 are in the table.' : ''}` : '' };
  },

  funnel({ funnel }) {
    const { steps, cells } = DATA.own.funnels.funnels[funnel];
    const grain = state.segment ? 'month' : state.grain === 'day' ? 'week' : state.grain;
    // Of both at once there are only months in which anybody began: the month is that of the platform.
    const periods = Object.keys((cells[state.segment && state.platform ? byPlatform() : dimension()] || {})[grain] || {}).sort();
    const period = periodIn(periods);
    const values = ((cells[dimension()] || {})[grain] || {})[period] || [];
    const first = values.length ? values[0][0] : 0;
    const all = values.map(([entered, low, high, on, median, open], at) => {
      const [name, optional, seen] = steps[at];
      const row = { n: entered, d: first, value: first && seen ? entered / first : null, low, high };
      const words = seen ? said('share', row) : 'no source shows it';
      return {
        step: at, label: `${at + 1} ${name}${optional ? ' (optional)' : ''}`, share: row.value || 0, entered, open,
        said: seen && first >= LEAST ? `${words} (${count(entered)})` : words, between: seen ? between('share', row) : '',
        on: entered ? said('share', { n: on, d: entered, value: on / entered }) : '', median: median === null ? '' : seconds(median),
      };
    });
    const caption = period ? `${capital(periodName(grain, period))}, ${slice()}${first && first < LEAST ? ': fewer than 30 began, so counts alone' : ''}.` : '';
    const held = !state.platform || !state.segment || DATA.choices.crossed.includes(state.platform);
    const nobody = held ? `Nobody began this whose time has passed${period ? ` in the ${periodName(grain, period)}` : ''}.` : notHeld();
    return { rows: first ? all : [], all, caption: first ? caption : '', empty: first ? '' : nobody };
  },

  segments() {
    const [attribute, metric] = ['s-attribute', 's-metric'].map((id) => document.getElementById(id).value);
    if (state.platform) return segmentsOfPlatform(attribute, metric);
    const chosen = DATA.own.segments.rows.filter((row) => row.attribute === attribute && row.metric === metric);
    const kind = { 'share 0 to 1': 'share', seconds: 'seconds' }[(chosen[0] || {}).unit] || 'count';
    return segmentsSaid(kind, chosen.map((found) => segmentRow(found, kind)), MARKS);
  },

  sentiment() {
    const where = byPlatform();
    const rows = ((DATA.own.sentiment.trend[where] || {})[state.grain] || []).map((row) => ({ ...row, value: row.v, low: row.l, high: row.h, state: row.c ? 'final' : 'not complete' }));
    const found = trendOf('number', rows);
    return { ...found, caption: state.segment ? 'All segments: sentiment is counted by platform only.' : found.caption };
  },
};

function segmentsSaid(kind, found, marks) {
  const all = found.sort((one, other) => (other.value ?? -1) - (one.value ?? -1)).map((row, place) => ({ ...row, place }));
  const rows = all.filter((row) => row.value !== null && (kind !== 'share' || row.d >= LEAST));
  return { rows, all, spec: DATA.own.segments.specs[kind], empty: rows.length ? '' : all.length ? 'No value has 30 conversations: see the table.' : NONE, caption: rows.length ? `${marks}${rows.length < all.length ? ' Values with fewer than 30 are in the table.' : ''}` : '' };
}

// The values of an attribute on the chosen platform, in the chosen week or month, beside the platform as a whole.
function segmentsOfPlatform(attribute, metric) {
  if (!DATA.choices.crossed.includes(state.platform)) return { rows: [], all: [], empty: notHeld() };
  const kind = kindOf(metric);
  const grain = state.grain === 'day' ? 'week' : state.grain;
  const period = periodIn(DATA.periods[grain]);
  const whole = rowAt(series(metric, byPlatform(), grain), period);
  const { values } = DATA.choices.segments.find((one) => one.key === attribute) || { values: [] };
  const found = values.map((label) => [label, rowAt(series(metric, `${byPlatform()}&${attribute}=${label}`, grain), period)]).filter(([, row]) => row);
  const shown = segmentsSaid(kind, found.map(([label, row]) => {
    const rest = whole && kind !== 'count' ? whole.value : null;
    return { ...row, label, rest, d: kind === 'count' ? row.n : row.d, group: 'not tested', said: said(kind, row), between: between(kind, row), resttext: rest === null ? '' : amount(kind, rest), difftext: 'not tested' };
  }), `${capital(periodName(grain, period))}, platform ${state.platform}; the tick is the whole platform.`);
  const held = DATA.periods[grain].slice(-DATA.crossed_periods[grain]).includes(period);
  return held || found.length ? shown : { ...shown, empty: `By platform the page holds the newest ${DATA.crossed_periods[grain]} ${grain}s.` };
}

function notHeld() {
  return `Together with a segment the page holds the ${DATA.choices.crossed.length} largest platforms.`;
}

function segmentRow(found, kind) {
  const row = { label: found.label, n: found.n, d: kind === 'count' ? found.n : found.d, value: found.v, low: found.l, high: found.h, rest: kind === 'count' ? null : found.rest };
  const far = found.sure && found.diff !== null;
  const way = found.diff > 0 ? 'higher' : 'lower';
  row.group = !far ? 'no clear difference' : found.better ? (found.better === way ? 'better' : 'worse') : way;
  const scale = kind === 'share' ? 100 : 1;
  const unit = kind === 'share' ? ' points' : kind === 'seconds' ? ' s' : '';
  row.difftext = found.diff === null || found.dl === null ? 'not tested' : `${signed(scale * found.diff, 1)}${unit} (${signed(scale * found.dl, 1)} to ${signed(scale * found.dh, 1)})`;
  row.resttext = kind === 'count' || found.rest === null ? '' : amount(kind, found.rest);
  return { ...row, said: said(kind, row), between: between(kind, row) };
}

// A metric over time. Shares of fewer than 30 are not drawn.
function trendOf(kind, found) {
  const all = found.map((row) => ({ ...row, said: said(kind, row), between: between(kind, row) }));
  const known = all.filter((row) => row.value !== null);
  const rows = known.filter((row) => kind !== 'share' || row.d >= LEAST);
  return {
    rows: rows.map((row) => ({ ...row, low: row.low ?? row.value, high: row.high ?? row.value })),
    all: [...all].reverse(),
    notes: notesFor(rows),
    empty: rows.length ? '' : known.length ? SCANT : NONE,
    caption: rows.length && rows.length < known.length ? SCANT : '',
  };
}
