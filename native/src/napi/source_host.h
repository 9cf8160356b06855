#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <vector>

#include "napi/doorbell.h"
#include "napi/running_source.h"

namespace ringlens {

/**
 * A RunningSource seen from JS: doorbell, blocks, the end. The part of WorkloadWrap and TraceWrap that is the
 * same; on the JS thread. It holds the wrap while the threads run, and ends them when the environment goes
 * (exit without close, Worker.terminate).
 */
class SourceHost {
 public:
  using Make = std::function<std::unique_ptr<RunningSource>(std::function<void()> doorbell)>;

  /** `what` for sentences: "workload". */
  explicit SourceHost(const char* what) : what_(what) {}
  ~SourceHost();
  SourceHost(const SourceHost&) = delete;
  SourceHost& operator=(const SourceHost&) = delete;

  /** Once. `options` has onBlocks and onStopped. Throws Failure and leaves nothing behind. */
  void start(const Napi::Object& wrap, const Napi::Value& options, const Make& make);
  /** Throws Failure where it was never started. */
  RunningSource& running() const;

  Napi::Value startNs(Napi::Env env) const;
  Napi::Value takeBlocks(Napi::Env env) const;
  /** Resolves when the last block can be taken. */
  Napi::Value promiseOfEnd(Napi::Env env);

 private:
  void onDoorbell(Napi::Env env);
  void onEnded(Napi::Env env);
  static void onEnvironmentEnd(void* self);

  const char* const what_;
  Napi::Env env_{nullptr};
  Napi::ObjectReference wrap_;
  Napi::FunctionReference onBlocks_;
  Napi::FunctionReference onStopped_;
  std::vector<Napi::Promise::Deferred> waiting_;
  bool hasEnded_ = false;
  bool isHooked_ = false;
  // The threads of running_ ring the doorbell: it goes after them.
  std::unique_ptr<Doorbell> doorbell_;
  std::unique_ptr<RunningSource> running_;
};

}  // namespace ringlens
