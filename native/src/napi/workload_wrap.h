#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "napi/doorbell.h"
#include "napi/running_workload.h"
#include "ring/features.h"

namespace ringlens {

/**
 * The `Workload` of native/index.ts. On the JS thread. It holds itself while the threads run, and ends them
 * when the environment goes (exit without close, Worker.terminate).
 */
class WorkloadWrap : public Napi::ObjectWrap<WorkloadWrap> {
 public:
  static Napi::Function defineClass(Napi::Env env);
  explicit WorkloadWrap(const Napi::CallbackInfo& info);
  ~WorkloadWrap() override;

  /** Once, right after construction. Throws Failure and leaves nothing behind. */
  void start(Napi::Env env, const Napi::Value& params, const Napi::Value& options);

 private:
  Napi::Value startNs(const Napi::CallbackInfo& info);
  Napi::Value listen(const Napi::CallbackInfo& info);
  Napi::Value reactorTid(const Napi::CallbackInfo& info);
  Napi::Value configure(const Napi::CallbackInfo& info);
  Napi::Value takeBlocks(const Napi::CallbackInfo& info);
  Napi::Value stats(const Napi::CallbackInfo& info);
  Napi::Value kernel(const Napi::CallbackInfo& info);
  Napi::Value finish(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  RunningWorkload& running() const;
  Napi::Value promiseOfEnd(Napi::Env env);
  void onDoorbell(Napi::Env env);
  void onEnded(Napi::Env env);
  static void onEnvironmentEnd(void* self);

  RingFeatures features_;
  Napi::FunctionReference onBlocks_;
  Napi::FunctionReference onStopped_;
  std::vector<Napi::Promise::Deferred> waiting_;
  bool hasEnded_ = false;
  bool isHooked_ = false;
  // The threads of running_ ring the doorbell: it goes after them.
  std::unique_ptr<Doorbell> doorbell_;
  std::unique_ptr<RunningWorkload> running_;
};

}  // namespace ringlens
