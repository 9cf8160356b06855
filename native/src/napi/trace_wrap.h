#pragma once

#include <napi.h>

#include "napi/running_trace.h"
#include "napi/source_host.h"

namespace ringlens {

/** The `Trace` of native/index.ts. On the JS thread. */
class TraceWrap : public Napi::ObjectWrap<TraceWrap> {
 public:
  static Napi::Function defineClass(Napi::Env env);
  explicit TraceWrap(const Napi::CallbackInfo& info);

  /** Once, right after construction. Throws Failure and leaves nothing behind. */
  void start(const Napi::Value& options);

 private:
  Napi::Value startNs(const Napi::CallbackInfo& info);
  Napi::Value takeBlocks(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value kernel(const Napi::CallbackInfo& info);
  Napi::Value rings(const Napi::CallbackInfo& info);
  Napi::Value threads(const Napi::CallbackInfo& info);
  /** Both finish and close: what was recorded is delivered in either way. */
  Napi::Value close(const Napi::CallbackInfo& info);

  RunningTrace& running() const;

  SourceHost host_{"trace"};
};

}  // namespace ringlens
