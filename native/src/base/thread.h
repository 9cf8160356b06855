#pragma once

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include <thread>
#include <utility>

namespace ringlens {

/**
 * Starts a thread with a name (at most 15 characters, as in /proc/PID/task/TID/comm) and with every signal
 * blocked: signals are Node's business. Timer slack is 1 ns, so that holds and pauses end when they should.
 */
template <typename F>
std::thread startThread(const char* name, F body) {
  struct SignalsBlocked {
    SignalsBlocked() {
      sigset_t all;
      ::sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, &before);
    }
    ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
    sigset_t before;
  } inheritedByTheThread;
  return std::thread([name, body = std::move(body)]() mutable {
    ::pthread_setname_np(::pthread_self(), name);
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    body();
  });
}

}  // namespace ringlens
