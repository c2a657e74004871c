#include "input/yaml_builder.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "input/yaml_to_json.h"

namespace xdscope {
namespace {

constexpr std::size_t kLeastExpansion = 10'000'000;
constexpr std::size_t kExpansionFactor = 3;
// libyaml looks at every open flow collection for every token: deep ones must be small.
constexpr std::size_t kDeepFlow = 100;
constexpr std::size_t kMaxDeepEvents = 100'000;
constexpr std::size_t kNoAnchor = static_cast<std::size_t>(-1);
// `! 12` is the string "12".
constexpr std::string_view kStringTag = "!";
constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

std::string_view view(const yaml_char_t* text, std::size_t size) {
  return {reinterpret_cast<const char*>(text), size};
}

std::string_view value_of(const yaml_event_t& event) {
  return view(event.data.scalar.value, event.data.scalar.length);
}

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(text));
}

bool is_plain(const yaml_event_t& event) {
  return event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool is_merge_key(const yaml_event_t& event) {
  if (!is_plain(event) || value_of(event) != "<<") return false;
  const std::string_view tag = view(event.data.scalar.tag);
  return tag.empty() || tag == "tag:yaml.org,2002:merge";
}

// Nothing at all between two document markers.
bool is_empty(const yaml_event_t& event) {
  return is_plain(event) && event.data.scalar.length == 0 && event.data.scalar.tag == nullptr &&
         event.data.scalar.anchor == nullptr;
}

}  // namespace

YamlBuilder::YamlBuilder(std::size_t input_size)
    : output_(input_size),
      expansion_limit_(std::max(kLeastExpansion, kExpansionFactor * input_size)) {
  frames_.reserve(kMaxYamlDepth);
}

bool YamlBuilder::take(const yaml_event_t& event) {
  if (output_.failed()) return fail_memory();
  if (flow_depth_ > kDeepFlow && ++deep_events_ > kMaxDeepEvents) {
    return fail(
        event.start_mark,
        fmt::format("too much stands inside {} levels of brackets and braces", flow_depth_));
  }
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
      begin_document(event);
      return true;
    case YAML_SCALAR_EVENT:
      return at_key() ? key(event) : scalar(event);
    case YAML_ALIAS_EVENT:
      return alias(event);
    case YAML_MAPPING_START_EVENT:
      return begin_collection(event, true);
    case YAML_SEQUENCE_START_EVENT:
      return begin_collection(event, false);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
      return end_collection(event);
    default:
      return true;
  }
}

bool YamlBuilder::fail(const yaml_mark_t& mark, std::string message, std::string hint) {
  problem_ = YamlProblem{mark.line, mark.column, std::move(message), std::move(hint)};
  return false;
}

void YamlBuilder::begin_document(const yaml_event_t& event) {
  document_is_implicit_ = event.data.document_start.implicit != 0;
  root_is_flow_ = false;
  anchors_.clear();
  anchor_names_.clear();
  aside_.clear();
}

void YamlBuilder::begin_value(const yaml_mark_t& mark) {
  if (frames_.empty()) {
    if (output_.size() > 0) output_.put(' ');
  } else if (Frame& frame = frames_.back(); !frame.mapping) {
    if (!frame.empty) output_.put(',');
    frame.empty = false;
  }
  output_.advance_to_line(mark.line);
}

bool YamlBuilder::end_value() {
  if (frames_.empty() || !frames_.back().mapping) return true;
  frames_.back().expects_key = true;
  return !frames_.back().merging || end_merge();
}

bool YamlBuilder::scalar(const yaml_event_t& event) {
  if (frames_.empty() && is_empty(event)) return true;
  begin_value(event.start_mark);
  const std::size_t anchor = begin_anchor(event.data.scalar.anchor);
  if (!write_scalar(event)) return false;
  end_anchor(anchor);
  return end_value();
}

bool YamlBuilder::write_scalar(const yaml_event_t& event) {
  const std::string_view text = value_of(event);
  const std::string_view tag = view(event.data.scalar.tag);
  if (tag.starts_with(kCoreTag)) {
    return write_tagged(event, tag.substr(kCoreTag.size()), text);
  }
  const bool typed = is_plain(event) && tag != kStringTag;
  const YamlType type = typed ? yaml_core_type(text) : YamlType::kString;
  if (type == YamlType::kString) {
    output_.string(text);
  } else {
    output_.append(yaml_core_json(type, text));
  }
  return true;
}

bool YamlBuilder::write_tagged(const yaml_event_t& event, std::string_view tag,
                               std::string_view text) {
  const YamlType type = yaml_core_type(text);
  const bool fits = (tag == "null" && type == YamlType::kNull) ||
                    (tag == "bool" && type == YamlType::kBool) ||
                    (tag == "int" && type == YamlType::kInteger) ||
                    (tag == "float" && (type == YamlType::kFloat || type == YamlType::kInteger));
  if (fits) {
    output_.append(yaml_core_json(type, text));
    return true;
  }
  if (tag == "null" || tag == "bool" || tag == "int" || tag == "float") {
    return fail(event.start_mark, fmt::format("'{}' is no value of !!{}", text.substr(0, 40), tag));
  }
  if (tag == "binary") {
    std::string base64(text);
    std::erase_if(base64, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
    output_.string(base64);
  } else if (tag != "str" && is_plain(event) && type != YamlType::kString) {
    output_.append(yaml_core_json(type, text));
  } else {
    output_.string(text);
  }
  return true;
}

void YamlBuilder::begin_key(const yaml_mark_t& mark) {
  Frame& frame = frames_.back();
  if (!frame.empty) output_.put(',');
  frame.empty = false;
  output_.advance_to_line(mark.line);
}

void YamlBuilder::end_key(std::size_t begin, const yaml_mark_t& mark) {
  const std::string_view literal = output_.view().substr(begin);
  keys_.push_back({std::hash<std::string_view>{}(literal), {begin, output_.size()}, mark});
  output_.put(':');
  frames_.back().expects_key = false;
}

bool YamlBuilder::key(const yaml_event_t& event) {
  if (root_is_flow_ && document_is_implicit_ &&
      event.data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE) {
    return fail(event.start_mark,
                "a text that begins with a bracket is read as JSON, and JSON has its keys in "
                "double quotes",
                "a Python literal is no dump: write it with json.dumps(); if it is YAML in flow "
                "style, put '---' before it");
  }
  if (is_merge_key(event)) {
    begin_merge(event.start_mark);
    return true;
  }
  begin_key(event.start_mark);
  const std::size_t anchor = begin_anchor(event.data.scalar.anchor);
  const std::size_t begin = output_.size();
  output_.string(value_of(event));
  end_anchor(anchor);
  end_key(begin, event.start_mark);
  return true;
}

bool YamlBuilder::begin_collection(const yaml_event_t& event, bool mapping) {
  if (at_key()) {
    return fail(event.start_mark,
                fmt::format("a {} cannot be a key", mapping ? "mapping" : "sequence"),
                "JSON has strings as keys only; a text with braces needs quotes");
  }
  if (frames_.size() == kMaxYamlDepth) {
    return fail(event.start_mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
  }
  const bool flow = mapping ? event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                            : event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
  if (frames_.empty()) root_is_flow_ = flow;
  flow_depth_ += flow;
  begin_value(event.start_mark);
  const std::size_t anchor =
      begin_anchor(mapping ? event.data.mapping_start.anchor : event.data.sequence_start.anchor);
  output_.put(mapping ? '{' : '[');
  frames_.push_back({.mapping = mapping,
                     .flow = flow,
                     .expects_key = mapping,
                     .anchor = anchor,
                     .first_key = keys_.size(),
                     .first_merged = merged_.size()});
  return true;
}

bool YamlBuilder::end_collection(const yaml_event_t& event) {
  const Frame frame = frames_.back();
  if (frame.mapping) {
    if (!check_keys(frame.first_key) || !write_merged(frame, event.start_mark)) return false;
    keys_.resize(frame.first_key);
    merged_.resize(frame.first_merged);
  }
  output_.put(frame.mapping ? '}' : ']');
  end_anchor(frame.anchor);
  flow_depth_ -= frame.flow;
  frames_.pop_back();
  return end_value();
}

std::size_t YamlBuilder::begin_anchor(const yaml_char_t* name) {
  if (name == nullptr) return kNoAnchor;
  anchor_names_.insert_or_assign(std::string(view(name)), anchors_.size());
  anchors_.push_back({.range = {output_.size(), 0}});
  return anchors_.size() - 1;
}

void YamlBuilder::end_anchor(std::size_t anchor) {
  if (anchor == kNoAnchor) return;
  anchors_[anchor].range.end = output_.size();
  anchors_[anchor].open = false;
}

bool YamlBuilder::may_expand(std::size_t size, const yaml_mark_t& mark) {
  expanded_ += size;
  return expanded_ <= expansion_limit_ ||
         fail(mark,
              fmt::format("aliases make the text larger than {} MB", expansion_limit_ / 1'000'000),
              "no dump is written so; expand the aliases first to read it anyway");
}

bool YamlBuilder::alias(const yaml_event_t& event) {
  const std::string name(view(event.data.alias.anchor));
  const auto known = anchor_names_.find(name);
  if (known == anchor_names_.end()) {
    return fail(event.start_mark, fmt::format("the alias *{0} has no anchor &{0} before it", name));
  }
  const Anchor anchor = anchors_[known->second];
  if (anchor.open) {
    return fail(event.start_mark, fmt::format("the alias *{} stands inside its own anchor", name));
  }
  const auto [begin, end] = anchor.range;
  if (!may_expand(end - begin, event.start_mark)) return false;

  const bool is_key = at_key();
  if (is_key) {
    begin_key(event.start_mark);
  } else {
    begin_value(event.start_mark);
  }
  const std::size_t copy = output_.size();
  if (anchor.set_aside) {
    std::string text = aside_.substr(begin, end - begin);
    std::erase(text, '\n');
    output_.append(text);
  } else {
    output_.repeat(begin, end);
  }
  if (!is_key) return end_value();

  const std::string text(output_.view().substr(copy));
  if (text.starts_with('{') || text.starts_with('[')) {
    return fail(event.start_mark, fmt::format("the key *{} is a collection", name));
  }
  if (!text.starts_with('"')) {
    output_.truncate(copy, output_.line());
    output_.string(text);
  }
  end_key(copy, event.start_mark);
  return true;
}

}  // namespace xdscope
