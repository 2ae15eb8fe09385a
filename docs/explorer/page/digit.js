// The view of a digit: a drawing pad, three networks, and the doubt at each angle.
'use strict';

state.define('ink', '');
state.define('angle', 0);
state.define('right', 0);
state.define('down', 0);
state.define('noise', 0);
state.define('samples', 15);
state.define('centred', 1);

// Strokes are lists of points [x, y] in the unit square. In the address each number has two
// characters, 0 to 1295 in base 36, and "." begins a new stroke.
const drawing = {
  strokes: [],
  pack() {
    const number = (v) => Math.round(Math.min(1, Math.max(0, v)) * 1295).toString(36).padStart(2, '0');
    return this.strokes.map((s) => s.map(([x, y]) => number(x) + number(y)).join('')).join('.');
  },
  unpack(text) {
    this.strokes = text.split('.').filter(Boolean).map((stroke) => (stroke.match(/[0-9a-z]{4}/g) || []).map((point) => [
      parseInt(point.slice(0, 2), 36) / 1295, parseInt(point.slice(2), 36) / 1295])).filter((s) => s.length);
  },
  keep() { state.set('ink', this.pack()); },
  // What the framework gets: all numbers of read_drawing.
  arguments() {
    const { angle, right, down, noise, samples, centred } = state.values;
    const points = this.strokes.flatMap((s, i) => (i ? [-1, -1] : []).concat(s.flat()));
    return [samples, angle, right, down, noise, centred, ...points];
  },
  async example(digit) {
    const { strokes } = await core.call('example', [digit]);
    this.strokes = [[]];
    for (let i = 0; i < strokes.length; i += 2) {
      if (strokes[i] < 0) this.strokes.push([]);
      else this.strokes.at(-1).push([strokes[i], strokes[i + 1]]);
    }
    this.keep();
  },
};

const NO_DIGITS = {
  house: [[[0.22, 0.82], [0.22, 0.45], [0.5, 0.18], [0.78, 0.45], [0.78, 0.82], [0.22, 0.82]], [[0.44, 0.82], [0.44, 0.6], [0.58, 0.6], [0.58, 0.82]]],
  spiral: [Array.from({ length: 60 }, (_, i) => { const t = i / 59, a = t * 16; return [0.5 + 0.34 * t * Math.cos(a), 0.5 + 0.34 * t * Math.sin(a)]; })],
  star: [[0, 2, 4, 1, 3, 0].map((i) => [0.5 + 0.36 * Math.sin((i * 2 * Math.PI) / 5), 0.52 - 0.36 * Math.cos((i * 2 * Math.PI) / 5)])],
};

function exampleButtons(parent, changed) {
  for (let digit = 0; digit < 10; ++digit) {
    $(parent).append(element('button', {
      text: digit, 'aria-label': `Draw a ${digit}`,
      onclick: async () => { await drawing.example(digit); changed(); },
    }));
  }
  for (const [name, strokes] of Object.entries(NO_DIGITS)) {
    $(parent).append(element('button', {
      text: name, class: 'word', 'aria-label': `Draw a ${name}, which is no digit`,
      onclick: () => { drawing.strokes = strokes.map((s) => s.map((p) => [...p])); drawing.keep(); changed(); },
    }));
  }
}

const digitView = {
  figures: null,
  spinning: false,
  cursor: { x: 0.5, y: 0.5, shown: false, down: false },
  frames: [],

  build() {
    for (const method of METHODS) this.buildAnswer(method);
    const sliders = [
      ['angle', 'Turn', { min: -180, max: 180, step: 1, text: (v) => `${signed(v, 0)}°` }],
      ['right', 'Shift right', { min: -10, max: 10, step: 1, text: (v) => `${signed(v, 0)} px` }],
      ['down', 'Shift down', { min: -10, max: 10, step: 1, text: (v) => `${signed(v, 0)} px` }],
      ['noise', 'Noise', { min: 0, max: 1, step: 0.02, text: (v) => v.toFixed(2) }],
      ['samples', 'Draws', { min: 1, max: 60, step: 1 }],
    ];
    this.sliders = Object.fromEntries(sliders.map(([name, label, options]) => [name,
      slider($('digit-sliders'), name, label, { ...options, change: () => this.changed(name !== 'angle') })]));
    exampleButtons('examples', () => this.changed(true));
    $('spin').onclick = () => this.spin(!this.spinning);
    $('upright').onclick = () => {
      this.spin(false);
      for (const name of ['angle', 'right', 'down', 'noise']) { state.set(name, 0); this.sliders[name].show(); }
      this.changed(true);
    };
    $('clear').onclick = () => { drawing.strokes = []; drawing.keep(); this.changed(true); };
    $('centred').onchange = (e) => { state.set('centred', e.target.checked ? 1 : 0); this.changed(true); };
    this.angles = canvasIn('angles', 'Entropy and mutual information of the three networks at each angle');
    this.pen();
    this.live = loop(() => this.frame(), () => this.spinning && current === 'digit');
    this.turned = loop(() => this.askTurned(), () => false);
  },

  buildAnswer(method) {
    const bars = element('canvas', {
      role: 'img', id: `bars-${method}`, 'aria-label': `${CALLED[method]}: probabilities of the ten digits`,
    });
    const entry = (id, name) => [element('dt', { text: name }), element('dd', { id: `${method}-${id}` })];
    $('answers').append(element('div', { class: 'card answer', id: `answer-${method}` },
      element('h2', {}, element('i', { class: `swatch s-${method}` }), CALLED[method],
        element('span', { class: 'says', id: `${method}-says` })),
      element('div', {}, bars),
      element('div', {},
        element('div', { class: 'stack', 'aria-hidden': 'true' },
          element('i', { class: `aleatoric s-${method}`, id: `${method}-a` }),
          element('i', { class: `epistemic s-${method}`, id: `${method}-e` })),
        element('dl', { class: 'numbers' }, ...entry('entropy', 'entropy'), ...entry('aleatoric', '– aleatoric'),
          ...entry('information', '– epistemic'), ...entry('trace-a', 'variance, aleat.'), ...entry('trace-e', 'variance, epist.')))));
  },

  // Drawing with a pointer, or with the keyboard.
  pen() {
    const pad = $('pad');
    const place = (event) => {
      const box = pad.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
        .map((v) => Math.min(1, Math.max(0, v)));
    };
    const add = (point) => {
      const stroke = drawing.strokes.at(-1), last = stroke.at(-1);
      if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < 0.012) return;
      stroke.push(point);
      this.changed(true);
    };
    let drawn = false;
    pad.addEventListener('pointerdown', (event) => {
      pad.setPointerCapture(event.pointerId);
      drawn = true;
      this.cursor.shown = false;
      drawing.strokes.push([place(event)]);
      this.changed(true);
    });
    pad.addEventListener('pointermove', (event) => {
      if (!drawn) return;
      for (const one of event.getCoalescedEvents ? event.getCoalescedEvents() : [event]) add(place(one));
    });
    for (const end of ['pointerup', 'pointercancel']) {
      pad.addEventListener(end, () => { if (drawn) drawing.keep(); drawn = false; });
    }
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    pad.addEventListener('keydown', (event) => {
      const c = this.cursor;
      if (event.key in moves) {
        const step = event.shiftKey ? 0.1 : 0.03;
        c.x = Math.min(1, Math.max(0, c.x + step * moves[event.key][0]));
        c.y = Math.min(1, Math.max(0, c.y + step * moves[event.key][1]));
        c.shown = true;
        if (c.down) add([c.x, c.y]);
      } else if (event.key === ' ') {
        c.shown = true;
        c.down = !c.down;
        if (c.down) drawing.strokes.push([[c.x, c.y]]);
      } else if (event.key === 'Delete' || event.key === 'Backspace') {
        drawing.strokes = [];
        c.down = false;
      } else {
        return;
      }
      event.preventDefault();
      drawing.keep();
      this.changed(true);
    });
    pad.addEventListener('blur', () => { this.cursor.down = false; this.cursor.shown = false; this.drawPad(); });
  },

  spin(on) {
    this.spinning = on;
    this.last = 0;
    $('spin').setAttribute('aria-pressed', on);
    this.live.run();
  },

  // `shape`: whether the curve over the angles changes too.
  changed(shape) {
    this.drawPad();
    this.live.ask();
    if (!shape) return;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.turned.ask(), 150);
  },

  async frame() {
    if (this.spinning) {
      const now = performance.now();
      const passed = this.last ? Math.min(100, now - this.last) : 0;
      this.last = now;
      this.exact = (Math.round(this.exact) === state.values.angle ? this.exact : state.values.angle) + passed * 0.03;
      if (this.exact > 180) this.exact -= 360;
      state.set('angle', Math.round(this.exact));
      this.sliders.angle.show();
    }
    this.figures = await core.call('digit', drawing.arguments());
    this.count();
    this.draw();
  },

  // Frames of the last second.
  count() {
    const now = performance.now();
    this.frames.push(now);
    while (this.frames[0] < now - 1000) this.frames.shift();
    if (this.spinning && this.frames.length > 3) {
      const rate = (1000 * (this.frames.length - 1)) / (now - this.frames[0]);
      this.rate = rate;
      say('speed', `${Math.round(rate)} pictures a second, each with ${state.values.samples} draws.`);
    }
  },

  async askTurned() {
    this.byAngle = await core.call('turned', drawing.arguments());
    this.drawAngles();
  },

  show() {
    $('centred').checked = state.values.centred === 1;
    for (const one of Object.values(this.sliders)) one.show();
    this.changed(true);
  },
  repaint() { this.drawPad(); if (this.figures) this.draw(); if (this.byAngle) this.drawAngles(); },

  drawPad() {
    const pad = $('pad');
    paint(pad, pad.clientWidth, (c, width) => {
      c.fillStyle = palette.sheet;
      c.fillRect(0, 0, width, width);
      c.strokeStyle = '#ffffff1c';
      c.lineWidth = 1;
      c.setLineDash([3, 5]);
      c.strokeRect(width * 0.143, width * 0.143, width * 0.714, width * 0.714);
      c.setLineDash([]);
      c.strokeStyle = c.fillStyle = palette.chalk;
      c.lineWidth = width * 0.07;
      c.lineCap = c.lineJoin = 'round';
      for (const stroke of drawing.strokes) {
        c.beginPath();
        stroke.forEach(([x, y], i) => (i ? c.lineTo(x * width, y * width) : c.moveTo(x * width, y * width)));
        if (stroke.length === 1) c.lineTo(stroke[0][0] * width + 0.1, stroke[0][1] * width);
        c.stroke();
      }
      if (!drawing.strokes.length) {
        c.textAlign = 'center';
        c.font = `15px ${getComputedStyle(document.body).fontFamily}`;
        c.fillStyle = '#aeb8c0';
        c.fillText('Draw here', width / 2, width / 2);
      }
      if (this.cursor.shown) {
        c.strokeStyle = palette.focus;
        c.lineWidth = 2;
        c.beginPath();
        c.arc(this.cursor.x * width, this.cursor.y * width, this.cursor.down ? 6 : 10, 0, 7);
        c.stroke();
      }
    });
  },

  draw() {
    const f = this.figures;
    pixels($('seen'), f.picture, 28, 28);
    for (const method of METHODS) this.drawAnswer(method, f);
    if (this.byAngle) this.drawAngles();
  },

  drawAnswer(method, f) {
    const mean = f[`${method} probabilities`], samples = f[`${method} samples`];
    const [entropy, information, epistemic, aleatoric, digit] = f[`${method} doubt`];
    const passes = samples.length / 10;
    const canvas = $(`bars-${method}`);
    paint(canvas, 148, (c, width, height) => {
      const base = height - 18, top = 6, column = width / 10, bar = Math.min(30, column * 0.66);
      c.strokeStyle = palette.grid;
      for (const p of [0, 0.5, 1]) {
        const y = base - p * (base - top);
        c.beginPath(); c.moveTo(0, y); c.lineTo(width, y); c.stroke();
      }
      c.textAlign = 'center';
      c.textBaseline = 'middle';
      for (let k = 0; k < 10; ++k) {
        const x = (k + 0.5) * column;
        c.fillStyle = palette[`${method}-soft`];
        c.fillRect(x - bar / 2, base - mean[k] * (base - top), bar, mean[k] * (base - top));
        c.fillStyle = palette[method];
        c.fillRect(x - bar / 2, base - mean[k] * (base - top) - 1, bar, 2.5);
        c.globalAlpha = passes > 1 ? 0.75 : 0;
        for (let s = 0; s < passes; ++s) {
          // Spread over the bar's width by the golden ratio, so that equal answers do not hide each other.
          const dx = (((s * 0.618) % 1) - 0.5) * bar * 0.8;
          c.beginPath(); c.arc(x + dx, base - samples[10 * s + k] * (base - top), 2, 0, 7); c.fill();
        }
        c.globalAlpha = 1;
        c.fillStyle = k === digit && drawing.strokes.length ? palette.ink : palette.soft;
        c.font = `${k === digit ? 'bold ' : ''}13px ${getComputedStyle(document.body).fontFamily}`;
        c.fillText(k, x, base + 10);
      }
    });
    const whole = Math.log(10);
    $(`${method}-a`).style.width = `${(100 * (entropy - information)) / whole}%`;
    $(`${method}-e`).style.width = `${(100 * information) / whole}%`;
    const numbers = { entropy, information, aleatoric: entropy - information, 'trace-a': aleatoric, 'trace-e': epistemic };
    for (const [name, value] of Object.entries(numbers)) $(`${method}-${name}`).textContent = Math.abs(value).toFixed(3);
    const words = drawing.strokes.length
      ? `a ${digit}, with ${percent(mean[digit])}${passes > 1 ? `; ${passes} answers` : '; one answer'}` : 'nothing is drawn';
    say(`${method}-says`, words);
    if (!canvas.said || performance.now() - canvas.said > 500) {
      canvas.said = performance.now();
      canvas.setAttribute('aria-label', `${CALLED[method]}: ${Array.from(mean, (p, k) => `${k}: ${percent(p)}`).join(', ')}`);
    }
  },

  drawAngles() {
    const f = this.byAngle;
    paint(this.angles, 190, (c, width, height) => {
      const a = axes(c, width, height, {
        x: [-180, 180], y: [0, 2.4], xticks: width < 500 ? [-180, -90, 0, 90, 180] : [-180, -135, -90, -45, 0, 45, 90, 135, 180],
        xname: (v) => `${signed(v, 0)}°`, xlabel: 'turned by', ylabel: 'nats', bottom: 36,
      });
      for (const method of METHODS) {
        c.strokeStyle = palette[method];
        c.lineWidth = 2.2;
        polyline(c, f.degrees, f[`${method} entropy`], a.px, a.py);
        if (method === 'ordinary') continue;
        c.setLineDash([5, 4]);
        c.lineWidth = 1.6;
        polyline(c, f.degrees, f[`${method} information`], a.px, a.py);
        c.setLineDash([]);
      }
      c.strokeStyle = palette.ink;
      c.lineWidth = 1;
      c.beginPath(); c.moveTo(a.px(state.values.angle), a.box.top); c.lineTo(a.px(state.values.angle), a.box.bottom); c.stroke();
    });
    const upright = 12, side = 18;
    say('angles-text', `Lines: entropy, of the three networks in their colours. Dashes: its epistemic part. Bayesian network: ${
      f['bayesian information'][upright].toFixed(2)} nats of epistemic doubt upright, ${f['bayesian information'][side].toFixed(2)} at 90°.`);
  },
};
