#pragma once

#include <cstddef>
#include <cstdint>

namespace ringlens {

/** CRC-32 as zlib computes it (polynomial 0xedb88320, reflected), 16 bytes a step. */
uint32_t crc32(const uint8_t* data, size_t bytes);

}  // namespace ringlens
