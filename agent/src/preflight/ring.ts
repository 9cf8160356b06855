import type { Check, Problem } from './check.ts';
import type { Environment } from './environment.ts';

const problem = (code: string, detail: string, remedy?: string): Problem => ({ status: 'problem', code, detail, remedy });

const SECCOMP_MODE_FILTER = 2;

/** What the errno of io_uring_setup(2), or of loading the addon, means and what helps. */
function explain(error: unknown, { kernelRelease, seccompMode }: Environment): Problem {
  const { code = 'EUNKNOWN', message } = error as NodeJS.ErrnoException;
  const isFiltered = seccompMode === SECCOMP_MODE_FILTER;
  switch (code) {
    case 'ENOSYS': {
      const absent = `This kernel (${kernelRelease}) has no io_uring: it needs Linux 6.0 or newer with CONFIG_IO_URING`;
      if (!isFiltered) return problem(code, `${absent}.`);
      // The default profile of Podman answers ENOSYS to what it does not list (containers/common pull 573).
      const hidden = `${absent}; or the seccomp filter of this process hides it, as the default one of Podman does`;
      return problem(code, `${hidden}: allow io_uring there.`, 'podman run --security-opt seccomp=unconfined …');
    }
    case 'EPERM':
    case 'EACCES':
      if (!isFiltered && seccompMode !== undefined) {
        return problem(code, `io_uring_setup is refused (${code}), and not by seccomp: a security module such as SELinux forbids it.`);
      }
      return problem(
        code,
        `io_uring_setup is refused (${code}): a seccomp profile forbids it, as the default one of Docker does; allow io_uring there.`,
        'docker run --security-opt seccomp=unconfined …',
      );
    case 'ENOMEM':
      return problem(code, 'io_uring_setup found too little locked memory (RLIMIT_MEMLOCK); raise the limit.', 'ulimit -l unlimited');
    case 'EMFILE':
    case 'ENFILE':
      return problem(code, `io_uring_setup found no free file descriptor (${code}); raise the limit.`, 'ulimit -n 4096');
    case 'EADDONMISSING':
      return problem(code, 'The addon is not built.', 'npm run build');
    default:
      return problem(code, `io_uring can't be used here: ${message.replace(/\.?$/, '.')}`);
  }
}

/** Tries the ring: what counts is what the kernel does, not its version. */
export const ringCheck: Check = {
  id: 'ring',
  title: 'io_uring_setup',
  blocks: 'live',
  run(environment) {
    if (environment.platform !== 'linux') return undefined;
    try {
      environment.features();
      return { status: 'ok', detail: 'a ring can be set up' };
    } catch (e) {
      return explain(e, environment);
    }
  },
};

/** A ring can be set up here. */
export const isRingUsable = (environment: Environment) => ringCheck.run(environment)?.status === 'ok';
