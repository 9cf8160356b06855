/** The filter bar: a field with completion, what is wrong with the text, how many hits there are, and the way to each. */
import { ChevronLeft, ChevronRight, Search, X } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { completeFilter, type Suggestion, takeSuggestion } from '../../../shared/filter/complete.ts';
import { titleOf } from '../commands/registry.ts';
import type { Picture } from '../feed/picture.ts';
import { type FilterProblem, type FilterState, filterStore, writeFilter } from '../store/filter.ts';
import { filterParts, hitTitle, hitWords } from './filter-marks.ts';
import { usePicture } from './hooks.ts';
import { useServices } from './services.ts';

/** More are never read. */
const MOST_SUGGESTIONS = 60;

const selectText = (s: FilterState) => s.text;
const selectProblem = (s: FilterState) => s.problem;
const selectHits = (s: FilterState) => s.hits;
const selectWanted = (s: FilterState) => s.wanted;
/** Rank of the hit that the picture is at; 0 = it is at none. */
const selectRank = (p: Picture | null) => (p?.hits?.isHit ? p.hits.rank : 0);

const key = ({ type, text, from }: Suggestion): string => `${type} ${text} ${from}`;

/** The same text under the field's own: chips behind comparisons, and a line under what is wrong. */
function Underlay({ text, problem, input }: { text: string; problem: FilterProblem | null; input: RefObject<HTMLInputElement | null> }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const field = input.current;
    if (!field) return;
    const follow = (): void => {
      if (box.current) box.current.scrollLeft = field.scrollLeft;
    };
    field.addEventListener('scroll', follow, { passive: true });
    return () => field.removeEventListener('scroll', follow);
  }, [input]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text moves the field's own
  useLayoutEffect(() => {
    if (box.current && input.current) box.current.scrollLeft = input.current.scrollLeft;
  }, [text, input]);
  return (
    <div ref={box} className="filterUnderlay" aria-hidden="true">
      {filterParts(text, problem).map(({ from, text: part, isTerm, isWrong }) => (
        <span key={from} className={`${isTerm ? 'term' : ''}${isWrong ? ' wrong' : ''}`}>
          {part}
        </span>
      ))}
    </div>
  );
}

function Hits() {
  const hits = useStore(filterStore, selectHits);
  const rank = usePicture(selectRank);
  return (
    <output className="hitCount" aria-label="Hits" aria-live="off" data-value={hits?.count} title={hits ? hitTitle(hits) : undefined}>
      {hits ? hitWords(hits, rank) : ''}
    </output>
  );
}

interface ListProps {
  id: string;
  suggestions: readonly Suggestion[];
  /** Index of the one that Enter takes; -1 = none. */
  active: number;
  onPoint: (index: number) => void;
  onTake: (suggestion: Suggestion) => void;
}

const optionId = (list: string, index: number): string => `${list}-${index}`;

/** The focus stays in the field; a press on the list does not take it. */
function SuggestionList({ id, suggestions, active, onPoint, onTake }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div ref={list} id={id} className="popup suggestions" role="listbox" aria-label="What can stand here" tabIndex={-1}>
      {suggestions.map((suggestion, i) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the focus and takes the keys
        <div
          key={key(suggestion)}
          id={optionId(id, i)}
          className="suggestion"
          role="option"
          aria-selected={i === active}
          tabIndex={-1}
          onMouseMove={() => onPoint(i)}
          onMouseDown={(e) => e.preventDefault()}
          onClick={() => onTake(suggestion)}
        >
          <span className="mono">{suggestion.text}</span>
          <span className="doc">{suggestion.doc}</span>
        </div>
      ))}
    </div>
  );
}

interface FieldProps {
  onStep: (direction: 1 | -1) => void;
}

/**
 * A combobox by hand: a suggestion stands for a part of the text, and the list goes on with the next part. The ready-made
 * one takes the whole text for its value, keeps its place from list to list, and hides the page from screen readers.
 */
function FilterField({ onStep }: FieldProps) {
  const text = useStore(filterStore, selectText);
  const problem = useStore(filterStore, selectProblem);
  const wanted = useStore(filterStore, selectWanted);
  const [cursor, setCursor] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  /** Where the cursor goes once the text is there; -1 = it stays. */
  const cursorTo = useRef(-1);
  const listId = useId();
  const problemId = useId();
  const suggestions = useMemo(() => completeFilter(text, Math.min(cursor, text.length)).slice(0, MOST_SUGGESTIONS), [text, cursor]);
  const isOpen = open && suggestions.length > 0;

  useEffect(() => {
    if (wanted === 0) return;
    input.current?.focus();
    input.current?.select();
  }, [wanted]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the text is there
  useLayoutEffect(() => {
    if (cursorTo.current >= 0) input.current?.setSelectionRange(cursorTo.current, cursorTo.current);
    cursorTo.current = -1;
  }, [text]);

  const show = (shown: boolean): void => {
    setOpen(shown);
    setActive(-1);
  };
  const moveTo = (to: number): void => {
    if (to === cursor) return;
    setCursor(to);
    setActive(-1);
  };
  const take = (suggestion: Suggestion): void => {
    const taken = takeSuggestion(text, suggestion);
    cursorTo.current = taken.cursor;
    setCursor(taken.cursor);
    writeFilter(filterStore, taken.text);
    // A term that is not complete yet goes on.
    show(!taken.text.slice(0, taken.cursor).endsWith(' '));
  };
  /** Round and round, with the field itself between last and first. */
  const walk = (by: 1 | -1): void => {
    const places = suggestions.length + 1;
    if (isOpen) setActive(((active + 1 + by + places) % places) - 1);
    else show(true);
  };
  const enter = (back: boolean): void => {
    const suggestion = isOpen ? suggestions[active] : undefined;
    if (suggestion !== undefined) {
      take(suggestion);
      return;
    }
    show(false);
    onStep(back ? -1 : 1);
  };
  const onKeyDown = (e: KeyboardEvent): void => {
    if (e.nativeEvent.isComposing) return;
    switch (e.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        walk(e.key === 'ArrowDown' ? 1 : -1);
        break;
      case 'Escape':
        // The first one closes the list, the next clears the field.
        if (isOpen) show(false);
        else writeFilter(filterStore, '');
        break;
      case 'Enter':
        enter(e.shiftKey);
        break;
      default:
        return;
    }
    e.preventDefault();
  };

  return (
    <div className="filterField">
      <Search aria-hidden="true" />
      <div className="filterText">
        <Underlay text={text} problem={isOpen ? null : problem} input={input} />
        <input
          ref={input}
          className="filterInput"
          type="text"
          role="combobox"
          aria-label="Filter"
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={isOpen ? listId : undefined}
          aria-activedescendant={isOpen && active >= 0 ? optionId(listId, active) : undefined}
          aria-invalid={problem !== null}
          aria-describedby={problemId}
          placeholder="Find events: res<0, !MORE, hold>5ms"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          autoCorrect="off"
          value={text}
          onChange={(e) => {
            writeFilter(filterStore, e.currentTarget.value);
            setCursor(e.currentTarget.selectionStart ?? e.currentTarget.value.length);
            show(true);
          }}
          onSelect={(e) => moveTo(e.currentTarget.selectionStart ?? 0)}
          onClick={() => setOpen(true)}
          onBlur={() => show(false)}
          onKeyDown={onKeyDown}
        />
      </div>
      {isOpen && <SuggestionList id={listId} suggestions={suggestions} active={active} onPoint={setActive} onTake={take} />}
      <p id={problemId} className="filterProblem" role="status" hidden={problem === null || isOpen}>
        {problem?.message}
      </p>
    </div>
  );
}

export function FilterBar() {
  const { commands } = useServices();
  const text = useStore(filterStore, selectText);
  const hits = useStore(filterStore, selectHits);
  const next = commands.byId('find.next');
  const previous = commands.byId('find.previous');
  const clear = commands.byId('find.clear');
  const none = hits === null || hits.count === 0;
  return (
    <search className="filterBar" aria-label="Find events">
      <FilterField onStep={(direction) => (direction > 0 ? next : previous).run()} />
      {text !== '' && (
        <>
          <Hits />
          <button
            type="button"
            className="btn icon"
            aria-label={previous.title}
            title={titleOf(previous)}
            disabled={none}
            onClick={previous.run}
          >
            <ChevronLeft aria-hidden="true" />
          </button>
          <button type="button" className="btn icon" aria-label={next.title} title={titleOf(next)} disabled={none} onClick={next.run}>
            <ChevronRight aria-hidden="true" />
          </button>
          <button type="button" className="btn quiet icon" aria-label={clear.title} title={titleOf(clear)} onClick={clear.run}>
            <X aria-hidden="true" />
          </button>
        </>
      )}
    </search>
  );
}
