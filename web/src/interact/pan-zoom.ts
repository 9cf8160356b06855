/**
 * Pan and zoom of the time views: ctrl-wheel or pinch zooms at the pointer, drag or shift-wheel pans, a plain wheel scrolls
 * the lanes, a double click fits. The gestures are d3-zoom's; what they mean is the caller's.
 */
import { select } from 'd3-selection';
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from 'd3-zoom';

export interface PanZoomHandlers {
  /** The content moved by `dx` CSS pixels to the right. */
  onPan(dx: number): void;
  /** The window becomes `factor` times as long; `x` keeps its moment. */
  onZoom(factor: number, x: number): void;
  onScroll(dy: number): void;
  onFit(x: number, y: number): void;
}

export interface PanZoomOptions extends PanZoomHandlers {
  element: HTMLElement;
}

export interface PanZoom {
  update(handlers: PanZoomHandlers): void;
  destroy(): void;
}

/** Lines and pages of a wheel event, in pixels. */
const wheelPixels = (e: WheelEvent, d: number): number => d * (e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? 400 : 1);

export function createPanZoom({ element, ...first }: PanZoomOptions): PanZoom {
  let handlers: PanZoomHandlers = first;
  let last: ZoomTransform = zoomIdentity;
  const selection = select<HTMLElement, unknown>(element);

  const behaviour = zoom<HTMLElement, unknown>()
    .filter((e: Event) => {
      if (e.type === 'wheel') return (e as WheelEvent).ctrlKey;
      return !(e as MouseEvent).ctrlKey && !(e as MouseEvent).button;
    })
    // The model is not d3's transform: only its changes count.
    .scaleExtent([1e-12, 1e12])
    .on('zoom', (e: D3ZoomEvent<HTMLElement, unknown>) => {
      const next = e.transform;
      if (next.k !== last.k) {
        // The point that both transforms leave in its place.
        const x = (next.x * last.k - last.x * next.k) / (last.k - next.k);
        handlers.onZoom(last.k / next.k, x);
      } else if (next.x !== last.x) handlers.onPan(next.x - last.x);
      last = next;
    })
    .on('end', () => {
      last = zoomIdentity;
      // Without an event: d3 keeps the transform on the element.
      (element as HTMLElement & { __zoom?: ZoomTransform }).__zoom = zoomIdentity;
    });

  const onWheel = (e: WheelEvent): void => {
    if (e.ctrlKey) return;
    e.preventDefault();
    // Chromium turns shift-wheel into deltaX, others leave it in deltaY.
    const across = e.shiftKey && e.deltaX === 0 ? e.deltaY : e.deltaX;
    if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) handlers.onPan(-wheelPixels(e, across));
    else handlers.onScroll(wheelPixels(e, e.deltaY));
  };
  const onDoubleClick = (e: MouseEvent): void => {
    const box = element.getBoundingClientRect();
    handlers.onFit(e.clientX - box.left, e.clientY - box.top);
  };

  selection.call(behaviour).on('dblclick.zoom', null);
  element.addEventListener('wheel', onWheel, { passive: false });
  element.addEventListener('dblclick', onDoubleClick);

  return {
    update(next) {
      handlers = next;
    },
    destroy() {
      selection.on('.zoom', null);
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('dblclick', onDoubleClick);
    },
  };
}
