import { useStore } from 'zustand';
import type { Picture } from '../feed/picture.ts';
import { type WorkloadState, workloadStore } from '../store/workload.ts';
import { usePicture } from './hooks.ts';
import { sqeFields } from './sqe.ts';

const selectBgid = (p: Picture | null) => p?.group?.bgid ?? null;
const selectParams = (s: WorkloadState) => s.params;

export function SqePanel() {
  const params = useStore(workloadStore, selectParams);
  const bgid = usePicture(selectBgid);
  if (!params) return null;
  return (
    <section className="sqe hideLow" aria-label="SQE">
      <div className="panelHead">
        <h2>SQE</h2>
        <span className="dim">{params.mode === 'multishot' ? 'one per connection' : 'one per completion'}</span>
      </div>
      <dl className="mono">
        {sqeFields(params, bgid).map(({ name, value, note }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value}
              {note && <i> {note}</i>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
