#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace ringlens {

/** Owns a shared mapping of a file descriptor. Move-only; false = none, errno says why. */
class FileMapping {
 public:
  FileMapping() = default;

  /**
   * A read-only mapping of a whole region of a ring (SQEs, buffer ring), which must have exactly so many
   * pages; else none, since reading behind its end would end the process (SIGBUS). Of a single page the
   * region may have more.
   *
   * Which lengths the kernel takes: before 6.14 or so none beyond the region
   * (io_uring_validate_mmap_request); since then none short of it, and any beyond (io_region_mmap:
   * vm_insert_pages refuses a short one). So the length is right when the next longer one is refused, or the
   * next shorter one.
   */
  static FileMapping whole(int fd, size_t bytes, off_t offset) {
    const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const auto takes = [&](size_t n) { return static_cast<bool>(FileMapping(fd, n, PROT_READ, offset)); };
    // Looked at before and after: the owner can put another region there at any time.
    const auto isExact = [&] { return bytes <= page || !takes(bytes - page) || !takes(bytes + page); };
    if (!isExact()) return {};
    FileMapping mapping(fd, bytes, PROT_READ, offset);
    return isExact() ? std::move(mapping) : FileMapping();
  }

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
