#include "trace/column_writer.h"

#include <cstring>

namespace ringlens {
namespace {

inline uint8_t* putVarint(uint8_t* out, uint64_t v) {
  while (v >= 0x80) {
    *out++ = static_cast<uint8_t>(v) | 0x80;
    v >>= 7;
  }
  *out++ = static_cast<uint8_t>(v);
  return out;
}

inline uint64_t zigzag(uint64_t difference) {
  return (difference << 1) ^ static_cast<uint64_t>(static_cast<int64_t>(difference) >> 63);
}

inline unsigned varintBytes(uint64_t v) {
  const unsigned bits = 64 - static_cast<unsigned>(__builtin_clzll(v | 1));
  return (bits * 9 + 64) / 64;
}

/** Column header: id, encoding, and 4 bytes of size that `end` fills in. */
class Header {
 public:
  Header(uint8_t* out, Column column, Encoding encoding) : start_(out) {
    out[0] = static_cast<uint8_t>(column);
    out[1] = static_cast<uint8_t>(encoding);
  }
  uint8_t* data() const { return start_ + 6; }
  uint8_t* end(uint8_t* out) const {
    const uint32_t size = static_cast<uint32_t>(out - data());
    std::memcpy(start_ + 2, &size, sizeof size);
    return out;
  }

 private:
  uint8_t* start_;
};

uint8_t* constantColumn(Column column, uint64_t value, uint8_t* out) {
  if (value == 0) return out;  // an absent column is all zero
  const Header header(out, column, Encoding::kConstant);
  return header.end(putVarint(header.data(), value));
}

/** Which fields differ anywhere in the block. */
struct Differences {
  uint64_t userData = 0;
  uint32_t res = 0, flags = 0, a = 0, b = 0, request = 0;
  uint16_t thread = 0, ring = 0;
  uint8_t kind = 0, provenance = 0;

  Differences(const EventRecord* e, size_t count) {
    const EventRecord first = e[0];
    for (size_t i = 1; i < count; i++) {
      userData |= e[i].userData ^ first.userData;
      res |= static_cast<uint32_t>(e[i].res ^ first.res);
      flags |= e[i].flags ^ first.flags;
      a |= e[i].a ^ first.a;
      b |= e[i].b ^ first.b;
      request |= e[i].request ^ first.request;
      thread |= e[i].thread ^ first.thread;
      ring |= e[i].ring ^ first.ring;
      kind |= e[i].kind ^ first.kind;
      provenance |= e[i].provenance ^ first.provenance;
    }
  }
};

}  // namespace

template <typename Get>
uint8_t* ColumnWriter::numberColumn(Column column, const EventRecord* events, size_t count, uint8_t* out,
                                    Get get) {
  size_t plain = 0;
  size_t delta = 0;
  uint64_t before = 0;
  for (size_t i = 0; i < count; i++) {
    const uint64_t v = get(events[i]);
    plain += varintBytes(v);
    delta += varintBytes(zigzag(v - before));
    before = v;
  }
  if (plain <= delta) {
    const Header header(out, column, Encoding::kVarint);
    out = header.data();
    for (size_t i = 0; i < count; i++) out = putVarint(out, get(events[i]));
    return header.end(out);
  }
  const Header header(out, column, Encoding::kDelta);
  out = header.data();
  before = 0;
  for (size_t i = 0; i < count; i++) {
    const uint64_t v = get(events[i]);
    out = putVarint(out, zigzag(v - before));
    before = v;
  }
  return header.end(out);
}

template <typename Get>
uint8_t* ColumnWriter::dictionaryColumn(Column column, const EventRecord* events, size_t count, uint8_t* out,
                                        Get get) {
  // The indices are written behind the place of the largest dictionary and moved down once its size is known.
  const Header header(out, column, Encoding::kDictionary);
  uint8_t* const indices = header.data() + 10 + ValueDictionary::kLimit * 10;
  dictionary_.clear();
  uint64_t before = get(events[0]);
  unsigned index = dictionary_.indexOf(before);
  for (size_t i = 0; i < count; i++) {
    const uint64_t v = get(events[i]);
    if (v != before) {
      index = dictionary_.indexOf(v);
      if (index == ValueDictionary::kLimit) return numberColumn(column, events, count, out, get);
      before = v;
    }
    indices[i] = static_cast<uint8_t>(index);
  }
  uint8_t* at = putVarint(header.data(), dictionary_.size());
  for (unsigned k = 0; k < dictionary_.size(); k++) at = putVarint(at, dictionary_.value(k));
  std::memmove(at, indices, count);
  return header.end(at + count);
}

uint8_t* ColumnWriter::write(const EventRecord* events, size_t count, uint8_t* out) {
  if (count == 0) return out;
  const EventRecord& first = events[0];
  const Differences differs(events, count);

  if (differs.kind == 0) {
    out = constantColumn(Column::kKind, first.kind, out);
  } else {
    const Header header(out, Column::kKind, Encoding::kRaw);
    out = header.data();
    for (size_t i = 0; i < count; i++) out[i] = events[i].kind;
    out = header.end(out + count);
  }

  {  // Never constant: a reader takes an absent time column for zero differences, a constant one for a value.
    const Header header(out, Column::kTNs, Encoding::kDelta);
    out = header.data();
    uint64_t before = first.tNs;
    for (size_t i = 0; i < count; i++) {
      out = putVarint(out, zigzag(events[i].tNs - before));
      before = events[i].tNs;
    }
    out = header.end(out);
  }

  const auto dictionaryOrConstant = [&](Column column, uint64_t difference, auto get) {
    out = difference == 0 ? constantColumn(column, get(first), out)
                          : dictionaryColumn(column, events, count, out, get);
  };
  const auto numbersOrConstant = [&](Column column, uint64_t difference, auto get) {
    out = difference == 0 ? constantColumn(column, get(first), out)
                          : numberColumn(column, events, count, out, get);
  };
  dictionaryOrConstant(Column::kUserData, differs.userData, [](const EventRecord& e) { return e.userData; });
  // A negative res travels as its 32 bits; the reader's column is an i32 again.
  dictionaryOrConstant(Column::kRes, differs.res,
                       [](const EventRecord& e) -> uint64_t { return static_cast<uint32_t>(e.res); });
  dictionaryOrConstant(Column::kFlagsLo, differs.flags & 0xffff,
                       [](const EventRecord& e) -> uint64_t { return e.flags & 0xffff; });
  numbersOrConstant(Column::kFlagsHi, differs.flags >> 16,
                    [](const EventRecord& e) -> uint64_t { return e.flags >> 16; });
  numbersOrConstant(Column::kA, differs.a, [](const EventRecord& e) -> uint64_t { return e.a; });
  dictionaryOrConstant(Column::kB, differs.b, [](const EventRecord& e) -> uint64_t { return e.b; });
  dictionaryOrConstant(Column::kRequest, differs.request,
                       [](const EventRecord& e) -> uint64_t { return e.request; });
  dictionaryOrConstant(Column::kThread, differs.thread,
                       [](const EventRecord& e) -> uint64_t { return e.thread; });
  dictionaryOrConstant(Column::kRing, differs.ring, [](const EventRecord& e) -> uint64_t { return e.ring; });
  dictionaryOrConstant(Column::kProvenance, differs.provenance,
                       [](const EventRecord& e) -> uint64_t { return e.provenance; });
  return out;
}

}  // namespace ringlens
