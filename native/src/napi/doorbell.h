#pragma once

#include <napi.h>

namespace ringlens {

/**
 * Calls one function on the JS thread, rung from any thread. A thread-safe function with room for one call: a
 * second ring before the first was answered is that same call, so nothing can pile up. Holds the event loop
 * open.
 *
 * Life: the threads that ring are joined before `release`; at the end of the environment Node releases it
 * itself.
 */
class Doorbell {
 public:
  using Handler = void (*)(Napi::Env env, void* owner);

  Doorbell(Napi::Env env, Handler handler, void* owner);
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  /** Any thread. */
  void ring();
  /** JS thread; nobody rings any more. A ring that was not answered yet is forgotten. */
  void release();

 private:
  static void onCall(napi_env env, napi_value callback, void* context, void* data);

  const Handler handler_;
  void* const owner_;
  napi_threadsafe_function function_ = nullptr;
};

}  // namespace ringlens
