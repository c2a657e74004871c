// Builds JSON from the events of libyaml's parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <yaml.h>

#include "base/yaml_core_schema.h"
#include "input/json_output.h"

namespace xdscope {

// A place in the YAML, counted from 0, and what is wrong there.
struct YamlProblem {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;
  std::string hint = {};
};

// Feed it every event in order. An anchored node is remembered as the range of JSON it became; an
// alias repeats the range. What stands under `<<` is written like any value, then set aside until
// the end of its mapping, when the keys that the mapping itself does not have are known.
class YamlBuilder {
 public:
  explicit YamlBuilder(std::size_t input_size);

  // False where the document cannot be taken; see problem().
  bool take(const yaml_event_t& event);
  YamlProblem& problem() { return *problem_; }
  JsonOutput& output() { return output_; }

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct Anchor {
    Range range;
    bool set_aside = false;
    bool open = true;
  };
  struct Key {
    std::uint64_t hash;
    Range literal;
    yaml_mark_t mark;
  };
  // A `<<` whose value is being written: the state to return to.
  struct Merge {
    std::size_t begin;
    std::size_t line;
    std::size_t first_anchor;
    yaml_mark_t mark;
  };
  struct Frame {
    bool mapping = false;
    bool flow = false;
    bool expects_key = false;
    bool merging = false;
    bool empty = true;
    std::size_t anchor = 0;
    std::size_t first_key = 0;
    std::size_t first_merged = 0;
  };

  bool scalar(const yaml_event_t& event);
  bool key(const yaml_event_t& event);
  bool alias(const yaml_event_t& event);
  bool begin_collection(const yaml_event_t& event, bool mapping);
  bool end_collection(const yaml_event_t& event);

  bool at_key() const { return !frames_.empty() && frames_.back().expects_key; }
  void begin_document(const yaml_event_t& event);
  void begin_value(const yaml_mark_t& mark);
  void begin_key(const yaml_mark_t& mark);
  void end_key(std::size_t begin, const yaml_mark_t& mark);
  bool end_value();
  bool write_scalar(const yaml_event_t& event);
  bool write_tagged(const yaml_event_t& event, std::string_view tag, std::string_view text);

  std::size_t begin_anchor(const yaml_char_t* name);
  void end_anchor(std::size_t anchor);
  bool may_expand(std::size_t size, const yaml_mark_t& mark);

  void begin_merge(const yaml_mark_t& mark);
  bool end_merge();
  bool write_merged(const Frame& frame, const yaml_mark_t& mark);
  bool check_keys(std::size_t first);
  bool same_key(const Key& a, const Key& b) const;

  bool fail_memory() { return fail({}, "not enough memory to read the text"); }
  bool fail(const yaml_mark_t& mark, std::string message, std::string hint = {});

  JsonOutput output_;
  std::optional<YamlProblem> problem_;
  std::vector<Frame> frames_;
  // The keys of all open mappings, the innermost's last.
  std::vector<Key> keys_;
  std::vector<Merge> merges_;
  // Mappings to merge into the open mappings: ranges of aside_.
  std::vector<Range> merged_;
  std::string aside_;
  std::vector<Anchor> anchors_;
  std::unordered_map<std::string, std::size_t> anchor_names_;
  std::size_t deep_events_ = 0;
  std::size_t flow_depth_ = 0;
  std::size_t expanded_ = 0;
  std::size_t expansion_limit_;
  bool document_is_implicit_ = false;
  bool root_is_flow_ = false;
};

}  // namespace xdscope
