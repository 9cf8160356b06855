#include "napi/source_host.h"

#include <cstring>
#include <string>

#include "napi/arguments.h"
#include "napi/errors.h"

namespace ringlens {
namespace {

constexpr uint32_t kBlocksPerCall = 64;

}  // namespace

SourceHost::~SourceHost() {
  if (isHooked_) napi_remove_env_cleanup_hook(env_, onEnvironmentEnd, this);
}

void SourceHost::start(const Napi::Object& wrap, const Napi::Value& options, const Make& make) {
  env_ = wrap.Env();
  onBlocks_ = Napi::Persistent(readCallback(options, "onBlocks"));
  onStopped_ = Napi::Persistent(readCallback(options, "onStopped"));
  doorbell_ = std::make_unique<Doorbell>(
      env_, [](Napi::Env e, void* self) { static_cast<SourceHost*>(self)->onDoorbell(e); }, this);
  try {
    running_ = make([this] { doorbell_->ring(); });
  } catch (...) {
    doorbell_->release();
    throw;
  }
  // Added after the doorbell's own hook, so it runs before it: the threads end while there is a bell to ring.
  napi_add_env_cleanup_hook(env_, onEnvironmentEnd, this);
  isHooked_ = true;
  wrap_ = Napi::Persistent(wrap);
}

RunningSource& SourceHost::running() const {
  if (running_ == nullptr) {
    std::string name = what_;
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    throw Failure("ESRCH", std::string("This ") + what_ + " was never started; use start" + name + ".",
                  ESRCH);
  }
  return *running_;
}

Napi::Value SourceHost::startNs(Napi::Env env) const { return Napi::BigInt::New(env, running().startNs()); }

Napi::Value SourceHost::takeBlocks(Napi::Env env) const {
  RunningSource& source = running();
  const Napi::Array blocks = Napi::Array::New(env);
  Block block;
  for (uint32_t i = 0; i < kBlocksPerCall && source.takeBlock(&block); i++) {
    // Copied: external buffers with finalizers stall the collector (TRACING.md, section 3).
    Napi::ArrayBuffer memory = Napi::ArrayBuffer::New(env, block.size);
    std::memcpy(memory.Data(), block.bytes.get(), block.size);
    blocks.Set(i, Napi::Uint8Array::New(env, block.size, memory, 0));
  }
  return blocks;
}

Napi::Value SourceHost::promiseOfEnd(Napi::Env env) {
  const Napi::Promise::Deferred deferred = Napi::Promise::Deferred::New(env);
  if (hasEnded_) {
    deferred.Resolve(env.Undefined());
  } else {
    waiting_.push_back(deferred);
  }
  return deferred.Promise();
}

/** Something is to be seen: blocks, an end by itself, the end. One ring can stand for all of them. */
void SourceHost::onDoorbell(Napi::Env env) {
  if (hasEnded_ || running_ == nullptr) return;
  const bool ended = running_->hasEnded();  // read first: what ended has queued its last block
  if (running_->hasBlocks()) onBlocks_.Call({});
  if (running_->isOver()) running_->beginClose();
  if (ended) onEnded(env);
}

void SourceHost::onEnded(Napi::Env env) {
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
  [[maybe_unused]] const Napi::Object held =
      wrap_.Value();  // the wrap, and this with it, lives as long as this call
  wrap_.Reset();
  // The callbacks know the wrap mostly: held on to, they would keep it from being collected.
  onBlocks_.Reset();
  const Napi::Function onStopped = onStopped_.Value();
  onStopped_.Reset();
  onStopped.Call({error});
}

void SourceHost::onEnvironmentEnd(void* self) {
  SourceHost* const host = static_cast<SourceHost*>(self);
  host->isHooked_ = false;
  host->running_->endNow();
}

}  // namespace ringlens
