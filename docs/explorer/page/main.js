// Starts the page: tabs, the address, light and dark.
'use strict';

const views = { digit: digitView, posterior: posteriorView, curve: curveView, layer: layerView };
let current = 'digit';
state.define('view', 'digit');

function open(name, focus) {
  current = name in views ? name : 'digit';
  state.set('view', current);
  for (const view of Object.keys(views)) {
    const tab = $(`tab-${view}`);
    tab.setAttribute('aria-selected', view === current);
    tab.tabIndex = view === current ? 0 : -1;
    $(`view-${view}`).hidden = view !== current;
  }
  if (focus) $(`tab-${current}`).focus();
  views[current].show();
}

function tabs() {
  const names = Object.keys(views);
  for (const name of names) $(`tab-${name}`).onclick = () => open(name);
  $('tabs').addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const ends = { Home: 0, End: names.length - 1 }[event.key];
    if (step === undefined && ends === undefined) return;
    event.preventDefault();
    open(names[ends ?? (names.indexOf(current) + step + names.length) % names.length], true);
  });
}

function readAddress() {
  state.read();
  drawing.unpack(state.values.ink);
}

async function begin() {
  const before = performance.now();
  readPalette();
  readAddress();
  const started = core.start();
  for (const view of Object.values(views)) view.build();
  tabs();
  $('skip').onclick = (event) => { event.preventDefault(); $('main').focus(); };
  await started;
  if (!state.values.ink && state.values.view === 'digit') await drawing.example(3);
  open(state.values.view);
  $('state').textContent = '';
  document.documentElement.dataset.started = Math.round(performance.now() - before);
  const repaint = () => { readPalette(); views[current].repaint(); };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);
  addEventListener('resize', repaint);
  addEventListener('hashchange', () => {
    Object.assign(state.values, state.initial);
    readAddress();
    open(state.values.view);
  });
}
begin().catch(fail);
