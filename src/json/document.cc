#include "json/document.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/try.h"

namespace xdscope::json {
namespace {

static_assert(Buffer::kTail >= simdjson::SIMDJSON_PADDING);

// A configuration has one value or key in some ten bytes, and four bytes are held for each.
constexpr std::size_t kAlwaysRead = std::size_t{8} << 20;
std::size_t most_slots(std::size_t text_size) { return std::max(kAlwaysRead, text_size / 2); }

// RFC 6901.
void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace

Result<std::unique_ptr<Document>> Document::parse(Buffer text, std::string name) {
  XDSCOPE_TRY(check_size(text.size(), name));
  std::unique_ptr<Document> document(new Document(std::move(text), std::move(name)));
  XDSCOPE_TRY(document->build_index());
  return document;
}

Result<void> Document::check_size(std::size_t bytes, const std::string& name) {
  if (bytes <= kMaxBytes) return {};
  return fail(ErrorCode::kInput, "the text is larger than 4 GiB, the limit of a single text", name,
              "fetch it in parts: /config_dump?resource=dynamic_active_clusters");
}

Result<void> Document::build_index() {
  const std::size_t most = std::min(2 * text_.size(), most_slots(text_.size()));
  auto structure = find_structure(text_.view(), {.depth = kMaxDepth, .slots = most});
  if (!structure) return broken(structure.error());
  slots_ = std::move(structure->slots);
  slot_count_ = structure->size;
  return {};
}

std::unexpected<Error> Document::broken(const StructureError& error) const {
  const Position at = position(std::min(error.offset, text_.size()));
  std::string where = fmt::format("{}:{}:{}", name_, at.line, at.column);
  switch (error.kind) {
    case StructureError::Kind::kNotJson:
      return fail(ErrorCode::kInput, "not JSON: " + error.message, std::move(where));
    case StructureError::Kind::kCutOff:
      return fail(ErrorCode::kInput, "the JSON is cut off: " + error.message, std::move(where),
                  "take the dump again: it was not written to its end");
    case StructureError::Kind::kLimit:
      return fail(ErrorCode::kInput, "the JSON is refused: " + error.message, std::move(where),
                  "no configuration of a proxy is like that");
    case StructureError::Kind::kMemory:
      break;
  }
  return fail(ErrorCode::kInput, error.message, name_);
}

Elements Document::roots() const { return {this, 0, slot_count_}; }

Position Document::position(std::size_t offset) const {
  // Places are mostly asked for in the order of the text.
  if (offset < counted_.offset) counted_ = {};
  const std::string_view between = text_.view().substr(counted_.offset, offset - counted_.offset);
  counted_.lines += static_cast<std::size_t>(std::count(between.begin(), between.end(), '\n'));
  if (const auto last = between.rfind('\n'); last != std::string_view::npos) {
    counted_.line_start = counted_.offset + last + 1;
  }
  counted_.offset = offset;
  return {1 + counted_.lines, 1 + offset - counted_.line_start};
}

Document::Passed& Document::passed(std::size_t depth, std::uint32_t container,
                                   std::uint32_t target) const {
  if (depth >= passed_.size()) passed_.resize(depth + 1);
  Passed& known = passed_[depth];
  // Slots 0 and 1 are the first root, which is in nothing.
  const std::uint32_t first = depth == 0 ? 0 : container + 2;
  if (known.container != container || known.child > target || known.child < first) {
    known = {container, first, 0};
  }
  return known;
}

std::string Document::pointer(std::uint32_t target) const {
  std::string out;
  Passed& root = passed(0, 0, target);
  while (next(root.child) <= target) root.child = next(root.child);
  std::uint32_t slot = root.child;
  for (std::size_t depth = 1; slot != target && is_container(slot); ++depth) {
    const std::uint32_t key = first(slot) == '{' ? 1 : 0;
    const std::uint32_t end = next(slot);
    Passed& at = passed(depth, slot, target);
    while (at.child < end && next(at.child + key) <= target) {
      at.child = next(at.child + key);
      ++at.index;
    }
    if (at.child >= end) break;
    if (key == 1) {
      append_token(out, decode_string(at.child).value_or(quoted(at.child)));
    } else {
      append_token(out, std::to_string(at.index));
    }
    slot = at.child + key;
  }
  return out;
}

void Document::note_unknown(const Value& value) const {
  if (mismatches_.size() < kMostMismatches) mismatches_.try_emplace(value.slot_, Type::kString);
}

std::string_view Document::quoted(std::uint32_t slot) const {
  const char* begin = text_.data() + slots_[slot] + 1;
  const char* limit = text_.data() + text_.size();
  const char* quote = begin;
  // A quote ends the string unless an odd number of backslashes stands before it.
  while (true) {
    quote =
        static_cast<const char*>(std::memchr(quote, '"', static_cast<std::size_t>(limit - quote)));
    if (quote == nullptr) return {begin, static_cast<std::size_t>(limit - begin)};
    const char* before = quote;
    while (before > begin && before[-1] == '\\') --before;
    if ((quote - before) % 2 == 0) break;
    ++quote;
  }
  return {begin, static_cast<std::size_t>(quote - begin)};
}

std::optional<std::string_view> Document::decode_string(std::uint32_t slot) const {
  const std::string_view inner = quoted(slot);
  if (std::memchr(inner.data(), '\\', inner.size()) == nullptr) return inner;
  if (auto known = unescaped_.find(slot); known != unescaped_.end()) return known->second;
  thread_local simdjson::dom::parser parser;
  std::string_view decoded;
  // The literal lies inside the padded text, quotes included.
  if (parser.parse(inner.data() - 1, inner.size() + 2, false).get_string().get(decoded) !=
      simdjson::SUCCESS) {
    return std::nullopt;
  }
  return unescaped_.emplace(slot, std::string(decoded)).first->second;
}

bool Document::key_is_field(std::uint32_t slot, std::string_view snake) const {
  const std::string_view text = text_.view().substr(slots_[slot] + 1);
  if (snake.empty() || text.front() != snake.front()) return false;
  if (text.starts_with(snake)) return text.substr(snake.size()).starts_with('"');
  // A camelCase key is the same up to the first underscore, then shorter, and has no quote inside.
  const std::size_t underscore = snake.find('_');
  if (underscore == std::string_view::npos || underscore + 1 >= snake.size() ||
      !text.starts_with(snake.substr(0, underscore)) || text[underscore] == '_') {
    return false;
  }
  const std::size_t quote = text.substr(0, snake.size()).find('"');
  return quote != std::string_view::npos && is_field(text.substr(0, quote), snake);
}

bool Document::key_is(std::uint32_t slot, std::string_view wanted) const {
  const std::string_view text = text_.view().substr(slots_[slot] + 1);
  if (text.starts_with(wanted) && text.substr(wanted.size()).starts_with('"')) return true;
  const std::string_view inner = quoted(slot);
  if (inner.find('\\') == std::string_view::npos) return false;
  return decode_string(slot) == wanted;
}

std::size_t Document::end_offset(std::uint32_t slot) const {
  // Climb down the last children, then count their closing brackets from the innermost outwards.
  std::size_t depth = 0;
  while (is_container(slot)) {
    ++depth;
    const std::uint32_t end = slots_[slot + 1];
    std::uint32_t child = slot + 2;
    if (child == end) break;
    while (next(child) != end) child = next(child);
    slot = child;
  }
  std::size_t at = offset(slot);
  const char* data = text_.data();
  const std::size_t size = text_.size();
  if (!is_container(slot)) {
    if (data[at] == '"') {
      at += quoted(slot).size() + 2;
    } else {
      while (at < size && std::strchr(",]} \t\r\n", data[at]) == nullptr) ++at;
    }
  } else {
    ++at;
  }
  for (; depth > 0 && at < size; ++at) {
    if (data[at] == '}' || data[at] == ']') --depth;
  }
  return at;
}

}  // namespace xdscope::json
