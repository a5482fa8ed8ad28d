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
    const both = state.platform && state.segment;
    const grain = state.segment && !both ? 'month' : state.grain === 'day' ? 'week' : state.grain;
    const found = (cells[both ? byPlatform() : dimension()] || {})[grain] || {};
    const period = periodIn(Object.keys(found).sort());
    const values = found[period] || [];
    const first = values.length ? values[0][0] : 0;
    const all = values.map(([entered, share, low, high, on, median, open], at) => {
      const [name, optional, seen] = steps[at];
      const row = { n: entered, d: first, value: share, low, high };
      const words = seen ? said('share', row) : 'no source shows it';
      return {
        step: at, label: `${at + 1} ${name}${optional ? ' (optional)' : ''}`, share: share || 0, entered, open,
        said: seen && first >= LEAST && share !== null ? `${words} (${count(entered)})` : words, between: seen ? between('share', row) : '',
        on: entered ? said('share', { n: on, d: entered, value: on / entered }) : '', median: median === null ? '' : seconds(median),
      };
    });
    const caption = period ? `${capital(periodName(grain, period))}, ${both ? `platform ${state.platform}, all segments (steps are counted by platform or segment, not by both)` : slice()}${first && first < LEAST ? ': fewer than 30 began, so counts alone' : ''}.` : '';
    return { rows: first ? all : [], all, caption: first ? caption : '', empty: first ? '' : `Nobody began this whose time has passed${period ? ` in the ${periodName(grain, period)}` : ''}.` };
  },

  segments() {
    const [attribute, metric] = ['s-attribute', 's-metric'].map((id) => document.getElementById(id).value);
    const chosen = DATA.own.segments.rows.filter((row) => row.attribute === attribute && row.metric === metric);
    const kind = { 'share 0 to 1': 'share', seconds: 'seconds' }[(chosen[0] || {}).unit] || 'count';
    const all = chosen.map((found) => segmentRow(found, kind)).sort((one, other) => (other.value ?? -1) - (one.value ?? -1)).map((row, place) => ({ ...row, place }));
    const rows = all.filter((row) => row.value !== null && (kind !== 'share' || row.d >= LEAST));
    return { rows, all, spec: DATA.own.segments.specs[kind], empty: rows.length ? '' : 'No value has 30 conversations: see the table.', caption: rows.length ? `${MARKS}${rows.length < all.length ? ' Values with fewer than 30 are in the table.' : ''}` : '' };
  },

  sentiment() {
    const where = byPlatform();
    const rows = ((DATA.own.sentiment.trend[where] || {})[state.grain] || []).map((row) => ({ ...row, value: row.v, low: row.l, high: row.h, state: row.c ? 'final' : 'not complete' }));
    const found = trendOf('number', rows);
    return { ...found, caption: state.segment ? 'All segments: sentiment is counted by platform only.' : found.caption };
  },
};

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
