// What is chosen, and the metrics' rows for it.
const DATA = JSON.parse(document.getElementById('data').textContent);
const state = { grain: DATA.start.grain, period: null, platform: '', segment: '' };

// What is chosen, as cells are named; `byPlatform` for what is not counted by segment too.
function dimension() {
  if (state.platform && state.segment) return `platform=${state.platform}&${state.segment}`;
  return state.segment || byPlatform();
}

function byPlatform() {
  return state.platform ? `platform=${state.platform}` : 'all=all';
}

function slice() {
  const [platform, segment] = [state.platform && `platform ${state.platform}`, state.segment && segmentName()];
  return [platform, segment].filter(Boolean).join(', ') || 'the whole shop';
}

function segmentName() {
  const [key, value] = split(state.segment);
  return `${DATA.choices.segments.find((segment) => segment.key === key).title.toLowerCase()} ${value}`;
}

function split(text) {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

// The period to begin with: the newest of which nothing waits.
function firstPeriod(grain) {
  const starts = DATA.periods[grain];
  const complete = DATA.start.complete[grain];
  return starts.includes(complete) ? complete : starts[starts.length - 1] || null;
}

function kindOf(metric) {
  return DATA.own.numbers.kinds[metric] || 'count';
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
}

// Cells of a platform and a segment at once, when they are first asked for.
async function unpackBoth() {
  const packed = DATA.both;
  DATA.both = '';
  const { numbers, funnels } = await unpacked(packed);
  for (const [metric, cells] of Object.entries(numbers)) Object.assign(DATA.cells[metric] ||= {}, cells);
  for (const [name, cells] of Object.entries(funnels || {})) Object.assign(DATA.own.funnels.funnels[name].cells, cells);
}

// What a column of a cell is that is not there.
const USUAL = { p: 0, v: null, l: null, h: null, c: 1 };

// Rows of a metric over the periods of a grain; [] where the published file has none for the slice.
function series(metric, where = dimension(), grain = state.grain) {
  const cells = ((DATA.cells[metric] || {})[where] || {})[grain];
  if (!cells) return [];
  const kind = kindOf(metric);
  const column = (name, index) => (Array.isArray(cells[name]) ? cells[name][index] : name in cells ? cells[name] : USUAL[name]);
  return cells.i.map((at, index) => {
    const [n, d] = [column('n', index), column('d', index)];
    return {
      period: DATA.periods[grain][at],
      n,
      d,
      p: column('p', index),
      // A share without value is withheld: nothing to count, or too little.
      value: kind !== 'share' ? column('v', index) : column('v', index) === -1 ? null : n / d,
      low: column('l', index),
      high: column('h', index),
      state: column('c', index) ? 'final' : 'not complete',
    };
  });
}

function rowAt(rows, period) {
  return rows.find((row) => row.period === period) || null;
}

function before(period, grain = state.grain) {
  const starts = DATA.periods[grain];
  return starts[starts.indexOf(period) - 1] || null;
}

// The period of another grain that holds (the start of) the chosen one.
function periodIn(starts) {
  return [...starts].reverse().find((start) => start <= state.period) || starts[starts.length - 1] || null;
}

// Remarks on days that the chart shows, on this platform or the whole shop.
function notesFor(rows) {
  if (!rows.length) return [];
  const [first, last] = [rows[0].period, rows[rows.length - 1].period];
  return DATA.notes
    .filter((note) => note.to >= first && note.from <= `${last}~` && (!note.platform || !state.platform || note.platform === state.platform))
    .map((note) => ({ from: note.from < first ? first : note.from > last ? last : note.from, text: `${note.text} (${note.kind.replace(/_/g, ' ')}, ${day(note.from)})` }));
}
