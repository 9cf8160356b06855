#pragma once

#include <cstdio>

namespace ringlens {

/** Checks of tracer_unit that did not hold. */
inline int failures = 0;

}  // namespace ringlens

#define CHECK(condition)                                                   \
  do {                                                                     \
    if (!(condition)) {                                                    \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      failures++;                                                          \
    }                                                                      \
  } while (false)
