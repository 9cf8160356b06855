#include "trace/crc32.h"

#include <cstring>

namespace ringlens {
namespace {

constexpr int kSlices = 16;

/** Tables of the slicing method: slice k holds the CRC of a byte that is followed by k zero bytes. */
struct Tables {
  uint32_t slice[kSlices][256];

  constexpr Tables() : slice() {
    for (uint32_t n = 0; n < 256; n++) {
      uint32_t c = n;
      for (int bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? (c >> 1) ^ 0xedb88320u : c >> 1;
      slice[0][n] = c;
    }
    for (uint32_t n = 0; n < 256; n++) {
      for (int k = 1; k < kSlices; k++)
        slice[k][n] = (slice[k - 1][n] >> 8) ^ slice[0][slice[k - 1][n] & 0xff];
    }
  }
};
constexpr Tables kTables;

/** Contribution of the 4 bytes of `word`, whose last byte is followed by `behind` more bytes of this step. */
inline uint32_t fold(uint32_t word, int behind) {
  return kTables.slice[behind + 3][word & 0xff] ^ kTables.slice[behind + 2][(word >> 8) & 0xff] ^
         kTables.slice[behind + 1][(word >> 16) & 0xff] ^ kTables.slice[behind][word >> 24];
}

}  // namespace

uint32_t crc32(const uint8_t* data, size_t bytes) {
  uint32_t crc = 0xffffffffu;
  for (; bytes >= 16; bytes -= 16, data += 16) {
    uint32_t w[4];
    std::memcpy(w, data, sizeof w);
    crc = fold(w[0] ^ crc, 12) ^ fold(w[1], 8) ^ fold(w[2], 4) ^ fold(w[3], 0);
  }
  for (; bytes > 0; bytes--, data++) crc = (crc >> 8) ^ kTables.slice[0][(crc ^ *data) & 0xff];
  return ~crc;
}

}  // namespace ringlens
