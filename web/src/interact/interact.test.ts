import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createHover } from './hover.ts';
import { createPanZoom } from './pan-zoom.ts';

/** As much of an element as the gestures touch; counts its listeners. */
function countingElement() {
  const listeners = new Map<string, Set<unknown>>();
  const element = {
    style: { setProperty: () => undefined, removeProperty: () => undefined },
    clientWidth: 700,
    clientHeight: 500,
    addEventListener: (type: string, l: unknown) => {
      const all = listeners.get(type) ?? new Set();
      all.add(l);
      listeners.set(type, all);
    },
    removeEventListener: (type: string, l: unknown) => {
      listeners.get(type)?.delete(l);
    },
    getBoundingClientRect: () => ({ left: 10, top: 20, width: 700, height: 500 }),
  };
  const send = (type: string, event: object): void => {
    for (const l of [...(listeners.get(type) ?? [])]) {
      const e = {
        type,
        preventDefault: () => undefined,
        stopImmediatePropagation: () => undefined,
        deltaX: 0,
        deltaY: 0,
        deltaMode: 0,
        ...event,
      };
      (l as (this: unknown, e: unknown) => void).call(element, e);
    }
  };
  const count = (): number => [...listeners.values()].reduce((n, all) => n + all.size, 0);
  return { element: element as unknown as HTMLElement, send, count };
}

// d3-zoom asks for the number of touch points.
beforeAll(() => void vi.stubGlobal('navigator', { maxTouchPoints: 0 }));
afterAll(() => void vi.unstubAllGlobals());

describe('gestures', () => {
  it('scrolls with the wheel, pans with shift or sideways, fits with a double click', () => {
    const { element, send } = countingElement();
    const log: string[] = [];
    const gestures = createPanZoom({
      element,
      onPan: (dx) => log.push(`pan ${dx}`),
      onZoom: (factor, x) => log.push(`zoom ${factor} ${x}`),
      onScroll: (dy) => log.push(`scroll ${dy}`),
      onFit: (x, y) => log.push(`fit ${x} ${y}`),
    });
    send('wheel', { deltaY: 30 });
    send('wheel', { deltaY: 2, deltaMode: 1 });
    send('wheel', { deltaY: 30, shiftKey: true });
    send('wheel', { deltaX: -12 });
    send('dblclick', { clientX: 110, clientY: 70 });
    expect(log).toEqual(['scroll 30', 'scroll 32', 'pan -30', 'pan 12', 'fit 100 50']);
    gestures.update({ onPan: () => undefined, onZoom: () => undefined, onScroll: () => log.push('new'), onFit: () => undefined });
    send('wheel', { deltaY: 1 });
    expect(log.at(-1)).toBe('new');
    gestures.destroy();
  });

  it('removes every listener that it added', () => {
    const { element, count } = countingElement();
    const nothing = (): void => undefined;
    const gestures = createPanZoom({ element, onPan: nothing, onZoom: nothing, onScroll: nothing, onFit: nothing });
    const hover = createHover({ element, onHover: nothing });
    expect(count()).toBeGreaterThan(4);
    gestures.destroy();
    hover.destroy();
    expect(count()).toBe(0);
  });

  it('tells the pointer in the pixels of the element', () => {
    const { element, send } = countingElement();
    const seen: unknown[] = [];
    createHover({ element, onHover: (at) => seen.push(at) });
    send('pointermove', { clientX: 110, clientY: 70, pointerType: 'mouse' });
    send('pointermove', { clientX: 1, clientY: 1, pointerType: 'touch' });
    send('pointerleave', {});
    expect(seen).toEqual([{ x: 100, y: 50 }, null]);
  });
});
