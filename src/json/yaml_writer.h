// Block YAML as kubectl and istioctl print it.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "xdscope/json.h"

namespace xdscope::json {

enum class KeyOrder {
  kAsGiven,
  // kubectl's order: letters after all else, runs of digits by their number.
  kSorted,
};

// Two spaces a level; the dashes of a list stand below the first letter of its key. Several values
// at the top level are documents with `---` between them.
//
// Text goes to the sink in pieces of about a megabyte. With sorted keys nothing can go before the
// outermost object ends, so that such an object is held in memory.
class YamlWriter final : public Writer {
 public:
  // Takes the next piece; false where it cannot be written.
  using Sink = std::function<bool(std::string_view)>;

  explicit YamlWriter(Sink sink, KeyOrder order = KeyOrder::kAsGiven);
  explicit YamlWriter(std::FILE* file, KeyOrder order = KeyOrder::kAsGiven);

  void begin_object() override;
  void end_object() override;
  void begin_array() override;
  void end_array() override;
  void key(std::string_view name) override;
  void string(std::string_view text) override;
  void raw(std::string_view scalar_json) override;

  // Hands over what is left, after the last value. False where the sink has refused any piece.
  bool finish();

 private:
  // Where a value begins: at the start of a line, behind `key:`, or behind `- `.
  enum class Place { kRoot, kAfterKey, kInline };
  struct Frame {
    bool array = false;
    Place place = Place::kRoot;
    Place member_place = Place::kAfterKey;
    std::size_t indent = 0;
    std::size_t count = 0;
    std::size_t first_member = 0;
    bool in_order = true;
  };
  struct Member {
    std::size_t begin;
    std::size_t name_begin;
    std::size_t name_size;
  };

  void begin_line(Frame& frame);
  Place begin_value();
  void begin_collection(bool array);
  void end_collection(std::string_view empty);
  void scalar(std::string_view text);
  void note_member(Frame& frame, std::string_view name);
  void sort_members(const Frame& frame);
  std::string_view name_of(const Member& member) const {
    return std::string_view(names_).substr(member.name_begin, member.name_size);
  }
  void flush();
  void flush_if_full();

  Sink sink_;
  KeyOrder order_;
  std::string text_;
  std::vector<Frame> frames_;
  std::vector<Member> members_;
  std::string names_;
  std::size_t documents_ = 0;
  bool sink_failed_ = false;
};

// Whether kubectl prints key `a` before key `b`.
bool yaml_key_less(std::string_view a, std::string_view b);

// Feeds a value of a document to a writer. Absent values are written as null.
void write_value(const Value& value, Writer& writer);

// The value as YAML text.
std::string to_yaml(const Value& value, KeyOrder order = KeyOrder::kAsGiven);

}  // namespace xdscope::json
