/** From what changes outside React to what a component shows. */
import { useMemo, useSyncExternalStore } from 'react';
import { shallow } from 'zustand/shallow';
import type { ClockState } from '../canvas/playback-clock.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Observable } from '../feed/observable.ts';
import type { Picture } from '../feed/picture.ts';
import { useServices } from './services.ts';

/**
 * One part of an observable. The component renders when that part changed (shallowly), not with every value: selectors
 * are module constants, so that this keeps its memory.
 */
export function useSelected<T, R>(source: Observable<T>, select: (value: T) => R): R {
  const snapshot = useMemo(() => {
    let last: { value: T; part: R } | undefined;
    return (): R => {
      const value = source.get();
      if (last && Object.is(last.value, value)) return last.part;
      const part = select(value);
      last = { value, part: last && shallow(last.part, part) ? last.part : part };
      return last.part;
    };
  }, [source, select]);
  return useSyncExternalStore(source.subscribe, snapshot);
}

export const useStatus = <R>(select: (status: FeedStatus) => R): R => useSelected(useServices().feed.status, select);
export const useClock = <R>(select: (clock: ClockState) => R): R => useSelected(useServices().clock.state, select);
/** A part of the picture, about eight times a second; canvas and the clock's digits take the quicker way. */
export const usePicture = <R>(select: (picture: Picture | null) => R): R => useSelected(useServices().driver.calm, select);
