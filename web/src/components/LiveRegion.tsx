import { useSyncExternalStore } from 'react';
import { useServices } from './services.ts';

/** What a screen reader hears unasked; store/announcer.ts decides what and how often. */
export function LiveRegion() {
  const { announcer } = useServices();
  const text = useSyncExternalStore(announcer.text.subscribe, announcer.text.get);
  return (
    <div className="unseen" role="log" aria-live="polite" aria-label="News">
      {text}
    </div>
  );
}
