// What the views share: the worker with the framework, the state in the address, sliders, pictures.
'use strict';

const $ = (id) => document.getElementById(id);
const METHODS = ['ordinary', 'bayesian', 'ensemble'];
const CALLED = { ordinary: 'Ordinary', bayesian: 'Bayesian', ensemble: 'Ensemble of five' };

// The framework, in a worker: core.call(command, numbers) gives the named lists of numbers.
const core = {
  waiting: new Map(),
  next: 0,
  start() {
    const bytes = (id) => {
      const text = atob($(id).textContent.trim());
      const result = new Uint8Array(text.length);
      for (let i = 0; i < text.length; ++i) result[i] = text.charCodeAt(i);
      $(id).textContent = '';
      return result.buffer;
    };
    const source = new Blob([$('worker').textContent], { type: 'text/javascript' });
    this.worker = new Worker(URL.createObjectURL(source));
    const wasm = bytes('wasm'), weights = bytes('weights');
    this.worker.postMessage({ wasm, weights }, [wasm, weights]);
    this.worker.onmessage = ({ data }) => {
      const call = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error) call.reject(new Error(data.error));
      else call.resolve(data.figures);
    };
    this.worker.onerror = (event) => fail(event.message || 'the worker could not start');
    return new Promise((resolve, reject) => this.waiting.set(-1, { resolve, reject }));
  },
  call(command, numbers = []) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, command, numbers: Float64Array.from(numbers) });
    });
  },
};

function fail(error) {
  $('state').classList.add('failed');
  $('state').textContent = `It failed: ${error.message || error}`;
}

// The settings of all views; those that differ from the start are in the address.
const state = {
  values: {},
  initial: {},
  define(name, value) {
    this.initial[name] = value;
    this.values[name] = value;
  },
  read() {
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (!(name in this.initial)) continue;
      const numeric = typeof this.initial[name] === 'number';
      if (numeric && !Number.isFinite(Number(value))) continue;
      this.values[name] = numeric ? Number(value) : value;
    }
  },
  set(name, value) {
    this.values[name] = value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), 250);
  },
  write() {
    const kept = new URLSearchParams();
    for (const [name, value] of Object.entries(this.values)) {
      if (value !== this.initial[name]) kept.set(name, value);
    }
    history.replaceState(null, '', `#${kept}`);
  },
};

// A slider of a setting. `logarithmic`: the slider is the decimal logarithm of the value.
function slider(parent, name, label, { min, max, step, logarithmic, text, change }) {
  const row = document.createElement('label');
  row.className = 'slider';
  const caption = document.createElement('span');
  caption.textContent = label;
  const input = document.createElement('input');
  Object.assign(input, { type: 'range', min, max, step, id: `slider-${name}` });
  const output = document.createElement('output');
  row.append(caption, input, output);
  parent.append(row);
  const show = () => {
    const value = state.values[name];
    input.value = logarithmic ? Math.log10(value) : value;
    output.textContent = text ? text(value) : String(value);
    input.setAttribute('aria-valuetext', output.textContent);
  };
  input.addEventListener('input', () => {
    const value = logarithmic ? Number((10 ** input.valueAsNumber).toPrecision(2)) : input.valueAsNumber;
    state.set(name, value);
    show();
    change();
  });
  show();
  return { show };
}

function element(tag, attributes = {}, ...children) {
  const result = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'text') result.textContent = value;
    else if (name.startsWith('on')) result.addEventListener(name.slice(2), value);
    else result.setAttribute(name, value);
  }
  result.append(...children);
  return result;
}

// Colours of the style sheet, read again where light and dark change.
let palette = {};
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  palette = {};
  for (const name of ['paper', 'card', 'ink', 'soft', 'line', 'grid', 'bayesian', 'ordinary', 'ensemble',
    'bayesian-soft', 'ordinary-soft', 'ensemble-soft', 'grey', 'sheet', 'chalk', 'focus']) {
    palette[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

// A canvas in the pixels of the screen; draw(context, width, height) in those of the style sheet.
function paint(canvas, height, draw) {
  const width = canvas.clientWidth;
  if (!width) return;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  draw(context, width, height);
}

function canvasIn(parent, label) {
  const canvas = element('canvas', { role: 'img', 'aria-label': label });
  (typeof parent === 'string' ? $(parent) : parent).append(canvas);
  return canvas;
}

// Axes: x and y are functions from numbers to pixels; rounded steps with their numbers.
function ticks(low, high, wanted) {
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw * 0.999);
  const result = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) result.push(i * step);
  return { step, values: result };
}
function decimals(step) { return Math.max(0, -Math.floor(Math.log10(step) + 1e-9)); }

function axes(c, width, height, { x, y, xlabel, ylabel, xticks, yticks, left = 40, bottom = 34, top = 8, right = 18, xname }) {
  const box = { left, right: width - right, top, bottom: height - bottom };
  const px = (v) => box.left + ((v - x[0]) / (x[1] - x[0])) * (box.right - box.left);
  const py = (v) => box.bottom - ((v - y[0]) / (y[1] - y[0])) * (box.bottom - box.top);
  c.lineWidth = 1;
  c.textBaseline = 'middle';
  const xs = xticks ? { values: xticks, step: 1 } : ticks(x[0], x[1], Math.max(2, width / 90));
  const ys = yticks ? { values: yticks, step: 1 } : ticks(y[0], y[1], Math.max(2, height / 60));
  c.strokeStyle = palette.grid;
  c.fillStyle = palette.soft;
  c.textAlign = 'right';
  for (const v of ys.values) {
    c.beginPath(); c.moveTo(box.left, py(v)); c.lineTo(box.right, py(v)); c.stroke();
    c.fillText(v.toFixed(decimals(ys.step)).replace('-', '−'), box.left - 6, py(v));
  }
  c.textAlign = 'center';
  for (const v of xs.values) {
    c.beginPath(); c.moveTo(px(v), box.top); c.lineTo(px(v), box.bottom); c.stroke();
    c.fillText(xname ? xname(v) : v.toFixed(decimals(xs.step)).replace('-', '−'), px(v), box.bottom + 11);
  }
  if (xlabel) c.fillText(xlabel, (box.left + box.right) / 2, box.bottom + 26);
  if (ylabel) {
    c.save(); c.translate(9, (box.top + box.bottom) / 2); c.rotate(-Math.PI / 2); c.fillText(ylabel, 0, 0); c.restore();
  }
  return { px, py, box };
}

function polyline(c, xs, ys, px, py) {
  c.beginPath();
  for (let i = 0; i < xs.length; ++i) (i ? c.lineTo(px(xs[i]), py(ys[i])) : c.moveTo(px(xs[i]), py(ys[i])));
  c.stroke();
}
function clipped(c, box, draw) {
  c.save(); c.beginPath(); c.rect(box.left, box.top, box.right - box.left, box.bottom - box.top); c.clip(); draw(); c.restore();
}

// Grey levels 0 to 1 as an image of rows and columns, one canvas pixel each.
function pixels(canvas, values, rows, columns, colour) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext('2d'), image = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; ++i) {
    const [r, g, b] = colour ? colour(values[i]) : Array(3).fill(255 * values[i]);
    image.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

// A caption changes four times a second at most, so that it can be read, also aloud.
function say(id, text) {
  const target = $(id);
  const due = (target.said || 0) + 250 - performance.now();
  clearTimeout(target.later);
  const write = () => { target.said = performance.now(); if (target.textContent !== text) target.textContent = text; };
  if (due <= 0) write();
  else target.later = setTimeout(write, due);
}

const percent = (p) => `${Math.round(100 * p)} %`;
const signed = (v, digits) => v.toFixed(digits).replace('-', '−');

// Runs work() again and again while `wanted()`, one call at a time, in step with the screen. Changes
// during a call lead to one more.
function loop(work, wanted) {
  let busy = false, asked = false;
  const turn = async () => {
    if (busy) return;
    busy = true;
    try {
      while (asked || wanted()) {
        asked = false;
        // At most once for each picture of the screen; the two waits overlap.
        await Promise.all([work(), new Promise(requestAnimationFrame)]);
      }
    } catch (error) { fail(error); } finally { busy = false; }
  };
  return { ask() { asked = true; turn(); }, run: turn };
}
