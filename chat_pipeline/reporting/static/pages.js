// A page per conversation and per customer, in the place of the report; the address after # says which.
const ROUTE = /^#(conversation|customer)-([0-9a-f]+)$/;
let left = 0;

function route() {
  const found = ROUTE.exec(location.hash);
  const [report, one, nav, filters] = [document.getElementById('report'), document.getElementById('one'), document.querySelector('.nav'), document.getElementById('filters')];
  if (found && report.hidden === false) left = scrollY;
  const was = report.hidden;
  for (const part of [report, nav, filters]) part.hidden = Boolean(found);
  document.querySelector('.head').hidden = Boolean(found);
  one.hidden = !found;
  if (!found) {
    one.replaceChildren();
    document.title = TITLE;
    if (was && (!location.hash || location.hash === '#report')) scrollTo(0, left);
    return;
  }
  const page = (found[1] === 'conversation' ? conversationPage : customerPage)(found[2]);
  one.replaceChildren(el('p', {}, el('a', { href: '#report' }, '← Back to the report')), ...page);
  const title = one.querySelector('h1');
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
  document.title = title.textContent;
  scrollTo(0, 0);
}

function facts(pairs) {
  return el('dl', { class: 'facts' }, pairs.filter(([, value]) => value).map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function words(name) {
  return name ? name.replace(/_/g, ' ') : '';
}

function conversationPage(key) {
  const page = DATA.pages.conversations[key];
  if (!page) return [el('h1', {}, 'This conversation has no page'), el('p', {}, 'Only conversations that the report names have one.')];
  const customer = page.customer_key && DATA.pages.customers[page.customer_key] ? el('a', { href: `#customer-${page.customer_key}` }, page.customer_key.slice(0, 8)) : null;
  const lines = page.talk.map(([at, author, text, intent, fallback]) =>
    el('li', { class: author.toLowerCase() }, el('p', { class: 'who' }, `${author}, ${time(at).slice(11) || 'no time'}`, fallback ? el('span', { class: 'badge' }, 'not understood') : null, intent ? el('span', { class: 'intent' }, intent) : null), el('p', { class: 'text', dir: 'auto' }, text || '(no words)')),
  );
  return [
    el('h1', {}, `Conversation ${key.slice(0, 8)}`),
    el('p', { class: 'lead' }, `Named by: ${page.why}`),
    facts([
      ['Began (UTC)', time(page.started_at)], ['Platform', page.instance === 'default' ? page.platform : `${page.platform} (${page.instance})`], ['Channel', page.channel], ['Language', page.language], ['Bot version', page.bot_version],
      ['About', page.primary_intent], ['Outcome', words(page.outcome || page.state) + (page.reason ? `: ${words(page.reason)}` : '')], ['Last step', page.last_step], ['Rated', page.satisfaction], ['Customer', customer],
    ]),
    el('p', { class: 'fine' }, 'E-mail addresses, links, known names and whatever holds a digit are masked.'),
    lines.length ? el('ol', { class: 'talk' }, lines) : el('p', { class: 'missing' }, 'It has no messages.'),
    page.more ? el('p', { class: 'fine' }, `${page.more} more messages are not shown.`) : null,
  ].filter(Boolean);
}

function customerPage(key) {
  const page = DATA.pages.customers[key];
  if (!page) return [el('h1', {}, 'This customer has no page'), el('p', {}, 'Only customers of conversations that the report names have one.')];
  const known = [['chat', page.is_in_chat], ['CRM', page.is_in_crm], ['shop', page.is_in_shop]].filter(([, is]) => is).map(([name]) => name).join(', ');
  const lines = page.timeline.map(([at, touchpoint, channel, summary, link]) =>
    el('li', {}, el('p', { class: 'who' }, time(at)), el('p', { class: 'text', dir: 'auto' }, [words(touchpoint), channel, summary].filter(Boolean).join(' · '), ' ', link ? el('a', { href: `#conversation-${link}` }, 'read') : null)),
  );
  return [
    el('h1', {}, `Customer ${key.slice(0, 8)}`),
    facts([['First seen (UTC)', time(page.first_seen_at)], ['Known from', known], ['Language', page.language], ['Anonymous', page.is_anonymous ? 'yes' : '']]),
    el('p', { class: 'fine' }, `The newest ${page.timeline.length} touchpoints. Names and contact data are left out.`),
    el('ol', { class: 'talk' }, lines),
  ];
}
