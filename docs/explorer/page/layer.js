// The view of the layers: activations with their spread, log alpha, and pruning.
'use strict';

state.define('share', 0);

const LAYERS = {
  conv1: ['First convolution', '6 maps of 12 × 12, after pooling'],
  conv2: ['Second convolution', '16 maps of 4 × 4, after pooling'],
  fc1: ['Fully connected', '84 units'],
  fc3: ['The ten scores', 'one for each digit'],
};
const SHARES = [0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99];

const layerView = {
  maps: {},
  curve: new Map(),

  build() {
    const redraw = () => this.live.ask();
    this.sliders = [
      slider($('layer-sliders'), 'angle', 'Turn', { min: -180, max: 180, step: 1, text: (v) => `${signed(v, 0)}°`, change: redraw }),
      slider($('layer-sliders'), 'noise', 'Noise', { min: 0, max: 1, step: 0.02, text: (v) => v.toFixed(2), change: redraw }),
      slider($('prune-sliders'), 'share', 'Removed', { min: 0, max: 0.99, step: 0.005, text: (v) => `${(100 * v).toFixed(1)} %`, change: () => this.cut.ask() }),
    ];
    exampleButtons('layer-examples', redraw);
    for (const [name, [title, size]] of Object.entries(LAYERS)) this.buildLayer(name, title, size);
    this.alpha = canvasIn('alpha', 'Histogram of log alpha, layer by layer');
    this.accuracy = canvasIn('accuracy', 'Accuracy by the share of weights that are removed');
    this.left = canvasIn('left', 'The share of weights left in each layer');
    this.live = loop(() => this.frame(), () => false);
    this.cut = loop(() => this.prune(), () => false);
    this.sweep = loop(() => this.nextShare(), () => current === 'layer' && this.curve.size < SHARES.length);
  },

  buildLayer(name, title, size) {
    const canvas = element('canvas', {
      tabindex: '0', role: 'application', class: 'map', style: 'cursor: crosshair',
      'aria-label': `${title}: mean above, deviation below. Arrow keys move through the numbers.`,
    });
    $('maps').append(element('div', { class: 'layer-row' }, element('h3', { text: `${title} ` }), canvas));
    canvas.previousSibling.append(element('span', { text: `– ${size}` }));
    const map = this.maps[name] = { name, title, canvas, place: 0 };
    canvas.addEventListener('pointermove', (event) => {
      const box = canvas.getBoundingClientRect(), place = map.at?.(event.clientX - box.left, event.clientY - box.top);
      if (place >= 0) { map.place = place; map.hovered = true; this.drawMap(map); this.tell(map); }
    });
    canvas.addEventListener('pointerleave', () => { map.hovered = false; this.drawMap(map); });
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: map.columns, ArrowUp: -map.columns }[event.key];
      if (!step) return;
      event.preventDefault();
      map.place = Math.min(map.mean.length - 1, Math.max(0, map.place + step));
      this.drawMap(map);
      this.tell(map);
    });
    for (const event of ['focus', 'blur']) canvas.addEventListener(event, () => this.drawMap(map));
  },

  tell(map) {
    const { rows, columns, place, mean, deviation, name } = map, size = rows * columns;
    const where = size > 1 && name.startsWith('conv')
      ? `map ${Math.floor(place / size) + 1}, row ${Math.floor((place % size) / columns) + 1}, column ${(place % columns) + 1}`
      : name === 'fc3' ? `digit ${place}` : `unit ${place + 1}`;
    say('maps-text', `${map.title}, ${where}: mean ${signed(mean[place], 3)}, deviation ${deviation[place].toFixed(3)} over ${state.values.samples} draws.`);
  },

  async frame() {
    const [f, digit] = [await core.call('layers', drawing.arguments()), await core.call('digit', drawing.arguments())];
    pixels($('layer-seen'), digit.picture, 28, 28);
    for (const map of Object.values(this.maps)) {
      map.mean = f[`${map.name} mean`];
      map.deviation = f[`${map.name} deviation`];
      const shape = f[`${map.name} shape`];
      [map.count, map.rows, map.columns] = shape.length === 3 ? shape : [1, 1, shape[0]];
      this.drawMap(map);
    }
    const spread = Object.values(this.maps).map((m) => {
      const norm = (v) => Math.sqrt(v.reduce((s, x) => s + x * x, 0));
      return `${m.name} ${percent(norm(m.deviation) / norm(m.mean))}`;
    });
    const [,,,, answer] = digit['bayesian doubt'];
    say('maps-text', `The network says ${answer}. Deviation relative to the mean, layer by layer: ${spread.join(', ')}.`);
  },

  show() {
    this.sliders.forEach((s) => s.show());
    if (!drawing.strokes.length) drawing.example(3).then(() => this.live.ask(), fail);
    this.live.ask();
    this.cut.ask();
    if (!this.histogram) core.call('alpha').then((f) => { this.histogram = f; this.drawAlpha(); }, fail);
    this.sweep.run();
  },
  repaint() {
    for (const map of Object.values(this.maps)) this.drawMap(map);
    this.drawAlpha();
    this.drawAccuracy();
    this.drawLeft();
  },

  async prune() {
    const { share } = state.values;
    this.pruned = await core.call('prune', [share]);
    this.curve.set(share, this.pruned.accuracy);
    this.drawAccuracy();
    this.drawAlpha();
    this.drawLeft();
  },
  async nextShare() {
    const share = SHARES.find((s) => !this.curve.has(s));
    if (share === undefined) return;
    this.curve.set(share, (await core.call('prune', [share])).accuracy);
    this.drawAccuracy();
  },

  // Maps side by side, the mean above and the deviation below. Vectors have one row.
  drawMap(map) {
    const { canvas, mean, deviation, count, rows, columns, name } = map;
    if (!mean) return;
    const width = canvas.clientWidth, vector = rows === 1;
    const gap = 6, per = vector ? 1 : Math.min(count, width < 520 ? (count === 16 ? 8 : 6) : count), lines = Math.ceil(count / per);
    const tile = (width - gap * (per - 1)) / per, size = vector ? Math.min(28, (width) / columns) : Math.min(tile, 120);
    const cell = vector ? width / columns : size / columns;
    const line = vector ? size : size, block = 2 * line + (vector ? 4 : gap), height = lines * (block + 12) - 12;
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const high = Math.max(...mean.map(Math.abs), 1e-9), wide = Math.max(...deviation, 1e-9);
    const corner = (i) => {
      const m = Math.floor(i / (rows * columns)), r = Math.floor((i % (rows * columns)) / columns), k = i % columns;
      return [(m % per) * (vector ? 0 : (per > 1 ? (width - size) / (per - 1) : 0)) + k * cell,
        Math.floor(m / per) * (block + 12) + r * cell];
    };
    paint(canvas, height, (c) => {
      const draw = (values, scale, colour, down) => values.forEach((v, i) => {
        const [x, y] = corner(i);
        c.fillStyle = colour(v / scale);
        c.fillRect(x, y + down, Math.ceil(cell * 10) / 10 + (vector ? -1 : 0.3), vector ? line : Math.ceil(cell * 10) / 10 + 0.3);
      });
      const mix = (from, to, t) => `rgb(${from.map((f, i) => Math.round(f + (to[i] - f) * t)).join()})`;
      const zero = dark ? [38, 44, 50] : [238, 238, 234];
      const plus = dark ? [98, 184, 240] : [0, 84, 140], minus = dark ? [243, 154, 74] : [193, 79, 0], doubt = dark ? [236, 200, 245] : [110, 40, 140];
      draw(mean, high, (t) => mix(zero, t < 0 ? minus : plus, Math.abs(t)), 0);
      draw(deviation, wide, (t) => mix(zero, doubt, t), line + (vector ? 4 : gap));
      if (name === 'fc3') {
        c.textAlign = 'center'; c.textBaseline = 'middle'; c.fillStyle = palette.ink;
        for (let k = 0; k < 10; ++k) {
          const [x, y] = corner(k);
          c.fillStyle = Math.abs(mean[k]) / high > 0.55 ? palette.card : palette.ink;
          c.fillText(k, x + cell / 2, y + line / 2);
        }
      }
      if (map.hovered || (document.activeElement === canvas && canvas.matches(':focus-visible'))) {
        const [x, y] = corner(map.place);
        c.strokeStyle = palette.focus;
        c.lineWidth = 2;
        for (const down of [0, line + (vector ? 4 : gap)]) c.strokeRect(x, y + down, cell, vector ? line : cell);
      }
    });
    map.at = (x, y) => {
      let best = -1;
      for (let i = 0; i < mean.length && best < 0; ++i) {
        const [left, top] = corner(i);
        for (const down of [0, line + (vector ? 4 : gap)]) {
          if (x >= left && x < left + cell && y >= top + down && y < top + down + (vector ? line : cell)) best = i;
        }
      }
      return best;
    };
  },

  drawAlpha() {
    const f = this.histogram;
    if (!f) return;
    const names = ['conv1', 'conv2', 'fc1', 'fc3'], edges = f.edges;
    const total = edges.slice(1).map((_, i) => names.reduce((s, n) => s + f[`${n} counts`][i], 0));
    const all = total.reduce((s, v) => s + v, 0), high = (100 * Math.max(...total)) / all;
    const threshold = this.pruned ? this.pruned.threshold[0] : edges.at(-1);
    paint(this.alpha, 220, (c, width, height) => {
      const a = axes(c, width, height, { x: [edges[0], edges.at(-1)], y: [0, high * 1.1], xlabel: 'log α', ylabel: '% of the weights' });
      total.forEach((count, i) => {
        const removed = state.values.share > 0 && edges[i] + 0.25 >= threshold;
        c.fillStyle = removed ? palette.grid : palette.bayesian;
        c.strokeStyle = palette.bayesian;
        c.lineWidth = 1;
        const x = a.px(edges[i]) + 0.5, w = a.px(edges[i + 1]) - a.px(edges[i]) - 1, y = a.py((100 * count) / all);
        c.fillRect(x, y, w, a.box.bottom - y);
        if (removed) c.strokeRect(x, y, w, a.box.bottom - y);
      });
      c.strokeStyle = palette.ink;
      c.setLineDash([4, 4]);
      c.beginPath(); c.moveTo(a.px(0), a.box.top); c.lineTo(a.px(0), a.box.bottom); c.stroke();
      c.setLineDash([]);
    });
    const doubtful = total.reduce((s, v, i) => s + (edges[i] >= 0 ? v : 0), 0) / all;
    say('alpha-text', `${percent(doubtful)} of the ${all} weights are right of the dashes: their deviation is larger than their mean.${
      state.values.share > 0 ? ` Removed are those with log α above ${signed(threshold, 1)} (hollow).` : ''}`);
  },

  drawAccuracy() {
    const points = [...this.curve].sort(([p], [q]) => p - q);
    if (!points.length) return;
    paint(this.accuracy, 190, (c, width, height) => {
      const a = axes(c, width, height, { x: [0, 100], y: [0, 100], xlabel: '% of the weights removed', ylabel: '% right' });
      const share = points.map(([s]) => 100 * s);
      for (const [k, method] of [[1, 'ordinary'], [0, 'bayesian']]) {
        c.strokeStyle = c.fillStyle = palette[method];
        c.lineWidth = 2.2;
        c.setLineDash(k ? [5, 4] : []);
        polyline(c, share, points.map(([, v]) => 100 * v[k]), a.px, a.py);
        c.setLineDash([]);
        if (this.pruned) { c.beginPath(); c.arc(a.px(100 * state.values.share), a.py(100 * this.pruned.accuracy[k]), 5, 0, 7); c.fill(); }
      }
    });
    if (!this.pruned) return;
    const [bayesian, ordinary] = this.pruned.accuracy;
    say('prune-text', `Without ${(100 * state.values.share).toFixed(1)} % of the weights the Bayesian network (line) has ${
      percent(bayesian)} of 300 drawn digits right, the ordinary one (dashes) ${percent(ordinary)}.`);
  },

  drawLeft() {
    if (!this.pruned) return;
    const { left } = this.pruned, names = Object.keys(LAYERS);
    paint(this.left, 96, (c, width) => {
      c.textBaseline = 'middle';
      names.forEach((name, i) => {
        const y = 12 + i * 22;
        c.fillStyle = palette.soft;
        c.textAlign = 'left';
        c.fillText(name, 0, y);
        c.fillText(percent(left[i]), width - 42, y);
        c.fillStyle = palette.grid;
        c.fillRect(48, y - 6, width - 104, 12);
        c.fillStyle = palette.bayesian;
        c.fillRect(48, y - 6, (width - 104) * left[i], 12);
      });
    });
    this.left.setAttribute('aria-label', `Weights left: ${names.map((n, i) => `${n} ${percent(left[i])}`).join(', ')}`);
  },
};
