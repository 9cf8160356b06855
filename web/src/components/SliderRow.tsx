/** A parameter on a slider: name, value, track, and the sentence of a refusal. A range has two thumbs. */
import { Slider } from '@base-ui/react/slider';
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SliderScale } from './slider-scale.ts';

/** Says that a change makes the ring and its connections anew. */
export function NewRing() {
  return (
    <span className="newRing" title="A change makes the ring and its connections anew">
      <RefreshCw role="img" aria-label="makes the ring anew" />
    </span>
  );
}

interface RowProps {
  label: string;
  /** The value in words, beside the label. */
  shown: string;
  help: string;
  newRing?: boolean;
  problem?: string | undefined;
  disabled?: boolean;
}

interface TrackProps extends RowProps {
  scale: SliderScale;
  stops: readonly number[];
  thumbNames: readonly string[];
  valueText: (stop: number) => string;
  onPreview: (stops: readonly number[]) => void;
  onChange: (stops: readonly number[]) => void;
}

export const Problem = ({ children }: { children: ReactNode }) => (
  <p className="problem" role="alert">
    {children}
  </p>
);

function TrackRow({
  label,
  shown,
  help,
  newRing,
  problem,
  disabled,
  scale,
  stops,
  thumbNames,
  valueText,
  onPreview,
  onChange,
}: TrackProps) {
  const single = stops.length === 1;
  const list = (v: number | readonly number[]): readonly number[] => (typeof v === 'number' ? [v] : v);
  return (
    <div className="sliderRow" title={help}>
      <Slider.Root
        value={single ? (stops[0] ?? 0) : [...stops]}
        min={0}
        max={scale.last}
        largeStep={Math.max(1, Math.round(scale.last / 10))}
        disabled={disabled ?? false}
        onValueChange={(v) => onPreview(list(v))}
        onValueCommitted={(v) => onChange(list(v))}
      >
        <div className="rowHead">
          <span className="rowLabel">
            {label}
            {newRing && <NewRing />}
          </span>
          <span className="rowValue">{shown}</span>
        </div>
        <Slider.Control className="sliderControl">
          <Slider.Track className="sliderTrack">
            <Slider.Indicator className="sliderFill" />
            {thumbNames.map((name, i) => (
              <Slider.Thumb
                key={name}
                index={i}
                className="sliderThumb"
                aria-label={name}
                getAriaValueText={(_, value) => valueText(value)}
              />
            ))}
          </Slider.Track>
        </Slider.Control>
      </Slider.Root>
      {problem && <Problem>{problem}</Problem>}
    </div>
  );
}

interface SliderRowProps extends RowProps {
  scale: SliderScale;
  value: number;
  format: (value: number) => string;
  onPreview: (value: number) => void;
  onChange: (value: number) => void;
}

export function SliderRow({ scale, value, format, onPreview, onChange, ...row }: SliderRowProps) {
  return (
    <TrackRow
      {...row}
      scale={scale}
      stops={[scale.stopOf(value)]}
      thumbNames={[row.label]}
      valueText={(stop) => format(scale.valueAt(stop))}
      onPreview={([stop = 0]) => onPreview(scale.valueAt(stop))}
      onChange={([stop = 0]) => onChange(scale.valueAt(stop))}
    />
  );
}

interface RangeRowProps extends RowProps {
  scale: SliderScale;
  low: number;
  high: number;
  thumbNames: readonly [string, string];
  format: (value: number) => string;
  onPreview: (low: number, high: number) => void;
  onChange: (low: number, high: number) => void;
}

export function RangeRow({ scale, low, high, thumbNames, format, onPreview, onChange, ...row }: RangeRowProps) {
  return (
    <TrackRow
      {...row}
      scale={scale}
      stops={[scale.stopOf(low), scale.stopOf(high)]}
      thumbNames={thumbNames}
      valueText={(stop) => format(scale.valueAt(stop))}
      onPreview={([a = 0, b = 0]) => onPreview(scale.valueAt(a), scale.valueAt(b))}
      onChange={([a = 0, b = 0]) => onChange(scale.valueAt(a), scale.valueAt(b))}
    />
  );
}
