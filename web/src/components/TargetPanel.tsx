/** The left column for another process: what it is, which of its rings and groups are looked at, and what cannot be seen. */
import type { ReactNode } from 'react';
import type { SessionInfo } from '../../../shared/protocol/messages.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { plural } from './format.ts';
import { usePicture, useSelected, useStatus } from './hooks.ts';
import { useServices } from './services.ts';
import { nameOf, notObservable, scopeWords } from './session-words.ts';
import { groupLine, type RingLine, ringLine } from './target.ts';

const selectSession = (s: FeedStatus) => s.session;
const selectPicture = (p: Picture | null) => p;
const same = <T,>(value: T): T => value;

interface ChoiceRowProps {
  name: string;
  value: string;
  checked: boolean;
  dimmed?: boolean;
  onChoose: () => void;
  children: ReactNode;
}

function ChoiceRow({ name, value, checked, dimmed = false, onChoose, children }: ChoiceRowProps) {
  return (
    <label className={dimmed ? 'pick dimmed' : 'pick'}>
      <input type="radio" name={name} value={value} checked={checked} onChange={onChoose} />
      <span className="pickBody">{children}</span>
    </label>
  );
}

function RingRow({ line, checked, onChoose }: { line: RingLine; checked: boolean; onChoose: () => void }) {
  return (
    <ChoiceRow name="ring" value={String(line.id)} checked={checked} dimmed={!line.open} onChoose={onChoose}>
      <span className="pickHead">
        <b>{line.name}</b>
        <span>{line.open ? line.lanes : 'closed'}</span>
      </span>
      <span className="dim">
        {line.size}
        {line.older && ' · older than the trace'}
      </span>
      {line.open && line.sample !== '' && (
        <span className="sample" title="A sample taken beside the trace: true at its moment, not between two of them">
          {line.sample}
          <br />
          {line.sampleAge}
        </span>
      )}
    </ChoiceRow>
  );
}

function Rings({ picture, targetPid }: { picture: Picture; targetPid: number }) {
  const { driver } = useServices();
  const choice = useSelected(driver.choice, same);
  const { rings } = picture;
  const open = rings.filter((ring) => ring.open).length;
  return (
    <fieldset className="picks" aria-label="Rings">
      <div className="panelHead">
        <h2>Rings</h2>
        <span className="dim">
          {rings.length === 0 ? 'none yet' : open === rings.length ? `${open} open` : `${open} of ${rings.length} open`}
        </span>
      </div>
      {rings.length > 1 && (
        <ChoiceRow name="ring" value="all" checked={choice.ring === null} onChoose={() => driver.choose({ ring: null, group: null })}>
          <span className="pickHead">
            <b>All rings</b>
            <span>
              {plural(
                picture.rings.reduce((n, ring) => n + ring.lanes, 0),
                'lane',
              )}
            </span>
          </span>
        </ChoiceRow>
      )}
      {rings.map((ring) => (
        <RingRow
          key={ring.id}
          line={ringLine(ring, picture.t1, targetPid)}
          checked={choice.ring === ring.id || rings.length === 1}
          onChoose={() => driver.choose({ ring: ring.id, group: null })}
        />
      ))}
      {choice.ring !== null && rings.length > 1 && <p className="pickNote">Counters and latencies are of all rings.</p>}
    </fieldset>
  );
}

function Groups({ picture }: { picture: Picture }) {
  const { driver } = useServices();
  const choice = useSelected(driver.choice, same);
  const { groups } = picture;
  return (
    <fieldset className="picks" aria-label="Buffer groups">
      <div className="panelHead">
        <h2>Buffer groups</h2>
        <span className="dim">{groups.length === 0 ? 'none seen yet' : ''}</span>
      </div>
      {groups.map((group) => (
        <ChoiceRow
          key={group.key}
          name="group"
          value={String(group.key)}
          checked={picture.group?.key === group.key}
          onChoose={() => driver.choose({ ring: choice.ring, group: group.key })}
        >
          <b>{groupLine(group, picture.rings.length)}</b>
        </ChoiceRow>
      ))}
    </fieldset>
  );
}

function Process({ session }: { session: SessionInfo }) {
  const { target, capabilities } = session;
  const command = target?.command.join(' ') ?? '';
  return (
    <>
      <div className="panelHead">
        <h2>{target === null ? 'Process' : nameOf(target)}</h2>
        {target !== null && <span className="dim">pid {target.pid}</span>}
      </div>
      {command !== '' && (
        <p className="commandLine mono" title={command}>
          {command}
        </p>
      )}
      <p className="pickNote">Traced: {scopeWords(capabilities)}. Nothing in the process is changed.</p>
    </>
  );
}

export function TargetPanel() {
  const session = useStatus(selectSession);
  const picture = usePicture(selectPicture);
  if (session === null) return null;
  return (
    <section className="target" aria-label="Process">
      <Process session={session} />
      {picture !== null && (
        <>
          <Rings picture={picture} targetPid={session.target?.pid ?? 0} />
          <Groups picture={picture} />
        </>
      )}
    </section>
  );
}

export function NotObservable() {
  const session = useStatus(selectSession);
  const group = usePicture(selectGroup);
  if (session === null) return null;
  return (
    <section className="unseenList" aria-label="Not observable from outside">
      <div className="panelHead">
        <h2>Not observable from outside</h2>
      </div>
      <ul>
        {notObservable(session.capabilities, group).map((line) => (
          <li key={line.slice(0, 24)}>{line}</li>
        ))}
      </ul>
    </section>
  );
}

const selectGroup = (p: Picture | null) => p?.group ?? null;
