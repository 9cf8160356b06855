/** A numeric parameter of the workload on its slider. */
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { Problems } from '../store/workload.ts';
import { formatValue, helpOf, makesRingAnew, type NumberControl } from './param-controls.ts';
import { SliderRow } from './SliderRow.tsx';
import { useServices } from './services.ts';

interface NumberSliderProps {
  control: NumberControl;
  params: WorkloadParams;
  problems: Problems;
  disabled: boolean;
}

export function NumberSlider({ control: { name, label, scale }, params, problems, disabled }: NumberSliderProps) {
  const { configurer } = useServices();
  return (
    <SliderRow
      label={label}
      shown={formatValue(name, params[name])}
      help={helpOf(name)}
      newRing={makesRingAnew(name)}
      problem={problems[name]}
      disabled={disabled}
      scale={scale}
      value={params[name]}
      format={(v) => formatValue(name, v)}
      onPreview={(v) => configurer.preview({ [name]: v })}
      onChange={(v) => configurer.change({ [name]: v })}
    />
  );
}
