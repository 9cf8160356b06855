/** A click on an element, in its own CSS pixels; one that ends a drag is none (d3-zoom keeps it back). */
export interface PickOptions {
  element: HTMLElement;
  onPick(x: number, y: number): void;
}

export function createPick({ element, onPick }: PickOptions): { destroy(): void } {
  const click = (e: MouseEvent): void => {
    if (e.button !== 0) return;
    const box = element.getBoundingClientRect();
    onPick(e.clientX - box.left, e.clientY - box.top);
  };
  element.addEventListener('click', click);
  return { destroy: () => element.removeEventListener('click', click) };
}
