/** Opening a recorded trace: by a button, or by dropping the file anywhere on the page. */
import { FolderOpen } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useServices } from './services.ts';

const hasFiles = (e: DragEvent): boolean => e.dataTransfer?.types.includes('Files') ?? false;

export function OpenButton() {
  const { openFile } = useServices();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="btn quiet"
        aria-label="Open trace…"
        title="Open a recorded trace (.ringlens), or the text of perf, trace-cmd or tracefs"
        onClick={() => input.current?.click()}
      >
        <FolderOpen aria-hidden="true" />
        <span className="hideNarrow">Open trace…</span>
      </button>
      <input
        ref={input}
        type="file"
        accept=".ringlens,.txt,.log,text/plain"
        hidden
        aria-label="Recorded trace"
        onChange={(e) => {
          const file = e.target.files?.[0];
          if (file !== undefined) openFile(file);
          e.target.value = '';
        }}
      />
    </>
  );
}

/** Says where a file that is dragged over the page will go. */
export function DropZone() {
  const { openFile } = useServices();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (e: DragEvent): void => {
      if (!hasFiles(e)) return;
      e.preventDefault();
      setOver(true);
    };
    const leave = (e: DragEvent): void => {
      if (e.relatedTarget === null) setOver(false);
    };
    const drop = (e: DragEvent): void => {
      if (!hasFiles(e)) return;
      e.preventDefault();
      setOver(false);
      const file = e.dataTransfer?.files[0];
      if (file !== undefined) openFile(file);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [openFile]);
  if (!isOver) return null;
  return (
    <div className="dropZone">
      <p>Drop a .ringlens file to replay it, or the text of perf, trace-cmd or tracefs. It stays on this machine.</p>
    </div>
  );
}
