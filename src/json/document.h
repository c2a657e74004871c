// JSON text and its index of structure.
//
// simdjson's first stage finds every structural character of the text at memory speed; one walk
// over them checks the grammar and keeps the positions that lead to values. So skipping a value of
// any size costs one step, nothing is decoded before it is asked for, and the index of a 110 MB
// dump takes 25 MB, where a DOM takes 160.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/buffer.h"
#include "json/structure.h"
#include "xdscope/error.h"
#include "xdscope/json.h"

namespace xdscope::json {

class Document {
 public:
  // simdjson's limit: offsets are 32 bits.
  static constexpr std::size_t kMaxBytes = 0xFFFFFFFFu - Buffer::kTail;
  // Deeper nesting than this is refused.
  static constexpr std::size_t kMaxDepth = 1000;
  // More mismatches than this are not kept.
  static constexpr std::size_t kMostMismatches = 100;

  // Checks the whole text; the error says where it breaks or that it is cut off. Several JSON
  // values one after another are several roots. `name` is the file or URL, for messages.
  static Result<std::unique_ptr<Document>> parse(Buffer text, std::string name);
  // Fails for what is larger than kMaxBytes.
  static Result<void> check_size(std::size_t bytes, const std::string& name);

  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_.view(); }
  Elements roots() const;

  Position position(std::size_t offset) const;
  // The RFC 6901 pointer of the value at a slot.
  std::string pointer(std::uint32_t target) const;

  // Notes that a string is no name of the enumeration that it should be of.
  void note_unknown(const Value& value) const;

 private:
  friend class xdscope::json::Value;
  friend class xdscope::json::Members;
  friend class xdscope::json::Elements;
  friend std::vector<Mismatch> mismatches(const Document& document);

  Document(Buffer text, std::string name) : text_(std::move(text)), name_(std::move(name)) {}
  Result<void> build_index();
  std::unexpected<Error> broken(const StructureError& error) const;

  // A slot holds the offset of a value's or key's first character. A container takes two slots more
  // than its contents: its own, and the slot after its last descendant.
  std::uint32_t offset(std::uint32_t slot) const { return slots_[slot]; }
  char first(std::uint32_t slot) const { return text_.data()[slots_[slot]]; }
  bool is_container(std::uint32_t slot) const {
    const char c = first(slot);
    return c == '{' || c == '[';
  }
  std::uint32_t next(std::uint32_t slot) const {
    return is_container(slot) ? slots_[slot + 1] : slot + 1;
  }
  // The text of a string between its quotes, escapes as they are.
  std::string_view quoted(std::uint32_t slot) const;
  std::optional<std::string_view> decode_string(std::uint32_t slot) const;
  // Whether the key is the proto field `snake`, or exactly `wanted`; without looking for its end.
  bool key_is_field(std::uint32_t slot, std::string_view snake) const;
  bool key_is(std::uint32_t slot, std::string_view wanted) const;
  // One past the last character of the value.
  std::size_t end_offset(std::uint32_t slot) const;

  Buffer text_;
  std::string name_;
  Slots slots_;
  std::uint32_t slot_count_ = 0;
  mutable std::unordered_map<std::uint32_t, std::string> unescaped_;
  mutable std::map<std::uint32_t, Type> mismatches_;
  // The place that was asked for last.
  struct Counted {
    std::size_t offset = 0;
    std::size_t lines = 0;
    std::size_t line_start = 0;
  };
  mutable Counted counted_;
  // How far the children of a container have been passed on the way to the last pointer, by depth.
  // The next one goes on from there: most are asked for in the order of the text.
  struct Passed {
    std::uint32_t container = 0;
    std::uint32_t child = 0;
    std::size_t index = 0;
  };
  Passed& passed(std::size_t depth, std::uint32_t container, std::uint32_t target) const;
  mutable std::vector<Passed> passed_;
};

}  // namespace xdscope::json
