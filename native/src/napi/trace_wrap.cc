#include "napi/trace_wrap.h"

#include <utility>

#include "napi/arguments.h"
#include "napi/errors.h"
#include "napi/to_js.h"

namespace ringlens {

Napi::Function TraceWrap::defineClass(Napi::Env env) {
  return DefineClass(
      env, "Trace",
      {InstanceAccessor<&TraceWrap::startNs>("startNs"), InstanceMethod<&TraceWrap::takeBlocks>("takeBlocks"),
       InstanceMethod<&TraceWrap::stats>("stats"), InstanceMethod<&TraceWrap::kernel>("kernel"),
       InstanceMethod<&TraceWrap::rings>("rings"), InstanceMethod<&TraceWrap::threads>("threads"),
       InstanceMethod<&TraceWrap::close>("finish"), InstanceMethod<&TraceWrap::close>("close")});
}

TraceWrap::TraceWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<TraceWrap>(info) {}

void TraceWrap::start(const Napi::Value& options) {
  const TraceOptions checked = readTraceOptions(options);
  host_.start(Value(), options, [&](std::function<void()> doorbell) {
    return std::make_unique<RunningTrace>(checked, std::move(doorbell));
  });
}

RunningTrace& TraceWrap::running() const { return static_cast<RunningTrace&>(host_.running()); }

Napi::Value TraceWrap::startNs(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return host_.startNs(info.Env()); });
}

Napi::Value TraceWrap::takeBlocks(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return host_.takeBlocks(info.Env()); });
}

Napi::Value TraceWrap::stats(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const TraceStats s = running().stats();
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, uint64_t value) { object.Set(name, static_cast<double>(value)); };
    set("events", s.events);
    set("dropped", s.dropped);
    set("kernelEvents", s.kernelEvents);
    set("kernelLost", s.kernelLost);
    set("kernelLate", s.kernelLate);
    set("ambiguous", s.ambiguous);
    set("readerCpuNs", s.readerCpuNs);
    return object;
  });
}

Napi::Value TraceWrap::kernel(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const RunningTrace& trace = running();
    const char* const scope = trace.what() == Selection::What::kAll ? "all" : "arms";
    return kernelAccessToJs(info.Env(), trace.backend(), scope, {}, trace.notes());
  });
}

Napi::Value TraceWrap::rings(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const Napi::Array list = Napi::Array::New(env);
    for (const RingInfo& ring : running().rings()) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("id", ring.id);
      object.Set("pid", ring.pid);
      object.Set("fd", ring.fd);
      object.Set("setupFlags", ring.setupFlags);
      object.Set("sqEntries", ring.sqEntries);
      object.Set("cqEntries", ring.cqEntries);
      object.Set("created", Napi::Boolean::New(env, ring.created));
      list.Set(list.Length(), object);
    }
    return list;
  });
}

Napi::Value TraceWrap::threads(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    const Napi::Array list = Napi::Array::New(env);
    for (const ThreadInfo& thread : running().threads()) {
      Napi::Object object = Napi::Object::New(env);
      object.Set("id", thread.id);
      object.Set("tid", thread.tid);
      object.Set("pid", thread.pid);
      object.Set("name", thread.name);
      list.Set(list.Length(), object);
    }
    return list;
  });
}

Napi::Value TraceWrap::close(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    running().beginClose();
    return host_.promiseOfEnd(info.Env());
  });
}

}  // namespace ringlens
