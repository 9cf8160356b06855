#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringlens {

/**
 * u64 → u32, open addressing with linear probing; an entry that is erased closes its gap, so there are no
 * tombstones. At 1.8 M events/s std::unordered_map would be most of the tracer's work.
 */
class FlatMap {
 public:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  uint32_t find(uint64_t key) const {
    if (size_ == 0) return kAbsent;
    for (size_t i = home(key);; i = next(i)) {
      if (slots_[i].value == kAbsent) return kAbsent;
      if (slots_[i].key == key) return slots_[i].value;
    }
  }

  void set(uint64_t key, uint32_t value) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    size_t i = home(key);
    while (slots_[i].value != kAbsent && slots_[i].key != key) i = next(i);
    if (slots_[i].value == kAbsent) size_++;
    slots_[i] = {key, value};
  }

  void erase(uint64_t key) {
    if (size_ == 0) return;
    size_t gap = home(key);
    while (slots_[gap].value != kAbsent && slots_[gap].key != key) gap = next(gap);
    if (slots_[gap].value == kAbsent) return;
    // Whoever probed over the gap moves into it.
    for (size_t i = next(gap); slots_[i].value != kAbsent; i = next(i)) {
      const size_t want = home(slots_[i].key);
      if (((i - want) & mask()) < ((i - gap) & mask())) continue;
      slots_[gap] = slots_[i];
      gap = i;
    }
    slots_[gap] = Slot{};
    size_--;
  }

  size_t size() const { return size_; }

  /** `visit(key, value)` for each, in no order. */
  template <typename F>
  void forEach(F visit) const {
    for (const Slot& slot : slots_) {
      if (slot.value != kAbsent) visit(slot.key, slot.value);
    }
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t value = kAbsent;
  };
  size_t mask() const { return slots_.size() - 1; }
  size_t next(size_t i) const { return (i + 1) & mask(); }
  size_t home(uint64_t key) const {
    return static_cast<size_t>((key * 0x9e3779b97f4a7c15ull) >> 32) & mask();
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old) {
      if (slot.value != kAbsent) set(slot.key, slot.value);
    }
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

}  // namespace ringlens
