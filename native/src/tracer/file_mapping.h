#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace ringlens {

/** Owns a shared mapping of a file descriptor. Move-only; false = none, errno says why. */
class FileMapping {
 public:
  FileMapping() = default;
  FileMapping(int fd, size_t bytes, int protection, off_t offset = 0) : bytes_(bytes) {
    data_ = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, offset);
    if (data_ == MAP_FAILED) data_ = nullptr;
  }
  ~FileMapping() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
  }
  FileMapping(FileMapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  FileMapping& operator=(FileMapping&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  FileMapping(const FileMapping&) = delete;
  FileMapping& operator=(const FileMapping&) = delete;

  explicit operator bool() const { return data_ != nullptr; }
  uint8_t* data() const { return static_cast<uint8_t*>(data_); }
  size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace ringlens
