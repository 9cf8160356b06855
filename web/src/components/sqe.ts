/** The recv SQE that the workload submits, field by field, as its parameters make it. Pure. */
import type { WorkloadParams } from '../../../shared/schema/workload-params.ts';

export interface SqeField {
  name: string;
  value: string;
  /** Words behind the value, when it alone misleads. */
  note?: string;
}

export function sqeFields(params: WorkloadParams, bgid: number | null): SqeField[] {
  const ioprio = [
    ...(params.mode === 'multishot' ? ['RECV_MULTISHOT'] : []),
    ...(params.pollFirst ? ['POLL_FIRST'] : []),
    ...(params.bundle ? ['BUNDLE'] : []),
  ];
  return [
    { name: 'opcode', value: params.op === 'recvmsg' ? 'IORING_OP_RECVMSG' : 'IORING_OP_RECV' },
    { name: 'ioprio', value: ioprio.length > 0 ? ioprio.join(' | ') : '0' },
    { name: 'flags', value: 'BUFFER_SELECT' },
    params.op === 'recvmsg' ? { name: 'len', value: '1', note: 'one msghdr' } : { name: 'len', value: '0', note: 'buffer decides' },
    { name: 'buf_group', value: bgid === null ? '–' : String(bgid) },
  ];
}
