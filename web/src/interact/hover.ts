/** Where the pointer is over an element, in its own CSS pixels; null = not over it, or pressing. */
export interface HoverOptions {
  element: HTMLElement;
  onHover(at: { x: number; y: number } | null): void;
}

export function createHover({ element, onHover }: HoverOptions): { destroy(): void } {
  const move = (e: PointerEvent): void => {
    if (e.pointerType === 'touch') return;
    const box = element.getBoundingClientRect();
    onHover({ x: e.clientX - box.left, y: e.clientY - box.top });
  };
  const leave = (): void => onHover(null);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerleave', leave);
  return {
    destroy() {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerleave', leave);
    },
  };
}
