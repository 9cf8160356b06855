#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "workload/debug.generated.h"

namespace ringlens {

/** An event as a breakpoint sees it: some fields, each a number. A field that was not set is one that the
 * event lacks. */
class BreakEvent {
 public:
  void set(BreakField field, double value) {
    values_[static_cast<unsigned>(field)] = value;
    present_ |= uint64_t{1} << static_cast<unsigned>(field);
  }
  bool has(BreakField field) const { return (present_ >> static_cast<unsigned>(field) & 1) != 0; }
  double get(BreakField field) const { return values_[static_cast<unsigned>(field)]; }

 private:
  static_assert(kBreakFields <= 64);
  std::array<double, kBreakFields> values_;
  uint64_t present_ = 0;
};

/**
 * The condition of a breakpoint: a small stack machine, made from a filter (shared/filter/lower.ts).
 *
 *     conn=3 (res<0 or !MORE)     conn eq 3, res lt 0, flags.MORE eq 0, or, and
 *
 * A comparison of a field that the event lacks is false.
 */
class BreakProgram {
 public:
  /** `numbers`: op, field, value for each step. Throws Failure (EINVALIDPARAM) for a program that can't run.
   */
  explicit BreakProgram(const std::vector<double>& numbers);
  bool matches(const BreakEvent& event) const;
  bool operator==(const BreakProgram& other) const { return steps_ == other.steps_; }

 private:
  struct Step {
    BreakOp op;
    BreakField field;
    double value;
    bool operator==(const Step& s) const { return op == s.op && field == s.field && value == s.value; }
  };
  static constexpr unsigned kDeepest = 64;
  std::vector<Step> steps_;
};

/** A breakpoint and its counts. */
struct Breakpoint {
  uint32_t id;
  bool enabled;
  uint64_t ignore;  // hits that do not stop
  BreakProgram program;
  uint64_t hits = 0;
};

}  // namespace ringlens
