/** `ringlens live` on a free port, in a process of its own, as a user starts it. */
import { type RunningAgent, spawnAgent } from './run-agent.ts';

export interface LiveAgent extends RunningAgent {
  /** "http://127.0.0.1:41234/" */
  url: string;
  /** Ends it with SIGTERM and waits for that. */
  stop(): Promise<void>;
}

/** Resolves once the agent said where its page is. */
export async function startAgent(args: readonly string[], port = 0): Promise<LiveAgent> {
  const agent = spawnAgent(['live', '--port', String(port), ...args]);
  const url = await agent.says(/http:\/\/[\w.:[\]]+\/?/);
  const stop = async (): Promise<void> => {
    agent.child.kill('SIGTERM');
    await agent.ended;
  };
  return { ...agent, url: url.endsWith('/') ? url : `${url}/`, stop };
}
