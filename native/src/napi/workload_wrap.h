#pragma once

#include <napi.h>

#include "napi/running_workload.h"
#include "napi/source_host.h"
#include "ring/features.h"

namespace ringlens {

/** The `Workload` of native/index.ts. On the JS thread. */
class WorkloadWrap : public Napi::ObjectWrap<WorkloadWrap> {
 public:
  static Napi::Function defineClass(Napi::Env env);
  explicit WorkloadWrap(const Napi::CallbackInfo& info);

  /** Once, right after construction. Throws Failure and leaves nothing behind. */
  void start(const Napi::Value& params, const Napi::Value& options);

 private:
  Napi::Value startNs(const Napi::CallbackInfo& info);
  Napi::Value listen(const Napi::CallbackInfo& info);
  Napi::Value reactorTid(const Napi::CallbackInfo& info);
  Napi::Value configure(const Napi::CallbackInfo& info);
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value setBreakpoints(const Napi::CallbackInfo& info);
  Napi::Value act(const Napi::CallbackInfo& info);
  Napi::Value look(const Napi::CallbackInfo& info);
  Napi::Value debugState(const Napi::CallbackInfo& info);
  Napi::Value takeBlocks(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value kernel(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  RunningWorkload& running() const;

  SourceHost host_{"workload"};
  RingFeatures features_;
};

}  // namespace ringlens
