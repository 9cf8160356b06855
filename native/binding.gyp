{
  'targets': [
    {
      'target_name': 'ringlens',
      'conditions': [
        # io_uring is Linux. Elsewhere there is nothing to build, so that npm install succeeds and replay works.
        ['OS!="linux"', { 'type': 'none' }, {
          'sources': [
            'src/base/error.cc',
            'src/load/load_generator.cc',
            'src/load/peer.cc',
            'src/napi/arguments.cc',
            'src/napi/doorbell.cc',
            'src/napi/errors.cc',
            'src/napi/module.cc',
            'src/napi/running_workload.cc',
            'src/napi/workload_wrap.cc',
            'src/ring/buffer_group.cc',
            'src/ring/features.cc',
            'src/ring/ring.cc',
            'src/trace/block_packer.cc',
            'src/trace/column_writer.cc',
            'src/trace/crc32.cc',
            'src/trace/merger.cc',
            'src/workload/buffers.cc',
            'src/workload/connections.cc',
            'src/workload/listener.cc',
            'src/workload/params_check.cc',
            'src/workload/peer_directory.cc',
            'src/workload/reactor.cc',
            'src/workload/reactor_ring.cc',
            'src/workload/receive.cc',
            'src/workload/snapshot.cc',
            'src/workload/submission.cc',
          ],
          'include_dirs': ['src'],
          'defines': [
            'NAPI_VERSION=8',
            'NAPI_CPP_EXCEPTIONS',
            # Without it Worker.terminate during a call into JS aborts the process.
            'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
          ],
          'cflags_cc!': ['-fno-exceptions', '-fno-rtti'],
          'cflags_cc': [
            '-std=c++17', '-O2', '-fexceptions', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wshadow',
            # A system folder, so that its warnings are not ours.
            '-isystem', '<!(node -p "require(\'node:path\').dirname(require.resolve(\'node-addon-api/package.json\'))")',
          ],
          # Static: a machine that only runs ringlens needs no liburing.
          'libraries': ['-l:liburing.a'],
        }],
      ],
    },
  ],
}
