// The view of a posterior: one weight under training.
'use strict';

state.define('points', 12);
state.define('truth', 0.8);
state.define('sigma', 0.5);
state.define('prior', 1);
state.define('T', 1);
state.define('rate', 0.03);
state.define('wseed', 1);

const MU = [-2.5, 2.5], LOG_SIGMA = [-2, 0.7], COLUMNS = 240, ROWS = 140;

const posteriorView = {
  playing: true,
  start: [-1.5, 1.5],

  build() {
    const fresh = () => this.restart(this.start);
    const live = () => this.change();
    this.sliders = [
      ['T', 'T', { min: -2, max: 1, step: 0.02, logarithmic: true, text: (v) => String(v), change: live }],
      ['prior', 'Prior s', { min: -1, max: 1, step: 0.02, logarithmic: true, text: (v) => String(v), change: live }],
      ['sigma', 'Noise of y', { min: -1, max: 0.5, step: 0.02, logarithmic: true, text: (v) => String(v), change: fresh }],
      ['points', 'Points', { min: 1, max: 100, step: 1, change: fresh }],
      ['truth', 'True weight', { min: -2, max: 2, step: 0.1, text: (v) => signed(v, 1), change: fresh }],
      ['rate', 'Step size', { min: -3, max: -0.5, step: 0.1, logarithmic: true, text: (v) => String(v), change: live }],
    ].map(([name, label, options]) => slider($('weight-sliders'), name, label, options));
    $('weight-play').onclick = () => this.play(!this.playing);
    $('weight-wide').onclick = () => this.restart([-1.5, 3]);
    $('weight-narrow').onclick = () => this.restart([-0.5, 0.03]);
    $('weight-far').onclick = () => this.restart([-2.3, 0.2]);
    this.density = canvasIn('density', 'Densities of the weight: prior, posterior and q');
    this.lines = canvasIn('lines', 'The data with lines of ten draws of the weight');
    this.landscape = canvasIn('landscape', 'The objective by mean and deviation, with the path of the training');
    this.parts = canvasIn('parts', 'N times NLL and T times KL after each step');
    this.live = loop(() => this.frame(), () => this.playing && current === 'posterior' && this.ready);
  },

  play(on) {
    this.playing = on;
    $('weight-play').textContent = on ? 'Pause' : 'Go on';
    this.live.run();
  },

  async restart(start) {
    this.start = start;
    const v = state.values;
    this.ready = false;
    this.path = { mu: [start[0]], sigma: [start[1]], nll: [], kl: [] };
    const { x, y } = await core.call('weight start', [v.points, v.truth, v.sigma, v.prior, v.T, v.rate, ...start, v.wseed]);
    this.x = x;
    this.y = y;
    await this.survey();
    this.ready = true;
    this.live.ask();
  },

  async change() {
    const v = state.values;
    await core.call('weight change', [v.sigma, v.prior, v.T, v.rate]);
    await this.survey();
    this.live.ask();
  },

  // The landscape, as an image that is drawn beneath the path: the colour is the rank of the value, so
  // that the valley has as many levels as the heights.
  async survey() {
    const { surface } = await core.call('weight surface', [...MU, COLUMNS, ...LOG_SIGMA, ROWS]);
    this.surface = surface;
    this.ground = null;
  },

  async frame() {
    const steps = this.playing ? 2 : 0;
    const f = await core.call('weight step', [steps]);
    this.exact = f.exact;
    for (const name of ['mu', 'sigma', 'nll', 'kl']) {
      this.path[name].push(...f[name]);
      if (this.path[name].length > 3000) this.path[name].splice(0, this.path[name].length - 3000);
    }
    this.draw();
  },

  show() { this.sliders.forEach((s) => s.show()); this.restart(this.start).catch(fail); },
  repaint() { this.ground = null; if (this.ready) this.draw(); },

  draw() {
    if (!this.exact) return;
    const mu = this.path.mu.at(-1), sigma = this.path.sigma.at(-1);
    this.drawDensity(mu, sigma);
    this.drawLines(mu, sigma);
    this.drawLandscape(mu, sigma);
    this.drawParts();
  },

  drawDensity(mu, sigma) {
    const { prior } = state.values, [m, s] = this.exact;
    const density = (w, mean, deviation) => Math.exp(-0.5 * ((w - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
    const top = Math.max(1.15 * density(m, m, s), 0.5);
    const xs = Array.from({ length: 301 }, (_, i) => -3 + i * 0.02);
    paint(this.density, 200, (c, width, height) => {
      const a = axes(c, width, height, { x: [-3, 3], y: [0, top], xlabel: 'weight w', ylabel: 'density' });
      clipped(c, a.box, () => {
        const curve = (mean, deviation) => polyline(c, xs, xs.map((w) => density(w, mean, deviation)), a.px, a.py);
        c.fillStyle = palette.grid;
        c.strokeStyle = palette.grey;
        c.lineWidth = 1.5;
        curve(m, s);
        c.lineTo(a.px(3), a.py(0)); c.lineTo(a.px(-3), a.py(0)); c.fill();
        c.setLineDash([2, 4]);
        c.strokeStyle = palette.ordinary;
        c.lineWidth = 2;
        curve(0, prior);
        c.setLineDash([]);
        c.strokeStyle = palette.bayesian;
        c.lineWidth = 2.5;
        curve(mu, sigma);
      });
    });
    say('density-text', `q (blue line) is N(${signed(mu, 3)}, ${sigma.toFixed(3)}²). ${state.values.T === 1 ? "Bayes' posterior" : 'The best q'} (grey) is N(${
      signed(m, 3)}, ${s.toFixed(3)}²). The prior (dots) is N(0, ${prior}²).`);
  },

  drawLines(mu, sigma) {
    const reach = Math.max(1.5, 1.1 * Math.max(...this.y.map(Math.abs)));
    paint(this.lines, 180, (c, width, height) => {
      const a = axes(c, width, height, { x: [-1.1, 1.1], y: [-reach, reach], xlabel: 'x', ylabel: 'y' });
      clipped(c, a.box, () => {
        c.strokeStyle = palette.bayesian;
        c.globalAlpha = 0.45;
        // The quantiles 5 %, 15 %, …, 95 % of a normal distribution.
        for (const z of [-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645]) {
          const w = mu + sigma * z;
          polyline(c, [-1.1, 1.1], [-1.1 * w, 1.1 * w], a.px, a.py);
        }
        c.globalAlpha = 1;
        c.fillStyle = palette.ink;
        this.x.forEach((x, i) => { c.beginPath(); c.arc(a.px(x), a.py(this.y[i]), 3, 0, 7); c.fill(); });
      });
    });
    say('lines-text', `${this.x.length} ${this.x.length === 1 ? 'point' : 'points'} of y = ${signed(state.values.truth, 1)} x with noise. The lines have the weights that cut q into equal parts.`);
  },

  drawLandscape(mu, sigma) {
    paint(this.landscape, 240, (c, width, height) => {
      const a = axes(c, width, height, { x: MU, y: LOG_SIGMA, xlabel: 'mean μ', ylabel: 'deviation σ (log₁₀)' });
      if (!this.ground) this.ground = this.image();
      c.imageSmoothingEnabled = true;
      c.drawImage(this.ground, a.box.left, a.box.top, a.box.right - a.box.left, a.box.bottom - a.box.top);
      clipped(c, a.box, () => {
        const heights = this.path.sigma.map(Math.log10);
        c.lineWidth = 3.5;
        c.strokeStyle = palette.card;
        polyline(c, this.path.mu, heights, a.px, a.py);
        c.lineWidth = 1.8;
        c.strokeStyle = palette.bayesian;
        polyline(c, this.path.mu, heights, a.px, a.py);
        const mark = (m, s, size, fill) => {
          c.beginPath(); c.arc(a.px(m), a.py(Math.log10(s)), size, 0, 7);
          c.fillStyle = fill; c.fill(); c.strokeStyle = palette.ink; c.lineWidth = 1.5; c.stroke();
        };
        mark(this.exact[0], this.exact[1], 6, palette.card);
        mark(mu, sigma, 4, palette.bayesian);
      });
    });
    say('landscape-text', 'Dark is low. The ring is the lowest point, the dot is q after the last step. The gradient is noisy, because each step draws the weight.');
  },

  image() {
    const sorted = Float64Array.from(this.surface).sort(), low = sorted[0], high = sorted[Math.floor(sorted.length * 0.9)];
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const colour = (value) => {
      // The logarithm of the height above the lowest point, in twelve steps, as a map has them.
      const t = Math.min(1, Math.log1p(value - low) / Math.log1p(high - low)), level = Math.ceil(t * 12) / 12;
      return dark ? [24 + 70 * level, 34 + 82 * level, 44 + 88 * level] : [142 + 108 * level, 166 + 84 * level, 182 + 65 * level];
    };
    const canvas = document.createElement('canvas');
    const flipped = new Float64Array(this.surface.length);
    for (let row = 0; row < ROWS; ++row) flipped.set(this.surface.subarray((ROWS - 1 - row) * COLUMNS, (ROWS - row) * COLUMNS), row * COLUMNS);
    pixels(canvas, flipped, ROWS, COLUMNS, colour);
    return canvas;
  },

  drawParts() {
    const { nll, kl } = this.path, { T } = state.values;
    if (nll.length < 2) return;
    const cost = kl.map((v) => T * v), recent = nll.slice(-600).concat(cost.slice(-600));
    const high = Math.max(1, ...recent) * 1.1, low = Math.min(0, ...recent);
    paint(this.parts, 180, (c, width, height) => {
      const first = Math.max(0, nll.length - 600), steps = nll.slice(first).map((_, i) => first + i);
      const a = axes(c, width, height, { x: [first, first + 600], y: [low, high], xlabel: 'step', ylabel: 'nats' });
      clipped(c, a.box, () => {
        c.lineWidth = 2;
        c.strokeStyle = palette.bayesian;
        polyline(c, steps, nll.slice(first), a.px, a.py);
        c.setLineDash([5, 4]);
        c.strokeStyle = palette.ordinary;
        polyline(c, steps, cost.slice(first), a.px, a.py);
        c.setLineDash([]);
      });
    });
    say('parts-text', `N · NLL (line) ${signed(nll.at(-1), 2)}, T · KL (dashes) ${signed(cost.at(-1), 2)}, together ${signed(nll.at(-1) + cost.at(-1), 2)} nats.`);
  },
};
