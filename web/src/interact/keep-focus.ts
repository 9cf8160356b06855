/**
 * Keeps the keyboard's focus where its user was. A button that goes away when it is pressed (a link of the inspector, the banner's,
 * that of a deleted breakpoint) would leave the focus at the top of the page: it goes to what stands in its place.
 */
const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]:not([tabindex="-1"])';
/** Parts of the page that the focus stays in, where they still are. */
const part = 'section, article, aside, fieldset, [role=tabpanel]';
/** They give the focus back themselves. */
const ownFocus = '[role=dialog], [role=listbox], [role=menu]';

/** Where the focus was: the parts around it, the innermost first, and its rank in each. */
interface Place {
  element: Element;
  around: { part: Element; rank: number }[];
}

const candidates = (within: Element): HTMLElement[] =>
  [...within.querySelectorAll<HTMLElement>(focusable)].filter((e) => e.checkVisibility() && e.closest('[inert]') === null);

function placeOf(element: Element): Place {
  const around: Place['around'] = [];
  for (let of = element.parentElement?.closest(part); of != null; of = of.parentElement?.closest(part))
    around.push({ part: of, rank: candidates(of).indexOf(element as HTMLElement) });
  return { element, around };
}

/** What the focus goes to; null = nothing of its surroundings is left. */
function stead({ around }: Place): HTMLElement | null {
  for (const { part, rank } of around) {
    if (!part.isConnected) continue;
    const all = candidates(part);
    const next = all[Math.min(Math.max(0, rank), all.length - 1)];
    if (next !== undefined) return next;
  }
  return null;
}

/** Watches the document until destroy(). */
export function keepFocus(document: Document): { destroy(): void } {
  let place: Place | null = null;
  let frame = 0;
  const onFocus = (e: FocusEvent): void => {
    const element = e.target instanceof Element ? e.target : null;
    place = element === null || element.closest(ownFocus) !== null ? null : placeOf(element);
  };
  const isLost = ({ element }: Place): boolean => !element.isConnected || element.matches(':disabled');
  const look = (): void => {
    if (place === null || frame !== 0 || !isLost(place)) return;
    // Whoever took it away may put the focus somewhere of its own.
    frame = requestAnimationFrame(() => {
      frame = 0;
      const lost = place;
      if (lost === null || !isLost(lost)) return;
      const { activeElement } = document;
      if (activeElement !== null && activeElement !== document.body && activeElement !== lost.element) return;
      place = null;
      stead(lost)?.focus();
    });
  };
  /** A click elsewhere lets go of it. */
  const onPress = (): void => {
    if (document.activeElement === document.body) place = null;
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', onFocus);
  document.addEventListener('pointerdown', onPress);
  return {
    destroy() {
      observer.disconnect();
      cancelAnimationFrame(frame);
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('pointerdown', onPress);
    },
  };
}
