#include "napi/debug_js.h"

#include <cstring>
#include <string>

#include "napi/arguments.h"

namespace ringlens {
namespace {

constexpr uint32_t kMostBid = 65535;
constexpr uint32_t kMostTarget = 65535;
constexpr uint32_t kMostValue = 1u << 30;
constexpr uint32_t kMostId = (1u << (32 - kBreakpointShift)) - 1;

}  // namespace

StepUnit readStepUnit(const Napi::Value& value) {
  Napi::Object object = Napi::Object::New(value.Env());
  object.Set("unit", value);
  return static_cast<StepUnit>(readInteger(object, "step", "unit", static_cast<uint32_t>(StepUnit::kCqe),
                                           static_cast<uint32_t>(StepUnit::kEnd), 0));
}

std::vector<Breakpoint> readBreakpoints(const Napi::Value& value) {
  if (!value.IsArray()) throw invalidParam("breakpoints: expected a list");
  const Napi::Array list = value.As<Napi::Array>();
  if (list.Length() > kMostBreakpoints)
    throw invalidParam("breakpoints: expected at most " + std::to_string(kMostBreakpoints));
  std::vector<Breakpoint> breakpoints;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const std::string path = "breakpoints[" + std::to_string(i) + "]";
    const Napi::Value member = list.Get(i);
    if (!member.IsObject()) throw invalidParam(path + ": expected an object");
    const Napi::Object object = member.As<Napi::Object>();
    const Napi::Value enabled = object.Get("enabled");
    if (!enabled.IsBoolean()) throw invalidParam(path + ".enabled: expected true or false");
    const Napi::Value program = object.Get("program");
    if (!program.IsTypedArray() || program.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array)
      throw invalidParam(path + ".program: expected a Float64Array");
    const Napi::Float64Array numbers = program.As<Napi::Float64Array>();
    std::vector<double> steps(numbers.ElementLength());
    for (size_t k = 0; k < steps.size(); k++) steps[k] = numbers[k];
    breakpoints.push_back(
        Breakpoint{readInteger(object, path, "id", 1, kMostId, 0), enabled.As<Napi::Boolean>().Value(),
                   readInteger(object, path, "ignore", 0, kMostValue, 0), BreakProgram(steps)});
    if (breakpoints.back().id == 0) throw invalidParam(path + ".id: expected a number from 1 on");
  }
  return breakpoints;
}

ByHand readByHand(const Napi::Value& value) {
  if (!value.IsObject()) throw invalidParam("act: expected an object");
  const Napi::Object object = value.As<Napi::Object>();
  const uint32_t action = readInteger(object, "act", "action", static_cast<uint32_t>(HandAction::kGiveBack),
                                      static_cast<uint32_t>(HandAction::kReset), 0);
  return ByHand{static_cast<HandAction>(action), readInteger(object, "act", "target", 0, kMostTarget, 0),
                readInteger(object, "act", "value", 0, kMostValue, 0)};
}

uint32_t readBid(const Napi::Value& value) {
  Napi::Object object = Napi::Object::New(value.Env());
  object.Set("bid", value);
  return readInteger(object, "look", "bid", 0, kMostBid, kMostBid);
}

Napi::Value debugStateToJs(Napi::Env env, const DebugState& state, uint64_t startNs) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("stopped", state.isStopped);
  object.Set("cqes", static_cast<double>(state.cqes));
  object.Set("waiting", static_cast<double>(state.waiting));
  object.Set("overflowed", state.isOverflowed);
  Napi::Array hits = Napi::Array::New(env, state.hits.size());
  for (size_t i = 0; i < state.hits.size(); i++) {
    Napi::Object hit = Napi::Object::New(env);
    hit.Set("id", state.hits[i].first);
    hit.Set("hits", static_cast<double>(state.hits[i].second));
    hits.Set(static_cast<uint32_t>(i), hit);
  }
  object.Set("hits", hits);
  if (!state.stop) {
    object.Set("stop", env.Null());
    return object;
  }
  const Stop& s = *state.stop;
  Napi::Object stop = Napi::Object::New(env);
  stop.Set("reason", static_cast<uint32_t>(s.reason));
  stop.Set("breakpoint", s.breakpoint);
  stop.Set("cqes", static_cast<double>(s.cqes));
  const EventRecord& e = s.event;
  if (e.kind == 0) {
    stop.Set("event", env.Null());
  } else {
    Napi::Object event = Napi::Object::New(env);
    event.Set("t", static_cast<double>(e.tNs - startNs));
    event.Set("kind", e.kind);
    event.Set("userData", Napi::BigInt::New(env, e.userData));
    event.Set("res", e.res);
    event.Set("flags", e.flags);
    event.Set("a", e.a);
    event.Set("b", e.b);
    event.Set("request", e.request);
    stop.Set("event", event);
  }
  object.Set("stop", stop);
  return object;
}

Napi::Value bufferContentToJs(Napi::Env env, const BufferContent& content) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("held", content.isHeld);
  object.Set("userData", Napi::BigInt::New(env, content.userData));
  object.Set("filled", content.filled);
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, content.bytes.size());
  if (!content.bytes.empty()) std::memcpy(bytes.Data(), content.bytes.data(), content.bytes.size());
  object.Set("bytes", bytes);
  return object;
}

}  // namespace ringlens
