// The view of a curve: the reader's points, and three methods that train on them in the page.
'use strict';

state.define('pts', '');
state.define('cnoise', 0.12);
state.define('cT', 1);
state.define('cseed', 1);

const KINDS = [
  { method: 'bayesian', name: 'Variational', unit: 'steps', steps: 12 },
  { method: 'ensemble', name: 'Ensemble of five', unit: 'steps', steps: 4 },
  { method: 'ordinary', name: 'HMC', unit: 'walks', steps: 1 },
];
const X = [-3, 3], Y = [-2.5, 2.5], GRID = 91;

const curveView = {
  points: [],
  playing: true,
  cursor: { x: 0, y: 0 },

  build() {
    this.sliders = [
      ['cnoise', 'Noise of y', { min: -1.7, max: 0, step: 0.02, logarithmic: true, text: (v) => String(v), change: () => this.restart() }],
      ['cT', 'T', { min: -2, max: 1, step: 0.02, logarithmic: true, text: (v) => String(v), change: () => this.restart() }],
    ].map(([name, label, options]) => slider($('curve-sliders'), name, label, options));
    const noise = (i) => 0.1 * Math.sin(12.9 * i * i + 78.2 * i);
    const curve = (x, i) => [x, 0.8 * Math.sin(3 * x) + 0.3 * x + noise(i)];
    this.gap = () => Array.from({ length: 24 }, (_, i) => curve(i < 12 ? -2 + (1.5 * i) / 11 : 0.5 + (1.5 * (i - 12)) / 11, i));
    const dense = () => Array.from({ length: 40 }, (_, i) => curve(-2.5 + (5 * i) / 39, i));
    const few = () => [[-2, 0.8], [-1, -0.4], [0, 0.3], [0.6, 1.1], [2, -0.6]];
    $('curve-gap').onclick = () => this.set(this.gap());
    $('curve-few').onclick = () => this.set(few());
    $('curve-dense').onclick = () => this.set(dense());
    $('curve-clear').onclick = () => this.set([[0, 0]]);
    $('curve-undo').onclick = () => { if (this.points.length > 1) this.set(this.points.slice(0, -1)); };
    $('curve-again').onclick = () => { state.set('cseed', (state.values.cseed + 1) % 1000); this.restart(); };
    $('curve-play').onclick = () => {
      this.playing = !this.playing;
      $('curve-play').textContent = this.playing ? 'Pause' : 'Go on';
      this.live.run();
    };
    this.panels = KINDS.map((kind, place) => this.panel(kind, place));
    this.live = loop(() => this.frame(), () => this.playing && current === 'curve' && this.ready);
  },

  panel(kind, place) {
    const canvas = element('canvas', {
      tabindex: '0', role: 'application', style: 'cursor: crosshair; touch-action: manipulation',
      'aria-label': `${kind.name}: click to set a point. With the keyboard: arrow keys move the cross, enter sets a point, delete takes the last one back.`,
    });
    const says = element('p', { class: 'caption', id: `curve-says-${place}` });
    $('curves').append(element('div', { class: 'card' },
      element('h2', {}, element('i', { class: `swatch s-${kind.method}` }), ` ${kind.name}`), canvas, says));
    canvas.addEventListener('click', (event) => {
      const box = canvas.getBoundingClientRect(), a = canvas.scale;
      if (!a) return;
      const x = X[0] + ((event.clientX - box.left - a.box.left) / (a.box.right - a.box.left)) * (X[1] - X[0]);
      const y = Y[0] + ((a.box.bottom - (event.clientY - box.top)) / (a.box.bottom - a.box.top)) * (Y[1] - Y[0]);
      if (Math.abs(x) <= 3 && Math.abs(y) <= 2.5) this.set([...this.points, [x, y]]);
    });
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    canvas.addEventListener('keydown', (event) => {
      const c = this.cursor;
      if (event.key in moves) {
        c.x = Math.min(X[1], Math.max(X[0], c.x + 0.1 * moves[event.key][0]));
        c.y = Math.min(Y[1], Math.max(Y[0], c.y + 0.1 * moves[event.key][1]));
        say(says.id, `The cross is at x = ${signed(c.x, 1)}, y = ${signed(c.y, 1)}.`);
        this.draw();
      } else if (event.key === 'Enter') {
        this.set([...this.points, [c.x, c.y]]);
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        if (this.points.length > 1) this.set(this.points.slice(0, -1));
      } else {
        return;
      }
      event.preventDefault();
    });
    canvas.addEventListener('focus', () => this.draw());
    canvas.addEventListener('blur', () => this.draw());
    return { kind, place, canvas, says, steps: 0, progress: 0 };
  },

  // Points in the address: hundredths, x and y by turns.
  set(points) {
    this.points = points.map(([x, y]) => [Math.round(100 * x) / 100, Math.round(100 * y) / 100]);
    state.set('pts', this.points.flat().map((v) => Math.round(100 * v)).join('_'));
    if (!this.ready) return;
    for (const panel of this.panels) {
      core.call('curve points', [panel.place, ...this.points.flat()]).catch(fail);
      panel.progress = 0;
      panel.resting = 0;
      if (panel.kind.unit === 'walks') Object.assign(panel, { steps: 0, band: null });
    }
    this.live.ask();
  },

  async restart() {
    const v = state.values;
    for (const panel of this.panels) {
      Object.assign(panel, { steps: 0, progress: 0, band: null, resting: 0 });
      await core.call('curve start', [panel.place, panel.place, 30, v.cnoise, v.cT, v.cseed, ...this.points.flat()]);
    }
    this.ready = true;
    this.live.ask();
  },

  // One method a frame, by turns. HMC rests at its end; the others after many steps without a new
  // point, so that the page does not warm the room.
  async frame() {
    this.turn = ((this.turn || 0) + 1) % this.panels.length;
    const panel = this.panels[this.turn], walks = panel.kind.unit === 'walks';
    if (this.playing && !(walks ? panel.progress >= 1 : panel.resting > 6000)) {
      const f = await core.call('curve step', [panel.place, panel.kind.steps]);
      panel.progress = f.progress[0];
      panel.steps += panel.kind.steps;
      panel.resting = (panel.resting || 0) + panel.kind.steps;
      if (!walks || panel.steps % 4 === 0 || panel.progress >= 1) {
        const band = await core.call('curve band', [panel.place, ...X, GRID, walks ? 100 : 40, 5]);
        if (band.mean) panel.band = band;
      }
    }
    this.drawPanel(panel);
    if (!this.playing) this.draw();
  },

  show() {
    this.sliders.forEach((s) => s.show());
    const numbers = state.values.pts.split('_').filter(Boolean).map((v) => Number(v) / 100);
    const points = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) {
      if (Math.abs(numbers[i]) <= 3 && Math.abs(numbers[i + 1]) <= 3) points.push([numbers[i], numbers[i + 1]]);
    }
    this.points = points.length ? points : this.gap();
    this.draw();
    this.restart().catch(fail);
  },
  repaint() { this.draw(); },
  draw() { for (const panel of this.panels) this.drawPanel(panel); },

  drawPanel({ kind, canvas, says, steps, progress, band }) {
    paint(canvas, Math.min(300, 0.8 * canvas.clientWidth), (c, width, height) => {
      const a = axes(c, width, height, { x: X, y: Y, left: 30, bottom: 22 });
      canvas.scale = a;
      clipped(c, a.box, () => {
        if (band) this.drawBand(c, a, band, kind.method);
        c.fillStyle = palette.ink;
        c.strokeStyle = palette.card;
        c.lineWidth = 1.5;
        for (const [x, y] of this.points) { c.beginPath(); c.arc(a.px(x), a.py(y), 3.5, 0, 7); c.fill(); c.stroke(); }
        if (document.activeElement === canvas && canvas.matches(':focus-visible')) {
          const x = a.px(this.cursor.x), y = a.py(this.cursor.y);
          c.strokeStyle = palette.focus;
          c.lineWidth = 2;
          c.beginPath(); c.moveTo(x - 9, y); c.lineTo(x + 9, y); c.moveTo(x, y - 9); c.lineTo(x, y + 9); c.stroke();
        }
      });
    });
    if (!band) {
      say(says.id, kind.unit === 'walks' ? `Finding its way: ${steps} of 50 walks that do not count.` : 'Training begins.');
      return;
    }
    // The doubt where the points are and in the widest place without one.
    const at = (x) => band.deviation[Math.round(((x - X[0]) / (X[1] - X[0])) * (GRID - 1))];
    const xs = this.points.map(([x]) => x).sort((p, q) => p - q);
    const on = xs.reduce((sum, x) => sum + at(x), 0) / xs.length;
    let gap = 0, wide = 0;
    for (let i = 1; i < xs.length; ++i) if (xs[i] - xs[i - 1] > wide) { wide = xs[i] - xs[i - 1]; gap = (xs[i] + xs[i - 1]) / 2; }
    const doing = kind.unit === 'walks' && progress < 1 ? `${steps} of 150 walks` : `${steps} ${kind.unit}`;
    say(says.id, `${doing}. Deviation on the points ${on.toFixed(2)}${wide > 0.4 ? `, between them (x = ${signed(gap, 1)}) ${at(gap).toFixed(2)}` : ''}.`);
  },

  drawBand(c, a, band, method) {
    const xs = Array.from({ length: GRID }, (_, i) => X[0] + ((X[1] - X[0]) * i) / (GRID - 1));
    c.fillStyle = palette[`${method}-soft`];
    c.beginPath();
    xs.forEach((x, i) => c.lineTo(a.px(x), a.py(band.mean[i] + 1.645 * band.deviation[i])));
    for (let i = GRID - 1; i >= 0; --i) c.lineTo(a.px(xs[i]), a.py(band.mean[i] - 1.645 * band.deviation[i]));
    c.fill();
    c.strokeStyle = palette[method];
    c.globalAlpha = 0.5;
    c.lineWidth = 1;
    for (let s = 0; s * GRID < band.functions.length; ++s) polyline(c, xs, band.functions.subarray(s * GRID, (s + 1) * GRID), a.px, a.py);
    c.globalAlpha = 1;
    c.lineWidth = 2.4;
    polyline(c, xs, band.mean, a.px, a.py);
  },
};
