import type { Check, Finding } from './check.ts';

const problem = (code: string, text: string, remedy = ''): Finding => ({ ok: false, code, problem: text, remedy });

/** What the errno of io_uring_setup(2), or of loading the addon, means and what helps. */
function explain(error: unknown, kernelRelease: string): Finding {
  const { code = 'EUNKNOWN', message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSYS':
      return problem(code, `This kernel (${kernelRelease}) has no io_uring: it needs Linux 6.0 or newer with CONFIG_IO_URING.`);
    case 'EPERM':
    case 'EACCES':
      return problem(
        code,
        `io_uring_setup is refused (${code}): a seccomp profile forbids it, as the default one of Docker does; allow io_uring there`,
        'docker run --security-opt seccomp=unconfined …',
      );
    case 'ENOMEM':
      return problem(code, 'io_uring_setup found too little locked memory (RLIMIT_MEMLOCK); raise the limit', 'ulimit -l unlimited');
    case 'EMFILE':
    case 'ENFILE':
      return problem(code, `io_uring_setup found no free file descriptor (${code}); raise the limit`, 'ulimit -n 4096');
    case 'EADDONMISSING':
      return problem(code, 'The addon is not built', 'npm run build');
    default:
      return problem(code, `io_uring can't be used here: ${message.replace(/\.?$/, '.')}`);
  }
}

/** Tries the ring: what counts is what the kernel does, not its version. */
export const ringCheck: Check = {
  id: 'ring',
  title: 'io_uring with multishot recv',
  run({ features, kernelRelease }) {
    let found: ReturnType<typeof features>;
    try {
      found = features();
    } catch (e) {
      return explain(e, kernelRelease);
    }
    const needed = [
      ['multishot recv (Linux 6.0)', found.multishotRecv],
      ['ring-mapped buffers (Linux 5.19)', found.bufRing],
    ] as const;
    const missing = needed.filter(([, has]) => !has).map(([name]) => name);
    if (missing.length === 0) return { ok: true, detail: `Linux ${kernelRelease}` };
    return problem('EUNSUPPORTED', `This kernel (${kernelRelease}) lacks ${missing.join(' and ')}: boot Linux 6.0 or newer.`);
  },
};
