#include "napi/doorbell.h"

namespace ringlens {

Doorbell::Doorbell(Napi::Env env, Handler handler, void* owner) : handler_(handler), owner_(owner) {
  const Napi::String name = Napi::String::New(env, "ringlens doorbell");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 1, 1, nullptr,
                                                             nullptr, this, onCall, &function_);
  if (status != napi_ok) throw Napi::Error::New(env);
}

void Doorbell::ring() {
  // napi_queue_full = it rings already, napi_closing = nobody is at home any more; both are fine.
  napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
}

// Aborted and not only released: a call that waits must not find its owner gone.
void Doorbell::release() { napi_release_threadsafe_function(function_, napi_tsfn_abort); }

void Doorbell::onCall(napi_env env, napi_value /*callback*/, void* context, void* /*data*/) {
  if (env == nullptr) return;  // the environment ends
  Doorbell* const self = static_cast<Doorbell*>(context);
  const Napi::HandleScope scope(env);
  try {
    self->handler_(Napi::Env(env), self->owner_);
  } catch (const Napi::Error& e) {
    // A plain throw would be a warning only (Node's DEP0168).
    napi_fatal_exception(env, e.Value());
  }
}

}  // namespace ringlens
