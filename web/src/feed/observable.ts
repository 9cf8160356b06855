/** A value that can be read and watched: fits React's useSyncExternalStore (subscribe, get). */
export interface Observable<T> {
  get(): T;
  /** Calls back after each change; returns the function that ends it. */
  subscribe(onChange: () => void): () => void;
}

export interface Source<T> extends Observable<T> {
  set(value: T): void;
}

export function observable<T>(initial: T): Source<T> {
  let value = initial;
  const watchers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher();
    },
    subscribe(onChange) {
      // A wrapper each time, so that one function may subscribe twice and leave once.
      const watcher = () => onChange();
      watchers.add(watcher);
      return () => {
        watchers.delete(watcher);
      };
    },
  };
}

/** Follows `source` at most once in `ms` of wall time; the last value always comes. */
export function thinned<T>(source: Observable<T>, ms: number): { values: Observable<T>; close(): void } {
  const values = observable(source.get());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = source.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      values.set(source.get());
    }, ms);
  });
  return {
    values,
    close() {
      end();
      clearTimeout(timer);
    },
  };
}
