/** The page's one animation frame: whoever wants to draw asks for it, several requests make one draw. */
type Task = (timeMs: number) => void;

export interface FrameLoop {
  /** Runs `task` once in the next frame, however often it is asked for. */
  request(task: Task): void;
  cancel(task: Task): void;
}

export function createFrameLoop(schedule: (run: Task) => void): FrameLoop {
  let tasks = new Set<Task>();
  let scheduled = false;
  const run: Task = (timeMs) => {
    scheduled = false;
    const now = tasks;
    tasks = new Set();
    for (const task of now) task(timeMs);
  };
  return {
    request(task) {
      tasks.add(task);
      if (scheduled) return;
      scheduled = true;
      schedule(run);
    },
    cancel(task) {
      tasks.delete(task);
    },
  };
}

export const frames: FrameLoop = createFrameLoop((run) => {
  requestAnimationFrame(run);
});
