import { Copy } from 'lucide-react';
import { titleOf } from '../commands/registry.ts';
import type { FeedStatus } from '../feed/feed.ts';
import type { Picture } from '../feed/picture.ts';
import { usePicture, useStatus } from './hooks.ts';
import { useServices } from './services.ts';
import { stateMessage } from './state-message.ts';

const selectStatus = (s: FeedStatus) => s;
const selectPicture = (p: Picture | null) => p;

function Command({ text }: { text: string }) {
  return (
    <span className="command">
      <code className="mono">
        <span className="dim" aria-hidden="true">
          ${' '}
        </span>
        {text}
      </code>
      <button
        type="button"
        className="btn quiet"
        onClick={() => {
          // Without permission to the clipboard the text can still be selected.
          navigator.clipboard?.writeText(text).catch(() => undefined);
        }}
      >
        <Copy aria-hidden="true" />
        Copy
      </button>
    </span>
  );
}

/** Fills the time views' place while there is no picture, and stands above them when there is one. */
export function StateBanner() {
  const { feed, commands } = useServices();
  const goOn = commands.byId('ring.toggle');
  const step = commands.byId('ring.step.cqe');
  const status = useStatus(selectStatus);
  const picture = usePicture(selectPicture);
  const message = stateMessage(status, picture, location.host);
  if (!message) return null;
  const { kind, title, text, command, action } = message;
  return (
    <section className={picture ? 'banner' : 'banner alone'} aria-label="State" data-kind={kind}>
      <div className="bannerWords">
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      {command !== '' && <Command text={command} />}
      {action === 'connect' && (
        <button type="button" className="btn primary" onClick={() => feed.connectNow()}>
          Connect now
        </button>
      )}
      {action === 'goOn' && (
        <div className="bannerActions">
          <button type="button" className="btn" title={titleOf(step)} onClick={step.run}>
            Step one CQE
            <kbd>{step.keys[0]}</kbd>
          </button>
          <button type="button" className="btn primary" title={titleOf(goOn)} onClick={goOn.run}>
            Go on
            <kbd>{goOn.keys[0]}</kbd>
          </button>
        </div>
      )}
      {action === 'reload' && (
        <button type="button" className="btn primary" onClick={() => location.reload()}>
          Reload
        </button>
      )}
    </section>
  );
}
