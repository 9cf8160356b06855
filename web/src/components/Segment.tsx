/** One choice of a few, all of them in sight. */
export interface SegmentOption<V extends string | number> {
  value: V;
  text: string;
  title?: string;
  /** Why it can't be chosen; empty or absent = it can. */
  refused?: string;
}

interface SegmentProps<V extends string | number> {
  label: string;
  value: V;
  options: readonly SegmentOption<V>[];
  onChange: (value: V) => void;
  wide?: boolean;
  disabled?: boolean;
}

export function Segment<V extends string | number>({ label, value, options, onChange, wide, disabled }: SegmentProps<V>) {
  return (
    <fieldset className={wide ? 'segment wide' : 'segment'} aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={option.refused ? 'refused' : undefined}
          aria-pressed={option.value === value}
          disabled={disabled || Boolean(option.refused)}
          title={option.refused || option.title}
          onClick={() => onChange(option.value)}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  );
}
