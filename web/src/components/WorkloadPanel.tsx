import { useStore } from 'zustand';
import type { PresetName, WorkloadParams } from '../../../shared/schema/workload-params.ts';
import type { FeedStatus } from '../feed/feed.ts';
import { type Problems, presetOf, shownParams, type WorkloadState, workloadStore } from '../store/workload.ts';
import { formatBytes, formatRange } from './format.ts';
import { useStatus } from './hooks.ts';
import { MoreParams } from './MoreParams.tsx';
import { NumberSlider } from './NumberSlider.tsx';
import { PresetSelect } from './PresetSelect.tsx';
import { mainSliders, messageScale, refusedBy } from './param-controls.ts';
import { Segment } from './Segment.tsx';
import { NewRing, Problem, RangeRow } from './SliderRow.tsx';
import { useServices } from './services.ts';

const selectProblems = (s: WorkloadState) => s.problems;
const selectRefusal = (s: WorkloadState) => s.refusal;
const selectFeatures = (s: FeedStatus) => s.session?.features ?? null;
const selectOpen = (s: FeedStatus) => s.connection.state === 'open' && s.running;

interface ControlProps {
  params: WorkloadParams;
  problems: Problems;
  disabled: boolean;
}

function MessageSize({ params, problems, disabled }: ControlProps) {
  const { configurer } = useServices();
  return (
    <RangeRow
      label="Message size"
      shown={formatRange(params.messageMin, params.messageMax)}
      help="Smallest and largest message"
      problem={problems.messageMin ?? problems.messageMax}
      disabled={disabled}
      scale={messageScale}
      low={params.messageMin}
      high={params.messageMax}
      thumbNames={['Smallest message', 'Largest message']}
      format={formatBytes}
      onPreview={(messageMin, messageMax) => configurer.preview({ messageMin, messageMax })}
      onChange={(messageMin, messageMax) => configurer.change({ messageMin, messageMax })}
    />
  );
}

function Mode({ params, problems, disabled }: ControlProps) {
  const { configurer } = useServices();
  const features = useStatus(selectFeatures);
  return (
    <div className="modeRow">
      <Segment
        wide
        label="Mode"
        value={params.mode}
        disabled={disabled}
        options={[
          { value: 'multishot', text: 'Multishot', title: 'One recv that stays armed', refused: refusedBy(features, 'mode', 'multishot') },
          { value: 'single', text: 'Single shot', title: 'One recv submitted for every completion' },
        ]}
        onChange={(mode) => configurer.change({ mode })}
      />
      {problems.mode && <Problem>{problems.mode}</Problem>}
    </div>
  );
}

export function WorkloadPanel() {
  const { configurer } = useServices();
  const state = useStore(workloadStore);
  const refusal = useStore(workloadStore, selectRefusal);
  const problems = useStore(workloadStore, selectProblems);
  const disabled = !useStatus(selectOpen);
  const params = shownParams(state);
  const props = params && { params, problems, disabled };
  const [connections, buffers, bufferSize, rate, hold] = mainSliders;
  return (
    <section className="workload" aria-label="Workload">
      <div className="panelHead">
        <h2>Workload</h2>
        <span className="dim newRingKey">
          <span className="hideNarrow">applies live, </span>
          <NewRing /> new ring
        </span>
      </div>
      {props && params ? (
        <div className="controls">
          <PresetSelect value={presetOf(params)} disabled={disabled} onChange={(name: PresetName) => configurer.preset(name)} />
          <Mode {...props} />
          {[connections, buffers, bufferSize].map((control) => control && <NumberSlider key={control.name} control={control} {...props} />)}
          <MessageSize {...props} />
          {[rate, hold].map((control) => control && <NumberSlider key={control.name} control={control} {...props} />)}
          {refusal !== '' && <Problem>{refusal}</Problem>}
          <MoreParams {...props} />
        </div>
      ) : (
        <p className="controls dim">The agent has not told its values yet.</p>
      )}
    </section>
  );
}
