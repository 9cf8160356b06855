/**
 * The kernel's loop of one multishot recv as a graph: what it does between a submit and the last CQE. Data only.
 *
 *     submit ──▶ select ──▶ receive ──▶ post ─┬─▶ select …       more waits in the socket: again, up to 32 times
 *       │          │           │              ├─▶ turn ─▶ wake   it had 33: others first
 *       │          ▼           ├─▶ final      └─▶ armed ─▶ wake ─▶ select …
 *       ▼        nobufs ─▶     └─▶ armed      nothing more
 *     refused ─▶ final
 *
 * Names of functions are those of Linux 6.18, read in io_uring/net.c, poll.c, kbuf.c and io_uring.c of the stable tree; names
 * that later or earlier kernels have are left out. What the loop does is measured too: MULTISHOT.md, 0.2 and MULTISHOT-CASES.md.
 */
export const loopNodes = {
  submit: { label: 'Submit', doc: 'The SQE is handed in and tried at once.' },
  refused: { label: 'Refused', doc: 'The kernel does not take the SQE: it is never issued.' },
  select: { label: 'Select buffer', doc: 'The next available buffer of the group is picked.' },
  nobufs: { label: 'No buffer', doc: 'The group is empty: ENOBUFS.' },
  receive: { label: 'Receive', doc: 'The socket is read without waiting.' },
  post: { label: 'CQE, MORE', doc: 'A CQE is posted, and the request lives on.' },
  overflow: { label: 'CQ full', doc: 'The CQE finds no room: it goes on the overflow list, without F_MORE.' },
  turn: { label: 'Turn over', doc: '33 CQEs in a row: the request is queued again, so that others have their turn.' },
  armed: { label: 'Armed', doc: 'The poll is armed, and the request waits.' },
  wake: { label: 'Wake', doc: 'The wait queue (or the turn) queues work for the request.' },
  final: { label: 'Last CQE', doc: 'A CQE without F_MORE: the request has ended.' },
} as const satisfies Record<string, { label: string; doc: string }>;

export type LoopNodeId = keyof typeof loopNodes;

export interface LoopSource {
  /** In the kernel's tree. */
  readonly file: string;
  readonly functions: readonly string[];
}

export interface LoopEdge {
  readonly from: LoopNodeId;
  readonly to: LoopNodeId;
  /** When it goes this way: one sentence. */
  readonly words: string;
  readonly sources: readonly LoopSource[];
}

const net = (...functions: string[]): LoopSource => ({ file: 'io_uring/net.c', functions });
const poll = (...functions: string[]): LoopSource => ({ file: 'io_uring/poll.c', functions });
const kbuf = (...functions: string[]): LoopSource => ({ file: 'io_uring/kbuf.c', functions });
const core = (...functions: string[]): LoopSource => ({ file: 'io_uring/io_uring.c', functions });

const edge = (from: LoopNodeId, to: LoopNodeId, words: string, ...sources: LoopSource[]): LoopEdge => ({ from, to, words, sources });

export const loopEdges = {
  'submit-refused': edge(
    'submit',
    'refused',
    'The fields of the SQE do not go together.',
    net('io_recvmsg_prep'),
    core('io_submit_fail_init'),
  ),
  'refused-final': edge('refused', 'final', 'A CQE tells the errno.', core('io_submit_fail_init')),
  'submit-select': edge('submit', 'select', 'It is tried at once, inline with the submit.', net('io_recv', 'io_recvmsg')),
  'submit-armed': edge('submit', 'armed', 'RECVSEND_POLL_FIRST: the poll is armed without a try.', net('io_recv'), poll('io_arm_apoll')),
  'select-receive': edge('select', 'receive', 'A buffer was available.', net('io_recv_buf_select'), kbuf('io_buffer_select')),
  'select-nobufs': edge('select', 'nobufs', 'No buffer was available.', net('io_recv_buf_select'), kbuf('io_buffer_select')),
  'nobufs-final': edge('nobufs', 'final', 'The request ends with ENOBUFS.', net('io_recv_finish')),
  'receive-post': edge('receive', 'post', 'Data came.', net('io_recv_finish'), core('io_req_post_cqe')),
  'receive-armed': edge(
    'receive',
    'armed',
    'Nothing was there (EAGAIN): the buffer is recycled, the poll stays armed or is armed now.',
    net('io_recv', 'io_kbuf_recycle'),
    poll('io_arm_apoll'),
  ),
  'receive-final': edge(
    'receive',
    'final',
    'The peer closed, an error came, or a limit of the request was reached.',
    net('io_recv_finish'),
  ),
  'receive-overflow': edge(
    'receive',
    'overflow',
    'Data came, and the CQ is full.',
    net('io_recv_finish'),
    core('io_req_post_cqe', 'io_alloc_ocqe'),
  ),
  'overflow-final': edge('overflow', 'final', 'The data is in the last CQE, on the overflow list.', net('io_recv_finish')),
  'post-select': edge(
    'post',
    'select',
    'The socket holds more, or does not tell: again, with the next buffer.',
    net('io_recv_finish', 'io_mshot_prep_retry'),
  ),
  'post-turn': edge('post', 'turn', 'It was the 33rd CQE in a row (MULTISHOT_MAX_RETRY).', net('io_recv_finish')),
  'post-armed': edge(
    'post',
    'armed',
    'The socket holds no more: the poll stays armed or is armed now.',
    net('io_recv_finish'),
    poll('io_arm_apoll'),
  ),
  'turn-wake': edge('turn', 'wake', 'The kernel queues the request again, with mask 0.', poll('io_poll_task_func', '__io_poll_execute')),
  'armed-wake': edge('armed', 'wake', 'Data came, or the state of the socket changed.', poll('io_poll_wake', '__io_poll_execute')),
  'wake-select': edge('wake', 'select', 'The work runs in the task and tries again.', poll('io_poll_check_events'), core('io_poll_issue')),
  'wake-final': edge('wake', 'final', 'The request was cancelled.', poll('io_poll_cancel_req', 'io_poll_check_events')),
} as const satisfies Record<string, LoopEdge>;

export type LoopEdgeId = keyof typeof loopEdges;
export const loopNodeIds = Object.keys(loopNodes) as LoopNodeId[];
export const loopEdgeIds = Object.keys(loopEdges) as LoopEdgeId[];
