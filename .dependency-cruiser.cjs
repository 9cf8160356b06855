/** Who may import whom. Type imports count. A new edge is a change here, in the same commit, with its reason. */
const from = (name, path, to, comment) => ({ name, severity: 'error', comment, from: { path }, to });

/** Folders of shared/ and those of its own that each may use, from the inside out. */
const sharedOrder = {
  schema: [],
  codec: ['schema'],
  protocol: ['schema'],
  model: ['schema', 'codec', 'protocol'],
  findings: ['schema', 'codec', 'protocol', 'model'],
  whatif: ['schema', 'codec', 'protocol', 'model'],
  lessons: ['schema', 'codec', 'protocol', 'model'],
  filter: ['schema', 'codec', 'protocol', 'model'],
  // What pictures are made from; the page and the writer of recorded traces use the same.
  timeline: ['schema', 'codec', 'protocol', 'model'],
  // Words beside an event, its causes and effects, the kernel's loop: what the page's inspector shows.
  inspect: ['schema', 'codec', 'model'],
  'trace-file': ['schema', 'codec', 'protocol'],
  import: ['schema', 'codec', 'protocol'], // protocol: what an imported session says of itself
  // Spans, arrows and counters are what the model says of the events.
  export: ['schema', 'codec', 'protocol', 'model'],
};

const shared = Object.entries(sharedOrder).map(([folder, allowed]) =>
  from(
    `shared-${folder}`,
    `^shared/${folder}/`,
    { path: '^shared/', pathNot: `^shared/(${[folder, ...allowed].join('|')})/` },
    `shared/${folder} uses only ${allowed.length > 0 ? allowed.join(', ') : 'itself'}.`,
  ),
);
// Tests may use the builders of shared/testing and, to check a layer, those above it.
for (const rule of shared) rule.from.pathNot = '\\.test\\.ts$';

module.exports = {
  forbidden: [
    ...shared,
    from('shared-is-inside', '^shared/', { path: '^(web|agent|native)/' }, 'shared imports nothing of ours above it.'),
    {
      ...from(
        'shared-is-pure',
        '^shared/',
        { dependencyTypes: ['core'] },
        'shared does no I/O: it runs in the page, the agent and the tests.',
      ),
      from: { path: '^shared/', pathNot: '\\.test\\.ts$' },
    },
    from('web-not-agent', '^web/', { path: '^(agent|native)/' }, 'The page knows the protocol, not the agent.'),
    from('agent-not-web', '^agent/', { path: '^web/' }, 'The agent serves the built page and knows no source of it.'),
    from('native-not-above', '^native/', { path: '^(web|agent)/' }, 'native is used by agent/src/sources.'),
    {
      name: 'one-door-to-native',
      severity: 'error',
      comment: 'Only agent/src/sources (and the tests of native) touch native/index.ts.',
      from: { path: '^(agent|web|shared)/', pathNot: '^agent/src/sources/' },
      to: { path: '^native/' },
    },
    from(
      'native-inside',
      '^(agent|test|bench|scripts)/',
      { path: '^native/', pathNot: '^native/index\\.ts$' },
      'native/index.ts is the only door.',
    ),
    from(
      'agent-ships-blocks',
      '^agent/src/(server|session|sources)/',
      { path: '^shared/(model|findings|whatif|lessons)/' },
      'The agent ships blocks and control messages and does not know the model; its command line does.',
    ),
    from('agent-below-cli', '^agent/src/(server|session|sources|preflight)/', { path: '^agent/src/cli/' }, 'The command line is the top.'),
    from('session-below-server', '^agent/src/(session|sources)/', { path: '^agent/src/server/' }, 'A session does not know who listens.'),
    from('sources-below-session', '^agent/src/sources/', { path: '^agent/src/session/' }, 'A source does not know the session.'),
    {
      name: 'lens-not-lens',
      severity: 'error',
      comment: 'A lens never imports another lens.',
      from: { path: '^web/src/lenses/([^/]+)/' },
      to: { path: '^web/src/lenses/([^/]+)/', pathNot: '^web/src/lenses/$1/' },
    },
    from(
      'layout-draw-are-pure',
      ['^web/src/.*/layout[-.a-z]*ts$', '^web/src/.*/draw[-.a-z]*ts$'],
      { path: '(^web/src/store/|node_modules/(react|react-dom|zustand)/)' },
      'layout and draw are functions of their arguments: no React, no store.',
    ),
    {
      name: 'd3-gestures-in-interact',
      severity: 'error',
      comment: 'd3-selection, zoom, drag and brush live in web/src/interact; React owns the DOM.',
      from: { pathNot: '^web/src/interact/' },
      to: { path: '(^|/)(@types/)?d3-(selection|zoom|drag|brush|transition)(/|$)', pathNot: 'node_modules/.*node_modules/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'A circle has no inside: split the file.',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules/.*/node_modules|build|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
