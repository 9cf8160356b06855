#include "tracer/format.h"

#include <algorithm>
#include <charconv>

namespace ringlens {
namespace {

/** The number behind `key` in `line`; nullopt when it isn't there. */
std::optional<unsigned> numberAfter(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const char* begin = line.data() + at + key.size();
  const char* const end = line.data() + line.size();
  while (begin < end && *begin == ' ') begin++;
  unsigned value = 0;
  if (std::from_chars(begin, end, value).ec != std::errc()) return std::nullopt;
  return value;
}

/** "void * ctx" → "ctx", "__data_loc char[] op_str" → "op_str", "char comm[16]" → "comm". */
std::string_view nameOf(std::string_view declaration) {
  if (!declaration.empty() && declaration.back() == ']')
    declaration = declaration.substr(0, declaration.rfind('['));
  const size_t space = declaration.find_last_of(" *");
  return space == std::string_view::npos ? declaration : declaration.substr(space + 1);
}

std::optional<FormatField> parseField(std::string_view line) {
  constexpr std::string_view kKey = "field:";
  const size_t at = line.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  const size_t end = line.find(';', at);
  const auto offset = numberAfter(line, "offset:");
  const auto size = numberAfter(line, "size:");
  if (end == std::string_view::npos || !offset || !size) return std::nullopt;
  FormatField field;
  field.name = nameOf(line.substr(at + kKey.size(), end - at - kKey.size()));
  field.offset = static_cast<uint16_t>(*offset);
  field.size = static_cast<uint16_t>(*size);
  field.isSigned = numberAfter(line, "signed:").value_or(0) != 0;
  return field;
}

}  // namespace

const FormatField* EventFormat::find(std::string_view field) const {
  const auto it =
      std::find_if(fields.begin(), fields.end(), [&](const FormatField& f) { return f.name == field; });
  return it == fields.end() ? nullptr : &*it;
}

std::optional<EventFormat> parseFormat(std::string_view text) {
  EventFormat format;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    text = newline == std::string_view::npos ? std::string_view() : text.substr(newline + 1);
    if (line.substr(0, 6) == "print ") break;
    if (line.substr(0, 6) == "name: ") format.name = line.substr(6);
    if (line.substr(0, 3) == "ID:") format.id = static_cast<uint16_t>(numberAfter(line, "ID:").value_or(0));
    if (auto field = parseField(line)) format.fields.push_back(std::move(*field));
  }
  if (format.name.empty() || format.id == 0 || format.find("common_type") == nullptr) return std::nullopt;
  return format;
}

}  // namespace ringlens
