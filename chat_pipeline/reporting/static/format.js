// Numbers, days and elements. Text only ever enters the page as text.
const LEAST = 30;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

// An element with attributes and children; `null` children are left out.
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== false && value !== undefined) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ''));
  return made;
}

function count(value) {
  return value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en');
}

// Whole per cent, a decimal where it is small: as in the findings.
function percent(value) {
  return `${(100 * value).toFixed(Math.abs(value) < 0.1 && value !== 0 ? 1 : 0)}\u00a0%`;
}

function seconds(value) {
  const size = Math.abs(value);
  if (size < 90) return `${Math.round(value)} s`;
  if (size < 5400) return `${(value / 60).toFixed(1)} min`;
  return size < 172800 ? `${(value / 3600).toFixed(1)} h` : `${(value / 86400).toFixed(1)} days`;
}

// A value of a kind: share, count, seconds, number, money.
function amount(kind, value) {
  if (value === null || value === undefined) return '–';
  if (kind === 'share') return percent(value);
  if (kind === 'seconds') return seconds(value);
  if (kind === 'money') return `${value.toFixed(2)} ${DATA.shop.currency}`;
  return kind === 'count' ? count(value) : value.toFixed(2);
}

// A value with what it counts; under 30 the counts alone, for a percentage would promise more than it holds.
function said(kind, row) {
  if (row.value === null || row.value === undefined) return '–';
  if (kind !== 'share') return amount(kind, row.value);
  return row.d < LEAST ? `${count(row.n)} of ${count(row.d)}` : percent(row.value);
}

function between(kind, row) {
  if (kind === 'share' && row.d && row.d < LEAST) return 'too few for one';
  if (row.low === null || row.low === undefined) return kind === 'count' ? 'counted, not estimated' : '–';
  if (kind === 'share') return `${percent(row.low).replace('\u00a0%', '')} to ${percent(row.high)}`;
  return `${amount(kind, row.low)} to ${amount(kind, row.high)}`;
}

function signed(number, digits) {
  return `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(digits)}`;
}

function day(text) {
  const [year, month, date] = text.slice(0, 10).split('-').map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}

function shortDay(text) {
  const [, month, date] = text.split('-').map(Number);
  return `${date} ${MONTHS[month - 1].slice(0, 3)}`;
}

// A period by its first day: "week of 2 November 2026".
function periodName(grain, start) {
  if (grain === 'month') return `${MONTHS[Number(start.slice(5, 7)) - 1]} ${start.slice(0, 4)}`;
  return grain === 'week' ? `week of ${day(start)}` : day(start);
}

function time(text) {
  return text ? text.replace('T', ' ').slice(0, 16) : '–';
}

// Plain cells of a table by the kind of its column.
function cellText(kind, value) {
  if (value === null || value === undefined) return '';
  if (kind === 'count') return count(value);
  if (kind === 'number') return Number(value).toFixed(2);
  if (kind === 'date') return `${shortDay(value.slice(0, 10))} ${value.slice(0, 4)}`;
  return kind === 'time' ? time(value) : String(value);
}

function table(columns, rows) {
  const numeric = (column) => (['count', 'number'].includes(column.kind) ? 'num' : ['date', 'time'].includes(column.kind) ? 'day' : null);
  const head = columns.map((column) => el('th', { scope: 'col', class: numeric(column) }, column.title));
  const lines = rows.map((row) =>
    el('tr', {}, columns.map((column) => el('td', { class: numeric(column) }, cellText(column.kind, row[column.name])))),
  );
  return el('table', {}, el('thead', {}, el('tr', {}, head)), el('tbody', {}, lines));
}

function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
