#include "workload/break_program.h"

#include <string>

#include "base/error.h"

namespace ringlens {

BreakProgram::BreakProgram(const std::vector<double>& numbers) {
  const auto bad = [](const char* what) { return invalidParam(std::string("breakpoint.program: ") + what); };
  if (numbers.empty() || numbers.size() % kBreakStepNumbers != 0)
    throw bad("expected three numbers for each step");
  if (numbers.size() / kBreakStepNumbers > kMostBreakSteps)
    throw bad("it has too many steps; use a shorter condition");
  unsigned depth = 0;
  for (size_t i = 0; i < numbers.size(); i += kBreakStepNumbers) {
    const double op = numbers[i];
    const double field = numbers[i + 1];
    if (!(op >= 0 && op <= static_cast<double>(BreakOp::kOr))) throw bad("there is no such step");
    if (!(field >= 0 && field < kBreakFields)) throw bad("there is no such field");
    const Step step{static_cast<BreakOp>(op), static_cast<BreakField>(field), numbers[i + 2]};
    if (step.op >= BreakOp::kAnd) {
      if (depth < 2) throw bad("a step has nothing to join");
      depth--;
    } else if (++depth > kDeepest) {
      throw bad("it is nested too deeply; use a shorter condition");
    }
    steps_.push_back(step);
  }
  if (depth != 1) throw bad("it does not come to one answer");
}

bool BreakProgram::matches(const BreakEvent& event) const {
  bool stack[kDeepest];
  unsigned depth = 0;
  for (const Step& step : steps_) {
    if (step.op >= BreakOp::kAnd) {
      const bool right = stack[--depth];
      bool& left = stack[depth - 1];
      left = step.op == BreakOp::kAnd ? (left && right) : (left || right);
      continue;
    }
    bool answer = false;
    if (event.has(step.field)) {
      const double value = event.get(step.field);
      switch (step.op) {
        case BreakOp::kEq: answer = value == step.value; break;
        case BreakOp::kNe: answer = value != step.value; break;
        case BreakOp::kLt: answer = value < step.value; break;
        case BreakOp::kLe: answer = value <= step.value; break;
        case BreakOp::kGt: answer = value > step.value; break;
        case BreakOp::kGe: answer = value >= step.value; break;
        default: break;
      }
    }
    stack[depth++] = answer;
  }
  return stack[0];
}

}  // namespace ringlens
