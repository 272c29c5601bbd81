// Nearer and further for the small map: a phone has neither wheel nor keys.
import type { Words } from '../text.js';

export function fillZoomButtons(into: HTMLElement, words: Words, zoomBy: (step: number) => void): void {
  into.replaceChildren(...([['+', words.zoomIn, 1], ['−', words.zoomOut, -1]] as const).map(([sign, label, step]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.setAttribute('aria-label', label);
    button.addEventListener('click', () => zoomBy(step));
    return button;
  }));
}
