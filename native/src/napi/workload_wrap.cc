#include "napi/workload_wrap.h"

#include "napi/arguments.h"
#include "napi/debug_js.h"
#include "napi/errors.h"
#include "napi/to_js.h"
#include "workload/params_check.h"

namespace ringlens {
namespace {

constexpr uint32_t kDefaultFinishMs = 5000;
constexpr uint32_t kMostFinishMs = 3600 * 1000;

}  // namespace

Napi::Function WorkloadWrap::defineClass(Napi::Env env) {
  return DefineClass(
      env, "Workload",
      {InstanceAccessor<&WorkloadWrap::startNs>("startNs"), InstanceAccessor<&WorkloadWrap::listen>("listen"),
       InstanceAccessor<&WorkloadWrap::reactorTid>("reactorTid"),
       InstanceMethod<&WorkloadWrap::configure>("configure"), InstanceMethod<&WorkloadWrap::pause>("pause"),
       InstanceMethod<&WorkloadWrap::resume>("resume"), InstanceMethod<&WorkloadWrap::step>("step"),
       InstanceMethod<&WorkloadWrap::setBreakpoints>("setBreakpoints"),
       InstanceMethod<&WorkloadWrap::act>("act"), InstanceMethod<&WorkloadWrap::look>("look"),
       InstanceMethod<&WorkloadWrap::debugState>("debugState"),
       InstanceMethod<&WorkloadWrap::takeBlocks>("takeBlocks"), InstanceMethod<&WorkloadWrap::stats>("stats"),
       InstanceMethod<&WorkloadWrap::kernel>("kernel"), InstanceMethod<&WorkloadWrap::finish>("finish"),
       InstanceMethod<&WorkloadWrap::close>("close")});
}

WorkloadWrap::WorkloadWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<WorkloadWrap>(info) {}

void WorkloadWrap::start(const Napi::Value& params, const Napi::Value& options) {
  const WorkloadParams checkedParams = readParams(params);
  WorkloadOptions checkedOptions = readOptions(options);
  const Napi::Value breakpoints = options.As<Napi::Object>().Get("breakpoints");
  if (!breakpoints.IsUndefined()) checkedOptions.breakpoints = readBreakpoints(breakpoints);
  features_ = probeFeatures();
  checkSupported(checkedParams, features_);
  host_.start(Value(), options, [&](std::function<void()> doorbell) {
    return std::make_unique<RunningWorkload>(checkedParams, checkedOptions, std::move(doorbell));
  });
}

RunningWorkload& WorkloadWrap::running() const { return static_cast<RunningWorkload&>(host_.running()); }

Napi::Value WorkloadWrap::startNs(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return host_.startNs(info.Env()); });
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

Napi::Value WorkloadWrap::pause(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().pause();
    return info.Env().Undefined();
  });
}

Napi::Value WorkloadWrap::resume(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().resume();
    return info.Env().Undefined();
  });
}

Napi::Value WorkloadWrap::step(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().step(readStepUnit(info[0]));
    return info.Env().Undefined();
  });
}

Napi::Value WorkloadWrap::setBreakpoints(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().setBreakpoints(readBreakpoints(info[0]));
    return info.Env().Undefined();
  });
}

Napi::Value WorkloadWrap::act(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().act(readByHand(info[0]));
    return info.Env().Undefined();
  });
}

Napi::Value WorkloadWrap::look(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return bufferContentToJs(info.Env(), running().look(readBid(info[0]))); });
}

Napi::Value WorkloadWrap::debugState(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return debugStateToJs(info.Env(), running().debugState(), running().startNs()); });
}

Napi::Value WorkloadWrap::takeBlocks(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return host_.takeBlocks(info.Env()); });
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
    const KernelAccess access = running().kernel();
    return kernelAccessToJs(info.Env(), access.backend, kKernelValues[static_cast<unsigned>(access.scope)],
                            access.missing, access.notes);
  });
}

Napi::Value WorkloadWrap::finish(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Object arguments = Napi::Object::New(info.Env());
    arguments.Set("timeoutMs", info[0]);
    const uint32_t ms = readInteger(arguments, "finish", "timeoutMs", 0, kMostFinishMs, kDefaultFinishMs);
    running().beginFinish(ms * kNsPerMs);
    return host_.promiseOfEnd(info.Env());
  });
}

Napi::Value WorkloadWrap::close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().beginClose();
    return host_.promiseOfEnd(info.Env());
  });
}

}  // namespace ringlens
