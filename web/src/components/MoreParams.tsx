/** The parameters that are needed less often, folded away. What this kernel lacks is shown, refused, with the reason. */
import { Checkbox } from '@base-ui/react/checkbox';
import { Collapsible } from '@base-ui/react/collapsible';
import { Check, ChevronDown } from 'lucide-react';
import { useId } from 'react';
import { paramSpec, type WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Problems } from '../store/workload.ts';
import { useStatus } from './hooks.ts';
import { NumberSlider } from './NumberSlider.tsx';
import {
  type ChoiceControl,
  choices,
  helpOf,
  makesRingAnew,
  moreSliders,
  refusedBy,
  type SwitchControl,
  switches,
} from './param-controls.ts';
import { Segment } from './Segment.tsx';
import { NewRing, Problem } from './SliderRow.tsx';
import { useServices } from './services.ts';

const selectFeatures = (s: FeedStatus) => s.session?.features ?? null;

interface MoreParamsProps {
  params: WorkloadParams;
  problems: Problems;
  disabled: boolean;
}

function ChoiceRow({ control: { name, label, texts }, params, problems, disabled }: MoreParamsProps & { control: ChoiceControl }) {
  const { configurer } = useServices();
  const features = useStatus(selectFeatures);
  const spec = paramSpec(name);
  const values = spec.type === 'enum' ? spec.values : [];
  return (
    <div className="choiceRow" title={helpOf(name)}>
      <span className="rowLabel">
        {label}
        {makesRingAnew(name) && <NewRing />}
      </span>
      <Segment
        wide
        label={label}
        value={params[name] as string}
        disabled={disabled}
        options={values.map((value) => ({ value, text: texts[value] ?? value, refused: refusedBy(features, name, value) }))}
        onChange={(value) => configurer.change({ [name]: value })}
      />
      {problems[name] && <Problem>{problems[name]}</Problem>}
    </div>
  );
}

function SwitchRow({ control: { name, label }, params, problems, disabled }: MoreParamsProps & { control: SwitchControl }) {
  const { configurer } = useServices();
  const features = useStatus(selectFeatures);
  const reason = refusedBy(features, name, true);
  const id = useId();
  return (
    <div className="switchRow" title={helpOf(name)}>
      <Checkbox.Root
        id={id}
        className="checkbox"
        checked={params[name]}
        disabled={disabled || reason !== ''}
        aria-describedby={reason === '' ? undefined : `${id}-reason`}
        onCheckedChange={(checked) => configurer.change({ [name]: checked })}
      >
        <Checkbox.Indicator>
          <Check aria-hidden="true" />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <label htmlFor={id} className={reason === '' ? '' : 'dim'}>
        {label}
        {makesRingAnew(name) && <NewRing />}
      </label>
      {reason !== '' && (
        <span id={`${id}-reason`} className="reason dim">
          {reason}
        </span>
      )}
      {problems[name] && <Problem>{problems[name]}</Problem>}
    </div>
  );
}

export function MoreParams(props: MoreParamsProps) {
  return (
    <Collapsible.Root className="more">
      <Collapsible.Trigger className="btn quiet moreTrigger">
        More
        <ChevronDown aria-hidden="true" />
      </Collapsible.Trigger>
      <Collapsible.Panel className="moreBody">
        {choices.map((control) => (
          <ChoiceRow key={control.name} control={control} {...props} />
        ))}
        {moreSliders.map((control) => (
          <NumberSlider key={control.name} control={control} {...props} />
        ))}
        {switches.map((control) => (
          <SwitchRow key={control.name} control={control} {...props} />
        ))}
      </Collapsible.Panel>
    </Collapsible.Root>
  );
}
