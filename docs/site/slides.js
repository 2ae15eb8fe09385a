// One slide at a time: arrow keys, page keys, space, a tap on the left or right edge. The place is in
// the address.
'use strict';
(() => {
  const slides = [...document.querySelectorAll('.slide')];
  let place = 0;
  const show = (wanted, push = true) => {
    place = Math.min(slides.length - 1, Math.max(0, wanted));
    slides.forEach((slide, i) => { slide.hidden = i !== place; });
    document.getElementById('place').textContent = `${place + 1} of ${slides.length}`;
    if (push) history.replaceState(null, '', `#${place + 1}`);
    scrollTo(0, 0);
  };
  const read = () => show((Number(location.hash.slice(1)) || 1) - 1, false);
  document.documentElement.classList.add('one');
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const step = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 }[event.key];
    if (event.key === 'Home') show(0);
    else if (event.key === 'End') show(slides.length - 1);
    else if (step) show(place + (event.shiftKey && event.key === ' ' ? -1 : step));
    else return;
    event.preventDefault();
  });
  addEventListener('click', (event) => {
    if (event.target.closest('a')) return;
    const part = event.clientX / innerWidth;
    if (part > 0.8) show(place + 1);
    else if (part < 0.2) show(place - 1);
  });
  addEventListener('hashchange', read);
  addEventListener('beforeprint', () => slides.forEach((slide) => { slide.hidden = false; }));
  addEventListener('afterprint', () => show(place));
  read();
})();
