#pragma once

#include <napi.h>

#include <exception>

#include "base/error.h"

namespace ringlens {

/** A NativeError (native/index.ts) of a Failure. */
Napi::Error toJsError(Napi::Env env, const Failure& failure);

/** Runs the body of a function called from JS: a Failure becomes a NativeError, nothing else gets out. */
template <typename F>
Napi::Value guarded(Napi::Env env, F body) {
  try {
    return body();
  } catch (const Failure& failure) {
    throw toJsError(env, failure);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& e) {
    throw toJsError(env, Failure("EFAILED", std::string("The addon failed: ") + e.what()));
  }
}

}  // namespace ringlens
