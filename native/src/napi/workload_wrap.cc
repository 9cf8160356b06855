#include "napi/workload_wrap.h"

#include <cstring>

#include "napi/arguments.h"
#include "napi/errors.h"
#include "workload/params_check.h"

namespace ringlens {
namespace {

constexpr uint32_t kBlocksPerCall = 64;
constexpr uint32_t kDefaultFinishMs = 5000;
constexpr uint32_t kMostFinishMs = 3600 * 1000;

}  // namespace

Napi::Function WorkloadWrap::defineClass(Napi::Env env) {
  return DefineClass(
      env, "Workload",
      {InstanceAccessor<&WorkloadWrap::startNs>("startNs"), InstanceAccessor<&WorkloadWrap::listen>("listen"),
       InstanceAccessor<&WorkloadWrap::reactorTid>("reactorTid"),
       InstanceMethod<&WorkloadWrap::configure>("configure"),
       InstanceMethod<&WorkloadWrap::takeBlocks>("takeBlocks"), InstanceMethod<&WorkloadWrap::stats>("stats"),
       InstanceMethod<&WorkloadWrap::kernel>("kernel"), InstanceMethod<&WorkloadWrap::finish>("finish"),
       InstanceMethod<&WorkloadWrap::close>("close")});
}

WorkloadWrap::WorkloadWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<WorkloadWrap>(info) {}

WorkloadWrap::~WorkloadWrap() {
  if (isHooked_) napi_remove_env_cleanup_hook(Env(), onEnvironmentEnd, this);
}

void WorkloadWrap::start(Napi::Env env, const Napi::Value& params, const Napi::Value& options) {
  const WorkloadParams checkedParams = readParams(params);
  const WorkloadOptions checkedOptions = readOptions(options);
  onBlocks_ = Napi::Persistent(readCallback(options, "onBlocks"));
  onStopped_ = Napi::Persistent(readCallback(options, "onStopped"));
  features_ = probeFeatures();
  checkSupported(checkedParams, features_);
  doorbell_ = std::make_unique<Doorbell>(
      env, [](Napi::Env e, void* self) { static_cast<WorkloadWrap*>(self)->onDoorbell(e); }, this);
  try {
    running_ =
        std::make_unique<RunningWorkload>(checkedParams, checkedOptions, [this] { doorbell_->ring(); });
  } catch (...) {
    doorbell_->release();
    throw;
  }
  // Added after the doorbell's own hook, so it runs before it: the threads end while there is a bell to ring.
  napi_add_env_cleanup_hook(env, onEnvironmentEnd, this);
  isHooked_ = true;
  Ref();
}

RunningWorkload& WorkloadWrap::running() const {
  if (running_ == nullptr)
    throw Failure("ESRCH", "This workload was never started; use startWorkload.", ESRCH);
  return *running_;
}

Napi::Value WorkloadWrap::startNs(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return Napi::BigInt::New(info.Env(), running().startNs()); });
}

Napi::Value WorkloadWrap::listen(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return Napi::String::New(info.Env(), running().address()); });
}

Napi::Value WorkloadWrap::reactorTid(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return Napi::Number::New(info.Env(), running().reactorThreadId()); });
}

Napi::Value WorkloadWrap::configure(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const WorkloadParams params = readParams(info[0]);
    checkSupported(params, features_);
    running().configure(params);
    return info.Env().Undefined();
  });
}

Napi::Value WorkloadWrap::takeBlocks(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const Napi::Array blocks = Napi::Array::New(env);
    Block block;
    for (uint32_t i = 0; i < kBlocksPerCall && running().takeBlock(&block); i++) {
      // Copied: external buffers with finalizers stall the collector (TRACING.md, section 3).
      Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, block.size);
      std::memcpy(memory.Data(), block.bytes.get(), block.size);
      blocks.Set(i, Napi::Uint8Array::New(env, block.size, memory, 0));
    }
    return blocks;
  });
}

Napi::Value WorkloadWrap::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const WorkloadStats s = running().stats();
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, uint64_t value) { object.Set(name, static_cast<double>(value)); };
    set("bytesSent", s.bytesSent);
    set("messagesSent", s.messagesSent);
    set("bytesReceived", s.bytesReceived);
    set("cqes", s.cqes);
    set("submits", s.submits);
    set("events", s.events);
    set("dropped", s.dropped);
    set("kernelEvents", s.kernel.events);
    set("kernelLost", s.kernel.lost);
    set("kernelLate", s.kernel.late);
    set("reactorCpuNs", s.reactorCpuNs);
    set("connections", s.connections);
    return object;
  });
}

Napi::Value WorkloadWrap::kernel(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const KernelAccess access = running().kernel();
    Napi::Object object = Napi::Object::New(env);
    object.Set("backend", access.backend);
    object.Set("scope", kKernelValues[static_cast<unsigned>(access.scope)]);
    object.Set("missing", access.missing);
    Napi::Array notes = Napi::Array::New(env);
    for (uint32_t i = 0; i < access.notes.size(); i++) notes.Set(i, access.notes[i]);
    object.Set("notes", notes);
    return object;
  });
}

Napi::Value WorkloadWrap::finish(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Object arguments = Napi::Object::New(info.Env());
    arguments.Set("timeoutMs", info[0]);
    const uint32_t ms = readInteger(arguments, "finish", "timeoutMs", 0, kMostFinishMs, kDefaultFinishMs);
    running().beginFinish(ms * kNsPerMs);
    return promiseOfEnd(info.Env());
  });
}

Napi::Value WorkloadWrap::close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().beginClose();
    return promiseOfEnd(info.Env());
  });
}

Napi::Value WorkloadWrap::promiseOfEnd(Napi::Env env) {
  const Napi::Promise::Deferred deferred = Napi::Promise::Deferred::New(env);
  if (hasEnded_) {
    deferred.Resolve(env.Undefined());
  } else {
    waiting_.push_back(deferred);
  }
  return deferred.Promise();
}

/** Something is to be seen: blocks, a failed reactor, the end. One ring can stand for all of them. */
void WorkloadWrap::onDoorbell(Napi::Env env) {
  if (hasEnded_ || running_ == nullptr) return;
  const bool ended = running_->hasEnded();  // read first: what ended has queued its last block
  if (running_->hasBlocks()) onBlocks_.Call({});
  if (running_->hasFailed()) running_->beginClose();
  if (ended) onEnded(env);
}

void WorkloadWrap::onEnded(Napi::Env env) {
  hasEnded_ = true;
  running_->release();
  napi_remove_env_cleanup_hook(env, onEnvironmentEnd, this);
  isHooked_ = false;
  doorbell_->release();
  for (const Napi::Promise::Deferred& deferred : waiting_) deferred.Resolve(env.Undefined());
  waiting_.clear();
  const std::optional<Failure>& failure = running_->failure();
  const napi_value error =
      failure ? static_cast<napi_value>(toJsError(env, *failure).Value()) : env.Undefined();
  Unref();
  onStopped_.Call({error});
}

void WorkloadWrap::onEnvironmentEnd(void* self) {
  WorkloadWrap* const wrap = static_cast<WorkloadWrap*>(self);
  wrap->isHooked_ = false;
  wrap->running_->endNow();
}

}  // namespace ringlens
