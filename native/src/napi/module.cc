#include <napi.h>

#include <cstring>
#include <vector>

#include "napi/errors.h"
#include "napi/trace_wrap.h"
#include "napi/workload_wrap.h"
#include "ring/features.h"
#include "trace/block_packer.h"
#include "tracer/choose.h"

namespace ringlens {
namespace {

/** Per environment: a Worker has its own. */
struct Addon {
  Napi::FunctionReference workload;
  Napi::FunctionReference trace;
};

Napi::Value startWorkload(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object workload = info.Env().GetInstanceData<Addon>()->workload.New({});
    WorkloadWrap::Unwrap(workload)->start(info[0], info[1]);
    return workload;
  });
}

Napi::Value startTrace(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object trace = info.Env().GetInstanceData<Addon>()->trace.New({});
    TraceWrap::Unwrap(trace)->start(info[0]);
    return trace;
  });
}

Napi::Value features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const RingFeatures f = probeFeatures();
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("multishotRecv", f.multishotRecv);
    object.Set("bufRing", f.bufRing);
    object.Set("bundle", f.bundle);
    object.Set("incremental", f.incremental);
    object.Set("coopTaskrun", f.coopTaskrun);
    object.Set("singleIssuer", f.singleIssuer);
    object.Set("deferTaskrun", f.deferTaskrun);
    object.Set("sqpoll", f.sqpoll);
    return object;
  });
}

Napi::Value kernelAccess(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Array choices = Napi::Array::New(info.Env());
    for (const BackendChoice& choice : probeBackends()) {
      Napi::Object object = Napi::Object::New(info.Env());
      object.Set("name", choice.name);
      object.Set("permitted", choice.permitted);
      object.Set("reason", choice.reason);
      object.Set("remedy", choice.remedy);
      choices.Set(choices.Length(), object);
    }
    return choices;
  });
}

Napi::Value missing(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Array names = Napi::Array::New(info.Env());
    for (const std::string& name : missingTracepoints()) names.Set(names.Length(), name);
    return names;
  });
}

Napi::Value toBytes(Napi::Env env, const void* data, size_t size) {
  Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, size);
  if (size > 0) std::memcpy(memory.Data(), data, size);
  return Napi::Uint8Array::New(env, size, memory, 0);
}

Napi::Value packBlock(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    constexpr size_t kMostEvents = 1u << 20;
    if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      throw invalidParam("records: expected a Uint8Array");
    }
    const Napi::Uint8Array bytes = info[0].As<Napi::Uint8Array>();
    const size_t count = bytes.ByteLength() / sizeof(EventRecord);
    if (bytes.ByteLength() % sizeof(EventRecord) != 0 || count > kMostEvents) {
      throw invalidParam("records: expected at most 1048576 records of 48 bytes each");
    }
    bool isWhole = false;
    const uint64_t seq = info[1].IsBigInt() ? info[1].As<Napi::BigInt>().Uint64Value(&isWhole) : 0;
    if (!isWhole) throw invalidParam("seq: expected a bigint from 0 to 2^64 - 1");
    std::vector<EventRecord> records(count);
    if (count > 0) std::memcpy(records.data(), bytes.Data(), bytes.ByteLength());
    BlockPacker packer;
    const Block block = packer.pack(records.data(), count, seq);
    return toBytes(info.Env(), block.bytes.get(), block.size);
  });
}

/** Every field of every kind has a value of its own; native/test/schema.test.ts knows the formula. */
Napi::Value sampleRecords(const Napi::CallbackInfo& info) {
  std::vector<EventRecord> records;
  for (const Kind kind : kAllKinds) {
    const uint8_t k = static_cast<uint8_t>(kind);
    EventRecord e{};
    e.tNs = 0x1100000000000000u + k;
    e.userData = 0x2200000000000000u + k;
    e.res = -1000 - k;
    e.flags = 0x33000000u + k;
    e.a = 0x44000000u + k;
    e.b = 0x55000000u + k;
    e.request = 0x66000000u + k;
    e.thread = static_cast<uint16_t>(0x7700 + k);
    e.ring = static_cast<uint16_t>(0x8800 + k);
    e.kind = k;
    e.provenance = static_cast<uint8_t>(k % 4);
    records.push_back(e);
  }
  return toBytes(info.Env(), records.data(), records.size() * sizeof(EventRecord));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  Addon* const addon = new Addon;
  addon->workload = Napi::Persistent(WorkloadWrap::defineClass(env));
  env.SetInstanceData(addon);  // deletes it at the end of the environment
  addon->trace = Napi::Persistent(TraceWrap::defineClass(env));
  exports.Set("startTrace", Napi::Function::New<startTrace>(env, "startTrace"));
  exports.Set("startWorkload", Napi::Function::New<startWorkload>(env, "startWorkload"));
  exports.Set("features", Napi::Function::New<features>(env, "features"));
  exports.Set("kernelAccess", Napi::Function::New<kernelAccess>(env, "kernelAccess"));
  exports.Set("missingTracepoints", Napi::Function::New<missing>(env, "missingTracepoints"));
  exports.Set("packBlock", Napi::Function::New<packBlock>(env, "packBlock"));
  exports.Set("sampleRecords", Napi::Function::New<sampleRecords>(env, "sampleRecords"));
  return exports;
}

NODE_API_MODULE(ringlens, init)

}  // namespace
}  // namespace ringlens
